#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measured promises of the release build: what an idle one needs, and a
thousand connections at once."""

import time

import harness
import web
from endpoints import Sink, Source, differences
from events import generate
from harness import free_port, wait_until

# What the process has of its own; the pages of libraries, which it shares with
# others, differ by 3 MiB between two Debian releases.
IDLE_KIB = 6 * 1024
IDLE_SECONDS = 5
# How often its threads begin to run, which no machine changes: those of
# librdkafka do it 70 times. Five times what this takes on a slow machine says
# that they rest in between.
IDLE_RUNS = 150
IDLE_CPU_MS = 100
CONNECTIONS = 1000


class Limits(harness.Test):
    def routes(self):
        http = web.Sink()
        self.addCleanup(http.stop)
        topic = self.topic()
        with harness.kafka.Producer(harness.KAFKA) as producer:
            producer.produce(topic, b"the topic is there")
            producer.flush()
        return {
            "http to kafka": (f"http://127.0.0.1:{free_port()}/",
                              self.kafka_uri(self.topic())),
            "http to http": (f"http://127.0.0.1:{free_port()}/", http.uri),
            "mqtt to http": (self.mqtt_uri(self.topic()), http.uri),
            "http to mqtt": (f"http://127.0.0.1:{free_port()}/",
                             self.mqtt_uri(self.topic())),
            "kafka to http": (self.kafka_uri(topic, group=topic), http.uri),
        }

    def test_an_idle_bridge_needs_little_memory_and_sleeps(self):
        for name, (source, sink) in self.routes().items():
            with self.subTest(name):
                bridge = self.start("relay", source, sink)
                self.rest(1)
                cpu, runs = bridge.cpu_ms(), bridge.runs()
                self.rest(IDLE_SECONDS)
                cpu, runs = bridge.cpu_ms() - cpu, bridge.runs() - runs
                memory = bridge.status("RssAnon")
                print(f"{name}: {memory / 1024:.1f} MiB of "
                      f"{bridge.status('VmRSS') / 1024:.1f}, "
                      f"{runs} runs and {cpu:.1f} ms CPU in {IDLE_SECONDS} s")
                self.assertEqual(bridge.stop(), 0, bridge.stderr)
                self.assertLess(memory, IDLE_KIB)
                self.assertLess(runs, IDLE_RUNS)
                self.assertLess(cpu, IDLE_CPU_MS)

    def rest(self, seconds):
        """The measured time itself: nothing can be waited for."""
        end = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() >= end, seconds + 1)

    def test_a_thousand_connections_at_once_do_not_stall(self):
        source = Source("http", self.directory)
        sink = Sink("kafka", self.directory)
        self.addCleanup(sink.close)
        bridge = self.start("relay", source.uri, sink.uri)
        events = generate(10 * CONNECTIONS)
        begin = time.monotonic()
        load = web.post_all(source.port, events, connections=CONNECTIONS,
                            timeout=60)
        seconds = time.monotonic() - begin
        print(f"{len(events) / seconds:.0f} events/s over {CONNECTIONS} "
              f"connections, {load.repeated} repeated, "
              f"peak {bridge.status('VmHWM') / 1024:.1f} MiB")
        self.assertEqual(load.refused, [])
        got = sink.read([e.id for e in events])
        self.assertEqual(
            differences(events, got, "http", "kafka", once=False)[:5], [])


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
