#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several sinks on one route, and several routes in one process."""

import harness
import web
from endpoints import KINDS, Sink, differences
from events import generate
from harness import event, free_port, wait_until


class Fanout(harness.Test):
    def test_every_sink_gets_every_event(self):
        port = free_port()
        sinks = [Sink(kind, self.directory) for kind in KINDS]
        for sink in sinks:
            self.addCleanup(sink.close)
        self.start("relay", f"http://127.0.0.1:{port}/events",
                   *[sink.uri for sink in sinks])
        events = generate(300)
        web.post_all(port, events)
        for sink in sinks:
            with self.subTest(sink.kind):
                got = sink.read([e.id for e in events])
                self.assertEqual(
                    differences(events, got, "http", sink.kind)[:5], [])

    def relay_to_two(self):
        port, self.admin = free_port(), free_port()
        self.first, self.second = 202, 202
        one = web.Sink(lambda request: self.first)
        two = web.Sink(lambda request: self.second)
        self.addCleanup(one.stop)
        self.addCleanup(two.stop)
        self.start("relay", "--admin", f"http://127.0.0.1:{self.admin}",
                   f"http://127.0.0.1:{port}/events", one.uri, two.uri)
        return port, one, two

    def test_the_source_hears_success_when_all_have_it(self):
        port, one, two = self.relay_to_two()
        self.assertEqual(web.post(port, event()).status, 202)
        self.assertEqual((len(one.requests), len(two.requests)), (1, 1))

    def test_a_refusal_of_one_sink_is_heard(self):
        port, one, two = self.relay_to_two()
        self.second = 422
        self.assertEqual(web.post(port, event()).status, 422)
        self.assertEqual(len(one.requests), 1)

    def test_not_now_is_worse_than_no(self):
        port, one, two = self.relay_to_two()
        self.first, self.second = 422, 503
        self.assertEqual(web.post(port, event()).status, 503)

    def test_a_sink_that_is_away_does_not_stop_the_other(self):
        port, one, two = self.relay_to_two()
        two.stop()
        sent = event()
        self.assertEqual(web.post(port, sent).status, 503)
        self.assertEqual([e.id for e in one.events()], [sent.id])

    def test_a_repetition_goes_to_the_sink_that_lacks_the_event(self):
        port, one, two = self.relay_to_two()
        self.second, sent = 503, event()
        for _ in range(3):
            self.assertEqual(web.post(port, sent).status, 503)
        self.second = 202
        self.assertEqual(web.post(port, sent).status, 202)
        self.assertEqual((len(one.requests), len(two.requests)), (1, 4))
        self.assertEqual(self.scrape(self.admin)[
            "cebridge_repeats_spared_total", "relay"], 3)

    def test_a_repetition_that_is_another_event_goes_to_all(self):
        port, one, two = self.relay_to_two()
        self.second = 503
        for subject in ("a", "b"):
            self.assertEqual(
                web.post(port, event(id="1", subject=subject)).status, 503)
        self.assertEqual([e.attributes["subject"] for e in one.events()],
                         ["a", "b"])

    def test_routes_chain_through_brokers(self):
        port, topic, middle = free_port(), self.topic(), self.topic()
        sink = web.Sink()
        self.addCleanup(sink.stop)
        self.producer().produce(topic, b"warm-up, no event")
        self.run_config(f"""
routes:
  one:
    from: http://127.0.0.1:{port}/events
    to: {self.kafka_uri(topic)}
  two:
    from: {self.kafka_uri(topic, group=topic)}
    to: {self.mqtt_uri(middle)}
  three:
    from: {self.mqtt_uri(middle)}
    to: {sink.uri}
""")
        events = generate(200)
        web.post_all(port, events)
        sink.wait(len(events))
        self.assertEqual(
            differences(events, sink.events(), "http", "http")[:5], [])

    def test_one_route_s_trouble_is_not_another_s(self):
        good, bad, admin = free_port(), free_port(), free_port()
        sink = web.Sink()
        self.addCleanup(sink.stop)
        bridge = self.run_config(f"""
admin: http://127.0.0.1:{admin}
routes:
  good:
    from: http://127.0.0.1:{good}/events
    to: {sink.uri}
  bad:
    from: http://127.0.0.1:{bad}/events
    to: kafka://127.0.0.1:{free_port()}/nowhere
""", ready=False)
        wait_until(lambda: web.status(good, event()) == 202)
        wait_until(lambda: web.status(bad, event()) == 503)
        self.assertIsNone(bridge.process.poll())


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
