#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an outage has left in an inbox leaves it as fast as events come
through it otherwise."""

import os
import time

from flow import COUNT, FULL, harness, stored, wait_until

MANY, MOST = 10 * COUNT, (50 if FULL else 10) * COUNT
RATIO = 0.8
ATTEMPTS = 5  # other work of the machine may slow down one part of it alone


class Drain(harness.Test):
    def make(self, events):
        pad = "x" * 200
        self.events = events
        self.source = self.write("source", "".join(
            '{"specversion":"1.0","id":"%d","source":"/s/%d","type":"t",'
            '"data":{"pad":"%s"}}\n' % (n, n % 100, pad)
            for n in range(events)))
        self.empty = self.write("empty", "")

    def size(self, name):
        try:
            return os.path.getsize(self.path(name))
        except FileNotFoundError:
            return 0

    def fill(self, inbox, sink):
        """The sink is away; all events are stored."""
        admin = harness.free_port()
        away = self.start("relay", "--admin", f"http://127.0.0.1:{admin}",
                          "--inbox", self.path(inbox), f"file:{self.source}",
                          sink, ready=False)
        wait_until(lambda: stored(admin) == self.events, 600)
        away.kill()

    def rate(self, inbox, source, sink, out):
        """From the first event that arrives to the last."""
        bridge = self.start("relay", "--inbox", self.path(inbox),
                            f"file:{source}", sink, ready=False)
        wait_until(lambda: self.size(out) or
                   bridge.process.poll() is not None, 60)
        begin = time.monotonic()
        self.assertEqual(bridge.wait(600), 0, bridge.stderr)
        taken = time.monotonic() - begin
        self.assertEqual(self.read(out).count(b"\n"), self.events)
        os.remove(self.path(out))
        return self.events / taken

    def compare(self, events, away, sink, out):
        ratio = 0
        self.make(events)
        for attempt in range(ATTEMPTS):
            live = self.rate(f"live-{attempt}", self.source, sink, out)
            self.fill(f"stored-{attempt}", away)
            drain = self.rate(f"stored-{attempt}", self.empty, sink, out)
            ratio = max(ratio, drain / live)
            print(f"{sink.split(':')[0]}: {events} events, live {live:.0f}/s, "
                  f"drain {drain:.0f}/s, ratio {drain / live:.2f}")
            if ratio >= RATIO:
                return
        self.fail(f"drains at {ratio:.2f} of the live rate")

    def test_into_a_file(self):
        self.compare(MOST, f"http://127.0.0.1:{harness.free_port()}/",
                     "file:" + self.path("out"), "out")

    def test_into_http(self):
        port = harness.free_port()
        server = f"http://127.0.0.1:{port}/"
        self.start("relay", server, f"file:{self.path('out')}")
        self.compare(MANY, f"http://127.0.0.1:{harness.free_port()}/", server,
                     "out")


if __name__ == "__main__":
    harness.main()
