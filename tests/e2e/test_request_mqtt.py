#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests whose replies come back over MQTT 5: an HTTP client's request
answered by an MQTT responder, an MQTT client's by an HTTP service."""

import threading

import harness
import mqtt
import web
from events import Event
from harness import MQTT, event, free_port, wait_until


def answer_to(request, **attributes):
    """The reply to an event: it names what it answers."""
    return event(type="com.example.reply", subject=request.id, **attributes)


def event_of(message):
    return Event.from_mqtt(message.content_type, message.properties,
                           message.payload)


class Responder:
    """Answers requests where and as they ask. HOLD keeps so many back and
    answers them in reverse; ANSWER makes content type, properties and payload
    of a reply, or None for none."""

    def __init__(self, topic, answer=None, hold=1):
        self.answer, self.hold = answer or self._event, hold
        self.requests, self.ended = [], False
        self.client = mqtt.Client(MQTT)
        self.client.subscribe(topic)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.ended = True
        self.thread.join()
        self.client.close()

    @staticmethod
    def _event(request):
        return answer_to(event_of(request), data=b"1.50",
                         datacontenttype="application/json").to_mqtt()

    def _run(self):
        held = []
        while not self.ended:
            request = self.client.poll(0.05)
            if not request:
                continue
            self.requests.append(request)
            held.append(request)
            if len(held) >= self.hold:
                for one in reversed(held):
                    self.reply(one)
                held = []

    def reply(self, request):
        answer = self.answer(request)
        if answer is not None:
            kind, properties, payload = answer
            self.client.publish(request.reply_to, payload, kind, properties,
                                correlation=request.correlation)


class Test(harness.Test):
    def setUp(self):
        super().setUp()
        self.requests = self.topic("requests")

    def responder(self, **kw):
        responder = Responder(self.requests, **kw)
        self.addCleanup(responder.stop)
        return responder

    def relay(self, *options, **sink):
        """A route from HTTP that asks the topic; its port."""
        port = free_port()
        self.bridge = self.start(
            "relay", "--request", *options, f"http://127.0.0.1:{port}/events",
            self.mqtt_uri(self.requests, **sink))
        return port

    def assert_answers(self, answer, asked):
        self.assertEqual(answer.status, 200, answer)
        reply = Event.from_http(answer.headers, answer.body)
        self.assertEqual(reply.attributes["subject"], asked.id)
        self.assertEqual(reply.attributes["type"], "com.example.reply")
        self.assertEqual(reply.data, b"1.50")


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
        port = self.relay(max_in_flight=100)
        answers = {}

        def ask(one):
            answers[one.id] = web.post(port, one)

        events = [event() for _ in range(100)]
        threads = [threading.Thread(target=ask, args=(e,)) for e in events]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in events:
            self.assert_answers(answers[one.id], one)

    def test_outcomes_without_an_event(self):
        rows = [
            ("done", [("cloudevents_outcome", "ack")], 202, ""),
            ("an empty message is done too", [], 202, ""),
            ("refused", [("cloudevents_outcome", "nack"),
                         ("cloudevents_reason", "sold out")], 422, "sold out"),
            ("refused with a status", [("cloudevents_outcome", "nack"),
                                       ("cloudevents_code", "409")], 409, ""),
            ("not now", [("cloudevents_outcome", "undelivered"),
                         ("cloudevents_retry_after_ms", "7000")], 503, ""),
        ]
        answers = iter(rows)
        self.responder(answer=lambda _: (None, next(answers)[1], b""))
        port = self.relay()
        for name, _, status, word in rows:
            with self.subTest(name):
                answer = web.post(port, event())
                self.assertEqual(answer.status, status, answer)
                self.assertIn(word, answer.body.decode())
        self.assertEqual(answer.header("retry-after"), "7")

    def test_a_late_reply_is_dropped_and_counted(self):
        admin = free_port()
        held = []
        responder = self.responder(answer=held.append)
        port = self.relay("--admin", f"http://127.0.0.1:{admin}",
                          timeout="500ms")
        answer = web.post(port, event())
        self.assertEqual(answer.status, 503)
        self.assertIn("no reply in time", answer.json()["detail"])
        responder.answer = responder._event
        responder.reply(wait_until(lambda: held and held[0]))

        def late():
            return self.scrape(admin)[
                "cebridge_late_replies_total", "relay"] == 1

        wait_until(late, 10, "the late reply was not counted")
        one = event()
        self.assert_answers(web.post(port, one), one)
        self.assert_balanced(admin)

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

    def service(self, answer):
        sink = web.Sink(answer)
        self.addCleanup(sink.stop)
        return sink

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
        answers = {"done": 202, "refused": 409,
                   "not now": (503, [("Retry-After", "7")], b"")}
        sink = self.service(
            lambda request: answers[request.event().attributes["subject"]])
        self.answer_over(sink.uri)
        for subject, outcome, code, after in (
                ("done", "ack", "202", None), ("refused", "nack", "409", None),
                ("not now", "undelivered", "503", "7000")):
            with self.subTest(subject):
                fields, reply = self.ask(event(subject=subject))
                self.assertIsNone(reply)
                self.assertEqual(fields["cloudevents_outcome"], outcome)
                self.assertEqual(fields["cloudevents_code"], code)
                self.assertEqual(
                    fields.get("cloudevents_retry_after_ms"), after)
        self.assertEqual(len(sink.requests), 3)

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
        responder = Responder(further)
        self.addCleanup(responder.stop)
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
