#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One fault after another, at random: nothing is lost, and a bridge that lives
through them needs no more memory and descriptors than before."""

import os
import random
import time

import flow
from flow import (AT_ONCE, COUNT, FULL, WINDOW, Flow, harness, private,
                  wait_until)
from mqtt_tap import Given, Tap
from proxy import Proxy

SECONDS = 600 if FULL else 8
EACH = COUNT // 10
PROXIES = {("mqtt", "kafka"): Given, ("http", "mqtt"): Tap}


class Soak(harness.Test):
    def begin(self, source, sink):
        """A proxy and a broker that only this flow knows on one of its legs."""
        kind = source if source != "http" else sink
        self.broker, self.proxy = private(
            self, kind, *(AT_ONCE if kind == "mqtt" else ()),
            proxies=PROXIES.get((source, sink), Proxy))
        at = {"source_at": self.proxy.address,
              "feed_at": self.broker.address()} if source != "http" \
            else {"sink_at": self.proxy.address, "tap": self.proxy}
        return Flow(self, source, sink, **at).start()

    def kill(self, one):
        one.kill()
        one.start(ready=False)

    def crash(self, _):
        self.broker.kill()
        self.broker.start()

    def silence(self, _):
        self.proxy.silence()
        end = time.monotonic() + 2
        wait_until(lambda: time.monotonic() > end)
        self.proxy.heal()

    def cut(self, _):
        self.proxy.cut()

    def strike(self, one, dice, faults):
        """While events flow, and until they have all arrived."""
        before = one.recorder.count()
        one.feed(EACH)
        one.wait(before + dice.randrange(EACH))
        dice.choice(faults)(one)
        one.finish()

    def descriptors(self, one):
        return len(os.listdir(f"/proc/{one.bridge.process.pid}/fd"))

    def soaked(self, source, sink):
        number = flow.seed()
        dice = random.Random(number)
        one = self.begin(source, sink)
        strikes = 2
        self.strike(one, dice, [self.kill])
        one.bridge.ready(60)
        for fault in (self.crash, self.silence, self.cut):
            self.strike(one, dice, [fault])
        kib, descriptors = one.bridge.status("RssAnon"), self.descriptors(one)
        begin = time.monotonic()
        while (since := time.monotonic() - begin) < SECONDS:
            self.strike(one, dice, [self.crash, self.silence, self.cut])
            strikes += 1
            if since < SECONDS / 3:  # the largest burst is yet to come
                kib = max(kib, one.bridge.status("RssAnon"))
        # What senders have closed the bridge closes a little later.
        wait_until(lambda: self.descriptors(one) <= descriptors + 8, 10,
                   f"more descriptors than {descriptors} and 8")
        if not harness.SANITIZED:
            self.assertLess(one.bridge.status("RssAnon"), kib * 1.1 + 2048)
        # An MQTT broker that has lost, or not read, what it was told sends it
        # again. What came from Kafka and was delivered while nobody could
        # commit it is read again: as much as was fetched.
        again = self.proxy.given - one.sent if source == "mqtt" else 0
        each = max(EACH, WINDOW) if source == "kafka" else WINDOW
        one.check(duplicates=again + (strikes + 4) * each, number=number)
        one.stop()

    def test_kafka_to_http(self):
        self.soaked("kafka", "http")

    def test_mqtt_to_kafka(self):
        self.soaked("mqtt", "kafka")

    def test_http_to_mqtt(self):
        self.soaked("http", "mqtt")


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
