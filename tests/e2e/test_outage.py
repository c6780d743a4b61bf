#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sink that is down for ten seconds loses nothing, on every pair, and the
bridge's memory stays bounded meanwhile."""

import os
import threading
import time

import harness
from endpoints import KINDS, Sink, Source, differences
from events import Event, generate
from harness import COUNT, SANITIZED, Broker, wait_until

SECONDS = 10
EVENTS = min(COUNT, 4000)
LIMIT_KIB = 40 * 1024


class Outage(harness.Test):
    def start_pairs(self, sinks):
        """One process for each pair, each with a source that is still fed."""
        self.pairs = []
        for sink in sinks:
            for kind in KINDS:
                source = Source(kind, self.directory, follow=True)
                source.prepare([])
                if kind == "kafka":
                    source.prepare(self.before)
                target = sink(kind)
                bridge = self.start("relay", source.uri, target.uri,
                                    ready=False)
                self.pairs.append((source, target, bridge))
        for source, target, bridge in self.pairs:
            bridge.ready()

    def send(self, events, first=False):
        for source, target, bridge in self.pairs:
            if not (first and source.kind == "kafka"):
                source.send(events)

    def setUp(self):
        super().setUp()
        events = generate(EVENTS)
        self.events = events
        self.before, self.during = events[:EVENTS // 4], events[EVENTS // 4:]

    def outage(self, stop, start):
        self.send(self.before, first=True)
        for source, target, bridge in self.pairs:
            target.read([e.id for e in self.before])
        stop()
        end = time.monotonic() + SECONDS
        # HTTP clients repeat what is answered 503 until the sink is back.
        feeders = [threading.Thread(target=source.send, args=(self.during,))
                   for source, _, _ in self.pairs]
        for feeder in feeders:
            feeder.start()
        wait_until(lambda: time.monotonic() > end, SECONDS + 5)
        for _, _, bridge in self.pairs:
            self.assertIsNone(bridge.process.poll(), bridge.stderr)
        start()
        for feeder in feeders:
            feeder.join(120)
            self.assertFalse(feeder.is_alive(), "HTTP senders are not served")
        for source, target, bridge in self.pairs:
            with self.subTest(f"{source.kind} to {target.kind}"):
                self.check(source, target, bridge)

    def check(self, source, target, bridge):
        got = target.read([e.id for e in self.events])
        wrong = differences(self.events, got, source.kind, target.kind,
                            once=False)
        self.assertEqual(wrong[:5], [], f"{len(wrong)} in all")
        peak = bridge.status("VmHWM")
        print(f"{source.kind} to {target.kind}: peak {peak / 1024:.1f} MiB, "
              f"{len(got) - len(self.events)} duplicates")
        if not SANITIZED:
            self.assertLess(peak, LIMIT_KIB)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    def sink(self, kind, **addresses):
        sink = Sink(kind, self.directory, **addresses)
        self.addCleanup(sink.close)
        return sink

    def test_an_http_sink_that_goes_and_comes(self):
        self.start_pairs([lambda _: self.sink("http")])
        self.outage(
            lambda: [t.server.stop() for _, t, _ in self.pairs],
            lambda: [t.server.start() for _, t, _ in self.pairs])

    def test_a_kafka_sink_that_goes_and_comes(self):
        broker = Broker("kafka", self.path("kafka"))
        self.addCleanup(broker.stop)
        broker.skip_unless_it_keeps(self)
        address = broker.address()
        self.start_pairs([lambda _: self.sink("kafka", kafka_address=address)])
        self.outage(broker.stop, broker.start)

    def test_an_mqtt_sink_that_goes_and_comes(self):
        broker = Broker("mosquitto", self.path("mosquitto"), "--fast")
        self.addCleanup(broker.stop)
        self.address = broker.address()
        self.start_pairs([lambda _: Stored("mqtt5", self.address),
                          lambda _: Stored("mqtt311", self.address)])
        self.outage(broker.stop, broker.start)

    def test_a_reader_of_stdout_that_pauses(self):
        self.pairs = []
        for kind in KINDS:
            source = Source(kind, self.directory, follow=True)
            source.prepare([])
            if kind == "kafka":
                source.prepare(self.before)
            pipe = Pipe()
            self.addCleanup(pipe.close)
            bridge = self.start("relay", source.uri, "-", stdout=pipe.writer)
            pipe.started()
            self.pairs.append((source, pipe, bridge))
        self.outage(
            lambda: [p.pause() for _, p, _ in self.pairs],
            lambda: [p.resume() for _, p, _ in self.pairs])


class Stored(Sink):
    """Reads with a session that the broker keeps, over its restart too."""

    def __init__(self, kind, address):
        super().__init__(kind, None, mqtt_address=address)
        self.client.close()
        self.address, self.version = address, 5 if kind == "mqtt5" else 4
        self.client = None
        self._connect()
        self.client.subscribe(self.name)
        self.close = lambda: self.client.close()

    def _connect(self):
        self.client = harness.mqtt.Client(
            self.address, self.version, client_id="reader-" + self.name,
            clean=False)

    def _mqtt5(self, timeout):
        try:
            return super()._mqtt5(timeout)
        except OSError:
            self.client.close()
            self._connect()
            return []

    _mqtt311 = _mqtt5


class Pipe:
    """The reading end of a bridge's stdout, as a sink."""

    kind = "file"

    def __init__(self):
        self.reader, self.writer = os.pipe()
        self.running = threading.Event()
        self.running.set()
        self.text = b""
        self.thread = threading.Thread(target=self._read, daemon=True)

    def started(self):
        os.close(self.writer)
        self.thread.start()

    def _read(self):
        while True:
            self.running.wait()
            more = os.read(self.reader, 1 << 16)
            if not more:
                return
            self.text += more

    def pause(self):
        self.running.clear()

    def resume(self):
        self.running.set()

    def close(self):
        self.resume()

    def read(self, ids, timeout=120):
        wanted = set(ids)
        wait_until(lambda: wanted <= {e.id for e in self.events()}, timeout,
                   "stdout does not have all events")
        return self.events()

    def events(self):
        lines = self.text.split(b"\n")[:-1]
        return [Event.from_json(line.decode()) for line in lines]


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
