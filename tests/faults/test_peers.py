#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sinks that are slow, refuse, or ask for patience, dead-letter targets that
are away, and bridges that share the work."""

import random
import threading
import time

import flow
from flow import COUNT, FULL, WINDOW, Flow, Recorder, harness, wait_until


class Peers(harness.Test):
    def test_a_sink_in_trouble_gets_everything(self):
        """Refuses for a while, silently or with a status, at random."""
        number = flow.seed()
        dice = random.Random(number)
        seen = {"taken": 0}

        def answer(_):
            status = dice.choice((202,) * 16 + (500, 503, 429, 408))
            seen["taken"] += status == 202
            return status

        one = Flow(self, "kafka", "http", answer=answer).start()
        one.feed(COUNT)
        one.finish()
        wait_until(lambda: seen["taken"] >= COUNT, 120)
        self.assertEqual(seen["taken"], COUNT, "taken twice")
        one.check(duplicates=COUNT, number=number)
        one.stop()

    def test_patience_that_a_sink_asks_for_is_kept(self):
        """Retry-After in seconds and as a date, and nonsense."""
        asked, came = {}, {}
        forms = (lambda: "1", lambda: time.strftime(
            "%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 2)),
            lambda: "-5", lambda: "soon")

        def answer(request):
            n, now = int(request.header("ce-id")), time.monotonic()
            if n in asked:
                came.setdefault(n, now)
                return 202
            asked[n] = now
            return 503, [("Retry-After", forms[n % 4]())], b""

        one = Flow(self, "kafka", "http", answer=answer,
                   options=("--order", "none")).start()
        one.feed(8)
        one.finish()
        wait_until(lambda: len(came) == 8)
        for n in range(8):
            waited = came[n] - asked[n]
            if n % 4 < 2:
                self.assertGreater(waited, 0.8, f"event {n}")
            self.assertLess(waited, 6, f"event {n}")
        one.check(duplicates=8, ordered=False)
        one.stop()

    def test_a_slow_sink_holds_its_source(self):
        """Memory stays bounded; a request that took too long comes again."""
        gate = threading.Event()

        def answer(_):
            gate.wait(20)
            return 202

        for source in ("kafka", "mqtt"):
            gate.clear()
            one = Flow(self, source, "http", answer=answer).start()
            one.feed(5 * COUNT)
            one.feeders[0].done()
            one.measure()
            threading.Timer(1.5, gate.set).start()
            one.finish()
            one.check(duplicates=WINDOW)
            one.stop()

    def test_each_refused_event_becomes_a_letter(self):
        """Every hundredth; the others of its key are not held by it."""
        letters = Recorder("http")
        letters._add = lambda event: letters.numbers.append(int(event.id))
        self.addCleanup(letters.close)
        one = Flow(self, "kafka", "http", answer=lambda r: 422 if int(
            r.header("ce-id")) % 100 == 7 else 202,
            options=("--dead-letter", letters.uri)).start()
        one.feed(COUNT)
        one.finish()
        wait_until(lambda: letters.count() >= COUNT // 100)
        self.assertEqual(sorted(letters.read()), list(range(7, COUNT, 100)))
        one.check(duplicates=0)
        one.stop()

    def test_a_dead_letter_target_that_is_away_holds_the_source(self):
        letters = Recorder("http")
        letters._add = lambda event: letters.numbers.append(int(event.id))
        self.addCleanup(letters.close)
        letters.server.stop()
        arguments = ("--dead-letter", letters.uri)
        one = Flow(self, "kafka", "http", options=arguments,
                   answer=lambda r: 422).start()
        one.feed(20)
        one.feeders[0].done()
        one.wait(20)
        one.kill()
        one.start(ready=False)
        letters.server.start()
        wait_until(lambda: len(set(letters.read())) == 20, 60)
        # Each time that a letter fails its event is refused once more.
        one.check(duplicates=20 * 20)
        one.stop()

    def test_a_stop_with_a_dead_sink_confirms_nothing(self):
        for source in ("kafka", "mqtt"):
            with self.subTest(source):
                one = Flow(self, source, "http").start()
                one.feed(10)
                one.finish()
                one.recorder.server.stop()
                one.feed(10)
                one.feeders[1].done()
                begin = time.monotonic()
                one.stop()
                self.assertLess(time.monotonic() - begin, 10)
                one.recorder.server.start()
                one.start()
                one.finish()
                one.check(duplicates=0)
                one.stop()

    def come_and_go(self, one, start):
        """Three members that share the work, killed and stopped by turns;
        START(n) starts one."""
        number = flow.seed()
        dice = random.Random(number)
        members = [start(n) for n in range(3)]
        for one.bridge in members:
            one.bridge.ready(60)
        one.feed(COUNT)
        rounds = 12 if FULL else 4
        for part in range(rounds):
            one.wait(COUNT * (part + 1) // (rounds + 2))
            at = dice.randrange(3)
            members[at].ready(60)
            if dice.random() < 0.5:
                members[at].kill()
            else:
                self.assertEqual(members[at].stop(), 0, members[at].stderr)
            members[at] = start(at)
        one.bridge = members[0]
        one.finish()
        one.check(duplicates=rounds * WINDOW, number=number, ordered=False)
        for one.bridge in members:
            one.stop()

    def test_members_that_come_and_go_lose_nothing(self):
        one = Flow(self, "kafka", "http")
        self.come_and_go(one, lambda _: self.start(*one.arguments,
                                                   ready=False))

    def test_members_of_a_shared_subscription_lose_nothing(self):
        """Each has a session and an inbox of its own, to which it comes
        back."""
        one = Flow(self, "mqtt", "http")
        path = f"/{one.name}/"
        *options, source, sink = one.arguments
        self.assertIn(path, source)
        source = source.replace(path, f"/$share/{one.name}{path}")

        def start(n):
            own = {"XDG_STATE_HOME": self.path(f"state-{n}")}
            return self.start(*options, f"{source}&client_id={one.name}-{n}",
                              sink, ready=False, env=own)

        self.come_and_go(one, start)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
