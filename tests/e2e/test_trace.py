#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""With trace: true the trace of a message becomes that of its event, and sinks
show it where tracing tools look. EXT-10 EXT-11 EXT-12"""

import json
import unittest

import harness
import kafka
import web
from harness import KAFKA, MQTT, event, free_port

MESSAGE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OWN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
STATE = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
NAMES = ("traceparent", "tracestate")


def trace(parent, state=None):
    """As a message has it beside its event."""
    fields = [("traceparent", parent), ("tracestate", state)]
    return [(k, v) for k, v in fields if v]


# What is sent: attributes, fields beside the event. What arrives, in both.
CASES = (
    ({}, trace(MESSAGE, STATE), trace(MESSAGE, STATE)),
    ({}, trace(MESSAGE, "Not a state"), trace(MESSAGE)),
    ({"traceparent": OWN}, trace(MESSAGE, STATE), trace(OWN)),
    ({}, trace("00-1-2-3", STATE), []),
    ({}, [], []),
)
IGNORED = 2


def of(pairs, prefix=""):
    """The trace among PAIRS."""
    return [(k[len(prefix):], v) for k, v in pairs
            if k in [prefix + n for n in NAMES]]


@unittest.skipUnless(KAFKA and MQTT, "brokers are not set")
class Pairs(harness.Test):
    def setUp(self):
        super().setUp()
        self.http = free_port()
        self.names = {kind: self.topic(kind) for kind in ("kafka", "mqtt")}
        kafka.create(KAFKA, self.names["kafka"])
        self.sources = {
            "http": f"http://127.0.0.1:{self.http}/events",
            "kafka": self.kafka_uri(self.names["kafka"],
                                    group=self.names["kafka"]),
            "mqtt": self.mqtt_uri(self.names["mqtt"])}

    def send_http(self, one, fields):
        headers, body = one.to_http(True)
        self.assertEqual(web.request(self.http, headers=headers + fields,
                                     body=body).status, 202)

    def send_kafka(self, one, fields):
        headers, value = one.to_kafka(True)
        self.records.produce(self.names["kafka"], value, headers + [
            (k, v.encode()) for k, v in fields])
        self.records.flush()

    def send_mqtt(self, one, fields):
        kind, _, payload = one.to_mqtt(True)
        self.messages.publish(self.names["mqtt"], payload, kind, fields)
        self.messages.flush()

    def read(self, kind):
        """The trace in the event, and the one beside it."""
        if kind == "http":
            headers = self.sink.wait(self.count)[-1].headers
            return of(headers, "ce-"), of(headers)
        if kind == "kafka":
            headers = [(k, v.decode())
                       for k, v in self.reader.poll(30).headers]
            return of(headers, "ce_"), of(headers)
        pairs = self.subscription.poll(30).properties
        return of(pairs, "ce-"), of(pairs)

    def open_sinks(self):
        topic = self.topic("sink")
        self.sink, self.count = web.Sink(), 0
        self.addCleanup(self.sink.stop)
        self.records, self.messages = self.producer(), self.mqtt_client()
        self.reader = self.consumer(topic)
        self.subscription = self.subscriber(topic)
        return [self.sink.uri, self.kafka_uri(topic),
                self.mqtt_uri(topic, prefixed="true")]

    def test_every_source_to_every_sink(self):
        sinks = ", ".join(f'{{ uri: "{uri}", mode: binary }}'
                          for uri in self.open_sinks())
        admin = free_port()
        lines = [f"admin: http://127.0.0.1:{admin}", "routes:"]
        for kind, uri in self.sources.items():
            lines += [f"  {kind}:", "    trace: true", f'    from: "{uri}"',
                      f"    to: [ {sinks} ]".replace("?prefixed=true\"",
                                                     "\", prefixed: true")]
        self.run_config("\n".join(lines) + "\n")
        for source in self.sources:
            for attributes, fields, want in CASES:
                self.count += 1
                getattr(self, "send_" + source)(event(**attributes), fields)
                for sink in ("http", "kafka", "mqtt"):
                    with self.subTest(f"{source} to {sink}", fields=fields):
                        self.assertEqual(self.read(sink), (want, want))
            self.assertEqual(self.scrape(admin)[
                "cebridge_tolerated_total", source], IGNORED)


class Http(harness.Test):
    def relay(self, *options, path="", sink=""):
        target, port = web.Sink(), free_port()
        self.addCleanup(target.stop)
        self.start("relay", *options, f"http://127.0.0.1:{port}/{path}",
                   target.uri + sink)
        return target, port

    def test_a_plain_message_that_is_wrapped(self):
        sink, port = self.relay("--trace", "--wrap.type", "t",
                                "--wrap.source", "/s", "--set",
                                "parent={traceparent}")
        web.request(port, headers=trace(MESSAGE), body=b"x")
        request = sink.wait(1)[0]
        self.assertEqual(request.header("ce-traceparent"), MESSAGE)
        self.assertEqual(request.header("ce-parent"), MESSAGE)
        self.assertEqual(request.header("traceparent"), MESSAGE)

    def test_an_inbox_keeps_it(self):
        sink, port = self.relay("--trace", "--inbox",
                                self.path("inbox"))
        headers, body = event().to_http()
        web.request(port, headers=headers + trace(MESSAGE), body=body)
        self.assertEqual(sink.wait(1)[0].header("ce-traceparent"), MESSAGE)

    def test_the_events_of_a_batch_have_that_of_their_request(self):
        """And a request with several events shows none."""
        sink, port = self.relay("--trace",
                                sink="?mode=batch&batch_events=2"
                                "&batch_delay=10s")
        body = b"[" + event().to_json() + b"," + event().to_json() + b"]"
        web.request(port, headers=[
            ("Content-Type", "application/cloudevents-batch+json"),
            *trace(MESSAGE)], body=body)
        request = sink.wait(1)[0]
        self.assertEqual([e["traceparent"] for e in json.loads(request.body)],
                         [MESSAGE, MESSAGE])
        self.assertIsNone(request.header("traceparent"))

    def test_each_end_may_be_asked_alone(self):
        """A source takes what its sink does not show, and the reverse."""
        headers, body = event().to_http()
        sink, port = self.relay(path="?trace=true")
        web.request(port, headers=headers + trace(MESSAGE), body=body)
        request = sink.wait(1)[0]
        self.assertEqual(request.header("ce-traceparent"), MESSAGE)
        self.assertIsNone(request.header("traceparent"))
        headers, body = event(traceparent=OWN).to_http(True)
        sink, port = self.relay(sink="?trace=true")
        web.request(port, headers=headers + trace(MESSAGE), body=body)
        self.assertEqual(sink.wait(1)[0].header("traceparent"), OWN)

    def test_one_end_of_a_route_may_be_excepted(self):
        headers, body = event().to_http()
        sink, port = self.relay("--trace", sink="?trace=false")
        web.request(port, headers=headers + trace(MESSAGE), body=body)
        request = sink.wait(1)[0]
        self.assertEqual(request.header("ce-traceparent"), MESSAGE)
        self.assertIsNone(request.header("traceparent"))

    def test_a_dead_letter_shows_it(self):
        letters = web.Sink()
        self.addCleanup(letters.stop)
        headers, body = event().to_http()
        sink, port = self.relay("--trace", "--dead-letter", letters.uri)
        sink.answer = lambda request: 422
        web.request(port, headers=headers + trace(MESSAGE), body=body)
        self.assertEqual(letters.wait(1)[0].header("traceparent"), MESSAGE)

    def test_a_header_of_the_configuration_is_in_its_way(self):
        got = self.cebridge("check", self.write("c.yaml", (
            "routes:\n  r:\n    trace: true\n    from: http://127.0.0.1:0/\n"
            "    to: { uri: http://h/, header.traceparent: x }\n")))
        self.assertEqual(got.code, 2, got)
        self.assertIn("trace sets this header", got.stderr)


if __name__ == "__main__":
    harness.main()
