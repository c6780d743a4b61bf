#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cebridge bench: it sends what it says, counts what became of it, and leaves
no trace at the other end."""

import json
import signal
import time
import unittest

import harness
import web
from harness import KAFKA, MQTT, SANITIZED, event, free_port

PERCENTILES = ["p50", "p90", "p99", "p99.9", "max"]


class Bench(harness.Test):
    def bench(self, *arguments, code=0, **kw):
        """What it measured, and how it ended."""
        done = self.cebridge("bench", "--json", *arguments, timeout=60, **kw)
        self.assertEqual(done.code, code, done)
        self.assertEqual(done.stdout.count("\n"), 1, done)
        return json.loads(done.stdout), done

    def sink(self, answer=None):
        sink = web.Sink(answer)
        self.addCleanup(sink.stop)
        return sink

    def assert_has(self, found, **expected):
        self.assertEqual({k: found[k] for k in expected}, expected, found)

    def assert_ascends(self, times):
        self.assertEqual(list(times), PERCENTILES)
        self.assertEqual(list(times.values()), sorted(times.values()))
        self.assertGreater(times["p50"], 0)

    def assert_all_came(self, found, count):
        self.assert_has(found, complete=True, events=count, confirmed=count,
                        refused=0, undelivered=0, arrived=count, lost=0,
                        duplicates=0)
        self.assert_ascends(found["confirmed_ms"])
        self.assert_ascends(found["arrived_ms"])


class Sending(Bench):
    def test_a_sink_gets_valid_events(self):
        sink = self.sink()
        found, _ = self.bench("--count", "20", "--size", "100B", "--keys", "3",
                              sink.uri)
        self.assert_has(found, complete=True, events=20, confirmed=20,
                        refused=0, undelivered=0)
        self.assertNotIn("arrived", found)
        self.assert_ascends(found["confirmed_ms"])
        events = sink.events()
        self.assertEqual(sorted(int(e.id) for e in events),
                         list(range(1, 21)))
        for e in events:
            self.assertEqual((e.attributes["type"], e.attributes["source"],
                              len(e.data)),
                             ("cebridge.bench", found["source"], 100))
        self.assertEqual({e.attributes["partitionkey"] for e in events},
                         {"0", "1", "2"})

    def test_each_run_has_a_source_of_its_own(self):
        sink = self.sink()
        first, _ = self.bench("--count", "1", sink.uri)
        second, _ = self.bench("--count", "1", sink.uri)
        self.assertNotEqual(first["source"], second["source"])
        self.assertNotIn("partitionkey", sink.events()[0].attributes)

    def test_every_sink_gets_each_event(self):
        port, sinks = free_port(), [self.sink(), self.sink()]
        found, _ = self.bench(
            "--count", "10", "--timeout", "1s",
            f"http://127.0.0.1:{port}/events", *[s.uri for s in sinks],
            code=1)
        self.assert_has(found, complete=True, confirmed=10, arrived=0,
                        lost=10)
        for sink in sinks:
            self.assertEqual(len(sink.requests), 10)

    def test_so_many_are_out_at_most(self):
        for most in (1, 3):
            sink = self.sink()
            self.bench("--count", "100", "--in-flight", most, sink.uri)
            self.assertEqual(sink.connections, most)

    def test_lines_for_people(self):
        done = self.cebridge("bench", "--count", "100",
                             "file:" + self.path("out"))
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.stderr, "")
        counts, times = done.stdout.split("\n\n")
        self.assertEqual(
            [line.split()[0] for line in counts.splitlines()],
            ["events", "confirmed", "refused", "undelivered", "seconds",
             "events/s"])
        head, row = [line.split() for line in times.splitlines()]
        self.assertEqual(head, ["ms", *PERCENTILES])
        self.assertEqual(row[0], "confirmed")
        self.assertEqual(len({len(x) for x in times.splitlines()}), 1)
        self.assertEqual(self.numbers("out"), list(range(1, 101)))


class Rates(Bench):
    def test_a_rate_is_kept(self):
        found, _ = self.bench("--count", "200", "--rate", "200",
                              self.sink().uri)
        self.assertGreater(found["seconds"], 0.99)
        if not SANITIZED:
            self.assertLess(found["seconds"], 5)

    def test_a_stall_counts_for_all_that_was_due(self):
        """With one in flight only one event waits for the sink; the others
        wait for their turn, and that is their time too."""
        calls = []

        def answer(request):
            calls.append(request)
            if len(calls) == 1:
                time.sleep(1)  # the stall itself, which is measured
            return 202

        options = ("--count", "100", "--in-flight", "1", self.sink(answer).uri)
        paced, _ = self.bench("--rate", "200", *options)
        self.assertGreater(paced["confirmed_ms"]["p50"], 300)
        calls.clear()
        unpaced, _ = self.bench(*options)
        self.assertGreater(unpaced["confirmed_ms"]["max"], 900)
        self.assertLess(unpaced["confirmed_ms"]["p50"], 300)


class Failures(Bench):
    def test_a_refusal_is_exit_code_3(self):
        sink = self.sink(lambda request:
                         400 if request.header("ce-id") == "7" else 202)
        found, done = self.bench("--count", "10", sink.uri, code=3)
        self.assert_has(found, complete=True, events=10, confirmed=9,
                        refused=1, undelivered=0)
        self.assertIn("event 7 was refused: ", done.stderr)

    def test_the_reason_is_told_once(self):
        _, done = self.bench("--count", "50", self.sink(lambda _: 400).uri,
                             code=3)
        self.assertEqual(done.stderr.count("refused"), 1, done.stderr)

    def test_what_is_not_delivered_in_time_is_exit_code_4(self):
        sink = self.sink(lambda request: 503)
        found, done = self.bench("--count", "3", "--timeout", "300ms",
                                 sink.uri, code=4)
        self.assert_has(found, complete=True, events=3, confirmed=0,
                        undelivered=3)
        self.assertIn(" was not delivered: ", done.stderr)

    def test_it_ends_when_nothing_gets_through_any_more(self):
        sink = self.sink(lambda request: 503)
        found, done = self.bench("--in-flight", "10", "--timeout", "200ms",
                                 sink.uri, code=4)
        self.assert_has(found, complete=False, confirmed=0)
        self.assertEqual(found["undelivered"], found["events"])
        self.assertLess(found["events"], 1000)
        self.assertIn("error: nothing gets through", done.stderr)

    def test_nothing_is_sent_before_the_source_listens(self):
        sink, taken = self.sink(), self.sink()
        done = self.cebridge("bench", f"http://127.0.0.1:{taken.port}/",
                             sink.uri)
        self.assertEqual((done.code, done.stdout), (1, ""), done)
        self.assertIn("in use", done.stderr)
        self.assertEqual(sink.requests, [])

    def test_it_gives_up_when_a_broker_is_away(self):
        sink = self.sink()
        done = self.cebridge("bench", "--timeout", "200ms",
                             f"mqtt://127.0.0.1:{free_port()}/t", sink.uri)
        self.assertEqual((done.code, done.stdout), (1, ""), done)
        self.assertIn("not everything is connected", done.stderr)
        self.assertEqual(sink.requests, [])

    def test_a_signal_ends_it_with_what_was_measured(self):
        port, sink = free_port(), self.sink()
        bench = self.start("bench", "--json", "--rate", "100", "--count",
                           "100000", f"http://127.0.0.1:{port}/x", sink.uri,
                           ready=False)
        sink.wait(20)
        bench.signal(signal.SIGINT)
        self.assertEqual(bench.wait(), 0, bench.stderr)
        found = json.loads(bench.output)
        self.assert_has(found, complete=False, lost=0, refused=0,
                        undelivered=0)
        self.assertGreaterEqual(found["confirmed"], 20)
        self.assertIn("cut short", bench.stderr)

    def test_a_signal_does_not_wait_for_a_silent_sink(self):
        sink = self.sink(lambda request: None)
        bench = self.start("bench", "--json", sink.uri, ready=False)
        sink.wait(5)
        bench.signal(signal.SIGINT)
        self.assertEqual(bench.wait(10), 0, bench.stderr)
        self.assert_has(json.loads(bench.output), complete=False, confirmed=0,
                        undelivered=0)

    def test_what_cannot_be_is_refused(self):
        for arguments, says in (
                ([], "usage: cebridge bench [options] SINK"),
                (["-"], "standard output is for the result"),
                (["-", "http://h/"], "standard output is for the result"),
                (["--count", "0", "http://h/"], "--count"),
                (["--size", "5", "http://h/"], "--size"),
                (["--in-flight", "0", "http://h/"], "--in-flight"),
                (["mqtt://h/a/+"], "nothing can be published to a filter")):
            with self.subTest(arguments):
                done = self.cebridge("bench", *arguments)
                self.assertEqual((done.code, done.stdout), (2, ""), done)
                self.assertIn(says, done.stderr)


class ThroughARelay(Bench):
    def relay(self, sink):
        port = free_port()
        uri = f"http://127.0.0.1:{port}/events"
        self.start("relay", uri, sink)
        return uri

    def test_http_to_http(self):
        end = f"http://127.0.0.1:{free_port()}/end"
        found, _ = self.bench("--count", "1000", end, self.relay(end))
        self.assert_all_came(found, 1000)

    def test_http_to_a_file(self):
        """What is in the file already is of other runs."""
        path = self.write("out", event().to_json() + b"\n")
        found, _ = self.bench("--count", "1000", "--rate", "2000",
                              "file:" + path, self.relay("file:" + path))
        self.assert_all_came(found, 1000)
        self.assertEqual(found["foreign"], 1)

    def test_a_relay_that_filters_loses(self):
        port, end = free_port(), f"http://127.0.0.1:{free_port()}/end"
        self.start("relay", "--filter", "id != '5'",
                   f"http://127.0.0.1:{port}/", end)
        found, _ = self.bench("--count", "10", "--timeout", "1s", end,
                              f"http://127.0.0.1:{port}/", code=1)
        self.assert_has(found, confirmed=10, arrived=9, lost=1)

    def test_duplicates_and_others_are_told_apart(self):
        port = free_port()

        def answer(request):
            one = request.event()
            for sent in (one, one, event()):
                web.post(port, sent)
            web.request(port, body=b"no event")
            return 202

        found, _ = self.bench("--count", "5", f"http://127.0.0.1:{port}/",
                              self.sink(answer).uri)
        self.assert_has(found, confirmed=5, arrived=5, duplicates=5,
                        foreign=5, lost=0)


@unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
class OverMqtt(Bench):
    def test_a_broker_by_itself(self):
        uri = self.mqtt_uri(self.topic())
        found, _ = self.bench("--count", "1000", uri, uri)
        self.assert_all_came(found, 1000)
        self.assertEqual(found["foreign"], 0)

    def test_from_a_broker_to_a_service(self):
        topic, end = self.topic(), f"http://127.0.0.1:{free_port()}/end"
        self.start("relay", self.mqtt_uri(topic), end)
        found, _ = self.bench("--count", "500", end, self.mqtt_uri(topic))
        self.assert_all_came(found, 500)


@unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
class OverKafka(Bench):
    def test_a_broker_by_itself(self):
        topic = self.topic()
        harness.kafka.create(KAFKA, topic)
        uri = self.kafka_uri(topic)
        for _ in range(2):  # what the first has left is not read again
            found, done = self.bench("--count", "1000", uri, uri)
            self.assert_all_came(found, 1000)
            self.assertEqual(found["foreign"], 0)
            self.assertIn("without a group", done.stderr)

    def test_from_http_to_a_topic(self):
        topic, port = self.topic(), free_port()
        harness.kafka.create(KAFKA, topic)
        self.start("relay", f"http://127.0.0.1:{port}/", self.kafka_uri(topic))
        found, _ = self.bench("--count", "500", "--keys", "10",
                              self.kafka_uri(topic),
                              f"http://127.0.0.1:{port}/")
        self.assert_all_came(found, 500)


if __name__ == "__main__":
    harness.main()
