# SPDX-License-Identifier: Apache-2.0
"""A Kafka producer and consumer for tests: librdkafka through ctypes.

kcat cannot give every record its own headers, nor print binary ones."""

import ctypes
import time
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_int64
from ctypes import c_size_t, c_void_p

PRODUCER, CONSUMER = 0, 1
OFFSET_BEGINNING = -2
V_TOPIC, V_PARTITION, V_VALUE, V_KEY, V_HEADERS = 1, 3, 4, 5, 10
V_FLAGS = 7
FLAG_COPY = 2

_library = None


class _Topic(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("partitions", c_int),
                ("partition", c_void_p), ("err", c_int)]


class _Metadata(ctypes.Structure):
    _fields_ = [("brokers", c_int), ("broker", c_void_p), ("topics", c_int),
                ("topic", POINTER(_Topic)), ("id", c_int32),
                ("name", c_char_p)]


class _Message(ctypes.Structure):
    _fields_ = [("err", c_int), ("rkt", c_void_p), ("partition", c_int32),
                ("payload", c_void_p), ("len", c_size_t), ("key", c_void_p),
                ("key_len", c_size_t), ("offset", c_int64),
                ("private", c_void_p)]


class _Memory(ctypes.Structure):
    _fields_ = [("ptr", c_char_p), ("size", c_size_t)]


class _Union(ctypes.Union):
    _fields_ = [("cstr", c_char_p), ("i32", c_int32), ("i", c_int),
                ("mem", _Memory), ("headers", c_void_p),
                ("pad", ctypes.c_char * 64)]


class _Argument(ctypes.Structure):
    _fields_ = [("kind", c_int), ("u", _Union)]


def library():
    global _library
    if _library:
        return _library
    lib = ctypes.CDLL("librdkafka.so.1")
    for name, result, arguments in (
        ("rd_kafka_conf_new", c_void_p, []),
        ("rd_kafka_conf_set", c_int,
         [c_void_p, c_char_p, c_char_p, c_char_p, c_size_t]),
        ("rd_kafka_new", c_void_p, [c_int, c_void_p, c_char_p, c_size_t]),
        ("rd_kafka_destroy", None, [c_void_p]),
        ("rd_kafka_clusterid", c_void_p, [c_void_p, c_int]),
        ("rd_kafka_mem_free", None, [c_void_p, c_void_p]),
        ("rd_kafka_flush", c_int, [c_void_p, c_int]),
        ("rd_kafka_outq_len", c_int, [c_void_p]),
        ("rd_kafka_poll", c_int, [c_void_p, c_int]),
        ("rd_kafka_headers_new", c_void_p, [c_size_t]),
        ("rd_kafka_headers_destroy", None, [c_void_p]),
        ("rd_kafka_header_add", c_int,
         [c_void_p, c_char_p, ctypes.c_ssize_t, c_char_p, ctypes.c_ssize_t]),
        ("rd_kafka_produceva", c_void_p,
         [c_void_p, POINTER(_Argument), c_size_t]),
        ("rd_kafka_error_string", c_char_p, [c_void_p]),
        ("rd_kafka_err2str", c_char_p, [c_int]),
        ("rd_kafka_message_headers", c_int,
         [POINTER(_Message), POINTER(c_void_p)]),
        ("rd_kafka_header_get_all", c_int,
         [c_void_p, c_size_t, POINTER(c_char_p), POINTER(c_void_p),
          POINTER(c_size_t)]),
        ("rd_kafka_message_destroy", None, [POINTER(_Message)]),
        ("rd_kafka_consumer_poll", POINTER(_Message), [c_void_p, c_int]),
        ("rd_kafka_consumer_close", c_int, [c_void_p]),
        ("rd_kafka_topic_partition_list_new", c_void_p, [c_int]),
        ("rd_kafka_topic_partition_list_add", c_void_p,
         [c_void_p, c_char_p, c_int32]),
        ("rd_kafka_topic_partition_list_set_offset", c_int,
         [c_void_p, c_char_p, c_int32, c_int64]),
        ("rd_kafka_topic_partition_list_destroy", None, [c_void_p]),
        ("rd_kafka_DeleteRecords_new", c_void_p, [c_void_p]),
        ("rd_kafka_DeleteRecords_destroy", None, [c_void_p]),
        ("rd_kafka_DeleteRecords", None,
         [c_void_p, POINTER(c_void_p), c_size_t, c_void_p, c_void_p]),
        ("rd_kafka_assign", c_int, [c_void_p, c_void_p]),
        ("rd_kafka_poll_set_consumer", c_int, [c_void_p]),
        ("rd_kafka_topic_new", c_void_p, [c_void_p, c_char_p, c_void_p]),
        ("rd_kafka_topic_destroy", None, [c_void_p]),
        ("rd_kafka_metadata", c_int,
         [c_void_p, c_int, c_void_p, POINTER(POINTER(_Metadata)), c_int]),
        ("rd_kafka_metadata_destroy", None, [POINTER(_Metadata)]),
        ("rd_kafka_queue_new", c_void_p, [c_void_p]),
        ("rd_kafka_queue_poll", c_void_p, [c_void_p, c_int]),
        ("rd_kafka_queue_destroy", None, [c_void_p]),
        ("rd_kafka_event_destroy", None, [c_void_p]),
        ("rd_kafka_NewTopic_new", c_void_p,
         [c_char_p, c_int, c_int, c_char_p, c_size_t]),
        ("rd_kafka_NewTopic_destroy", None, [c_void_p]),
        ("rd_kafka_CreateTopics", None,
         [c_void_p, POINTER(c_void_p), c_size_t, c_void_p, c_void_p]),
        ("rd_kafka_DeleteTopic_new", c_void_p, [c_char_p]),
        ("rd_kafka_DeleteTopic_destroy", None, [c_void_p]),
        ("rd_kafka_DeleteTopics", None,
         [c_void_p, POINTER(c_void_p), c_size_t, c_void_p, c_void_p]),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    _library = lib
    return lib


def _open(kind, address, options):
    lib = library()
    error = ctypes.create_string_buffer(512)
    conf = lib.rd_kafka_conf_new()
    settings = {"bootstrap.servers": address, "log_level": "2", **options}
    for name, value in settings.items():
        if lib.rd_kafka_conf_set(conf, name.encode(), value.encode(), error,
                                 len(error)):
            raise ValueError(error.value.decode())
    handle = lib.rd_kafka_new(kind, conf, error, len(error))
    if not handle:
        raise RuntimeError(error.value.decode())
    return handle


class Record:
    def __init__(self, topic_partition, offset, key, value, headers):
        self.partition, self.offset = topic_partition, offset
        self.key, self.value, self.headers = key, value, headers


class Producer:
    def __init__(self, address, **options):
        self.lib = library()
        self.handle = _open(PRODUCER, address,
                            {"linger.ms": "2", "acks": "all", **options})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.handle:
            self.lib.rd_kafka_destroy(self.handle)
            self.handle = None

    def produce(self, topic, value, headers=(), key=None, partition=None):
        lib, arguments = self.lib, []

        def add(kind, **fields):
            argument = _Argument(kind=kind)
            for name, field in fields.items():
                setattr(argument.u, name, field)
            arguments.append(argument)

        add(V_TOPIC, cstr=topic.encode())
        add(V_FLAGS, i=FLAG_COPY)
        if partition is not None:
            add(V_PARTITION, i32=partition)
        if value is not None:
            # An empty value needs a pointer; a null pointer is a null value.
            add(V_VALUE, mem=_Memory(value, len(value)))
        if key is not None:
            add(V_KEY, mem=_Memory(key, len(key)))
        if headers:
            list_ = lib.rd_kafka_headers_new(len(headers))
            for name, text in headers:
                lib.rd_kafka_header_add(list_, name.encode(), -1, text,
                                        len(text) if text is not None else 0)
            add(V_HEADERS, headers=list_)
        error = lib.rd_kafka_produceva(
            self.handle, (_Argument * len(arguments))(*arguments),
            len(arguments))
        if error:
            raise RuntimeError(lib.rd_kafka_error_string(error).decode())
        lib.rd_kafka_poll(self.handle, 0)

    def flush(self, seconds=30):
        if self.lib.rd_kafka_flush(self.handle, int(seconds * 1000)):
            left = self.lib.rd_kafka_outq_len(self.handle)
            raise TimeoutError(f"{left} Kafka records are not delivered")


def _ask(handle, request, thing, timeout):
    """Sends an admin request about one thing, and waits for its answer."""
    lib = library()
    queue = lib.rd_kafka_queue_new(handle)
    request(handle, (c_void_p * 1)(thing), 1, None, queue)
    answer = lib.rd_kafka_queue_poll(queue, int(timeout * 1000))
    if answer:
        lib.rd_kafka_event_destroy(answer)
    lib.rd_kafka_queue_destroy(queue)
    if not answer:
        raise TimeoutError("Kafka does not answer an admin request")


def _count_partitions(handle, topic, timeout):
    """How many partitions the topic has, once it is known."""
    lib = library()
    known = lib.rd_kafka_topic_new(handle, topic.encode(), None)
    deadline = time.monotonic() + timeout
    try:
        while time.monotonic() < deadline:
            found = POINTER(_Metadata)()
            if lib.rd_kafka_metadata(handle, 0, known, byref(found), 2000):
                continue
            first = found.contents.topic[0]
            count = 0 if first.err else first.partitions
            lib.rd_kafka_metadata_destroy(found)
            if count:
                return count
            time.sleep(0.02)
    finally:
        lib.rd_kafka_topic_destroy(known)
    raise TimeoutError(f"Kafka does not know topic {topic}")


def _is_mock(handle, timeout):
    """librdkafka's mock cluster: it answers no request to make a topic, and
    makes each that is asked for."""
    lib = library()
    name = lib.rd_kafka_clusterid(handle, int(timeout * 1000))
    try:
        return bool(name) and ctypes.string_at(name).startswith(b"mockCluster")
    finally:
        if name:
            lib.rd_kafka_mem_free(handle, name)


def is_mock(address, timeout=20):
    with Producer(address) as producer:
        return _is_mock(producer.handle, timeout)


def create(address, topic, partitions=1, timeout=20):
    """Makes the topic if it is not there. Returns how many partitions it has:
    what the broker makes of its own accord may have several."""
    lib = library()
    with Producer(address) as producer:
        if _is_mock(producer.handle, timeout):
            return _count_partitions(producer.handle, topic, timeout)
        error = ctypes.create_string_buffer(512)
        new = lib.rd_kafka_NewTopic_new(topic.encode(), partitions, 1, error,
                                        len(error))
        if not new:
            raise ValueError(error.value.decode())
        _ask(producer.handle, lib.rd_kafka_CreateTopics, new, timeout)
        lib.rd_kafka_NewTopic_destroy(new)
        return _count_partitions(producer.handle, topic, timeout)


def delete(address, topic, timeout=20):
    lib = library()
    with Producer(address) as producer:
        old = lib.rd_kafka_DeleteTopic_new(topic.encode())
        _ask(producer.handle, lib.rd_kafka_DeleteTopics, old, timeout)
        lib.rd_kafka_DeleteTopic_destroy(old)


def remove_records(address, topic, offset, partition=0, timeout=20):
    """Those before OFFSET, as retention does."""
    lib = library()
    with Producer(address) as producer:
        parts = lib.rd_kafka_topic_partition_list_new(1)
        lib.rd_kafka_topic_partition_list_add(parts, topic.encode(), partition)
        lib.rd_kafka_topic_partition_list_set_offset(parts, topic.encode(),
                                                     partition, offset)
        old = lib.rd_kafka_DeleteRecords_new(parts)
        _ask(producer.handle, lib.rd_kafka_DeleteRecords, old, timeout)
        lib.rd_kafka_DeleteRecords_destroy(old)
        lib.rd_kafka_topic_partition_list_destroy(parts)


class Consumer:
    """Reads every partition of one topic from its beginning, in no group."""

    def __init__(self, address, topic, **options):
        self.lib = library()
        self.handle = _open(CONSUMER, address, {
            "group.id": "unused", "enable.auto.commit": "false",
            "auto.offset.reset": "earliest",
            "allow.auto.create.topics": "true",
            "topic.metadata.refresh.interval.ms": "1000", **options})
        self.lib.rd_kafka_poll_set_consumer(self.handle)
        partitions = create(address, topic)
        parts = self.lib.rd_kafka_topic_partition_list_new(partitions)
        for i in range(partitions):
            self.lib.rd_kafka_topic_partition_list_add(
                parts, topic.encode(), i)
            self.lib.rd_kafka_topic_partition_list_set_offset(
                parts, topic.encode(), i, OFFSET_BEGINNING)
        self.lib.rd_kafka_assign(self.handle, parts)
        self.lib.rd_kafka_topic_partition_list_destroy(parts)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.handle:
            self.lib.rd_kafka_consumer_close(self.handle)
            self.lib.rd_kafka_destroy(self.handle)
            self.handle = None

    def poll(self, timeout):
        """The next record, or None."""
        deadline = time.monotonic() + timeout
        while True:
            left = max(deadline - time.monotonic(), 0)
            message = self.lib.rd_kafka_consumer_poll(
                self.handle, int(left * 1000))
            if not message:
                return None
            try:
                if message.contents.err == 0:
                    return self._record(message)
            finally:
                self.lib.rd_kafka_message_destroy(message)
            if left == 0:
                return None

    def _record(self, message):
        m = message.contents
        value = ctypes.string_at(m.payload, m.len) if m.payload else None
        key = ctypes.string_at(m.key, m.key_len) if m.key else None
        return Record(m.partition, m.offset, key, value,
                      self._headers(message))

    def _headers(self, message):
        list_, name = c_void_p(), c_char_p()
        text, size = c_void_p(), c_size_t()
        found = []
        if self.lib.rd_kafka_message_headers(message, byref(list_)):
            return found
        while self.lib.rd_kafka_header_get_all(
                list_, len(found), byref(name), byref(text),
                byref(size)) == 0:
            value = ctypes.string_at(text, size.value) if text else None
            found.append((name.value.decode(), value))
        return found
