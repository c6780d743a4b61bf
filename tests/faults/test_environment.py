#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clocks that jump, descriptors that run out, disks that are full, and
clients that leave."""

import json
import os
import resource
import socket
import subprocess
import tempfile
import time
import unittest

from flow import (COUNT, FULL, KINDS, WINDOW, Flow, harness, numbered,
                  wait_until, web)

CLOCK = os.environ.get("CE_TEST_CLOCK_LIBRARY")
HOUR, YEAR = 3500, 365 * 24 * 3600


class Clock(harness.Test):
    @unittest.skipUnless(CLOCK and not harness.SANITIZED,
                         "the clock is preloaded where no sanitizer is")
    def test_a_clock_that_jumps_holds_nothing_up(self):
        """By almost an hour, back, and by a year, while events flow. What
        waited for such a clock would wait for more than a minute. Kafka takes
        nothing from more than an hour ahead."""
        for source in KINDS:
            for sink in ("http", "kafka", "mqtt"):
                with self.subTest(f"{source} to {sink}"):
                    self.jump(source, sink)

    def jump(self, source, sink):
        clock = self.write("clock", "0")
        self.environment.update(LD_PRELOAD=CLOCK, CE_TEST_CLOCK=clock)
        one = Flow(self, source, sink).start()
        for seconds in (0, HOUR, -HOUR, YEAR, 0):
            if seconds == YEAR:
                one.check(duplicates=0)
            self.set_clock(clock, seconds)
            one.feed(COUNT // 5)
            if seconds == YEAR and sink == "kafka":
                one.bridge.wait_for("this machine's clock", 60)
                self.set_clock(clock, 0)
            one.finish(60)
        # What Kafka refused for its time is passed by what is on its way.
        one.check(duplicates=0, ordered=sink != "kafka")
        one.stop()

    def set_clock(self, clock, seconds):
        self.write("clock.new", str(seconds))
        os.replace(self.path("clock.new"), clock)
        shown = subprocess.run(["date", "+%s"], check=True, text=True,
                               capture_output=True,
                               env={**os.environ, **self.environment}).stdout
        self.assertAlmostEqual(int(shown), time.time() + seconds, delta=30)


class Descriptors(harness.Test):
    def test_a_lack_of_descriptors_loses_nothing(self):
        """More clients than it has descriptors for; then they leave."""
        one = Flow(self, "http", "http").start()
        soft, hard = 64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.prlimit(one.bridge.process.pid, resource.RLIMIT_NOFILE,
                         (soft, hard))
        idle = []
        for _ in range(2 * soft):
            try:
                idle.append(socket.create_connection(
                    ("127.0.0.1", one.feed_at), 1))
            except OSError:
                break
        one.feed(COUNT // 4)
        for client in idle:
            client.close()
        one.finish()
        one.check(duplicates=WINDOW)
        self.assertIsNone(one.bridge.process.poll(), one.bridge.stderr)
        one.stop()


class Clients(harness.Test):
    def test_clients_that_leave_cost_nothing(self):
        """Each goes while its event is on its way; the events arrive once,
        and nothing of the clients stays."""
        gate = {"open": False, "asked": 0}

        def answer(_):
            gate["asked"] += 1
            wait_until(lambda: gate["open"], 30)
            return 202

        one = Flow(self, "http", "http", answer=answer).start()
        before = self.descriptors(one)
        for first in range(0, 1000 if FULL else 200, 200):
            gate.update(open=False, asked=0)
            clients = [self.begin(one.feed_at, n)
                       for n in range(first, first + 200)]
            wait_until(lambda: gate["asked"] > 0)
            for client in clients:
                client.close()
            gate["open"] = True
            # Its connections to the sink stay.
            wait_until(lambda: self.descriptors(one) <=
                       before + one.recorder.server.open, 30)
        got = one.recorder.read()
        self.assertEqual(len(got), len(set(got)))
        one.stop()

    def begin(self, port, number):
        headers, body = numbered(number).to_http(False)
        client = socket.create_connection(("127.0.0.1", port), 10)
        lines = ["POST /events HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in headers]
        lines.append(f"Content-Length: {len(body)}")
        client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return client

    def descriptors(self, one):
        return len(os.listdir(f"/proc/{one.bridge.process.pid}/fd"))


def can_mount():
    return os.geteuid() == 0 and subprocess.run(
        ["unshare", "--mount", "true"], capture_output=True).returncode == 0


class Disks(harness.Test):
    def small_disk(self, size):
        disk = tempfile.mkdtemp(dir=self.directory)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none",
                        disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        return disk, os.path.join(disk, "out")

    def make_room(self, one, disk, out, ordered=True):
        """All has come, in the end."""
        self.assertLess(len(set(self.ids(out))), 2000)
        subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
        wait_until(lambda: len(set(self.ids(out))) == 2000, 60,
                   lambda: one.bridge.stderr)
        one.stop()
        one.recorder.numbers = self.ids(out)
        one.check(duplicates=WINDOW, ordered=ordered)

    @unittest.skipUnless(can_mount(), "root mounts the small disk")
    def test_a_full_disk_under_a_file_sink_loses_nothing(self):
        disk, out = self.small_disk("200k")
        one = Flow(self, "kafka", "http")
        one.arguments[-1] = "file:" + out
        one.start()
        one.feed(2000)
        one.feeders[0].done()
        one.bridge.wait_for("(?i)no space|full", 60)
        self.make_room(one, disk, out)

    @unittest.skipUnless(can_mount(), "root mounts the small disk")
    def test_a_full_disk_under_dead_letters_holds_the_source(self):
        """A refused event whose letter has no room is told to nobody, and
        readiness says so. A short letter may have room where a longer one has
        none: letters have no order."""
        disk, out = self.small_disk("200k")
        one = Flow(self, "kafka", "http", answer=lambda r: 422,
                   options=("--dead-letter", "file:" + out)).watched().start()
        one.feed(2000)
        one.feeders[0].done()
        one.bridge.wait_for("(?i)no space|full", 60)
        wait_until(lambda: web.request(one.admin, "GET",
                                       "/readyz").status == 503)
        one.kill()
        one.start(ready=False)
        self.make_room(one, disk, out, ordered=False)

    def ids(self, path):
        """Of whole lines, as they came. A kill may tear one."""
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")[:-1]
        return [n for n in map(self.id_of, lines) if n is not None]

    def id_of(self, line):
        try:
            return int(json.loads(line)["id"])
        except ValueError:
            return None


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
