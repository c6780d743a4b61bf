#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A peer that takes a connection and never answers: --timeout is the end."""

import socket
import time

import harness
import web
from harness import event


class Deadline(harness.Test):
    def setUp(self):
        super().setUp()
        # The kernel takes the connections.
        self.peer = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.addCleanup(self.peer.close)
        self.uri = f"http://127.0.0.1:{self.peer.getsockname()[1]}/"

    def ends_within(self, seconds, *arguments):
        begin = time.monotonic()
        done = self.cebridge(*arguments, "--timeout", "1s", timeout=60)
        self.assertEqual(done.code, 4, done)
        self.assertLess(time.monotonic() - begin, seconds)

    def test_of_send(self):
        self.ends_within(5, "send", self.uri, "--type", "t", "--source", "/s")

    def test_of_bench(self):
        self.ends_within(5, "bench", "--count", "3", self.uri)

    def test_of_dlq_replay(self):
        letters = "file:" + self.path("letters")
        events = self.write("in", event().to_json() + b"\n")
        with web.Sink(lambda request: 422) as sink:
            self.cebridge("relay", f"file:{events}", sink.uri,
                          "--dead-letter", letters)
        self.ends_within(5, "dlq", "replay", letters, self.uri)

    def test_a_longer_one_than_a_request_may_have(self):
        with web.Sink() as sink:
            done = self.cebridge("send", sink.uri, "--type", "t", "--source",
                                 "/s", "--timeout", "2h")
        self.assertEqual(done.code, 0, done)

    def test_the_uri_is_closer(self):
        begin = time.monotonic()
        self.ends_within(10, "send", f"{self.uri}?timeout=3s",
                         "--type", "t", "--source", "/s")
        self.assertGreater(time.monotonic() - begin, 2.5)


if __name__ == "__main__":
    harness.main()
