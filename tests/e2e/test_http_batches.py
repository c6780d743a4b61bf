#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Batches to an HTTP sink: every event has an outcome of its own."""

import json
import os

import harness
import web


class Batches(harness.Test):
    def setUp(self):
        super().setUp()
        self.bad = None
        self.status = 422
        self.taken = []
        self.sink = web.Sink(self.answer)
        self.addCleanup(self.sink.stop)

    def answer(self, request):
        self.assertEqual(request.header("Content-Type"),
                         "application/cloudevents-batch+json")
        ids = [member["id"] for member in json.loads(request.body)]
        if self.bad in ids:
            return self.status
        self.taken += ids
        return 202

    def lines(self, count):
        return "".join(json.dumps({
            "specversion": "1.0", "id": f"e{i}", "source": "/s", "type": "t",
            "subject": str(i), "data": {"n": i}}) + "\n" for i in range(count))

    def relay(self, count, *options):
        source = self.write("events.ndjson", self.lines(count))
        return self.cebridge(
            "relay", *options, f"file:{source}",
            f"{self.sink.uri}?mode=batch&batch_events=50&batch_delay=50ms")

    def test_a_file_goes_in_batches(self):
        done = self.relay(1000)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(sorted(self.taken), sorted(f"e{i}"
                                                    for i in range(1000)))
        self.assertLess(len(self.sink.requests), 100)

    def test_only_the_guilty_event_is_refused(self):
        self.bad = "e77"
        done = self.relay(100)
        self.assertEqual(done.code, 3, done)
        self.assertEqual(sorted(self.taken), sorted(
            f"e{i}" for i in range(100) if i != 77))

    def test_only_the_guilty_event_is_given_up(self):
        """Also where the user says what is a refusal, and when it ends."""
        for number, options in enumerate((
                ("--retry.statuses", "500=refuse"),
                ("--retry.max-attempts", "2", "--retry.base", "10ms"),
                ("--retry.max-age", "1ms", "--retry.base", "10ms"))):
            with self.subTest(options):
                self.bad, self.status, self.taken = "e77", 500, []
                letters = self.path(f"letters{number}.ndjson")
                done = self.relay(100, "--dead-letter", f"file:{letters}",
                                  *options)
                self.assertEqual(done.code, 0, done)
                self.assertEqual(sorted(self.taken), sorted(
                    f"e{i}" for i in range(100) if i != 77))
                with open(letters, encoding="utf-8") as file:
                    self.assertEqual([json.loads(line)["id"]
                                      for line in file], ["e77"])

    def test_at_the_end_nothing_waits_for_company(self):
        """A batch_delay beyond the time limits of this test. A source ends,
        and a bridge is stopped whose standard input, which cannot repeat, is
        still open."""
        to = f"{self.sink.uri}?mode=batch&batch_delay=60s"
        done = self.cebridge("relay", f"file:{self.write('in', self.lines(3))}",
                             to)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(len(self.taken), 3)
        ours, theirs = os.pipe()
        self.addCleanup(os.close, theirs)
        admin = harness.free_port()
        bridge = self.start("relay", "--admin", f"http://127.0.0.1:{admin}",
                            "-", to, stdin=ours)
        os.close(ours)
        os.write(theirs, self.lines(2).encode())
        harness.wait_until(lambda: 2 in [
            value for (name, _), value in self.scrape(admin).items()
            if name == "cebridge_in_flight"])
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        self.assertEqual(len(self.taken), 5)

    def test_one_event_is_a_batch_too(self):
        done = self.cebridge("send", f"{self.sink.uri}?mode=batch",
                             "--type", "t", "--source", "/s", "--id", "x")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(self.taken, ["x"])

    def test_contradictions_are_told(self):
        for uri, command in ((f"{self.sink.uri}?batch_events=3", "send"),
                             (f"{self.sink.uri}?mode=batch", "request"),
                             (f"{self.sink.uri}?header.ce-id=3", "send")):
            with self.subTest(uri):
                done = self.cebridge(command, uri, "--type", "t",
                                     "--source", "/s")
                self.assertEqual(done.code, 2, done)


if __name__ == "__main__":
    harness.main()
