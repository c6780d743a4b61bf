#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exit codes: 0 done, 1 runtime failure, 2 usage or configuration, 3 event
refused, 4 undelivered. stdout carries data only."""

import os
import subprocess

import harness
import web
from harness import event, free_port

ENDLESS = ["--retry.max_attempts", "2", "--retry.base", "10ms"]


class ExitCodes(harness.Test):
    def setUp(self):
        super().setUp()
        self.status = 202
        self.sink = web.Sink(lambda request: self.status)
        self.addCleanup(self.sink.stop)

    def input(self, *lines):
        return "file:" + self.write("in", b"".join(x + b"\n" for x in lines))

    def assert_one_line(self, text, *words):
        lines = text.strip().splitlines()
        self.assertEqual(len(lines), 1, text)
        for word in words:
            self.assertIn(str(word), lines[0])

    def test_0_when_a_file_is_relayed_to_its_end(self):
        events = [event() for _ in range(3)]
        done = self.cebridge(
            "relay", self.input(*[e.to_json() for e in events]),
            self.sink.uri)
        self.assertEqual(done.code, 0, done)
        self.assertEqual([e.id for e in self.sink.events()],
                         [e.id for e in events])

    def test_0_for_an_empty_input(self):
        done = self.cebridge("relay", "-", "-")
        self.assertEqual((done.code, done.stdout), (0, ""), done)

    def test_0_where_a_standard_descriptor_is_closed(self):
        out = self.path("out")
        for closed in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                done = subprocess.run(
                    ["sh", "-c", f'exec {closed}; exec "$0" "$@"',
                     harness.PROGRAM, "relay", self.input(event().to_json()),
                     f"file:{out}"], timeout=60, capture_output=True)
                self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.read("out").count(b"\n"), 4)

    def test_1_for_a_standard_descriptor_that_is_used_and_closed(self):
        file = self.write("event", event().to_json() + b"\n")
        for closed, words in (
                (">&-", ["send", "-", "--type", "t", "--source", "/s"]),
                (">&-", ["convert", file]),
                (">&-", ["relay", f"file:{file}", "-"]),
                ("<&-", ["relay", "-", "file:" + self.path("out")])):
            with self.subTest(words):
                done = subprocess.run(
                    ["sh", "-c", f'exec {closed}; exec "$0" "$@"',
                     harness.PROGRAM, *words], timeout=60,
                    stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, 1, done)
                self.assert_one_line(done.stderr, "standard")

    def test_1_for_a_port_in_use(self):
        done = self.cebridge(
            "relay", f"http://127.0.0.1:{self.sink.port}/", "-")
        self.assertEqual(done.code, 1, done)
        self.assert_one_line(done.stderr, self.sink.port, "in use")

    def test_1_for_a_file_that_is_not_there(self):
        done = self.cebridge("relay", "file:" + self.path("none"), "-")
        self.assertEqual(done.code, 1, done)
        self.assert_one_line(done.stderr, self.path("none"),
                             "No such file")

    def test_1_for_a_sink_file_that_cannot_be_made(self):
        done = self.cebridge("relay", self.input(event().to_json()),
                             "file:" + self.path("no/such/folder"))
        self.assertEqual(done.code, 1, done)
        self.assertIn(self.path("no/such/folder"), done.stderr)

    def test_2_for_wrong_usage(self):
        for arguments in ([], ["rleay"], ["relay"], ["relay", "-"],
                          ["run"], ["check"], ["send"], ["listen"],
                          ["relay", "--nonsense", "-", "-"]):
            with self.subTest(" ".join(arguments)):
                done = self.cebridge(*arguments)
                self.assertEqual(done.code, 2, done)
                self.assertEqual(done.stdout, "")
                self.assertTrue(done.stderr)

    def test_a_mistyped_command_gets_a_suggestion(self):
        self.assertIn('"relay"', self.cebridge("rleay").stderr)

    def test_3_for_a_refused_line_whose_neighbours_flow(self):
        good = [event(), event()]
        done = self.cebridge(
            "relay", self.input(good[0].to_json(), b"{oops",
                                good[1].to_json()), self.sink.uri)
        self.assertEqual(done.code, 3, done)
        self.assertRegex(done.stderr, r"in:2\b")
        self.assertEqual([e.id for e in self.sink.events()],
                         [e.id for e in good])

    def test_3_names_standard_input(self):
        done = self.cebridge("relay", "-", self.sink.uri,
                             stdin=event().to_json() + b"\n{}\n")
        self.assertEqual(done.code, 3, done)
        self.assertIn("stdin:2", done.stderr)

    def test_3_when_the_sink_refuses(self):
        self.status = 422
        done = self.cebridge("relay", self.input(event().to_json()),
                             self.sink.uri)
        self.assertEqual(done.code, 3, done)
        self.assertIn("422", done.stderr)

    def test_4_when_retries_are_exhausted(self):
        self.status = 500
        done = self.cebridge("relay", *ENDLESS,
                             self.input(event().to_json()), self.sink.uri)
        self.assertEqual(done.code, 4, done)
        self.assertIn("in:1: not delivered: HTTP 500", done.stderr)

    def test_4_for_a_file_that_may_not_grow(self):
        """SIGXFSZ would end the process."""
        done = subprocess.run(
            ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", harness.PROGRAM,
             "relay", *ENDLESS,
             self.input(event(subject="x" * 4000).to_json()),
             "file:" + self.path("out")],
            capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 4, done)
        self.assertIn(b"File too large", done.stderr)

    def test_4_names_some_of_many_lines(self):
        self.status = 500
        lines = [event(partitionkey=str(i)).to_json() for i in range(25)]
        done = self.cebridge("relay", *ENDLESS, self.input(*lines),
                             self.sink.uri)
        self.assertEqual(done.code, 4, done)
        self.assertEqual(done.stderr.count("not delivered:"), 20, done)
        self.assertIn("5 more lines were not delivered", done.stderr)

    def test_0_when_a_dead_letter_target_took_it(self):
        self.status = 422
        done = self.cebridge(
            "relay", "--dead-letter", "file:" + self.path("dead"),
            self.input(event().to_json()), self.sink.uri)
        self.assertEqual(done.code, 0, done)

    def test_send_ends_with_the_outcome(self):
        arguments = ["send", self.sink.uri, "--type", "t", "--source", "/s"]
        for status, code in ((202, 0), (422, 3)):
            with self.subTest(status):
                self.status = status
                self.assertEqual(self.cebridge(*arguments).code, code)

    def test_send_to_nobody_is_4(self):
        done = self.cebridge("send", f"http://127.0.0.1:{free_port()}/",
                             "--type", "t", "--source", "/s", timeout=90)
        self.assertEqual(done.code, 4, done)

    def test_run_ends_when_all_its_routes_have_ended(self):
        path = self.input(event().to_json())
        config = self.write("bridge.yaml", f"""
routes:
  a: {{ from: "{path}", to: "{self.sink.uri}" }}
  b: {{ from: "{path}", to: "file:{self.path('out')}" }}
""")
        done = self.cebridge("run", config)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(len(self.sink.requests), 1)
        self.assertEqual(len(self.read("out").splitlines()), 1)

    def test_a_reader_that_leaves_ends_it(self):
        reader, writer = os.pipe()
        bridge = self.start(
            "relay", self.input(*[event().to_json()] * 5000), "-",
            stdout=writer, ready=False)
        os.close(writer)
        os.close(reader)
        self.assertEqual(bridge.wait(30), 4, bridge.stderr)
        self.assertIn("nobody reads the output", bridge.stderr)


if __name__ == "__main__":
    harness.main()
