#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Brokers and bridges that stand still, and go on."""

import os
import signal
import time

from flow import COUNT, FULL, WINDOW, Flow, harness, wait_until
from legs import Legs


class Freezes(Legs):
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


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
