#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an HTTP sink answers to a request, and what becomes of it."""

import json

import harness
import web
from harness import event, free_port

REPLY = [("ce-specversion", "1.0"), ("ce-id", "r1"), ("ce-source", "/r"),
         ("ce-type", "reply"), ("Content-Type", "text/plain")]

# (what it is, headers, body, words of the reason)
UNUSABLE = [
    ("text", [("Content-Type", "text/plain")], b"ok", "no CloudEvent"),
    ("no type", [h for h in REPLY if h[0] != "ce-type"], b"", "type"),
    ("a batch", [("Content-Type", "application/cloudevents-batch+json")],
     b"[]", "batch"),
    ("an unknown format", [("Content-Type", "application/cloudevents+cbor")],
     b"x", "cbor"),
    ("too large", REPLY, b"x" * 100, "max_event_bytes"),
]


class Replies(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink(lambda request: self.answer)
        self.addCleanup(self.sink.stop)
        self.uri = f"{self.sink.uri}?max_event_bytes=64B"

    def request(self):
        return self.cebridge("request", self.uri, "--type", "t", "--source",
                             "/s", "--timeout", "2s")

    def gateway(self):
        port = free_port()
        bridge = self.start("relay", f"http://127.0.0.1:{port}/events",
                            self.uri, "--request")
        return port, bridge

    def test_a_reply_that_is_no_event_is_an_error(self):
        port, bridge = self.gateway()
        for name, headers, body, reason in UNUSABLE:
            with self.subTest(name):
                self.answer = (200, headers, body)
                done = self.request()
                self.assertEqual(done.code, 4, done)
                self.assertIn(reason, done.stderr)
                self.assertEqual(done.stdout, "")
                answer = web.post(port, event())
                self.assertEqual(answer.status, 502)
                self.assertIn(reason, answer.json()["detail"])
        self.assertEqual(len(self.sink.requests), 2 * len(UNUSABLE))
        bridge.wait_for("no CloudEvent", 10)

    def test_success_without_a_body_is_success(self):
        port, _ = self.gateway()
        for status in (200, 202, 204):
            with self.subTest(status):
                self.answer = status
                done = self.request()
                self.assertEqual((done.code, done.stdout), (0, ""), done)
                self.assertEqual(web.post(port, event()).status, 202)

    def test_the_command_repeats_no_request(self):
        for n, status in enumerate((401, 500, 503), 1):
            with self.subTest(status):
                self.answer = (status, REPLY, b"{}")
                done = self.request()
                self.assertEqual(len(self.sink.requests), n)
                self.assertEqual(done.code, 4, done)
                self.assertEqual(json.loads(done.stdout)["id"], "r1")

    def test_the_command_waits_for_somebody_to_ask(self):
        self.sink.stop()
        asking = self.start("request", self.uri, "--type", "t", "--source",
                            "/s", ready=False)
        asking.wait_for("Failed to connect")
        self.answer = 202
        self.sink.start()
        self.assertEqual(asking.wait(), 0)
        self.assertEqual(len(self.sink.requests), 1)

    def test_a_reply_keeps_its_status(self):
        port, _ = self.gateway()
        for status, code, passed in ((201, 0, 200), (422, 3, 422),
                                     (404, 3, 404), (503, 4, 503)):
            with self.subTest(status):
                self.answer = (status, REPLY, b"hello")
                done = self.request()
                self.assertEqual(done.code, code, done)
                reply = json.loads(done.stdout)
                self.assertEqual((reply["id"], reply["data"]), ("r1", "hello"))
                answer = web.post(port, event())
                self.assertEqual(answer.status, passed)
                self.assertEqual(answer.header("ce-id"), "r1")
                self.assertEqual(answer.body, b"hello")


if __name__ == "__main__":
    harness.main()
