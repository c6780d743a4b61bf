#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Peers that crash, freeze, are slow, refuse, or ask for patience."""

import os
import random
import signal
import threading
import time

import flow
import web
from flow import (AT_ONCE, COUNT, FULL, LONG, WINDOW, Flow, Recorder, harness,
                  private, wait_until)
from mqtt_tap import Tap
from proxy import Proxy

LEGS = (("http", "kafka"), ("kafka", "http"), ("http", "mqtt"),
        ("mqtt", "http"))
CRASHES = 10 if FULL else 2
# So many find what a connection that breaks within a PUBLISH does to memory.
MANY_CRASHES, EACH = 50 if LONG else 5, 400


class Peers(harness.Test):
    def flow(self, source, sink, *options):
        kind = source if source != "http" else sink
        taps = sink == "mqtt"
        self.broker, proxy = private(self, kind,
                                     *(options if kind == "mqtt" else ()),
                                     proxies=Tap if taps else Proxy)
        at = self.broker.address()
        if taps:
            return Flow(self, source, sink, sink_at=proxy.address, tap=proxy)
        return Flow(self, source, sink, feed_at=at,
                    **{"source_at" if source == kind else "sink_at": at})

    def on_each_leg(self, what):
        for source, sink in LEGS:
            with self.subTest(f"{source} to {sink}"):
                what(source, sink)

    def crash(self, broker):
        """Until then it had nothing to say against its clients."""
        path = os.path.join(broker.directory, "mosquitto.log")
        if os.path.exists(path):
            with open(path) as log:
                self.assertNotRegex(log.read(), "(?i)malformed|protocol error")
        broker.kill()
        broker.start()

    def crashing_broker(self, source, sink):
        one = self.flow(source, sink, *AT_ONCE).keep_place().start()
        # With each change mosquitto saves all that waits.
        count = COUNT // 4 if source == "mqtt" else COUNT
        one.feed(count)
        for part in range(CRASHES):
            one.wait(count * (part + 1) // (CRASHES + 2))
            self.crash(self.broker)
        one.finish()
        # The sender repeats what the broker had not confirmed to it, too.
        one.check(duplicates=CRASHES * WINDOW)
        one.stop()

    def test_a_broker_that_crashes_loses_nothing(self):
        self.on_each_leg(self.crashing_broker)

    def test_crashes_while_as_much_is_published_as_goes(self):
        """A topic full of events waits for each restart, so that the broker
        dies with a full window. It keeps nothing itself, but all that the
        bridge takes for delivered was confirmed."""
        number = flow.seed()
        dice = random.Random(number)
        broker, _ = private(self, "mqtt", "--fast")
        tap = Tap(broker.address())
        self.addCleanup(tap.close)
        one = Flow(self, "kafka", "http")
        one.sink, one.arguments[-1] = "mqtt", f"mqtt://{tap.address}/t"
        count = EACH * MANY_CRASHES
        one.feed(count)
        one.feeders[0].done()
        one.start()
        for crash in range(MANY_CRASHES):
            enough = EACH * crash + dice.randrange(EACH // 2)
            wait_until(lambda: len(tap.confirmed) > enough, 60,
                       one.bridge.stderr)
            self.crash(broker)
        wait_until(lambda: len(tap.confirmed) == count, 60, one.bridge.stderr)
        one.recorder.numbers = sorted(tap.confirmed)
        one.stop()
        one.check(number=number)
        self.assertLessEqual(tap.published - count, MANY_CRASHES * WINDOW)

    def freezing_broker(self, source, sink):
        # It keeps all in memory, so that it need not save each change.
        one = self.flow(source, sink, "--fast").keep_place().start()
        one.feed(COUNT)
        one.wait(COUNT // 3)
        with open(os.path.join(self.broker.directory,
                               f"{self.broker.kind}.pid")) as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(self.thaw, pid)
        before, begin = one.bridge.cpu_ms(), time.monotonic()
        end = begin + (60 if FULL else 4)
        wait_until(lambda: time.monotonic() > end, 70)
        used = one.bridge.cpu_ms() - before
        if not harness.SANITIZED:
            self.assertLess(used, 100 * (end - begin), "ms of CPU, waiting")
        self.thaw(pid)
        one.finish()
        one.check(duplicates=4 * WINDOW)
        one.stop()

    def thaw(self, pid):
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def test_a_broker_that_freezes_loses_nothing(self):
        self.on_each_leg(self.freezing_broker)

    def freezing_bridge(self, source):
        one = Flow(self, source, "http").start()
        one.feed(COUNT)
        one.wait(COUNT // 3)
        one.bridge.signal(signal.SIGSTOP)
        end = time.monotonic() + (60 if FULL else 4)
        wait_until(lambda: time.monotonic() > end, 70)
        one.bridge.signal(signal.SIGCONT)
        one.finish()
        one.check(duplicates=2 * WINDOW)
        one.stop()

    def test_a_bridge_that_freezes_loses_nothing(self):
        """Longer than its session in the group, so that the partitions go, and
        than an MQTT broker waits for a word of it."""
        for source in ("kafka", "mqtt"):
            with self.subTest(source):
                self.freezing_bridge(source)

    def test_a_broker_that_forgets_is_subscribed_to_again(self):
        """It crashes and has kept nothing. What is sent from then on comes."""
        broker, _ = private(self, "mqtt", "--set", "persistence false")
        admin = harness.free_port()
        one = Flow(self, "mqtt", "http", source_at=broker.address(),
                   options=("--admin", f"http://127.0.0.1:{admin}")).start()
        one.feed(20)
        one.finish()
        broker.kill()
        broker.start()
        begin = time.monotonic()
        one.bridge.wait_for("the broker has lost the session", 20)
        wait_until(lambda: web.request(admin, "GET", "/readyz").status == 200)
        self.assertLess(time.monotonic() - begin, 5)
        one.feed(COUNT // 10)
        one.finish()
        one.check(duplicates=0)
        one.stop()

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
