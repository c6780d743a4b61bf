#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Several sinks behind one inbox: each goes on at its own pace, and knows
after a crash what it has."""

import json
import os

import harness
import web
from harness import free_port, wait_until

EVENTS = 20000
KEYS = 50
WINDOW = 1024  # in flight to each sink
KILLS = 3


class InboxSinks(harness.Test):
    def route(self, source, *sinks, more=""):
        text = ", ".join(f"{{ name: {name}, uri: '{uri}' }}"
                         for name, uri in sinks)
        return self.write("bridge.yaml", "\n".join([
            "routes:", "  r:", f"    from: file:{source}",
            f"    inbox: {self.path('inbox')}", f"    to: [ {text} ]", more]))

    def source(self, count):
        lines = (json.dumps({
            "specversion": "1.0", "id": str(n), "source": "/s", "type": "t",
            "partitionkey": f"k{n % KEYS}"}) for n in range(count))
        return self.write(f"source-{count}",
                          "".join(line + "\n" for line in lines))

    def away(self):
        return f"http://127.0.0.1:{free_port()}/"

    def metric(self, port, line):
        try:
            answer = web.request(port, "GET", "/metrics")
        except OSError:
            return False
        return line in answer.body.decode()

    def check(self, name, repeated):
        """All came, no more than REPEATED twice, each key in order."""
        got, last = self.numbers(name), {}
        self.assertEqual(len(set(got)), EVENTS)
        self.assertLessEqual(len(got) - EVENTS, repeated, name)
        for n in dict.fromkeys(got):
            self.assertGreater(n, last.get(n % KEYS, -1))
            last[n % KEYS] = n

    def test_one_that_is_away_holds_no_other(self):
        ready = "file:" + self.path("ready")
        port = free_port()
        bridge = self.start("run", self.route(
            self.source(EVENTS), ("slow", self.away()), ("quick", ready),
            more=f"admin: http://127.0.0.1:{port}"), ready=False)
        wait_until(lambda: self.count_lines("ready") == EVENTS, 60)
        wait_until(lambda: self.metric(
            port, 'cebridge_inbox_sink_events{route="r",sink="slow"} '
            f"{EVENTS}"), 20)
        bridge.kill()
        # The name is the sink: its address may change.
        bridge = self.start("run", self.route(
            self.source(0), ("quick", "file:" + self.path("moved")),
            ("slow", "file:" + self.path("late"))), ready=False)
        self.assertEqual(bridge.wait(60), 0, bridge.stderr)
        self.check("ready", 0)
        self.assertLessEqual(self.count_lines("moved"), WINDOW)
        self.check("late", 0)

    def test_what_is_wrapped_has_one_id(self):
        """For each sink, and also after a crash. Equal lines have others."""
        port, wrap = free_port(), "    wrap: { type: t, source: /s }"
        source = self.write("lines", "equal\n" * 100)
        bridge = self.start("run", self.route(
            source + "?lines=text", ("slow", self.away()),
            ("quick", "file:" + self.path("quick")),
            more=f"{wrap}\nadmin: http://127.0.0.1:{port}"), ready=False)
        wait_until(lambda: self.metric(
            port, 'cebridge_inbox_sink_events{route="r",sink="slow"} 100'))
        wait_until(lambda: self.count_lines("quick") == 100)
        bridge.kill()
        bridge = self.start("run", self.route(
            self.write("nothing", "") + "?lines=text",
            ("quick", "file:" + self.path("again")),
            ("slow", "file:" + self.path("slow")), more=wrap), ready=False)
        self.assertEqual(bridge.wait(60), 0, bridge.stderr)
        quick, again, slow = ([json.loads(line)["id"] for line in
                               self.read(name).splitlines()]
                              for name in ("quick", "again", "slow"))
        self.assertEqual(len(set(quick)), 100)
        self.assertEqual(slow, quick)
        self.assertLessEqual(set(again), set(quick))

    def test_what_is_no_event_leaves_one_letter(self):
        source = self.write("mixed", "no event\n" * 5 + self.read(
            os.path.basename(self.source(10))).decode())
        bridge = self.start("run", self.route(
            source, *((name, "file:" + self.path(name)) for name in "ab"),
            more=f"    dead_letter: file:{self.path('letters')}"),
            ready=False)
        self.assertEqual(bridge.wait(60), 0, bridge.stderr)
        self.assertEqual([self.count_lines(name)
                          for name in ("letters", "a", "b")], [5, 10, 10])

    def test_a_crash_repeats_a_window_of_each(self):
        sinks = [(name, "file:" + self.path(name)) for name in "ab"]
        port = free_port()
        bridge = self.start("run", self.route(
            self.source(EVENTS), ("a", self.away()), ("b", self.away()),
            more=f"admin: http://127.0.0.1:{port}"), ready=False)
        wait_until(lambda: self.metric(
            port, f'cebridge_inbox_events{{route="r"}} {EVENTS}'), 60)
        bridge.kill()
        for i in range(1, KILLS + 1):
            bridge = self.start("run", self.route(self.source(0), *sinks),
                                ready=False)
            wait_until(lambda: bridge.process.poll() is not None or
                       self.count_lines("b") > i * EVENTS // (2 * KILLS), 60)
            bridge.kill()
        bridge = self.start("run", self.route(self.source(0), *sinks),
                            ready=False)
        self.assertEqual(bridge.wait(60), 0, bridge.stderr)
        for name in "ab":
            self.check(name, KILLS * WINDOW)


if __name__ == "__main__":
    harness.main()
