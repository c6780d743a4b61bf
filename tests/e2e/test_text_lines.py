#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lines of text become the data of events."""

import os

import harness
import web

WRAP = ("--wrap.type", "com.example.line", "--wrap.source", "/log",
        "--wrap.subject", "{offset}")


class TextLines(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def got(self, count):
        """(line number, type of the data, data)"""
        return [(e.attributes["subject"],
                 e.attributes.get("datacontenttype"), e.data)
                for e in [r.event() for r in self.sink.wait(count)]]

    def test_each_line_is_the_data_of_an_event(self):
        log = self.write("a.log", b"one \xe2\x82\xac\r\n\n  \n{\"a\":1}\n"
                                  b"  two\n\xff\xfe\n")
        bridge = self.start("relay", *WRAP, f"file:{log}?lines=text",
                            self.sink.uri, ready=False)
        self.assertEqual(bridge.wait(), 0, bridge.stderr)
        self.assertEqual(self.got(4), [
            ("1", "text/plain", "one \u20ac".encode()),
            ("4", "text/plain", b'{"a":1}'), ("5", "text/plain", b"  two"),
            ("6", "application/octet-stream", b"\xff\xfe")])

    def test_a_log_is_followed_over_a_rotation(self):
        log = self.write("a.log", "one\n")
        self.start("relay", *WRAP, f"file:{log}?lines=text&follow=true",
                   self.sink.uri)
        self.assertEqual(self.got(1)[0][2], b"one")
        with open(log, "a", encoding="utf-8") as file:
            file.write("[1]\n{\n")
        self.assertEqual([g[2] for g in self.got(3)[1:]], [b"[1]", b"{"])
        self.write("b.log", "three\n")
        os.rename(self.path("b.log"), log)
        self.assertEqual(self.got(4)[3], ("1", "text/plain", b"three"))

    def test_send_takes_them_from_standard_input(self):
        got = self.cebridge("send", *WRAP, self.sink.uri, "-",
                            stdin=b"one\ntwo")
        self.assertEqual(got.code, 0, got)
        self.assertEqual([g[2] for g in self.got(2)], [b"one", b"two"])

    def test_an_inbox_keeps_them_for_the_wrap(self):
        bridge = self.start("relay", *WRAP, "--inbox", self.path("inbox"),
                            "file:" + self.write("a.log", "one\n")
                            + "?lines=text", self.sink.uri, ready=False)
        self.assertEqual(self.got(1)[0][1:], ("text/plain", b"one"))
        bridge.stop()

    def test_a_line_that_is_too_long_stays_alone(self):
        log = self.write("a.log", "one\n" + "x" * 50 + "\nthree\n")
        bridge = self.start(
            "relay", *WRAP, f"file:{log}?lines=text&max_event_bytes=10B",
            self.sink.uri, ready=False)
        self.assertEqual(bridge.wait(), 3, bridge.stderr)
        self.assertIn(f"{log}:2: ", bridge.stderr)
        self.assertEqual([g[2] for g in self.got(2)], [b"one", b"three"])

    def test_without_a_wrap_they_are_refused_before_the_start(self):
        log = self.write("a.log", "one\n")
        config = self.write("c.yaml", f"routes:\n  r:\n"
                            f"    from: file:{log}?lines=text\n"
                            f"    to: {self.sink.uri}\n")
        for arguments in (("check", config), ("listen", f"file:{log}?lines="
                                              "text")):
            got = self.cebridge(*arguments)
            self.assertEqual(got.code, 2, got)
            self.assertIn('"wrap"', got.stderr)
            self.assertIn("lines=text", got.stderr)
        self.assertIn("c.yaml:3: ", self.cebridge("check", config).stderr)
        got = self.cebridge("send", *WRAP, "--type", "t", "--source", "/s",
                            self.sink.uri)
        self.assertEqual(got.code, 2, got)
        self.assertIn("--wrap.type is for lines of standard input",
                      got.stderr)


if __name__ == "__main__":
    harness.main()
