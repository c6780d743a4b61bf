#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An inbox on a disk that fills up: what the broker believes to be safe is
safe, and the rest stays with the broker. It needs a small file system of its
own, and says so where it may not mount one."""

import errno
import os
import re
import subprocess
import tempfile

import harness
import web
from harness import event, free_port, wait_until

DISK = 160 << 20
COUNT, SIZE = 2000, 40000
KEPT = 100


class Disk:
    """A file system of its own."""

    def __init__(self, path):
        self.path = path
        os.makedirs(path)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}",
                        "cebridge-test", path], check=True)

    def fill(self):
        """Leaves no room."""
        with open(os.path.join(self.path, "ballast"), "ab") as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        os.write(file.fileno(), b"x" * size)
                except OSError as e:
                    assert e.errno == errno.ENOSPC, e

    def free(self):
        os.unlink(os.path.join(self.path, "ballast"))

    def close(self):
        subprocess.run(["umount", "-l", self.path], check=True)


class DiskFull(harness.Test):
    def setUp(self):
        super().setUp()
        self.disk = Disk(self.path("disk"))
        self.addCleanup(self.disk.close)
        self.subject = self.topic()

    def relay(self, sink, *options):
        return self.start(
            "relay", self.mqtt_uri(self.subject, client_id=self.subject),
            sink, "--inbox", self.path("disk/inbox"), *options)

    def publish(self, events):
        client = self.mqtt_client()
        for one in events:
            kind, properties, payload = one.to_mqtt()
            client.publish(self.subject, payload, kind, properties)
        client.flush()

    def test_a_full_disk_loses_nothing(self):
        events = [event(data=os.urandom(SIZE)) for _ in range(COUNT)]
        bridge = self.relay(f"http://127.0.0.1:{free_port()}/")
        self.disk.fill()
        self.publish(events)
        bridge.wait_for("no room on the disk")
        bridge.wait_for("the inbox is full")
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        kept, lost = map(int, re.search(r"(\d+) kept in .* (\d+) lost",
                                        bridge.stderr).groups())
        self.assertEqual(lost, 0)
        self.assertTrue(0 < kept < COUNT, kept)
        self.disk.free()
        sink = web.Sink()
        self.addCleanup(sink.stop)
        bridge = self.relay(sink.uri)
        wait_until(lambda: {e.id for e in sink.events()} ==
                   {e.id for e in events}, 60)
        data = {e.id: e.data for e in sink.events()}
        self.assertTrue(all(data[e.id] == e.data for e in events))
        self.assertEqual(bridge.stop(), 0)

    def keep(self, count):
        """Leaves COUNT events in the inbox of a bridge whose sink is away."""
        port = free_port()
        bridge = self.relay(f"http://127.0.0.1:{free_port()}/",
                            "--admin", f"http://127.0.0.1:{port}/")
        events = [event(data=os.urandom(SIZE)) for _ in range(count)]
        self.publish(events)
        wait_until(lambda: sum(
            value for (name, _), value in self.scrape(port).items()
            if name == "cebridge_inbox_events") == count)
        return bridge, events

    def check_that_it_is_drained(self, events):
        """By a bridge that starts while there is no block left, and takes
        more into its reserve."""
        self.disk.fill()
        sink = web.Sink()
        self.addCleanup(sink.stop)
        bridge = self.relay(sink.uri)
        events = events + [event(data=b"more")]
        self.publish(events[-1:])
        wait_until(lambda: len(sink.requests) >= len(events))
        self.assertTrue({e.id: e.data for e in sink.events()} ==
                        {e.id: e.data for e in events})
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        self.assertIn(" 0 kept in ", bridge.stderr)

    def test_a_full_disk_does_not_keep_it_from_the_start(self):
        bridge, events = self.keep(KEPT)
        self.disk.fill()
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        self.check_that_it_is_drained(events)

    def test_nor_does_it_after_a_kill(self):
        bridge, events = self.keep(KEPT)
        self.disk.fill()
        bridge.kill()
        self.check_that_it_is_drained(events)

    def test_a_disk_without_room_is_said_at_the_start(self):
        self.disk.fill()
        bridge = self.start(
            "relay", self.mqtt_uri(self.subject, client_id=self.subject),
            f"http://127.0.0.1:{free_port()}/",
            "--inbox", self.path("disk/inbox"), ready=False)
        self.assertEqual(bridge.wait(), 1)
        self.assertIn("No space left", bridge.stderr)


def may_mount():
    with tempfile.TemporaryDirectory() as path:
        if os.geteuid() != 0 or subprocess.run(
                ["mount", "-t", "tmpfs", "none", path],
                capture_output=True).returncode != 0:
            return False
        subprocess.run(["umount", path], check=True)
    return True


if __name__ == "__main__":
    if not may_mount():
        print("skipped: only root may mount a small disk")
        raise SystemExit(harness.SKIPPED)
    harness.main("CE_TEST_MQTT")
