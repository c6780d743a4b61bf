#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trying again, and where an event goes when that has an end."""

import re
import time
import unittest

import harness
import web
from harness import Event, event, free_port, wait_until

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
ORIGINAL = {"subject": "Gr\u00fc\u00dfe", "note": "kept",
            "datacontenttype": "application/json"}


class Retry(harness.Test):
    def setUp(self):
        super().setUp()
        self.answers, self.times = [], []
        self.sink = web.Sink(self.answer)
        self.addCleanup(self.sink.stop)

    def answer(self, request):
        self.times.append(time.monotonic())
        return self.answers.pop(0) if len(self.answers) > 1 \
            else self.answers[0]

    def relay_http(self, *options):
        port = free_port()
        self.start("relay", *options, f"http://127.0.0.1:{port}/events",
                   self.sink.uri)
        return port

    def letters(self, name="dead"):
        return [Event.from_json(line) for line in
                self.read(name).decode().splitlines()]

    def assert_letter(self, letter, original, **expected):
        attributes = dict(letter.attributes)
        reasons = {k: attributes.pop(k) for k in list(attributes)
                   if k.startswith("dlq")}
        stripped = Event({}, letter.data)
        stripped.attributes = attributes
        self.assertEqual(stripped.canonical(), original.canonical())
        for name in ("dlqroute", "dlqtarget", "dlqreason"):
            self.assertTrue(reasons[name], name)
        for name in ("dlqfirsttime", "dlqtime"):
            self.assertRegex(reasons[name], TIME)
        for name, value in expected.items():
            self.assertEqual(str(reasons[name]), str(value), name)

    def test_a_refused_event_is_kept_with_its_reason(self):
        self.answers = [422]
        port = self.relay_http("--dead-letter", "file:" + self.path("dead"))
        sent = event(**ORIGINAL, data=b'{"n":1.50}')
        self.assertEqual(web.post(port, sent).status, 202)
        letter, = self.letters()
        self.assert_letter(letter, sent, dlqoutcome="nack", dlqcode=422,
                           dlqattempts=1, dlqtarget=self.sink.uri)
        self.assertEqual(len(self.sink.requests), 1, "a refusal is final")

    def test_an_exhausted_event_is_kept_as_undelivered(self):
        self.answers = [500]
        port = self.relay_http(
            "--retry.base", "10ms", "--retry.max_attempts", "3",
            "--dead-letter", "file:" + self.path("dead"))
        sent = event(**ORIGINAL, data=b"[1]")
        self.assertEqual(web.post(port, sent).status, 202)
        letter, = self.letters()
        self.assert_letter(letter, sent, dlqoutcome="undelivered",
                           dlqcode=500, dlqattempts=3)
        self.assertEqual(len(self.sink.requests), 3)

    def test_a_failing_dead_letter_target_keeps_the_source_waiting(self):
        self.answers = [422]
        port = self.relay_http(
            "--dead-letter", f"http://127.0.0.1:{free_port()}/dead")
        self.assertIn(web.post(port, event()).status, (503, 504))

    def test_without_a_dead_letter_target_the_sender_hears_the_refusal(self):
        self.answers = [422]
        self.assertEqual(web.post(self.relay_http(), event()).status, 422)

    def test_http_does_not_retry_by_itself(self):
        self.answers = [500]
        self.assertEqual(web.post(self.relay_http(), event()).status, 503)
        self.assertEqual(len(self.sink.requests), 1)

    def test_http_retries_where_it_is_told_to(self):
        self.answers = [500, 503, 202]
        port = self.relay_http("--retry.base", "10ms")
        self.assertEqual(web.post(port, event()).status, 202)
        self.assertEqual(len(self.sink.requests), 3)

    def test_what_its_clients_have_given_up_keeps_no_credit(self):
        self.sink.answer = lambda request: \
            500 if b"poison" in request.body else 202
        port = free_port()
        self.start("relay", "--retry.base", "10ms",
                   f"http://127.0.0.1:{port}/events"
                   "?deadline=300ms&max_in_flight=1", self.sink.uri)
        poison = event(data=b"poison", datacontenttype="text/plain")
        self.assertEqual(web.post(port, poison).status, 504)
        wait_until(lambda: web.post(port, event()).status == 202)

    def test_a_status_may_mean_come_again(self):
        self.answers = [409, 202]
        port = self.relay_http("--retry.statuses", "409=retry",
                               "--retry.base", "10ms")
        self.assertEqual(web.post(port, event()).status, 202)
        self.assertEqual(len(self.sink.requests), 2)

    def test_a_status_may_be_a_refusal(self):
        self.answers = [503]
        port = self.relay_http("--retry.statuses", "409=retry,503=refuse",
                               "--dead-letter", "file:" + self.path("dead"))
        self.assertEqual(web.post(port, event()).status, 202)
        letter, = self.letters()
        self.assertEqual((letter.attributes["dlqoutcome"],
                          str(letter.attributes["dlqcode"])), ("nack", "503"))
        self.assertEqual(len(self.sink.requests), 1)

    def test_statuses_alone_ask_for_no_retry(self):
        self.answers = [(409, [("Retry-After", "7")], b"")]
        port = self.relay_http("--retry.statuses", "409=retry")
        answer = web.post(port, event())
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.header("Retry-After"), "7")
        self.assertEqual(len(self.sink.requests), 1)

    def test_a_retry_after_is_obeyed(self):
        self.answers = [(503, [("Retry-After", "2")], b""), 202]
        port = self.relay_http("--retry.base", "10ms", "--retry.cap", "30s")
        self.assertEqual(web.post(port, event()).status, 202)
        self.assertGreaterEqual(self.times[1] - self.times[0], 1.9)

    def test_a_retry_after_of_any_status_is_obeyed(self):
        self.answers = [(409, [("Retry-After", "1")], b""), 202]
        port = self.relay_http("--retry.statuses", "409=retry",
                               "--retry.base", "10ms")
        self.assertEqual(web.post(port, event()).status, 202)
        self.assertGreaterEqual(self.times[1] - self.times[0], 0.9)

    def test_a_file_retries_for_ever_and_in_order(self):
        self.answers = [500] * 12 + [202]
        events = [event() for _ in range(5)]
        path = self.write("in", b"".join(e.to_json() + b"\n"
                                         for e in events))
        done = self.cebridge("relay", "--retry.base", "10ms", "--retry.cap",
                             "50ms", f"file:{path}", self.sink.uri,
                             timeout=60)
        self.assertEqual(done.code, 0, done)
        arrived = list(dict.fromkeys(e.id for e in self.sink.events()))
        self.assertEqual(arrived, [e.id for e in events])

    def test_a_dead_letter_target_serves_a_file(self):
        self.answers = [422]
        sent = event(**ORIGINAL, data=b"[1]")
        lines = sent.to_json() + b"\n" + b"no event\n"
        path = self.write("in", lines)
        done = self.cebridge("relay", "--dead-letter",
                             "file:" + self.path("dead"), f"file:{path}",
                             self.sink.uri)
        self.assertEqual(done.code, 0, done)
        letters = {e.attributes["dlqoutcome"]: e for e in self.letters()}
        self.assertEqual(set(letters), {"nack", "malformed"})
        self.assert_letter(letters["nack"], sent, dlqcode=422)
        self.assertEqual(letters["malformed"].data, b"no event")


@unittest.skipUnless(harness.KAFKA, "CE_TEST_KAFKA is not set")
class KafkaRetry(harness.Test):
    def test_kafka_retries_for_ever_and_commits_only_then(self):
        topic = self.topic()
        answers = [500] * 8 + [202]
        sink = web.Sink(lambda request: answers.pop(0) if len(answers) > 1
                        else answers[0])
        self.addCleanup(sink.stop)
        with harness.kafka.Producer(harness.KAFKA) as producer:
            sent = event(data=b"x", datacontenttype="text/plain")
            headers, value = sent.to_kafka()
            producer.produce(topic, value, headers)
            producer.flush()
        self.start("relay", "--retry.base", "10ms", "--retry.cap", "50ms",
                   self.kafka_uri(topic, group=topic), sink.uri)
        sink.wait(9)
        self.assertEqual({e.id for e in sink.events()}, {sent.id})

    def test_a_dead_letter_in_kafka_is_the_event_with_reasons(self):
        port, dead = free_port(), self.topic("dead")
        sink = web.Sink(lambda request: 422)
        self.addCleanup(sink.stop)
        consumer = self.consumer(dead)
        self.start("relay", "--dead-letter", self.kafka_uri(dead),
                   f"http://127.0.0.1:{port}/events", sink.uri)
        sent = event(data=b"[1.50]", datacontenttype="application/json")
        self.assertEqual(web.post(port, sent).status, 202)
        record = consumer.poll(30)
        letter = Event.from_kafka(record.headers, record.value)
        self.assertEqual(letter.id, sent.id)
        self.assertEqual(letter.data, b"[1.50]")
        self.assertEqual(letter.attributes["dlqoutcome"], "nack")


if __name__ == "__main__":
    harness.main()
