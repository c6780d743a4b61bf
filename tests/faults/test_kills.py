#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 and SIGTERM while events flow, on each of the nine pairs."""

import random
import unittest

import flow
from flow import COUNT, FULL, KINDS, WINDOW, Flow, harness

KILLS = 20 if FULL else 2


class Kills(harness.Test):
    def killed_at_random(self, source, sink):
        number = flow.seed()
        at = sorted(random.Random(number).sample(range(1, COUNT), KILLS))
        one = Flow(self, source, sink).start()
        one.feed(COUNT)
        for received in at:
            one.wait(received)
            one.kill()
            one.start(ready=False)
        one.finish()
        one.check(duplicates=KILLS * WINDOW, number=number)
        one.stop()

    def stopped_under_load(self, source, sink):
        one = Flow(self, source, sink).start()
        feeder = one.feed(COUNT)
        for part in (1, 2):
            one.wait(COUNT * part // 3)
            one.stop()
            one.start(ready=False)
        one.finish()
        # Paho may end its connection before its last PUBACKs have left it.
        one.check(duplicates=2 * WINDOW if source == "mqtt" else 0)
        self.assertEqual(feeder.resets, 0, "requests without an answer")
        one.stop()

    def on_each_pair(self, what):
        for source in KINDS:
            for sink in KINDS:
                with self.subTest(f"{source} to {sink}"):
                    what(source, sink)

    def test_kill_9_loses_nothing(self):
        self.on_each_pair(self.killed_at_random)

    def test_a_stop_under_load_loses_and_repeats_nothing(self):
        self.on_each_pair(self.stopped_under_load)

    @unittest.skipUnless(FULL, "takes half a minute: CE_TEST_FAULTS=all")
    def test_kills_in_quick_succession_leave_progress(self):
        """Every 200 ms once it is ready, from MQTT to Kafka."""
        one = Flow(self, "mqtt", "kafka").start()
        one.feed(COUNT)
        for _ in range(60):
            one.kill()
            one.start()
        one.finish()
        one.check(duplicates=one.kills * WINDOW)
        one.stop()


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
