#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brokers come and go: away at the start, killed, or silent, on either side
of the bridge. It waits, says so, and loses nothing."""

import os
import signal

import harness
import web
from endpoints import Sink, Source, differences
from events import generate
from harness import COUNT, Broker, event, free_port, wait_until

EVENTS = min(COUNT, 2000)
IMPATIENT = {"kafka": "&rdkafka.socket.timeout.ms=1000",
             "mqtt5": "&keep_alive=1s"}


class Brokers(harness.Test):
    def setUp(self):
        super().setUp()
        self.brokers = {}
        self.admin = free_port()

    def broker(self, kind, *options):
        broker = Broker(kind, self.path(kind), *options)
        self.addCleanup(broker.stop)
        broker.skip_unless_it_keeps(self)
        self.brokers[kind] = broker
        return broker.address()

    def ready(self):
        """What /readyz says: (status, text)."""
        answer = web.request(self.admin, "GET", "/readyz")
        return answer.status, answer.body.decode()

    def test_brokers_that_are_away_at_the_start_are_waited_for(self):
        kafka, mqtt = free_port(), free_port()
        first, last, topic = free_port(), web.Sink(), self.topic()
        self.addCleanup(last.stop)
        bridge = self.run_config(f"""
admin: http://127.0.0.1:{self.admin}
routes:
  one:
    from: http://127.0.0.1:{first}/events
    to: kafka://127.0.0.1:{kafka}/{topic}
  two:
    from: kafka://127.0.0.1:{kafka}/{topic}
    to: mqtt://127.0.0.1:{mqtt}/{topic}
  three:
    from: mqtt://127.0.0.1:{mqtt}/{topic}
    to: {last.uri}
""", ready=False)
        for port in (kafka, mqtt):
            bridge.wait_for(rf"127\.0\.0\.1:{port}")
            self.assertIn(f"127.0.0.1:{port}", self.ready()[1])
        self.assertEqual(self.ready()[0], 503)
        answer = web.post(first, event())
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.header("Retry-After"))
        self.assertNotIn(harness.READY, bridge.stderr)
        self.broker("mosquitto", "--port", str(mqtt))
        self.broker("kafka", "--port", str(kafka))
        # The topic is there when the first event has come.
        events = generate(100)
        self.assertEqual(web.post_all(first, events).refused, [])
        bridge.ready(60)
        last.wait(len(events), 60)
        self.assertEqual(self.ready()[0], 200)
        self.assertEqual(differences(events, last.events(), "http", "http",
                                     once=False)[:5], [])

    def sources(self):
        """Routes from both kinds of broker into HTTP sinks."""
        kafka = self.broker("kafka")
        mqtt = self.broker("mosquitto")
        pairs = []
        for kind in ("kafka", "mqtt5"):
            source = Source(kind, self.directory, kafka_address=kafka,
                            mqtt_address=mqtt)
            source.prepare(generate(1))
            sink = Sink("http", self.directory)
            self.addCleanup(sink.close)
            pairs.append((source, sink))
        lines = [f"admin: http://127.0.0.1:{self.admin}", "routes:"]
        for source, sink in pairs:
            lines += [f"  from-{source.kind}:",
                      f'    from: "{source.uri}{IMPATIENT[source.kind]}"',
                      f'    to: "{sink.uri}"']
        self.run_config("\n".join(lines) + "\n")
        return pairs

    def relay_around(self, trouble):
        pairs, events = self.sources(), generate(EVENTS)
        half = EVENTS // 2
        for source, sink in pairs:
            source.send(events[:half])
            wait_until(lambda: len(sink.rest()) >= half // 4, 60)
        trouble()
        for source, sink in pairs:
            source.send(events[half:])
            with self.subTest(source.kind):
                got = sink.read([e.id for e in events])
                self.assertEqual(
                    differences(events, got, source.kind, "http",
                                once=False)[:5], [])
        wait_until(lambda: self.ready()[0] == 200)

    def test_source_brokers_that_are_killed_lose_nothing(self):
        def kill_and_start():
            for broker in self.brokers.values():
                broker.kill()
            wait_until(lambda: self.ready()[0] == 503)
            for broker in self.brokers.values():
                broker.start()

        self.relay_around(kill_and_start)

    def test_source_brokers_that_fall_silent_lose_nothing(self):
        """As when a cable is cut: no connection is closed, none answers."""
        def freeze_and_thaw():
            for broker in self.brokers.values():
                self.addCleanup(self.signal, broker, signal.SIGCONT)
                self.signal(broker, signal.SIGSTOP)
            wait_until(lambda: "from-mqtt5 source" in self.down())
            for broker in self.brokers.values():
                self.signal(broker, signal.SIGCONT)

        self.relay_around(freeze_and_thaw)

    def down(self):
        return "\n".join(line for line in self.ready()[1].splitlines()
                         if not line.endswith(": up"))

    def signal(self, broker, number):
        with open(os.path.join(broker.directory,
                               f"{broker.kind}.pid")) as file:
            try:
                os.kill(int(file.read()), number)
            except ProcessLookupError:
                pass


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
