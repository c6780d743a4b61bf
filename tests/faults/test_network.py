#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Networks that fall silent, cut connections and are slow, on each leg."""

import threading
import time

from flow import COUNT, FULL, WINDOW, Flow, harness, private, wait_until
from proxy import Proxy

SILENCE = 30 if FULL else 4
LEGS = (("http", "http"), ("http", "kafka"), ("http", "mqtt"),
        ("kafka", "http"), ("mqtt", "http"))


class Network(harness.Test):
    def flow(self, source, sink):
        """A flow with a proxy on its one leg to a broker, or to the sink."""
        if "kafka" in (source, sink) or "mqtt" in (source, sink):
            kind = source if source != "http" else sink
            broker, self.proxy = private(self, kind)
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
        self.proxy.heal()
        one.finish()
        one.check(duplicates=4 * WINDOW)
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

    def test_a_slow_network_carries_a_window_per_round_trip(self):
        one = self.flow("http", "kafka")
        self.proxy.delay = 0.1
        one.feed(COUNT)
        one.finish()
        one.check(duplicates=0)
        one.stop()

    def test_a_network_that_loses_segments_slows_and_costs_nothing(self):
        """200 ms give or take 100, and one piece in twenty a second later:
        sixteen clients get half of what round trips allow, or more. What takes
        longer than a request may comes again."""
        one = self.flow("http", "kafka")
        self.proxy.delay, self.proxy.jitter, self.proxy.loss = 0.2, 0.1, 0.05
        count, round_trip = COUNT // 10, 2 * (0.2 + 0.05)
        begin = time.monotonic()
        one.feed(count)
        one.finish()
        self.assertLess(time.monotonic() - begin,
                        2 * round_trip * count / 16 + 5)
        one.check(duplicates=WINDOW)
        one.stop()

    def test_a_peer_that_refuses_is_asked_again(self):
        """For less time than the session of the group lasts: what was
        delivered meanwhile is committed after it."""
        one = self.flow("kafka", "http")
        one.feed(COUNT)
        one.wait(COUNT // 3)
        self.proxy.refuse()
        threading.Timer(0.5, self.proxy.heal).start()
        one.finish()
        one.check(duplicates=WINDOW)
        one.stop()


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
