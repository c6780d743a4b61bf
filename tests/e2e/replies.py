# SPDX-License-Identifier: Apache-2.0
"""Programs that ask, and programs that answer, for tests of requests."""

import threading

import kafka
import web
from events import Event
from harness import KAFKA, event


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


class KafkaResponder:
    """Answers the records of a topic where and as they ask. HOLD keeps so many
    requests back and answers them in reverse; ANSWER makes headers and value
    of a reply, or None for none."""

    def __init__(self, topic, answer=None, hold=1, address=None):
        self.answer, self.hold = answer or self.event, hold
        self.requests, self.ended = [], False
        self.consumer = kafka.Consumer(address or KAFKA, topic)
        self.producer = kafka.Producer(address or KAFKA)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        self.ended = True
        self.thread.join()
        self.consumer.close()
        self.producer.close()

    @staticmethod
    def event(request):
        return answer_to(
            Event.from_kafka(asked(request), request.value), data=b"1.50",
            datacontenttype="application/json").to_kafka()

    def _run(self):
        held = []
        while not self.ended:
            request = self.consumer.poll(0.05)
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
        if answer is None:
            return
        headers, value = answer
        fields = dict(request.headers)
        self.producer.produce(
            fields["kafka_replyTopic"].decode(), value, headers + [
                ("kafka_correlationId", fields["kafka_correlationId"])],
            partition=int.from_bytes(fields["kafka_replyPartition"], "big"))


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
