#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A damaged inbox: nothing is thrown away without being told to."""

import glob
import os

import harness
import web
from harness import event, free_port, wait_until


class Damage(harness.Test):
    def setUp(self):
        super().setUp()
        self.inbox = self.path("inbox")
        self.file = os.path.join(self.inbox, "data.mdb")
        self.events = [event(data=os.urandom(900)) for _ in range(100)]
        bridge = self.relay(f"http://127.0.0.1:{free_port()}/")
        web.post_all(self.port, self.events)
        self.assertEqual(bridge.stop(), 0)
        self.assertIn("100 kept in inbox", bridge.stderr)

    def relay(self, sink, *options, **kw):
        self.port = free_port()
        return self.start("relay", f"http://127.0.0.1:{self.port}/events",
                          sink, "--inbox", self.inbox, *options, **kw)

    def test_an_empty_file_is_refused(self):
        os.truncate(self.file, 0)
        bridge = self.relay("file:/dev/null", ready=False)
        self.assertEqual(bridge.wait(), 1)
        self.assertIn("is damaged", bridge.stderr)
        self.assertIn("inbox_damaged=salvage", bridge.stderr)
        self.assertEqual(os.path.getsize(self.file), 0)

    def test_what_is_readable_is_delivered(self):
        os.truncate(self.file, os.path.getsize(self.file) // 2)
        bridge = self.relay("file:/dev/null", ready=False)
        self.assertEqual(bridge.wait(), 1)
        sink = web.Sink()
        self.addCleanup(sink.stop)
        bridge = self.relay(sink.uri, "--inbox-damaged", "salvage")
        self.assertEqual(len(glob.glob(f"{self.file}.damaged-*")), 1)
        told = bridge.wait_for(r"was damaged: \d+ events")
        kept = int(told.split("damaged: ")[1].split()[0])
        # A record that was cut is refused.
        wait_until(lambda: len(sink.events()) +
                   bridge.stderr.count("cannot be read") == kept)
        sent = {e.id: e.data for e in self.events}
        self.assertTrue(all(sent[e.id] == e.data for e in sink.events()))
        self.assertEqual(bridge.stop(), 0)

    def test_a_second_process_is_refused(self):
        self.relay("file:" + self.path("out"))
        second = self.relay("file:/dev/null", ready=False)
        self.assertEqual(second.wait(), 1)
        self.assertIn("in use by another process", second.stderr)


if __name__ == "__main__":
    harness.main()
