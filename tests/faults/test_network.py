#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Networks that fall silent, cut connections and are slow, on each leg."""

import json
import threading
import time

from flow import (COUNT, FULL, WINDOW, Flow, harness, kafka, numbered, private,
                  unique, wait_until)
from proxy import Proxy

SILENCE = 30 if FULL else 4
RECOVERY = 10  # seconds until events flow again, on a busy machine
# What a Kafka client fetches before it is asked for, and the answer that was on
# its way when that was enough: 1 MiB of the smallest records.
AHEAD, ANSWER = 10000, (1 << 20) // 250
LEGS = (("http", "http"), ("http", "kafka"), ("http", "mqtt"),
        ("kafka", "http"), ("mqtt", "http"))


class Network(harness.Test):
    def flow(self, source, sink):
        """A flow with a proxy on its one leg to a broker, or to the sink."""
        if "kafka" in (source, sink) or "mqtt" in (source, sink):
            kind = source if source != "http" else sink
            # None of them is killed: what mosquitto has, it need not save
            # with each change, which takes the longer the more waits there.
            broker, self.proxy = private(
                self, kind, *(["--fast"] if kind == "mqtt" else []))
            at = {"source_at": self.proxy.address,
                  "feed_at": broker.address()} if source != "http" \
                else {"sink_at": self.proxy.address}
            return Flow(self, source, sink, **at).start()
        one = Flow(self, source, sink, through=Proxy).start()
        self.proxy = one.proxy
        return one

    def on_each_leg(self, what):
        for source, sink in LEGS:
            with self.subTest(f"{source} to {sink}"):
                what(source, sink)

    def silent(self, source, sink):
        one = self.flow(source, sink)
        one.feed(COUNT)
        one.wait(COUNT // 3)
        self.proxy.silence()
        end = time.monotonic() + SILENCE
        wait_until(lambda: time.monotonic() > end, SILENCE + 5)
        self.assertIsNone(one.bridge.process.poll(), one.bridge.stderr)
        before = one.recorder.count()
        self.proxy.heal()
        one.wait(min(before + 1, COUNT), RECOVERY)
        one.finish()
        # A member that was silent for longer than its session reads again what
        # it had fetched and could not commit.
        one.check(duplicates=AHEAD + ANSWER if source == "kafka"
                  else 4 * WINDOW)
        one.stop()

    def test_a_silent_network_loses_nothing(self):
        self.on_each_leg(self.silent)

    def cut_again_and_again(self, source, sink):
        one = self.flow(source, sink)
        one.feed(COUNT)
        for part in range(1, 11):
            one.wait(COUNT * part // 12)
            self.proxy.cut()
        one.finish()
        one.check(duplicates=10 * WINDOW)
        one.stop()

    def test_cut_connections_lose_nothing(self):
        self.on_each_leg(self.cut_again_and_again)

    def test_answers_that_are_cut_lose_nothing(self):
        """An HTTP sink's connections end within an answer: what it says is
        not known, so that it comes again."""
        one = Flow(self, "kafka", "http", through=Proxy)
        one.proxy.cut_after = 1000
        one.start()
        one.feed(COUNT)
        one.finish()
        self.assertGreater(one.proxy.cuts, 10)
        one.check(duplicates=2 * one.proxy.cuts)
        one.stop()

    def carries(self, delay, jitter, loss, duplicates):
        """Sixteen clients get half of what round trips allow, or more."""
        one = self.flow("http", "kafka")
        self.proxy.delay, self.proxy.jitter = delay, jitter
        self.proxy.loss = loss
        count, round_trip = COUNT // 10, 2 * (delay + loss)
        begin = time.monotonic()
        one.feed(count)
        one.finish()
        self.assertLess(time.monotonic() - begin,
                        2 * round_trip * count / 16 + 15)
        one.check(duplicates=duplicates)
        one.stop()

    def test_a_slow_network_carries_a_window_per_round_trip(self):
        """A request of each client may take too long, on a busy machine."""
        self.carries(0.1, 0, 0, duplicates=16)

    def test_what_has_not_answered_yet_is_no_end(self):
        broker, proxy = private(self, "kafka")
        topic, count = unique("slow"), 30
        kafka.create(broker.address(), topic, 3)
        with kafka.Producer(broker.address()) as producer:
            for n in range(count):
                headers, value = numbered(n).to_kafka(False)
                producer.produce(topic, value, headers, key=b"%d" % n)
            producer.flush(30)
        proxy.delay = 0.4
        done = self.cebridge("listen", f"kafka://{proxy.address}/{topic}",
                             "--until-end", timeout=60)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(sorted(int(json.loads(line)["id"])
                                for line in done.stdout.splitlines()),
                         list(range(count)), done.stderr)

    def test_a_network_that_loses_segments_slows_and_costs_nothing(self):
        """200 ms give or take 100, and one piece in twenty a second later.
        What takes longer than a request may comes again."""
        self.carries(0.2, 0.1, 0.05, duplicates=WINDOW)

    def test_a_member_that_is_cut_off_repeats_what_it_had_fetched(self):
        """For longer than its session, with a sink that goes on: what it has
        delivered since its last commit is read again."""
        one = self.flow("kafka", "http")
        one.stop()
        one.arguments[-1] = "file:" + self.path("out")
        one.feed(2 * AHEAD)
        one.feeders[0].done()
        one.start(ready=False)
        wait_until(lambda: self.count_lines("out") > 0, 60)
        self.proxy.silence()
        before = self.count_lines("out")
        one.bridge.wait_for("revoked 1 partitions", 30)
        self.proxy.heal()
        wait_until(lambda: self.count_lines("out") >= one.sent and
                   len(set(self.numbers("out"))) == one.sent, 60)
        one.stop()
        one.recorder.numbers = self.numbers("out")
        one.check(duplicates=before + AHEAD + ANSWER)

    def test_a_peer_that_refuses_is_asked_again(self):
        """For less time than the session of the group lasts: what was
        delivered meanwhile is committed after it."""
        one = self.flow("kafka", "http")
        one.stop()
        one.keep_place().start()
        one.feed(COUNT)
        one.wait(COUNT // 3)
        self.proxy.refuse()
        threading.Timer(0.5, self.proxy.heal).start()
        one.finish()
        one.check(duplicates=WINDOW)
        one.stop()


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
