#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Event formats besides JSON: relayed untouched by every transport, split when
they are batches, and transcoded where a sink asks for it (FMT-01)."""

import kafka
import harness
import mqtt
import web
from endpoints import Sink
from events import Event
from formats import CODECS, batch_of
from harness import KAFKA, MQTT, free_port, unique


def make():
    return Event({"id": unique("id"), "source": "/s?a=b", "type": "a.b",
                  "subject": "<é> & \"x\"", "note": " 5 ",
                  "datacontenttype": "application/json"}, b'{"price":1.50}')


def kind(name):
    return f"application/cloudevents+{name}"


class Formats(harness.Test):
    def relay(self, source, sink, *options):
        bridge = self.start("relay", *options, source, sink)
        self.addCleanup(bridge.stop)

    def post(self, port, content_type, body):
        answer = web.request(port, headers=[("Content-Type", content_type)],
                             body=body)
        self.assertEqual(answer.status, 202, answer)

    def assert_same(self, got, one):
        self.assertEqual(got.canonical(), one.canonical())

    def test_http_to_kafka_to_mqtt_to_http_changes_no_byte(self):
        topic, port = unique("formats"), free_port()
        with web.Sink() as sink, mqtt.Client(MQTT) as listener:
            listener.subscribe(topic)
            self.relay(f"http://127.0.0.1:{port}/events",
                       f"kafka://{KAFKA}/{topic}")
            self.relay(f"kafka://{KAFKA}/{topic}?group={topic}",
                       f"mqtt://{MQTT}/{topic}")
            self.relay(f"mqtt://{MQTT}/{topic}", sink.uri)
            bodies = {}
            for name, (write, _) in CODECS.items():
                with self.subTest(name):
                    bodies[kind(name)] = write(make())
                    self.post(port, kind(name), bodies[kind(name)])
            arrived = {r.header("Content-Type"): r.body
                       for r in sink.wait(len(CODECS))}
            self.assertEqual(arrived, bodies)
            seen = [listener.poll(10).payload for _ in CODECS]
            self.assertEqual(sorted(seen), sorted(bodies.values()))

    def test_a_sink_asks_for_its_format(self):
        for name, (_, read) in CODECS.items():
            with self.subTest(name):
                port, one = free_port(), make()
                with web.Sink() as sink:
                    self.relay(f"http://127.0.0.1:{port}/events",
                               f"{sink.uri}?mode=structured&format={name}")
                    self.assertEqual(web.post(port, one).status, 202)
                    got, = sink.wait(1)
                    self.assertEqual(got.header("Content-Type"), kind(name))
                    self.assert_same(read(got.body), one)

    def test_kafka_and_mqtt_sinks_transcode_too(self):
        for name, (_, read) in CODECS.items():
            with self.subTest(name):
                port, one, topic = free_port(), make(), unique("formats")
                with kafka.Consumer(KAFKA, topic) as records, \
                        mqtt.Client(MQTT) as messages:
                    messages.subscribe(topic)
                    query = f"mode=structured&format={name}"
                    bridge = self.start(
                        "relay", f"http://127.0.0.1:{port}/events",
                        f"kafka://{KAFKA}/{topic}?{query}",
                        f"mqtt://{MQTT}/{topic}?{query}")
                    self.assertEqual(web.post(port, one).status, 202)
                    record = harness.wait_until(lambda: records.poll(0.2))
                    message = messages.poll(10)
                    for body in (record.value, message.payload):
                        self.assert_same(read(body), one)
                    bridge.stop()

    def test_every_format_is_read(self):
        sink = Sink("file", self.directory)
        port = free_port()
        self.relay(f"http://127.0.0.1:{port}/events", sink.uri)
        for name, (write, _) in CODECS.items():
            with self.subTest(name):
                one = make()
                self.post(port, kind(name), write(one))
                got = {e.id: e for e in sink.read([one.id])}
                self.assert_same(got[one.id], one)

    def test_batches_are_split(self):
        port = free_port()
        with web.Sink() as sink:
            self.relay(f"http://127.0.0.1:{port}/events",
                       f"{sink.uri}?mode=binary")
            for name in ("protobuf", "xml"):
                events = [make() for _ in range(3)]
                bodies = [CODECS[name][0](e) for e in events]
                self.post(port, f"application/cloudevents-batch+{name}",
                          batch_of(name, bodies))
                got = {e.id: e for e in sink.events()}
                for one in events:
                    self.assert_same(got[one.id], one)

    def test_what_is_wrong_is_said(self):
        port = free_port()
        with web.Sink() as sink:
            self.relay(f"http://127.0.0.1:{port}/events", sink.uri)
            for name, said in (("protobuf", "Protobuf, at byte"),
                               ("avro", "Avro, at byte"),
                               ("xml", "XML, line 1, column 1"),
                               ("none", 'event format "application/cloudevents'
                                        '+none" is not supported')):
                answer = web.request(
                    port, headers=[("Content-Type", kind(name))], body=b"\x7f")
                self.assertIn(said, answer.json()["detail"])
                self.assertEqual(answer.status, 415 if name == "none" else 400)
            self.assertEqual(sink.requests, [])

    def test_a_wrong_format_is_a_usage_error(self):
        for query, said in (
                ("mode=structured&format=protobuff",
                 'did you mean "protobuf"?'),
                ("format=xml", "needs mode=structured")):
            done = harness.cebridge("relay", "-", f"http://h/?{query}")
            self.assertEqual(done.code, 2)
            self.assertIn(said, done.stderr)
        done = harness.cebridge(
            "relay", "-", "mqtt://127.0.0.1:1/t?mode=structured&format=xml"
                          "&version=3.1.1")
        self.assertNotEqual(done.code, 0)
        self.assertIn("version=3.1.1", done.stderr)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
