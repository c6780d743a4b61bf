#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brokers that crash, and come back with what they have kept."""

import os
import random
import time

import flow
import web
from flow import (AT_ONCE, COUNT, FULL, LONG, WINDOW, Flow, harness, private,
                  wait_until)
from legs import Legs
from mqtt_tap import Tap

CRASHES = 10 if FULL else 2
# So many find what a connection that breaks within a PUBLISH does to memory.
MANY_CRASHES, EACH = 50 if LONG else 5, 400


class Crashes(Legs):
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
                       lambda: one.bridge.stderr)
            self.crash(broker)
        wait_until(lambda: len(tap.confirmed) == count, 60,
                   lambda: one.bridge.stderr)
        one.recorder.numbers = sorted(tap.confirmed)
        one.stop()
        one.check(number=number)
        self.assertLessEqual(tap.published - count, MANY_CRASHES * WINDOW)

    def test_a_broker_that_forgets_is_subscribed_to_again(self):
        """It crashes and has kept nothing. What is sent from then on comes."""
        broker, _ = private(self, "mqtt", "--set", "persistence false")
        one = Flow(self, "mqtt", "http",
                   source_at=broker.address()).watched().start()
        one.feed(20)
        one.finish()
        broker.kill()
        broker.start()
        begin = time.monotonic()
        one.bridge.wait_for("the broker has lost the session", 20)
        wait_until(lambda: web.request(one.admin, "GET",
                                       "/readyz").status == 200)
        self.assertLess(time.monotonic() - begin, 5)
        one.feed(COUNT // 10)
        one.finish()
        one.check(duplicates=0)
        one.stop()


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
