#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A file source that is killed goes on where it was."""

import json

import harness
from harness import wait_until

EVENTS = 10000
KILLS = 3
WINDOW = 1000  # max_in_flight of the source


class Position(harness.Test):
    def lines(self, begin, end):
        return "".join(json.dumps({
            "specversion": "1.0", "id": str(n), "source": "/s", "type": "t",
            "data": "x" * 200}) + "\n" for n in range(begin, end))

    def kill_in_the_middle(self, out, *options, repeated):
        """Each time a part of the lines is new."""
        source = self.write(out + "-source", "")
        uri = f"file:{source}?follow=true&position={self.path(out)}-place"
        for i in range(KILLS + 1):
            with open(source, "a") as file:
                file.write(self.lines(i * EVENTS, (i + 1) * EVENTS))
            bridge = self.start("relay", *options, uri,
                                f"file:{self.path(out)}", ready=False)
            wait_until(lambda: self.count_lines(out) > (i + 0.5) * EVENTS, 60)
            if i < KILLS:
                bridge.kill()
        ids = range((KILLS + 1) * EVENTS)
        last = json.dumps(str(ids[-1])).encode()
        wait_until(lambda: last in self.read(out), 60)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        got = self.numbers(out)
        self.assertEqual(list(dict.fromkeys(got)), list(ids))
        self.assertLessEqual(len(got) - len(ids), KILLS * repeated)

    def test_kill_9_repeats_what_was_in_flight(self):
        self.kill_in_the_middle("out", repeated=WINDOW)

    def test_kill_9_with_an_inbox(self):
        self.kill_in_the_middle("stored", "--inbox", self.path("inbox"),
                                repeated=2 * 1024)


if __name__ == "__main__":
    harness.main()
