# SPDX-License-Identifier: Apache-2.0
"""Numbered events through a bridge that is hurt: who sent what, what was
acknowledged to the sender, what arrived, how often and in which order."""

import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), "e2e"))

import harness
import kafka
import mqtt
import web
from events import Event
from harness import KAFKA, MQTT, Broker, free_port, unique, wait_until
from proxy import Proxy

FULL = os.environ.get("CE_TEST_FAULTS") == "all"
# Few events, but as many crashes: what they do to memory a sanitizer sees.
LONG = FULL or os.environ.get("CE_TEST_FAULTS") == "crashes"
COUNT = int(os.environ.get("CE_TEST_EVENTS", "20000" if FULL else "2000"))
KINDS = ("http", "kafka", "mqtt")
KEYS = 8
# What a bridge has in flight at most, and so repeats after a crash.
WINDOW = 1024
# What a bridge may need at most, whatever happens around it. What the system
# keeps of an inbox is not its own.
MEMORY_KIB = 48 << 10
DESCRIPTORS = 100
# What mosquitto has confirmed it saves a little later. It passes it on at once,
# where nothing limits what may be on its way to a reader.
AT_ONCE = ("--set", "max_inflight_messages 0")
# A crashed member of a group is missed soon, a dead peer too.
QUICK = {"kafka": "&rdkafka.session.timeout.ms=1500"
                  "&rdkafka.heartbeat.interval.ms=400"
                  "&rdkafka.socket.timeout.ms=1500"
                  "&rdkafka.reconnect.backoff.max.ms=500",
         "mqtt": "&keep_alive=2s"}


def seed():
    """CE_TEST_SEED runs a failed test again as it was."""
    return int(os.environ.get("CE_TEST_SEED") or random.randrange(1 << 30))


def numbered(seq):
    return Event({"id": str(seq), "type": "com.example.numbered",
                  "source": "/faults", "subject": f"k{seq % KEYS}",
                  "partitionkey": f"k{seq % KEYS}",
                  "datacontenttype": "application/json"},
                 b'{"seq":%d,"pad":"%s"}' % (seq, b"x" * (seq % 200)))


def stored(admin):
    """How many events the inbox of the only route holds."""
    try:
        values = web.scrape(admin)
    except OSError:
        return 0
    return values.get(("cebridge_inbox_events", "relay"), 0)


class Feeder(threading.Thread):
    """Sends the events from FIRST on, again and again until each of them was
    acknowledged, as a proper producer does. ACKED counts those that were."""

    def __init__(self, kind, name, address, first, count, timeout):
        super().__init__(daemon=True)
        self.kind, self.name_, self.address = kind, name, address
        self.numbers = range(first, first + count)
        self.timeout = timeout
        self.acked = 0
        self.resets = 0
        self.error = None

    def run(self):
        try:
            getattr(self, "_" + self.kind)()
        except Exception as error:  # told by done()
            self.error = error

    def done(self):
        self.join(self.timeout + 10)
        if self.error:
            raise self.error
        assert not self.is_alive(), "the sender does not come to its end"

    def _http(self):
        requests = [numbered(n).to_http(False) for n in self.numbers]
        load = web.Load(self.address, requests, connections=16, pause=0.05)
        load.run(self.timeout)
        assert not load.refused, load.refused[:3]
        self.acked, self.resets = load.accepted, load.resets

    def _kafka(self):
        # Others write what they repeat behind what has come meanwhile.
        ordered = {"enable.idempotence": "true"}
        with kafka.Producer(self.address, **ordered) as producer:
            for n in self.numbers:
                headers, value = numbered(n).to_kafka(False)
                producer.produce(self.name_, value, headers,
                                 key=b"k%d" % (n % KEYS))
                if n % 1000 == 999:
                    producer.flush(self.timeout)
            producer.flush(self.timeout)
        self.acked = len(self.numbers)

    def _mqtt(self):
        deadline = time.monotonic() + self.timeout
        groups = [self.numbers[i:i + 50]
                  for i in range(0, len(self.numbers), 50)]
        client = None
        while groups:
            try:
                client = client or mqtt.Client(self.address)
                for n in groups[0]:
                    kind, properties, payload = numbered(n).to_mqtt(False)
                    client.publish(f"{self.name_}/k{n % KEYS}", payload, kind,
                                   properties)
                client.flush()
                self.acked += len(groups.pop(0))
            except (OSError, TimeoutError):
                if client:
                    client.close()
                client = None
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        client.close()


class Recorder:
    """What arrived at a sink: the numbers, in the order they came."""

    def __init__(self, kind, address=None, answer=None):
        self.kind, self.name = kind, unique(f"to-{kind}")
        self.numbers, self.changed = [], []
        self.address = address
        self.running = True
        if kind == "http":
            self.server = web.Sink(answer)
            self.address = self.address or f"127.0.0.1:{self.server.port}"
            self.uri = f"http://{self.address}/events?timeout=2s"
            return
        if kind == "kafka":
            self.uri = f"kafka://{address or KAFKA}/{self.name}?key={{subject}}"
            kafka.create(address or KAFKA, self.name)
            self.consumer = kafka.Consumer(address or KAFKA, self.name)
        else:
            self.uri = f"mqtt://{address or MQTT}/{self.name}?version=5"
            self._connect(address or MQTT)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _connect(self, address):
        self.client = mqtt.Client(address, client_id="reader-" + self.name,
                                  clean=False)
        self.client.subscribe(self.name)

    def close(self):
        self.running = False
        if self.kind == "http":
            self.server.stop()
            return
        self.thread.join(10)
        (self.consumer if self.kind == "kafka" else self.client).close()

    def _run(self):
        while self.running:
            try:
                if self.kind == "kafka":
                    record = self.consumer.poll(0.2)
                    if record:
                        self._add(Event.from_kafka(record.headers,
                                                   record.value))
                else:
                    message = self.client.poll(0.2)
                    if message:
                        self._add_message(message)
            except OSError:
                self._again()

    def _add_message(self, message):
        self._add(Event.from_mqtt(message.content_type, message.properties,
                                  message.payload))

    def _again(self):
        while self.running:
            # What it has acknowledged does not come again.
            while self.client.messages:
                self._add_message(self.client.messages.popleft())
            self.client.close()
            try:
                self._connect(self.address or MQTT)
                return
            except OSError:
                time.sleep(0.05)

    def _add(self, event):
        number = int(event.id)
        self.numbers.append(number)
        if event.canonical() != numbered(number).canonical():
            self.changed.append(number)

    def read(self):
        if self.kind == "http":
            with self.server.changed:
                fresh = self.server.requests[len(self.numbers):]
            for request in fresh:
                self._add(request.event())
        return self.numbers

    def count(self):
        return len(self.server.requests) if self.kind == "http" else \
            len(self.numbers)


def private(test, kind, *options, proxies=Proxy):
    """A broker that only TEST knows: (broker, proxy before it)."""
    port = free_port()
    if kind == "kafka":
        options += ("--advertise", str(port))
    broker = Broker("kafka" if kind == "kafka" else "mosquitto",
                    test.path(unique(kind)), *options)
    test.addCleanup(broker.stop)
    broker.skip_unless_it_keeps(test)
    proxy = proxies(broker.address(), port)
    test.addCleanup(proxy.close)
    return broker, proxy


class Flow:
    """One route of `cebridge relay` from a kind of source to a kind of sink,
    fed and watched. SOURCE_AT and SINK_AT are addresses of brokers, or of
    proxies before them. THROUGH makes a proxy before an HTTP sink. TAP is the
    one before an MQTT broker that crashes: what that has confirmed it saves a
    little later, and what it then loses the bridge has not lost."""

    def __init__(self, test, source, sink, source_at=None, sink_at=None,
                 answer=None, options=(), feed_at=None, through=None,
                 tap=None):
        self.tap = tap
        self.test, self.source, self.sink = test, source, sink
        self.name = unique(f"from-{source}")
        self.recorder = Recorder(sink, sink_at, answer)
        test.addCleanup(self.recorder.close)
        self.sent, self.feeders, self.bridge = 0, [], None
        self.kills = self.kib = self.descriptors = 0
        at = {"http": None, "kafka": KAFKA, "mqtt": MQTT}[source]
        self.feed_at = feed_at or source_at or at
        if source == "http":
            self.feed_at = free_port()
            uri = f"http://127.0.0.1:{self.feed_at}/events"
        elif source == "kafka":
            kafka.create(self.feed_at, self.name)
            uri = f"kafka://{source_at or at}/{self.name}?group={self.name}"
        else:
            uri = f"mqtt://{source_at or at}/{self.name}/+?qos=1"
        target = self.recorder.uri
        if through:
            self.proxy = through(self.recorder.address)
            test.addCleanup(self.proxy.close)
            target = target.replace(self.recorder.address, self.proxy.address)
        self.arguments = ["relay", "--retry.cap", "300ms", *options,
                          uri + QUICK.get(source, ""),
                          target + QUICK.get(sink, "")]

    def keep_place(self):
        """In its group, while nothing is heard of it for a while: what it has
        delivered meanwhile is committed later."""
        self.arguments[-2] = self.arguments[-2].replace(
            "session.timeout.ms=1500", "session.timeout.ms=120000")
        return self

    def watched(self):
        """It tells how it is, at its `admin`."""
        self.admin = free_port()
        self.arguments[1:1] = ["--admin", f"http://127.0.0.1:{self.admin}"]
        return self

    def start(self, ready=True):
        self.bridge = self.test.start(*self.arguments, ready=False)
        if ready:
            self.bridge.ready(60)
        return self

    def feed(self, count, timeout=180):
        feeder = Feeder(self.source, self.name, self.feed_at, self.sent, count,
                        timeout)
        self.sent += count
        self.feeders.append(feeder)
        feeder.start()
        return feeder

    def stop(self):
        """SIGTERM to a bridge that is up; what it then owes is nothing."""
        self.bridge.ready(60)
        self.measure()
        self.test.assertEqual(self.bridge.stop(), 0, self.bridge.stderr)

    def kill(self):
        self.measure()
        self.bridge.kill()
        self.kills += 1

    def measure(self):
        """The most that the bridge has needed, if it runs."""
        if not self.bridge or self.bridge.process.poll() is not None:
            return
        self.kib = max(self.kib, self.bridge.status("RssAnon"))
        self.descriptors = max(self.descriptors, len(os.listdir(
            f"/proc/{self.bridge.process.pid}/fd")))

    def wait(self, count, timeout=120):
        """Until so many have arrived, duplicates included."""
        wait_until(lambda: self.recorder.count() >= count, timeout,
                   lambda: f"{self.recorder.count()} of {count} arrived:\n"
                           f"{self.bridge.stderr if self.bridge else ''}")

    def finish(self, timeout=180):
        """Until all senders are done and all they sent has arrived."""
        for feeder in self.feeders:
            feeder.done()
        wait_until(lambda: not self.missing(), timeout,
                   lambda: "what was acknowledged did not arrive: "
                           f"{self.missing()[:5]}\n{self.bridge.stderr}")

    def missing(self):
        gone = set(range(self.sent)) - set(self.recorder.read())
        if self.tap:
            with self.tap.counting:
                gone -= self.tap.confirmed
        return sorted(gone)

    def order_violations(self):
        """Events that arrived first after a later one of their key had."""
        last, seen, wrong = {}, set(), 0
        for n in self.recorder.read():
            if n in seen:
                continue
            seen.add(n)
            wrong += n < last.get(n % KEYS, -1)
            last[n % KEYS] = max(n, last.get(n % KEYS, -1))
        return wrong

    def check(self, duplicates=0, number=None, ordered=True):
        """Prints the scenario's line and judges it."""
        got = self.recorder.read()
        self.measure()
        twice = len(got) - len(set(got))
        wrong = self.order_violations()
        acked = sum(f.acked for f in self.feeders)
        print(f"{self.source} to {self.sink}: sent {self.sent} acked {acked} "
              f"received {len(got)} unique {len(set(got))} duplicates {twice} "
              f"order-violations {wrong} seed {number} kib {self.kib} "
              f"descriptors {self.descriptors}", flush=True)
        test = self.test
        test.assertEqual(self.missing()[:5], [], "lost")
        test.assertEqual(acked, self.sent)
        test.assertEqual(self.recorder.changed[:5], [], "changed")
        test.assertLessEqual(twice, duplicates, "duplicates")
        test.assertLessEqual(self.descriptors, DESCRIPTORS)
        if not harness.SANITIZED:
            test.assertLessEqual(self.kib, MEMORY_KIB)
        if ordered and self.source != "http":
            test.assertEqual(wrong, 0, "out of order")
