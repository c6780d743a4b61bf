#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A file source that is killed goes on where it was."""

import json
import os
import random
import shutil
import signal

import harness
import web
from harness import wait_until

EVENTS = 10000
KILLS = 3
FEW, MOMENTS = 2000, 8
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

    def stand_still(self, bridge):
        bridge.signal(signal.SIGSTOP)

        def stands():
            with open(f"/proc/{bridge.process.pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "T"

        wait_until(stands)

    def goes_on(self, source, copy, had, repeated):
        """From the place as it was copied: the sink gets all that it HAD not,
        and little else."""
        uri = f"file:{source}?position={copy}"
        done = self.cebridge("relay", uri, f"file:{copy}-out")
        self.assertEqual(done.code, 0, done)
        got = set(self.numbers(f"{copy}-out"))
        self.assertEqual(had | got, set(range(FEW)))
        self.assertLessEqual(len(had & got), repeated)

    def test_a_copy_of_any_moment_loses_nothing(self):
        """What a loss of power leaves of the place is never ahead of what the
        sink has. If it is torn, it is none, and all comes again."""
        source, place = self.write("source", self.lines(0, FEW)), "place"
        dice, sink = random.Random(1), web.Sink()
        self.addCleanup(sink.stop)
        bridge = self.start("relay", f"file:{source}?follow=true&"
                            f"position={self.path(place)}", sink.uri,
                            ready=False)
        for moment in range(MOMENTS):
            enough = FEW * (moment + dice.random()) / (MOMENTS + 1)
            sink.wait(int(enough) + 1, 60)
            self.stand_still(bridge)
            had = {int(e.id) for e in sink.events()}
            copy = shutil.copy(self.path(place), self.path(f"copy-{moment}"))
            bridge.signal(signal.SIGCONT)
            is_torn = moment % 4 == 3
            if is_torn:
                os.truncate(copy, dice.randrange(120))
            self.goes_on(source, copy, had, FEW if is_torn else WINDOW)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    def test_kill_9_repeats_what_was_in_flight(self):
        self.kill_in_the_middle("out", repeated=WINDOW)

    def test_kill_9_with_an_inbox(self):
        self.kill_in_the_middle("stored", "--inbox", self.path("inbox"),
                                repeated=2 * 1024)


if __name__ == "__main__":
    harness.main()
