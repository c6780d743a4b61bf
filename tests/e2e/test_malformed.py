#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A corpus of what is no event, between valid events, on all three sources: an
HTTP client hears 4xx, a broker's messages become dead letters, and every valid
neighbour arrives once."""

import json

import harness
import kafka
import web
from events import STRUCTURED
from harness import KAFKA, SANITIZED, event, free_port, wait_until

LARGE = 10 << 20
MEMORY_KIB = 256 << 10
VALID = b'{"specversion":"1.0","id":"1","source":"/s","type":"t"'

# In structured mode.
BODIES = {
    "nothing": b"",
    "a blank": b" ",
    "NUL": b"\0",
    "many NUL": b"\0" * 1000,
    "a word that ends": b"nul",
    "a bracket": b"{",
    "no JSON": b"{oops",
    "no event": b"{}",
    "an array": b"[]",
    "an array of nothing": b"[{}]",
    "a text": b'"x"',
    "a number": b"-0",
    "no id": b'{"specversion":"1.0","source":"/s","type":"t"}',
    "an empty source":
        b'{"specversion":"1.0","id":"1","source":"","type":"t"}',
    "no version": b'{"id":"1","source":"/s","type":"t"}',
    "another version": b'{"specversion":"9","id":"1","source":"/s",'
                       b'"type":"t"}',
    "an end that lacks": VALID,
    "data that ends": VALID + b',"data":',
    "something behind": VALID + b"}}",
    "an id twice": VALID + b',"id":"2"}',
    "NUL in a text": VALID + b',"subject":"a\0b"}',
    "NUL as an escape": VALID + b',"subject":"a\\u0000b"}',
    "half a pair": VALID + b',"subject":"\\ud800"}',
    "no UTF-8": VALID + b',"subject":"\xff"}',
    "an overlong sequence": VALID + b',"subject":"\xc0\xaf"}',
    "no UTF-8 in the data": VALID + b',"data":"\xed\xa0\x80"}',
    "no Base64": VALID + b',"data_base64":"%"}',
    "a time that is none": VALID + b',"time":"now"}',
    "an attribute that is a list": VALID + b',"a":[]}',
    "a name in capitals": VALID + b',"A":"x"}',
    "deep brackets": b"[" * 100000,
    "deep data": VALID + b',"data":' + b"[" * 100000 + b"}",
    "other ends of lines": b"\r\r\n\n",
    "UTF-16": '{"a":1}'.encode("utf-16"),
}

ATTRIBUTES = {"specversion": b"1.0", "id": b"1", "source": b"/s",
              "type": b"t"}


def binary(**changes):
    made = {**ATTRIBUTES, **changes}
    return {k: v for k, v in made.items() if v is not None}


# In binary mode, without those that some transport cannot carry.
HEADS = {
    "no id": binary(id=None),
    "no type": binary(type=None),
    "no source": binary(source=None),
    "no version": binary(specversion=None),
    "an empty id": binary(id=b""),
    "a time that is none": binary(time=b"never"),
    "a source that is no URI": binary(source=b"a b"),
}
# Kafka alone has bytes in its headers.
BYTES = {
    "NUL": binary(subject=b"a\0b"),
    "no UTF-8": binary(subject=b"\xff\xfe"),
    "an overlong sequence": binary(id=b"\xc0\xaf"),
    "an escape": binary(type=b"\x1b[2J"),
}


def records():
    """(headers, value)"""
    kind = [("content-type", STRUCTURED.encode())]
    made = [(kind, body) for body in BODIES.values()]
    for head in (*HEADS.values(), *BYTES.values()):
        made.append(([("ce_" + k, v) for k, v in head.items()], b"x"))
    made += [([], None), ([], b""), ([("x", None)], None),
             ([("ce_" + k, None) for k in ATTRIBUTES], b"x"),
             ([("ce_specversion", b"1.0"), ("ce_id", None)], None),
             ([("content-type", None)], b"\0"),
             (kind, b" " * LARGE)]
    return made


def messages():
    """(content type, user properties, payload)"""
    made = [(STRUCTURED, [], body) for body in BODIES.values()]
    for head in HEADS.values():
        made.append((None, [(k, v.decode()) for k, v in head.items()], b"x"))
    made += [(None, [], b""), (None, [], b"\0"), ("\ufffd", [], b"x"),
             (STRUCTURED, [], b" " * LARGE)]
    return made


def requests():
    """(headers, body)"""
    made = [([("Content-Type", STRUCTURED)], body)
            for body in BODIES.values()]
    for head in HEADS.values():
        made.append(([("ce-" + k, v.decode()) for k, v in head.items()],
                     b"x"))
    good = [("ce-" + k, v.decode()) for k, v in ATTRIBUTES.items()]
    made += [([], b""), ([("Content-Type", "")], b"x"),
             ([*good, ("ce-subject", "%FF")], b""),
             ([*good, ("ce-subject", "a%00b")], b""),
             ([*good, ("ce-subject", "a\0b")], b""),
             ([("Content-Type", STRUCTURED)], b" " * LARGE)]
    return made


class Malformed(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def relay(self, source):
        return self.start("relay", "--dead-letter",
                          "file:" + self.path("dead"), source, self.sink.uri)

    def assert_all(self, valid, bridge, letters):
        self.assertEqual(sorted(e.id for e in self.sink.events()),
                         sorted(e.id for e in valid))
        wait_until(lambda: len(self.letters()) >= letters)
        for letter in self.letters():
            self.assertEqual((letter["type"], letter["dlqoutcome"]),
                             ("cebridge.malformed", "malformed"))
        self.assertEqual(len(self.letters()), letters)
        memory = bridge.status("VmHWM")
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        if not SANITIZED:
            self.assertLess(memory, MEMORY_KIB)

    def letters(self):
        if not harness.os.path.exists(self.path("dead")):
            return []
        return [json.loads(line) for line in
                self.read("dead").split(b"\n")[:-1]]

    def test_records(self):
        topic, valid, corpus = self.topic(), [], records()
        # What is all alike gets through a broker's limit when it is packed.
        with kafka.Producer(KAFKA, **{
                "message.max.bytes": str(2 * LARGE),
                "compression.codec": "gzip"}) as producer:
            for headers, value in corpus:
                producer.produce(topic, value, headers, partition=0)
                valid.append(event(data=b"1"))
                headers, value = valid[-1].to_kafka()
                producer.produce(topic, value, headers, partition=0)
            producer.flush()
        bridge = self.relay(self.kafka_uri(topic, group=topic))
        self.sink.wait(len(valid))
        self.assert_all(valid, bridge, len(corpus))

    def test_messages(self):
        topic, valid, corpus = self.topic(), [], messages()
        bridge = self.relay(self.mqtt_uri(topic))
        client = self.mqtt_client()
        for kind, properties, payload in corpus:
            client.publish(topic, payload, kind, properties)
            valid.append(event(data=b"1"))
            kind, properties, payload = valid[-1].to_mqtt()
            client.publish(topic, payload, kind, properties)
        client.flush()
        self.sink.wait(len(valid))
        self.assert_all(valid, bridge, len(corpus))

    def test_requests(self):
        port, valid = free_port(), []
        bridge = self.relay(f"http://127.0.0.1:{port}/events")
        for headers, body in requests():
            with self.subTest(headers=headers, body=body[:100]):
                status = web.request(port, headers=headers, body=body).status
                self.assertEqual(status, 413 if len(body) == LARGE else 400)
            valid.append(event(data=b"1"))
            self.assertEqual(web.post(port, valid[-1]).status, 202)
        self.assert_all(valid, bridge, 0)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
