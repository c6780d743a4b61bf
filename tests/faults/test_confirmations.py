#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 between what a sink has confirmed and what the source is told."""

import signal
import threading

from flow import KINDS, Flow, harness, wait_until

BEFORE, AFTER = 100, 200
UNACKNOWLEDGED = 10  # messages that an MQTT broker sends ahead


class Confirmations(harness.Test):
    def freeze(self, process):
        """Until the system says that it stands still."""
        process.send_signal(signal.SIGSTOP)

        def stands_still():
            with open(f"/proc/{process.pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "T"

        wait_until(stands_still)

    def struck(self, source):
        frozen = threading.Event()

        def answer(request):
            if int(request.header("ce-id")) >= BEFORE and not frozen.is_set():
                self.freeze(one.bridge.process)
                frozen.set()
            return 202

        one = Flow(self, source, "http", answer=answer,
                   options=("--order", "none"))
        if source == "mqtt":
            one.arguments[-2] += f"&receive_maximum={UNACKNOWLEDGED}"
        one.start()
        sink = one.recorder.server
        one.feed(BEFORE)
        one.finish()
        one.stop()
        one.start()
        one.feed(AFTER)
        self.assertTrue(frozen.wait(30))
        one.kill()
        wait_until(lambda: sink.open == 0)
        sink.stop()
        unknown = one.recorder.count() - BEFORE
        self.assertGreater(unknown, 0)
        sink.start()
        one.start(ready=False)
        one.finish()
        one.wait(BEFORE + AFTER + unknown)
        one.stop()
        # A message may be in the inbox, and on its way, before its PUBACK is.
        if source == "mqtt":
            unknown += UNACKNOWLEDGED
        one.check(duplicates=unknown, ordered=False)

    def test_it_comes_again_and_nothing_else_does(self):
        for source in KINDS:
            with self.subTest(source):
                self.struck(source)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
