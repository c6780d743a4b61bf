#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events choose where they go, among what the configuration allows."""

import json

import harness
import web
from harness import event


class Targets(harness.Test):
    def letters(self):
        text = self.read("dlq.ndjson")
        return {e["id"]: e for e in map(json.loads, text.splitlines())}

    def relay(self, sink, events):
        """Runs one route from a file to SINK; returns how it ended."""
        self.write("in.ndjson", "".join(
            e.to_json().decode() + "\n" for e in events))
        path = self.write("bridge.yaml", f"""
routes:
  r:
    from: file:{self.path("in.ndjson")}
    to: {sink}
    dead_letter: file:{self.path("dlq.ndjson")}
""")
        return self.cebridge("run", path)

    def test_an_mqtt_topic_is_made_of_the_event(self):
        top = self.topic()
        events = [event(id="1", subject="d7"), event(id="2", subject="+"),
                  event(id="3", subject="x/y"), event(id="4")]
        client = self.subscriber(f"{top}/#")
        done = self.relay(f'{{ uri: "mqtt://{harness.MQTT}/{top}/{{subject}}",'
                          f' topics: [ "{top}/+" ] }}', events)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(client.poll(10).topic, f"{top}/d7")
        self.assertEqual(len(client.messages), 0)
        letters = self.letters()
        for name, reason in (("2", "nothing can be published to a filter"),
                             ("3", '"topics" does not allow it'),
                             ("4", "no value for {subject}")):
            self.assertEqual(letters[name]["dlqoutcome"], "nack")
            self.assertIn(reason, letters[name]["dlqreason"])

    def test_a_kafka_topic_is_made_of_the_event(self):
        one, two = self.topic(), self.topic()
        consumer = self.consumer(one)
        top = one[:-1]
        events = [event(id="1", subject=one[-1]), event(id="2", subject="/"),
                  event(id="3", subject=two), event(id="4")]
        done = self.relay(f'{{ uri: "kafka://{harness.KAFKA}/{top}{{subject}}"'
                          f', topics: [ "{one}" ] }}', events)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(consumer.poll(20).key, None)
        letters = self.letters()
        for name, reason in (("2", "a topic is made of letters"),
                             ("3", '"topics" does not allow it'),
                             ("4", "no value for {subject}")):
            self.assertEqual(letters[name]["dlqoutcome"], "nack")
            self.assertIn(reason, letters[name]["dlqreason"])

    def test_an_http_path_is_made_of_the_event(self):
        events = [event(id="1", subject="d 7"), event(id="2", subject=".."),
                  event(id="3", subject="x/y"), event(id="4")]
        with web.Sink() as sink:
            done = self.relay(
                f'{{ uri: "http://127.0.0.1:{sink.port}/d/{{subject}}/c?q=1",'
                ' paths: [ "/d/*/c" ] }', events)
            self.assertEqual(done.code, 0, done)
            self.assertEqual([r.target for r in sink.requests],
                             ["/d/d%207/c?q=1"])
        letters = self.letters()
        for name, reason in (("2", "lead to another path"),
                             ("3", "a value may not have a '/'"),
                             ("4", "no value for {subject}")):
            self.assertEqual(letters[name]["dlqoutcome"], "nack")
            self.assertIn(reason, letters[name]["dlqreason"])


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
