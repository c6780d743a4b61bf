#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What people read: events on a terminal, and texts of peers that would move
its cursor or turn the direction of its text; and how a route goes on."""

import json
import os
import pty
import re
import subprocess
import unittest

import harness
import kafka
import web
from events import Event
from harness import KAFKA, PROGRAM, event, read_until

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


class Progress(harness.Test):
    def run_until(self, pattern, *arguments):
        far, near = pty.openpty()
        self.addCleanup(os.close, far)
        process = subprocess.Popen([PROGRAM, *arguments], stderr=near,
                                   stdin=subprocess.DEVNULL)
        os.close(near)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        read_until(far, pattern)

    def sink(self, taken=""):
        sink = web.Sink(lambda request: 202 if request.event().id in taken
                        else 503)
        self.addCleanup(sink.stop)
        return sink.uri

    def test_a_terminal_sees_how_it_goes(self):
        """The sink has taken two events and goes away: three wait."""
        events = self.write("events", b"".join(
            event(id=str(n), subject=str(n)).to_json() + b"\n"
            for n in range(1, 6)))
        self.run_until(
            r"\r\x1b\[K2 delivered, \d+/s, \d+ in flight, 3 waiting",
            "relay", "--inbox", self.path("inbox"),
            f"file:{events}?follow=true", self.sink("12"))

    @unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
    def test_the_lag_of_a_group_waits(self):
        topic, count = self.topic(), 0
        with kafka.Producer(KAFKA) as producer:
            for count in range(1, 4):
                headers, value = event().to_kafka()
                producer.produce(topic, value, headers, partition=0)
            producer.flush()
        config = self.write("bridge.yaml", (
            f"routes:\n  r:\n    to: {self.sink()}\n"
            f"    from: '{self.kafka_uri(topic, group=topic)}'\n"))
        self.run_until(rf"0 delivered, .*, {count} waiting", "run", config)


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

    def test_converted_events_are_escaped_for_a_terminal(self):
        source = self.write("nasty", event(data=NASTY.encode(),
                                           datacontenttype="text/plain",
                                           subject="s\u202ex").to_json())
        for form in ("json", "batch", "http", "xml"):
            with self.subTest(form):
                got = on_terminal("convert", "--to", form, source)
                self.assertIn("specversion", got)
                self.assertIsNone(HARMFUL.search(got), repr(got))
        got = json.loads(on_terminal("convert", source))
        self.assertEqual(got["subject"], "s\u202ex")

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


class Replies(harness.Test):
    def test_a_reply_is_escaped_for_a_terminal(self):
        reply = event(subject="x\u202ey", datacontenttype="text/plain",
                      data=NASTY.encode())
        with web.Sink(lambda request: (200, *reply.to_http(True))) as sink:
            got = on_terminal("request", sink.uri, "--type", "t", "--source",
                              "/s")
        self.assertIsNone(HARMFUL.search(got), repr(got))
        self.assertEqual(json.loads(got)["data"], NASTY)


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

    def test_a_line_with_a_fault_is_shown_as_it_stands(self):
        got = self.cebridge("check", self.write(
            "bridge.yaml", "routes:\n  r:\n    from: file:x\n    to: file:y\n"
            "    filter: \"type == 'a\u202eb'\"\n"))
        self.assertIn("type == 'a b'", got.stderr)
        self.assertIsNone(HARMFUL.search(got.stderr), repr(got))


if __name__ == "__main__":
    harness.main()
