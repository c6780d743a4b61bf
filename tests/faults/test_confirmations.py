#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""kill -9 between what a sink has confirmed and what the source is told."""

import signal
import threading

from flow import KINDS, Flow, harness, stored, wait_until

BEFORE, AFTER = 100, 200


class Confirmations(harness.Test):
    def freeze(self, process):
        """Until the system says that it stands still."""
        process.send_signal(signal.SIGSTOP)

        def stands_still():
            with open(f"/proc/{process.pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "T"

        wait_until(stands_still)

    def await_custody(self, one):
        """What an MQTT broker has sent and has no PUBACK for comes again as
        well, and it may have sent more than its client allows: until it has
        sent everything."""
        if one.source == "mqtt":
            wait_until(lambda: stored(one.admin) == AFTER)

    def struck(self, source):
        first, frozen = threading.Lock(), threading.Event()

        def answer(request):
            if int(request.header("ce-id")) < BEFORE:
                return 202
            if first.acquire(blocking=False):
                self.await_custody(one)
                self.freeze(one.bridge.process)
                frozen.set()
            return 202 if frozen.wait(30) else 503

        one = Flow(self, source, "http", answer=answer,
                   options=("--order", "none")).watched().start()
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
        # The last message may be in the inbox before its PUBACK is written.
        one.check(duplicates=unknown + (source == "mqtt"), ordered=False)

    def test_it_comes_again_and_nothing_else_does(self):
        for source in KINDS:
            with self.subTest(source):
                self.struck(source)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
