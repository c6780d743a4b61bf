#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Requests whose replies come back: through routes with `request: true`, and
with the command `cebridge request`."""

import harness
import web
from events import Event
from harness import event, free_port


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


class Requests(harness.Test):
    def responder(self, **kw):
        sink = HttpResponder(**kw)
        self.addCleanup(sink.stop)
        return sink

    def relay(self, sink, **source):
        """A route from HTTP that asks SINK; its port."""
        port = free_port()
        self.bridge = self.start(
            "relay", "--request",
            f"http://127.0.0.1:{port}/events" + harness.query(source), sink)
        return port

    def assert_answers(self, answer, asked):
        self.assertEqual(answer.status, 200, answer)
        reply = Event.from_http(answer.headers, answer.body)
        self.assertEqual(reply.attributes["subject"], asked.id)
        self.assertEqual(reply.attributes["type"], "com.example.reply")
        self.assertEqual(reply.data, b"1.50")


class HttpToHttp(Requests):
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
        sink = web.Sink(lambda request: 409)
        self.addCleanup(sink.stop)
        self.assertEqual(web.post(self.relay(sink.uri), event()).status, 409)


class Command(Requests):
    def request(self, sink, *arguments):
        return self.cebridge("request", sink, "--type", "t", "--source", "/s",
                             "--id", "7", *arguments)

    def test_the_reply_is_one_line(self):
        done = self.request(self.responder().uri)
        self.assertEqual(done.code, 0, done)
        line, = done.stdout.splitlines()
        self.assertEqual(Event.from_json(line).attributes["subject"], "7")

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
    harness.main()
