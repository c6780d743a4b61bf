#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests whose replies come back: through routes with `request: true`, and
with the command `cebridge request`."""

import signal
import threading

import harness
import kafka
import web
from events import Event
from harness import KAFKA, event, free_port
from replies import OUTCOMES, HttpResponder, KafkaRequester, KafkaResponder
from replies import Requests, answer_to, asked


class Test(Requests):
    def responder(self, **kw):
        return self.keep(HttpResponder(**kw))

    def relay(self, sink, **source):
        """A route from HTTP that asks SINK; its port."""
        port = free_port()
        self.bridge = self.start(
            "relay", "--request",
            f"http://127.0.0.1:{port}/events" + harness.query(source), sink)
        return port


class HttpToHttp(Test):
    def test_the_reply_is_the_response(self):
        for structured in (False, True):
            with self.subTest(structured=structured):
                port = self.relay(self.responder(structured=structured).uri)
                asked = event(data=b"{}")
                answer = web.post(port, asked)
                self.assert_answers(answer, asked)
                self.assertEqual(
                    structured, answer.header("content-type").startswith(
                        "application/cloudevents+json"))

    def test_without_request_a_reply_goes_nowhere(self):
        port = free_port()
        self.start("relay", f"http://127.0.0.1:{port}/events",
                   self.responder().uri)
        self.assertEqual(web.post(port, event()).status, 202)

    def test_a_refusal_is_the_responders_own(self):
        sink = self.service(lambda request: 409)
        self.assertEqual(web.post(self.relay(sink.uri), event()).status, 409)


class HttpToKafka(Test):
    """An HTTP client's request, answered by a Kafka responder."""

    def setUp(self):
        super().setUp()
        self.requests = self.topic("requests")

    def kafka_responder(self, **kw):
        return self.keep(KafkaResponder(self.requests, **kw))

    def relay_to_kafka(self, sink=None, **source):
        return self.relay(self.kafka_uri(self.requests, **(sink or {})),
                          **source)

    def test_the_reply_is_the_response(self):
        responder = self.kafka_responder()
        port = self.relay_to_kafka()
        for structured in (False, True):
            one = event(data=b'{"n":1.50}', subject="\u20ac")
            self.assert_answers(web.post(port, one, structured), one)
            record = responder.requests[-1]
            self.assertEqual(
                Event.from_kafka(asked(record), record.value).canonical(),
                one.canonical())

    def test_a_structured_reply_stays_structured(self):
        self.kafka_responder(answer=lambda request: answer_to(
            event(id="x"), data=b"1.50").to_kafka(structured=True))
        answer = web.post(self.relay_to_kafka(), event())
        self.assertEqual(answer.status, 200)
        self.assertIn("application/cloudevents+json",
                      answer.header("content-type"))

    def test_100_in_flight_find_their_replies_in_any_order(self):
        self.kafka_responder(hold=100)
        self.assert_many_are_answered(self.relay_to_kafka(), 100)

    def test_outcomes_without_an_event(self):
        answers = iter(OUTCOMES)

        def answer(_):
            _, fields, _, _ = next(answers)
            return [(k, v.encode()) for k, v in fields.items()], None

        self.kafka_responder(answer=answer)
        self.assert_outcomes(self.relay_to_kafka())

    def test_a_reply_that_is_no_event_is_said_to_be_none(self):
        self.kafka_responder(answer=lambda _: ([], b"hello"))
        answer = web.post(self.relay_to_kafka(), event())
        self.assertEqual(answer.status, 422)
        self.assertIn("the reply is no event", answer.json()["detail"])

    def test_nobody_answers(self):
        port = self.relay_to_kafka(sink={"timeout": "1s"})
        answer = web.post(port, event())
        self.assertEqual(answer.status, 503)
        self.assertIn("no reply in time", answer.json()["detail"])

    def test_the_deadline_is_the_requests_timeout_too(self):
        port = self.relay_to_kafka(deadline="1s")
        self.assertEqual(web.post(port, event()).status, 504)

    def test_a_late_reply_is_dropped_and_counted(self):
        admin, port = free_port(), free_port()
        responder = self.kafka_responder()
        self.start("relay", "--request", "--admin",
                   f"http://127.0.0.1:{admin}",
                   f"http://127.0.0.1:{port}/events",
                   self.kafka_uri(self.requests, timeout="1s"))
        self.assert_late_replies_count(port, admin, responder)

    def test_clients_share_a_reply_topic(self):
        self.kafka_responder()
        ports = [self.relay_to_kafka(sink={"reply_topic": "e2e-shared"})
                 for _ in range(2)]
        for port in ports * 2:
            one = event()
            self.assert_answers(web.post(port, one), one)


class KafkaToHttp(Test):
    """A Kafka client's request, answered by an HTTP service."""

    def setUp(self):
        super().setUp()
        self.requests, self.group = self.topic("requests"), self.topic("group")
        kafka.create(KAFKA, self.requests)
        self.requester = KafkaRequester(self, self.requests)

    def answer_over(self, sink):
        self.bridge = self.start(
            "relay", "--request",
            self.kafka_uri(self.requests, group=self.group), sink)

    def test_the_response_is_the_reply(self):
        for structured in (False, True):
            with self.subTest(structured=structured):
                sink = self.responder(structured=structured)
                self.answer_over(sink.uri)
                one = event(data=b"{}")
                fields, reply = self.requester.ask(one)
                self.assertEqual(fields["kafka_correlationId"], b"\x00c")
                self.assertEqual(reply.attributes["subject"], one.id)
                self.assertEqual(reply.data, b"1.50")
                self.assertEqual(
                    structured, fields["content-type"] ==
                    b"application/cloudevents+json")
                self.assertEqual(self.bridge.stop(), 0)

    def test_outcomes_without_an_event(self):
        self.assert_outcomes_are_told(self.answer_over, self.requester.ask)

    def test_what_is_no_event_is_refused_as_such(self):
        self.answer_over(self.responder().uri)
        fields, _ = self.requester.ask(([], b"hello"))
        self.assertEqual(fields["cloudevents_outcome"], b"nack")
        self.assertEqual(fields["cloudevents_code"], b"400")
        self.assertIn(b"ce_specversion", fields["cloudevents_reason"])

    def test_an_undelivered_request_is_told_and_not_repeated(self):
        self.answer_over(f"http://127.0.0.1:{free_port()}/")
        fields, _ = self.requester.ask(event())
        self.assertEqual(fields["cloudevents_outcome"], b"undelivered")

    def test_a_record_that_asks_nothing_is_relayed_as_ever(self):
        answers = [503, 503]
        sink = self.service(lambda request: answers.pop() if answers else 202)
        self.answer_over(sink.uri)
        fields, value = event(id="plain").to_kafka()
        self.requester.producer.produce(self.requests, value, fields)
        self.requester.producer.flush()
        sink.wait(3)
        self.assertEqual({e.id for e in sink.events()}, {"plain"})

    def test_a_reply_topic_that_cannot_be_harms_nobody(self):
        sink = self.responder()
        self.answer_over(sink.uri)
        self.requester.send(event(), reply_topic="no/topic\n")
        self.bridge.wait_for("kafka_replyTopic")
        self.requester.send(event(), kafka_replyPartition=b"\x00\x00\x03\xe7")
        self.bridge.wait_for("replies: topic")
        _, reply = self.requester.ask(event(id="good"))
        self.assertEqual(reply.attributes["subject"], "good")
        self.assertEqual(len(sink.requests), 3)

    def test_what_is_in_flight_is_answered_before_the_end(self):
        begun, go_on = threading.Event(), threading.Event()

        def answer(request):
            begun.set()
            go_on.wait(20)
            fields, body = answer_to(request.event()).to_http()
            return 200, fields, body

        self.answer_over(self.service(answer).uri)
        one = event()
        self.requester.send(one)
        self.assertTrue(begun.wait(20))
        self.bridge.signal(signal.SIGTERM)
        go_on.set()
        _, reply = self.requester.reply()
        self.assertEqual(reply.attributes["subject"], one.id)
        self.assertEqual(self.bridge.wait(), 0, self.bridge.stderr)

    def test_a_request_is_done_once_it_is_answered(self):
        sink = self.responder()
        for name in ("a", "b"):
            self.answer_over(sink.uri)
            _, reply = self.requester.ask(event(id=name))
            self.assertEqual(reply.attributes["subject"], name)
            self.assertEqual(self.bridge.stop(), 0)
        self.assertEqual(len(sink.requests), 2)


class AcrossAll(Test):
    """From HTTP through Kafka and MQTT to a responder on Kafka: each route
    answers the one before it by asking the next."""

    def test_replies_and_refusals_come_all_the_way(self):
        front, back = self.topic("front"), self.topic("back")
        for topic in front, back:
            kafka.create(KAFKA, topic)
        answers = iter([
            KafkaResponder.event,
            lambda _: ([("cloudevents_outcome", b"nack"),
                        ("cloudevents_code", b"409"),
                        ("cloudevents_reason", b"sold out")], None)])
        self.keep(KafkaResponder(back, lambda r: next(answers)(r)))
        middle, port = self.mqtt_uri(self.topic("middle")), free_port()
        front_in = self.kafka_uri(front, group=self.topic("group"))
        self.run_config(f"""
routes:
  last: {{ from: "{middle}", to: "{self.kafka_uri(back)}", request: true }}
  second: {{ from: "{front_in}", to: "{middle}", request: true }}
  first:
    from: http://127.0.0.1:{port}/events
    to: {self.kafka_uri(front)}
    request: true
""")
        one = event(data=b"{}")
        self.assert_answers(web.post(port, one), one)
        refusal = web.post(port, event())
        self.assertEqual(refusal.status, 409)
        self.assertEqual(refusal.json()["detail"], "sold out")


class Command(Test):
    def test_kafka_answers(self):
        topic = self.topic("requests")
        self.keep(KafkaResponder(topic))
        done = self.request(self.kafka_uri(topic))
        self.assertEqual(done.code, 0, done)
        reply = Event.from_json(done.stdout)
        self.assertEqual(reply.attributes["subject"], "7")
        self.assertEqual(reply.data, b"1.50")

    def request(self, sink, *arguments):
        return self.cebridge("request", sink, "--type", "t", "--source", "/s",
                             "--id", "7", *arguments)

    def test_the_reply_is_one_line(self):
        done = self.request(self.responder().uri)
        self.assertEqual(done.code, 0, done)
        line, = done.stdout.splitlines()
        self.assertEqual(Event.from_json(line).attributes["subject"], "7")

    def test_replies_to_standard_input_are_lines(self):
        asked = [event() for _ in range(5)]
        done = self.cebridge(
            "request", self.responder().uri, "-",
            stdin=b"".join(e.to_json() + b"\n" for e in asked))
        self.assertEqual(done.code, 0, done)
        replies = [Event.from_json(x) for x in done.stdout.splitlines()]
        self.assertEqual(sorted(e.attributes["subject"] for e in replies),
                         sorted(e.id for e in asked))

    def test_no_reply_is_no_line(self):
        with web.Sink() as sink:
            done = self.request(sink.uri)
        self.assertEqual((done.code, done.stdout), (0, ""), done)

    def test_a_refusal_is_3(self):
        with web.Sink(lambda request: 422) as sink:
            done = self.request(sink.uri)
        self.assertEqual((done.code, done.stdout), (3, ""), done)
        self.assertIn("422", done.stderr)

    def test_nobody_there_is_4(self):
        done = self.request(f"http://127.0.0.1:{free_port()}/",
                            "--timeout", "1s")
        self.assertEqual((done.code, done.stdout), (4, ""), done)

    def test_a_sink_without_replies_is_2(self):
        done = self.request("file:x")
        self.assertEqual(done.code, 2, done)
        self.assertIn("file cannot be asked for replies", done.stderr)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
