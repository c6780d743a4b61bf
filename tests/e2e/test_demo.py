#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""script/demo shows what it says, and leaves nothing behind."""

import os
import re
import signal
import subprocess

import harness
from harness import ROOT, wait_until


class Demo(harness.Test):
    def demo(self, *arguments):
        process = subprocess.Popen(
            [os.path.join(ROOT, "script", "demo"), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, "TMPDIR": self.directory,
                 "CEBRIDGE": harness.PROGRAM})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)

    def left(self):
        """Command lines of processes whose files are in our folder."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if self.directory in line:
                found.append(line)
        return found

    def assert_nothing_is_left(self):
        wait_until(lambda: not self.left(), 10, self.left())
        self.assertEqual(os.listdir(self.directory), [])

    def test_three_events_arrive_and_nothing_is_left(self):
        process = self.demo()
        text = process.stdout.read()
        self.assertEqual(process.wait(), 0, text)
        for shown in ("HTTP 202", "ce_subject=Grüße", '{"celsius": 21.50}',
                      "id:alert-1", "disk is 95% full",
                      'cebridge_events_delivered_total{route="alerts"} 1'):
            self.assertIn(shown, text)
        self.assert_nothing_is_left()

    def test_with_stay_it_runs_until_ctrl_c(self):
        process = self.demo("--stay")
        text = ""
        for line in process.stdout:
            text += line
            if "Ctrl-C" in line:
                break
        self.assertIsNone(process.poll(), text)
        tried = re.search(r"(curl -i .*\n.*)", text).group(1)
        done = subprocess.run(["sh", "-c", tried], capture_output=True,
                              text=True, timeout=30)
        self.assertIn("202", done.stdout, done)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
        self.assert_nothing_is_left()


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
