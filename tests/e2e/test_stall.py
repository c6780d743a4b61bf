#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An endpoint that makes no progress says so, wherever people look."""

import harness
import web
from harness import event, free_port, wait_until


class Stall(harness.Test):
    def setUp(self):
        super().setUp()
        self.status = 500
        self.sink = web.Sink(lambda request: self.status)
        self.addCleanup(self.sink.stop)
        self.admin = free_port()

    def relay(self, *arguments):
        return self.start("relay", "--retry.base", "10ms", "--retry.cap", "1s",
                          "--admin", f"http://127.0.0.1:{self.admin}", *arguments)

    def feed(self, count=1):
        self.sent = [event() for _ in range(count)]
        path = self.write("in", b"".join(e.to_json() + b"\n"
                                         for e in self.sent))
        return f"file:{path}?follow=true"

    def ready(self):
        answer = web.request(self.admin, "GET", "/readyz")
        return answer.status, answer.body.decode()

    def assert_stalls(self, bridge, reason):
        """A warning at once, then /readyz; seldom lines and attempts."""
        bridge.wait_for(rf"warning: .*{reason}", 5)
        wait_until(lambda: self.ready()[0] == 503, 30, "/readyz stays 200")
        self.assertRegex(self.ready()[1], rf"down: .*{reason}")
        self.assertLess(bridge.stderr.count(reason), 12, bridge.stderr)

    def test_a_sink_that_answers_500_is_told_of_and_recovers(self):
        bridge = self.relay(self.feed(20), self.sink.uri)
        self.assert_stalls(bridge, "500")
        self.status = 202
        wait_until(lambda: self.ready()[0] == 200)
        bridge.wait_for("get through again")
        wait_until(lambda: {e.id for e in self.sink.events()} >=
                   {e.id for e in self.sent})

    def test_events_that_never_succeed_leave_room_for_others(self):
        """More than half of what may be in flight."""
        poison, count = 600, 5000
        self.sent = [event(subject=f"poison-{n}" if n % 5 == 0 and
                           n < 5 * poison else f"good-{n}")
                     for n in range(count)]
        path = self.write("in", b"".join(e.to_json() + b"\n"
                                         for e in self.sent))
        sink = web.Sink(lambda request: 503 if request.header(
            "ce-subject").startswith("poison") else 202)
        self.addCleanup(sink.stop)
        self.relay(f"file:{path}?follow=true", f"{sink.uri}?mode=binary")
        good = {e.id for e in self.sent
                if e.attributes["subject"].startswith("good")}
        wait_until(lambda: good <= {e.id for e in sink.events()}, 120,
                   "good events are held up")

    def test_an_event_that_never_succeeds_leaves_others_their_turn(self):
        def answer(request):
            poison = request.header("ce-subject").startswith("poison")
            return 503 if poison else 202

        sink = web.Sink(answer)
        self.addCleanup(sink.stop)
        poison = [event(subject=f"poison-{n}") for n in range(20)]
        good = event(subject="good")
        path = self.write("in", b"".join(e.to_json() + b"\n"
                                         for e in poison))
        bridge = self.relay(f"file:{path}?follow=true",
                            f"{sink.uri}?mode=binary")
        self.assert_stalls(bridge, "503")
        with open(path, "ab") as file:
            file.write(good.to_json() + b"\n")
        wait_until(lambda: good.id in {e.id for e in sink.events()}, 15,
                   "the good event waits behind the others")

    def test_a_source_that_a_balancer_has_left_is_ready_again(self):
        source = free_port()
        self.start("relay", "--admin", f"http://127.0.0.1:{self.admin}",
                   f"http://127.0.0.1:{source}/events?health_path=/healthz",
                   self.sink.uri)
        for _ in range(3):
            self.assertEqual(web.post(source, event()).status, 503)

        def health():
            return web.request(source, "GET", "/healthz").status

        wait_until(lambda: health() == 503, 30, "it stays in")
        self.status = 202
        wait_until(lambda: health() == 200, 30, "it stays out")
        self.assertEqual(self.ready()[0], 200)
        self.assertEqual(web.post(source, event()).status, 202)

    def test_a_dead_letter_target_that_refuses_keeps_the_event(self):
        letters = web.Sink(lambda request: 400)
        self.addCleanup(letters.stop)
        self.status = 422
        bridge = self.relay("--dead-letter", letters.uri, self.feed(),
                            self.sink.uri)
        self.assert_stalls(bridge, "400")
        self.assertIn("dead_letter", self.ready()[1])
        self.assertLess(len(letters.requests), 200)
        self.assertEqual(len(self.sink.requests), 1)


if __name__ == "__main__":
    harness.main()
