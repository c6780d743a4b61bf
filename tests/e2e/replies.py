# SPDX-License-Identifier: Apache-2.0
"""Programs that ask, and programs that answer, for tests of requests; and what
is expected of a request over any transport."""

import threading

import harness
import kafka
import mqtt
import web
from events import Event
from harness import KAFKA, MQTT, event, wait_until

# Replies without an event: fields, the status that they are, a word of the
# body.
OUTCOMES = [
    ("done", {"cloudevents_outcome": "ack"}, 202, ""),
    ("an empty reply is done too", {}, 202, ""),
    ("refused", {"cloudevents_outcome": "nack",
                 "cloudevents_reason": "sold out"}, 422, "sold out"),
    ("refused with a status", {"cloudevents_outcome": "nack",
                               "cloudevents_code": "409"}, 409, ""),
    ("not now", {"cloudevents_outcome": "undelivered",
                 "cloudevents_retry_after_ms": "7000"}, 503, ""),
]


class Requests(harness.Test):
    def keep(self, program):
        """PROGRAM, which stops with the test."""
        self.addCleanup(program.stop)
        return program

    def service(self, answer):
        return self.keep(web.Sink(answer))

    def assert_answers(self, answer, asked):
        self.assertEqual(answer.status, 200, answer)
        reply = Event.from_http(answer.headers, answer.body)
        self.assertEqual(reply.attributes["subject"], asked.id)
        self.assertEqual(reply.attributes["type"], "com.example.reply")
        self.assertEqual(reply.data, b"1.50")

    def assert_many_are_answered(self, port, count):
        """Asks at once; each has its own answer."""
        answers = {}

        def ask(one):
            answers[one.id] = web.post(port, one)

        events = [event() for _ in range(count)]
        threads = [threading.Thread(target=ask, args=(e,)) for e in events]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for one in events:
            self.assert_answers(answers[one.id], one)

    def assert_outcomes(self, port):
        """The responder answers with OUTCOMES, in their order."""
        for name, _, status, word in OUTCOMES:
            with self.subTest(name):
                answer = web.post(port, event())
                self.assertEqual(answer.status, status, answer)
                self.assertIn(word, answer.body.decode())
        self.assertEqual(answer.header("retry-after"), "7")

    def assert_late_replies_count(self, port, admin, responder):
        """The responder's first reply comes when nobody waits any more."""
        held = []
        responder.answer = held.append
        answer = web.post(port, event())
        self.assertEqual(answer.status, 503)
        self.assertIn("no reply in time", answer.json()["detail"])
        request = wait_until(lambda: held and held[0])
        responder.answer = responder.event
        responder.reply(request)

        def late():
            return self.scrape(admin)[
                "cebridge_late_replies_total", "relay"] == 1

        wait_until(late, 10, "the late reply was not counted")
        one = event()
        self.assert_answers(web.post(port, one), one)
        self.assert_balanced(admin)

    def assert_outcomes_are_told(self, answer_over, ask):
        """A service's answers without an event come back as fields."""
        answers = {"done": 202, "refused": 409,
                   "not now": (503, [("Retry-After", "7")], b"")}
        sink = self.service(
            lambda request: answers[request.event().attributes["subject"]])
        answer_over(sink.uri)
        for subject, outcome, code, after in (
                ("done", "ack", "202", None), ("refused", "nack", "409", None),
                ("not now", "undelivered", "503", "7000")):
            with self.subTest(subject):
                fields, reply = ask(event(subject=subject))
                self.assertIsNone(reply)
                told = {name: text_of(value) for name, value in fields.items()}
                self.assertEqual(told["cloudevents_outcome"], outcome)
                self.assertEqual(told["cloudevents_code"], code)
                self.assertEqual(told.get("cloudevents_retry_after_ms"), after)
        self.assertEqual(len(sink.requests), 3)


def text_of(value):
    """Kafka's headers are bytes, MQTT's properties are text."""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def answer_to(request, **attributes):
    """The reply to an event: it names what it answers."""
    return event(type="com.example.reply", subject=request.id, **attributes)


class HttpResponder(web.Sink):
    """Answers every event with one that names it."""

    def __init__(self, structured=False):
        super().__init__(self._answer)
        self.structured = structured

    def _answer(self, request):
        fields, body = answer_to(
            request.event(), data=b"1.50",
            datacontenttype="application/json").to_http(self.structured)
        return 200, fields, body


class Responder:
    """Answers requests where and as they ask, on a thread of its own. HOLD
    keeps so many back and answers them in reverse; ANSWER makes a reply, or
    None for none."""

    def __init__(self, answer, hold):
        self.answer, self.hold = answer or self.event, hold
        self.requests, self.ended = [], False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.ended = True
        self.thread.join()

    def _run(self):
        held = []
        while not self.ended:
            request = self.poll()
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
            self.send(request, *answer)


class KafkaResponder(Responder):
    """Its answers are headers and value."""

    def __init__(self, topic, answer=None, hold=1, address=None):
        self.consumer = kafka.Consumer(address or KAFKA, topic)
        self.producer = kafka.Producer(address or KAFKA)
        super().__init__(answer, hold)

    def stop(self):
        super().stop()
        self.consumer.close()
        self.producer.close()

    @staticmethod
    def event(request):
        return answer_to(
            Event.from_kafka(asked(request), request.value), data=b"1.50",
            datacontenttype="application/json").to_kafka()

    def poll(self):
        return self.consumer.poll(0.05)

    def send(self, request, headers, value):
        fields = dict(request.headers)
        self.producer.produce(
            fields["kafka_replyTopic"].decode(), value, headers + [
                ("kafka_correlationId", fields["kafka_correlationId"])],
            partition=int.from_bytes(fields["kafka_replyPartition"], "big"))


class MqttResponder(Responder):
    """Its answers are content type, properties and payload."""

    def __init__(self, topic, answer=None, hold=1):
        self.client = mqtt.Client(MQTT)
        self.client.subscribe(topic)
        super().__init__(answer, hold)

    def stop(self):
        super().stop()
        self.client.close()

    @staticmethod
    def event(request):
        return answer_to(event_of(request), data=b"1.50",
                         datacontenttype="application/json").to_mqtt()

    def poll(self):
        return self.client.poll(0.05)

    def send(self, request, kind, properties, payload):
        self.client.publish(request.reply_to, payload, kind, properties,
                            correlation=request.correlation)


def event_of(message):
    return Event.from_mqtt(message.content_type, message.properties,
                           message.payload)


def asked(record):
    """The headers of a request without those that say how to answer."""
    return [(k, v) for k, v in record.headers if not k.startswith("kafka_")]


class KafkaRequester:
    """Sends requests with headers of its own making, and waits for replies."""

    def __init__(self, test, topic, address=None):
        self.topic, self.replies = topic, test.topic("replies")
        self.consumer = test.consumer(self.replies, address)
        self.producer = test.producer(address)
        test.addCleanup(self.consumer.close)

    def send(self, one, reply_topic=None, correlation=b"\x00c", **headers):
        fields, value = one.to_kafka() if isinstance(one, Event) else one
        fields = fields + [
            ("kafka_replyTopic", (reply_topic or self.replies).encode()),
            ("kafka_correlationId", correlation), *headers.items()]
        self.producer.produce(self.topic, value, fields)
        self.producer.flush()

    def ask(self, one, **kw):
        self.send(one, **kw)
        return self.reply()

    def reply(self, seconds=20):
        """Headers and the event, or None, of the next reply."""
        record = self.consumer.poll(seconds)
        if not record:
            raise TimeoutError("no reply came")
        fields = dict(record.headers)
        is_event = {"ce_specversion", "content-type"} & set(fields)
        return fields, (Event.from_kafka(asked(record), record.value)
                        if is_event else None)
