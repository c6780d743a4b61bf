#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests whose replies come back over MQTT 5: an HTTP client's request
answered by an MQTT responder, an MQTT client's by an HTTP service."""

import threading

import harness
import web
from events import Event
from harness import event, free_port, wait_until
from replies import OUTCOMES, MqttResponder, Requests, answer_to, event_of


class Test(Requests):
    def setUp(self):
        super().setUp()
        self.requests = self.topic("requests")

    def responder(self, **kw):
        return self.keep(MqttResponder(self.requests, **kw))

    def relay(self, *options, **sink):
        """A route from HTTP that asks the topic; its port."""
        port = free_port()
        self.bridge = self.start(
            "relay", "--request", *options, f"http://127.0.0.1:{port}/events",
            self.mqtt_uri(self.requests, **sink))
        return port


class HttpToMqtt(Test):
    def test_the_reply_is_the_response(self):
        responder = self.responder()
        port = self.relay(timeout="7s")
        for structured in (False, True):
            one = event(data=b'{"n":1.50}', subject="\u20ac")
            self.assert_answers(web.post(port, one, structured), one)
            request = responder.requests[-1]
            self.assertEqual(event_of(request).canonical(), one.canonical())
            self.assertTrue(
                request.reply_to.startswith("cloudevents/replies/"))
            self.assertLessEqual(request.expiry, 7)

    def test_a_structured_reply_stays_structured(self):
        self.responder(answer=lambda request: answer_to(
            event(id="x"), data=b"1.50").to_mqtt(structured=True))
        answer = web.post(self.relay(), event())
        self.assertEqual(answer.status, 200)
        self.assertIn("application/cloudevents+json",
                      answer.header("content-type"))

    def test_100_in_flight_find_their_replies_in_any_order(self):
        self.responder(hold=100)
        self.assert_many_are_answered(self.relay(max_in_flight=100), 100)

    def test_outcomes_without_an_event(self):
        answers = iter(OUTCOMES)
        self.responder(
            answer=lambda _: (None, list(next(answers)[1].items()), b""))
        self.assert_outcomes(self.relay())

    def test_a_late_reply_is_dropped_and_counted(self):
        admin = free_port()
        port = self.relay("--admin", f"http://127.0.0.1:{admin}",
                          timeout="500ms")
        self.assert_late_replies_count(port, admin, self.responder())

    def test_version_3_cannot_ask(self):
        done = self.cebridge(
            "relay", "--request", f"http://127.0.0.1:{free_port()}/",
            self.mqtt_uri(self.requests, version="3.1.1"))
        self.assertEqual(done.code, 2, done)
        self.assertIn("3.1.1 has no requests", done.stderr)


class MqttToHttp(Test):
    def setUp(self):
        super().setUp()
        self.replies = self.topic("replies")
        self.client = self.subscriber(self.replies)

    def answer_over(self, sink, *options, **source):
        self.bridge = self.start(
            "relay", "--request", *options,
            self.mqtt_uri(self.requests, **source), sink)

    def send(self, one, correlation=b"\x00c", **kw):
        kind, properties, payload = \
            one.to_mqtt() if isinstance(one, Event) else one
        self.client.publish(self.requests, payload, kind, properties,
                            correlation=correlation, reply_to=self.replies,
                            **kw)

    def ask(self, one, **kw):
        """Fields and the event, or None, of the reply."""
        self.send(one, **kw)
        return self.reply()

    def reply(self):
        message = self.client.poll(20)
        self.assertIsNotNone(message, "no reply came")
        fields = dict(message.properties)
        is_event = "specversion" in fields or message.content_type
        self.correlation = message.correlation
        return fields, event_of(message) if is_event else None

    def test_the_response_is_the_reply(self):
        for structured in (False, True):
            with self.subTest(structured=structured):
                def answer(request):
                    fields, body = answer_to(
                        request.event(), data=b"1.50",
                        datacontenttype="application/json").to_http(structured)
                    return 200, fields, body

                self.answer_over(self.service(answer).uri)
                one = event(data=b"{}")
                fields, reply = self.ask(one)
                self.assertEqual(self.correlation, b"\x00c")
                self.assertEqual(reply.attributes["subject"], one.id)
                self.assertEqual(reply.data, b"1.50")
                self.assertEqual("specversion" in fields, not structured)
                self.assertEqual(self.bridge.stop(), 0)

    def test_outcomes_without_an_event(self):
        self.assert_outcomes_are_told(self.answer_over, self.ask)

    def test_what_is_no_event_is_refused_as_such(self):
        self.answer_over(self.service(lambda request: 202).uri)
        fields, _ = self.ask((None, [], b"hello"))
        self.assertEqual(fields["cloudevents_outcome"], "nack")
        self.assertEqual(fields["cloudevents_code"], "400")

    def test_a_service_that_is_away_is_told_at_once(self):
        self.answer_over(f"http://127.0.0.1:{free_port()}/")
        fields, _ = self.ask(event())
        self.assertEqual(fields["cloudevents_outcome"], "undelivered")

    def test_a_message_that_asks_nothing_has_no_reply(self):
        sink = self.service(lambda request: 202)
        self.answer_over(sink.uri)
        one = event()
        kind, properties, payload = one.to_mqtt()
        self.client.publish(self.requests, payload, kind, properties)
        sink.wait(1)
        self.assertEqual(sink.events()[0].id, one.id)
        fields, _ = self.ask(event())
        self.assertEqual(fields["cloudevents_outcome"], "ack")
        self.assertIsNone(self.client.poll(0.2))

    def test_what_is_in_flight_is_answered_before_the_end(self):
        gate = threading.Event()
        sink = self.service(lambda request: gate.wait(10) and 202)
        self.answer_over(sink.uri)
        self.send(event())
        wait_until(lambda: sink.connections == 1)
        self.bridge.signal(15)
        threading.Timer(0.3, gate.set).start()
        fields, _ = self.reply()
        self.assertEqual(fields["cloudevents_outcome"], "ack")
        self.assertEqual(self.bridge.wait(), 0)


class MqttToMqtt(Test):
    def test_replies_go_through_two_bridges(self):
        """HTTP asks a topic; a second bridge answers it by asking another."""
        further = self.topic("further")
        self.keep(MqttResponder(further))
        self.start("relay", "--request", self.mqtt_uri(self.requests),
                   self.mqtt_uri(further))
        port = self.relay()
        one = event(data=b"{}")
        self.assert_answers(web.post(port, one), one)


class Command(Test):
    def test_the_reply_is_one_line(self):
        self.responder()
        done = self.cebridge("request", self.mqtt_uri(self.requests), "--type",
                             "t", "--source", "/s", "--id", "7")
        self.assertEqual(done.code, 0, done)
        line, = done.stdout.splitlines()
        self.assertEqual(Event.from_json(line).attributes["subject"], "7")


if __name__ == "__main__":
    harness.main("CE_TEST_MQTT")
