#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What peers write against the specification is read where an option allows
it, and counted; without the option it is not."""

import unittest

import harness
import web
from harness import KAFKA, MQTT, free_port

NAMES = (("names=lower", {"myattr": "x"}), ("names=drop", {}))


class Http(harness.Test):
    def fields(self, number):
        return [("ce-specversion", "1.0"), ("ce-id", number), ("ce-type", "t"),
                ("ce-source", "/s"), ("ce-My_Attr", "x")]

    def test_names_that_are_not_allowed_are_refused(self):
        port = free_port()
        self.start("relay", f"http://127.0.0.1:{port}/events",
                   "file:" + self.path("out"))
        answer = web.request(port, headers=self.fields("1"))
        self.assertEqual(answer.status, 400, answer)
        self.assertIn("my_attr", answer.body.decode())

    def test_names_become_legal_or_go(self):
        for option, extra in NAMES:
            with self.subTest(option), web.Sink() as sink:
                port, admin = free_port(), free_port()
                self.start("relay", "--admin", f"http://127.0.0.1:{admin}",
                           f"http://127.0.0.1:{port}/events?{option}",
                           sink.uri)
                answer = web.request(port, headers=self.fields("1"))
                self.assertEqual(answer.status, 202, answer)
                self.assertEqual(sink.events()[0].attributes, {
                    "specversion": "1.0", "id": "1", "type": "t",
                    "source": "/s", **extra})
                self.assertEqual(self.scrape(admin)[
                    "cebridge_tolerated_total", "relay"], 1)


@unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
class OnKafka(harness.Test):
    def relay(self, headers, **options):
        topic, admin = self.topic(), free_port()
        sink = web.Sink()
        self.addCleanup(sink.stop)
        producer = self.producer()
        producer.produce(topic, b"1", [(n, v.encode()) for n, v in headers])
        producer.flush()
        self.start("relay", "--admin", f"http://127.0.0.1:{admin}",
                   self.kafka_uri(topic, group=topic, **options), sink.uri)
        event = sink.wait(1)[0].event()
        return event.attributes, self.scrape(admin)[
            "cebridge_tolerated_total", "relay"]

    def test_other_prefixes_and_quotes_and_names(self):
        got, count = self.relay(
            [("ce-specversion", '"1.0"'), ("ce-id", '"a \\"b\\""'),
             ("ce_type", "t"), ("ce_source", "/s"), ("ce_My-Attr", "x")],
            prefixed="true", quoted="true", names="lower")
        self.assertEqual(got, {"specversion": "1.0", "id": 'a "b"',
                               "type": "t", "source": "/s", "myattr": "x"})
        self.assertEqual(count, 1)


@unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
class OnMqtt(harness.Test):
    def test_quotes_and_names(self):
        topic, admin = self.topic(), free_port()
        sink = web.Sink()
        self.addCleanup(sink.stop)
        self.start("relay", "--admin", f"http://127.0.0.1:{admin}",
                   self.mqtt_uri(topic, quoted="true", names="lower"),
                   sink.uri)
        client = self.mqtt_client()
        client.publish(topic, b"1", None, [
            ("specversion", '"1.0"'), ("id", "1"), ("type", '"t"'),
            ("source", "/s"), ("My-Attr", "x")])
        client.flush()
        self.assertEqual(sink.wait(1)[0].event().attributes, {
            "specversion": "1.0", "id": "1", "type": "t", "source": "/s",
            "myattr": "x"})
        self.assertEqual(self.scrape(admin)[
            "cebridge_tolerated_total", "relay"], 1)


if __name__ == "__main__":
    harness.main()
