#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What people read: events on a terminal, and texts of peers that would move
its cursor or turn the direction of its text; and how a route goes on."""

import json
import os
import pty
import re
import select
import subprocess
import time

import harness
import web
from events import Event
from harness import PROGRAM, event

# Escape, C1 controls, and marks of direction.
NASTY = "\x1b[2J\x9b31m\u202e\u2066\x07"
HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f"
                     "\u2028-\u202e\u2066-\u2069]")
COLOR = re.compile(r"\x1b\[\d*m")


def on_terminal(*arguments, env=None):
    """What a terminal gets from standard output."""
    far, near = pty.openpty()
    process = subprocess.Popen(
        [PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=near,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **(env or {})})
    os.close(near)
    got = b""
    try:
        while True:
            more = os.read(far, 1 << 16)
            if not more:
                break
            got += more
    except OSError:
        pass  # Linux says so when the other end is closed.
    os.close(far)
    process.wait(30)
    return got.decode().replace("\r\n", "\n")


def until(fd, pattern, timeout=30):
    """What has been written to a terminal when it matches PATTERN."""
    got, deadline = "", time.monotonic() + timeout
    while not re.search(pattern, got):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            raise TimeoutError(f"no {pattern!r} in {got!r}")
        got += os.read(fd, 1 << 16).decode()
    return got


class Progress(harness.Test):
    def test_a_terminal_sees_how_it_goes(self):
        """The sink has taken two events and goes away: three wait."""
        far, near = pty.openpty()
        self.addCleanup(os.close, far)
        sink = web.Sink(lambda request: 202 if request.event().id in "12"
                        else 503)
        self.addCleanup(sink.stop)
        events = self.write("events", b"".join(
            event(id=str(n), subject=str(n)).to_json() + b"\n"
            for n in range(1, 6)))
        process = subprocess.Popen(
            [PROGRAM, "relay", "--inbox", self.path("inbox"),
             f"file:{events}?follow=true", sink.uri],
            stdin=subprocess.DEVNULL, stderr=near)
        os.close(near)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        until(far, r"\r\x1b\[K2 delivered, \d+/s, \d+ in flight, 3 waiting")


class Listen(harness.Test):
    def source(self, *events):
        return "file:" + self.write("events", b"".join(
            e.to_json() + b"\n" for e in events))

    def example(self):
        one = event(id="1", time="2024-05-01T12:34:56Z", subject="s\u202ex",
                    datacontenttype="application/json",
                    data=b'{"price":1.50,"list":[1,"\\u001b[2J"],"none":{}}')
        return self.source(one, Event({
            "id": "2", "type": "t", "source": "/s",
            "datacontenttype": "text/plain"}, NASTY.encode() + b"\ntwo"))

    def test_a_terminal_shows_events_for_people(self):
        got = on_terminal("listen", self.example())
        self.assertTrue(COLOR.search(got))
        plain = COLOR.sub("", got)
        self.assertIn("com.example.test  2024-05-01T12:34:56Z\n  id: 1\n",
                      plain)
        self.assertIn('    {\n      "price": 1.50,\n      "list": [\n'
                      '        1,\n        "\\u001b[2J"\n      ],\n'
                      '      "none": {}\n    }\n', plain)
        self.assertIn("\n    two\n", plain)
        self.assertIsNone(HARMFUL.search(plain), repr(plain))

    def test_no_color_is_obeyed(self):
        got = on_terminal("listen", self.example(), env={"NO_COLOR": "1"})
        self.assertIn("  id: 1\n", got)
        self.assertIsNone(HARMFUL.search(got), repr(got))

    def test_lines_of_json_are_escaped_for_a_terminal(self):
        got = on_terminal("listen", "--pretty=false", self.example())
        self.assertIsNone(HARMFUL.search(got), repr(got))
        events = [json.loads(line) for line in got.splitlines()]
        self.assertEqual([e["id"] for e in events], ["1", "2"])
        self.assertEqual(events[0]["subject"], "s\u202ex")
        self.assertEqual(events[1]["data"], NASTY + "\ntwo")

    def test_elsewhere_events_stay_lines_of_json(self):
        got = self.cebridge("listen", self.example())
        self.assertEqual([json.loads(x)["id"]
                          for x in got.stdout.splitlines()], ["1", "2"])
        self.assertIn("\u202e", got.stdout)
        got = self.cebridge("listen", "--pretty", self.example())
        self.assertIn("com.example.test  2024", got.stdout)
        self.assertIsNone(HARMFUL.search(got.stdout), repr(got.stdout))

    def test_a_format_makes_a_line_of_each_event(self):
        form = "{time} {type} <{subject}> {data}"
        self.assertEqual(self.cebridge(
            "listen", "--format", form, self.source(
                event(time="2024-05-01T12:34:56Z", data=b"[1,2]"),
                Event({"id": "2", "type": "t", "source": "/s",
                       "subject": "x\u202ey", "datacontenttype": "a/b"},
                      b"\xff\x1b[1m"))).stdout,
            "2024-05-01T12:34:56Z com.example.test <-> [1,2]\n"
            "- t <x y> ? [1m\n")

    def test_a_format_that_is_wrong_is_exit_2(self):
        for options, said in ((("--format", "{x-y}"), "--format: column 1"),
                              (("--format", "{x"), "is not closed"),
                              (("--format", "x", "--pretty"), "give one")):
            got = self.cebridge("listen", *options, self.example())
            self.assertEqual((got.code, got.stdout), (2, ""), got)
            self.assertIn(said, got.stderr)


class DeadLetters(harness.Test):
    def test_a_letter_is_escaped_for_a_terminal(self):
        letters = "file:" + self.write("letters", event(
            id="1", dlqoutcome="nack", dlqreason="x\u202ey",
            datacontenttype="text/plain", data=NASTY.encode()).to_json())
        got = on_terminal("dlq", "show", letters, "1")
        self.assertIsNone(HARMFUL.search(got), repr(got))
        self.assertEqual(json.loads(got)["data"], NASTY)
        self.assertEqual(json.loads(self.cebridge(
            "dlq", "show", letters, "1").stdout), json.loads(got))


class Arguments(harness.Test):
    def test_what_is_wrong_with_them_is_shown_as_it_stands(self):
        bad = "x" + NASTY + "\ncebridge: ready"
        for arguments in (
                (bad,), ("relay", "--" + bad, "-", "-"),
                ("relay", "-", bad), ("relay", bad + "://h/", "-"),
                ("relay", "--workers", bad, "-", "-"),
                ("relay", "--filter", bad, "-", "-"),
                ("check", self.path(bad)), ("run", self.path(bad)),
                ("send", "-", "--type", "t", "--source", "/s", "--ext", bad),
                ("convert", self.path(bad)), ("validate", self.path(bad)),
                ("dlq", bad), ("dlq", "show", "file:/dev/null", bad),
                ("help", bad), ("health", bad), ("listen", "file:" + bad),
                ("listen", "--format", "{" + bad + "}", "-")):
            with self.subTest(arguments):
                got = self.cebridge(*arguments)
                self.assertNotEqual(got.code, 0, got)
                self.assertIsNone(HARMFUL.search(got.stderr + got.stdout),
                                  repr(got))
                self.assertNotRegex(got.stderr, "(?m)^cebridge: ready")


if __name__ == "__main__":
    harness.main()
