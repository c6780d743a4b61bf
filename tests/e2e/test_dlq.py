#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dead letters: listed, shown, sent again to a sink that takes them now, and
thrown away."""

import json
import os
import signal
import subprocess
import threading

import harness
import kafka
import web
from events import Event, generate
from harness import KAFKA, MQTT, event
from ports import free_port

MANY = 10000


class Dlq(harness.Test):
    def dlq(self, *arguments, code=0):
        done = self.cebridge("dlq", *arguments, timeout=120)
        self.assertEqual(done.code, code, done)
        return done

    def rows(self, source):
        return [line.split("\t") for line in
                self.dlq("list", source).stdout.splitlines()]

    def sink(self, answer=None):
        sink = web.Sink(answer)
        self.addCleanup(sink.stop)
        return sink

    def refuse(self, events, *options, extra=b""):
        """Relays EVENTS to a sink that refuses them."""
        path = self.path("in.ndjson")
        with open(path, "wb") as file:
            for one in events:
                file.write(one.to_json() + b"\n")
            file.write(extra)
        sink = self.sink(lambda request: 422)
        done = self.cebridge("relay", *options, f"file:{path}", sink.uri,
                             timeout=120)
        self.assertIn(done.code, (0, 3), done)

    def in_inbox(self, events, **kw):
        path = self.path("inbox")
        self.refuse(events, "--inbox", path, **kw)
        return f"inbox:{path}"

    def in_file(self, events, **kw):
        path = self.path("letters.ndjson")
        self.refuse(events, "--dead-letter", f"file:{path}", **kw)
        return f"file:{path}"

    def in_kafka(self, events, **kw):
        if not KAFKA:
            self.skipTest("CE_TEST_KAFKA is not set")
        topic = self.topic("dlq")
        self.refuse(events, "--dead-letter", f"kafka://{KAFKA}/{topic}", **kw)
        return f"kafka://{KAFKA}/{topic}?group={topic}"

    def target(self, source):
        """A sink has no group."""
        return source.split("?")[0]

    def check_way_back(self, source, is_removed):
        events = generate(20)
        source = source(events)
        rows = self.rows(source)
        self.assertEqual(sorted(r[0] for r in rows),
                         sorted(e.id for e in events))
        self.assertEqual({len(r) for r in rows}, {7})
        self.assertEqual({(r[4], r[5]) for r in rows}, {("nack", "422")})
        shown = self.dlq("show", source, events[3].id).stdout
        self.assertEqual(json.loads(shown)["dlqoutcome"], "nack")
        refusing = self.sink(lambda request: 422)
        self.dlq("replay", source, refusing.uri, "--quiet", "2s", code=3)
        sink = self.sink()
        self.dlq("replay", source, sink.uri, "--id", events[3].id,
                 "--quiet", "2s")
        self.assertEqual([e.id for e in sink.events()], [events[3].id])
        self.dlq("replay", source, sink.uri, "--quiet", "2s")
        got = {e.id: e for e in sink.events()}
        self.assertEqual(set(got), {e.id for e in events})
        for one in events:
            want = Event.from_json(one.to_json().decode())
            self.assertEqual(got[one.id].canonical(False),
                             want.canonical(False))
        if not is_removed:
            return
        before = len(sink.events())
        self.dlq("replay", source, sink.uri, "--quiet", "2s")
        self.assertEqual(len(sink.events()), before)

    def test_of_a_file(self):
        self.check_way_back(self.in_file, False)

    def test_an_output_that_is_full_is_told(self):
        source = self.in_file([event(id="1")])
        for words in (["list", source], ["show", source, "1"]):
            with self.subTest(words[0]), open("/dev/full", "w") as full:
                done = subprocess.run(
                    [harness.PROGRAM, "dlq", *words], timeout=60, text=True,
                    stdout=full, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 1, done)
                self.assertIn("standard output cannot be written", done.stderr)

    def test_of_an_inbox(self):
        self.check_way_back(self.in_inbox, True)

    def test_of_kafka(self):
        self.check_way_back(self.in_kafka, True)

    def check_that_it_comes_back(self, source, count):
        """What is sent again is refused again, and leaves a letter where it
        came from, while that is read."""
        events = [event(id=str(i)) for i in range(count)]
        source = source(events)
        refusing = self.sink(lambda request: 422)
        uri = f"http://127.0.0.1:{free_port()}/events"
        self.start("relay", "--dead-letter", self.target(source), uri,
                   refusing.uri)
        self.dlq("replay", source, uri, "--quiet", "30s")
        self.assertEqual(sorted(e.id for e in refusing.events()),
                         sorted(e.id for e in events))
        self.assertEqual(len(self.rows(source)), 2 * count)

    def test_a_replay_to_kafka_ends_where_the_topic_ended(self):
        self.check_that_it_comes_back(self.in_kafka, 20)

    def test_a_replay_to_a_file_ends_where_the_file_ended(self):
        # More than may be in flight: what comes back is there before the end.
        self.check_that_it_comes_back(self.in_file, 3000)

    def test_a_topic_that_is_not_there_is_named(self):
        if not KAFKA:
            self.skipTest("CE_TEST_KAFKA is not set")
        topic = self.topic("none")
        for words in (("list",), ("show", "1"), ("drop", "--all"),
                      ("replay", "http://127.0.0.1:1/")):
            with self.subTest(words):
                done = self.dlq(words[0], f"kafka://{KAFKA}/{topic}",
                                *words[1:], code=1)
                self.assertRegex(done.stderr.splitlines()[-1],
                                 f"{topic}.*nknown topic")

    def test_a_malformed_message_goes_as_it_came(self):
        source = self.in_file([], extra=b"{\"broken\n")
        [row] = self.rows(source)
        self.assertEqual(row[2:5:2], ["cebridge.malformed", "malformed"])
        sink = self.sink()
        self.dlq("replay", source, sink.uri)
        [request] = sink.requests
        self.assertEqual(request.body, b"{\"broken")
        self.assertEqual(request.header("content-type"),
                         "application/cloudevents+json")

    def test_a_letter_that_was_cut_stays_where_it_is(self):
        """Its target takes no more than 2000 bytes. What it says is where the
        record is."""
        if not KAFKA:
            self.skipTest("CE_TEST_KAFKA is not set")
        letters = self.sink(
            lambda request: 413 if len(request.body) > 2000 else 202)
        refusing, taking = self.sink(lambda request: 422), self.sink()
        topic = self.topic("dlq")
        with self.producer() as producer:
            headers, value = event(data=b"x" * 5000).to_kafka()
            producer.produce(topic, value, headers, partition=0)
            producer.flush()
        self.start("relay", "--dead-letter", letters.uri,
                   f"kafka://{KAFKA}/{topic}?group={topic}", refusing.uri)
        letters.wait(2)
        [_, cut] = letters.events()
        self.assertEqual(
            [cut.attributes[name] for name in
             ("type", "dlqtopic", "dlqpartition", "dlqoffset")],
            ["cebridge.cut", topic, "0", "0"])
        path = self.write("letters.ndjson", cut.to_json() + b"\n")
        done = self.dlq("replay", f"file:{path}", taking.uri, code=3)
        self.assertIn("it was cut: its record is where", done.stderr)
        self.assertEqual(taking.requests, [])

    def test_a_letter_that_is_torn_is_not_missed_in_silence(self):
        events = generate(2)
        path = self.in_file(events)[len("file:"):].split("?")[0]
        with open(path, "r+b") as file:
            lines = file.readlines()
            file.seek(0)
            file.writelines([lines[0], lines[0][:20] + b"\n", lines[1],
                             b"x" * (2 << 20)])
        sink = self.sink()
        for words in (("list",), ("replay", sink.uri)):
            done = self.dlq(words[0], f"file:{path}", *words[1:], code=3)
            self.assertIn(f"{path}:2: no letter: ", done.stderr)
            self.assertIn(f"{path}:4: no letter: line: longer than "
                          "max_event_bytes", done.stderr)
        self.assertEqual(sorted(e.id for e in sink.events()),
                         sorted(e.id for e in events))
        self.dlq("show", f"file:{path}", events[1].id)

    def test_a_filter_chooses(self):
        events = [event(id="1", type="a"), event(id="2", type="b")]
        source, sink = self.in_inbox(events), self.sink()
        self.dlq("replay", source, sink.uri, "--filter", "type = 'b'")
        self.assertEqual([e.id for e in sink.events()], ["2"])
        self.assertEqual([r[0] for r in self.rows(source)], ["1"])

    def test_an_inbox_drops(self):
        source = self.in_inbox(generate(6))
        ids = [r[0] for r in self.rows(source)]
        self.dlq("drop", source, "--id", ids[0])
        self.dlq("drop", source, "--id", ids[0], code=1)
        self.dlq("drop", source, "--filter", f"id = '{ids[1]}'")
        self.assertEqual([r[0] for r in self.rows(source)], ids[2:])
        self.dlq("drop", source, "--all")
        self.assertEqual(self.rows(source), [])

    def test_a_run_that_did_not_read_all_says_so(self):
        """What is left behind stays in memory until the end."""
        source = self.in_kafka([event(data=b"x" * 500000)
                                for _ in range(25)])
        done = self.dlq("replay", source, self.sink().uri, "--id", "none",
                        "--quiet", "2s", code=1)
        self.assertIn("were not read", done.stderr)

    def test_kafka_drops_all_and_nothing_less(self):
        source = self.in_kafka(generate(6))
        self.dlq("drop", source, "--id", "1", code=2)
        self.dlq("drop", source, "--all", "--quiet", "2s")
        sink = self.sink()
        self.dlq("replay", source, sink.uri, "--quiet", "2s")
        self.assertEqual(sink.requests, [])

    def test_kafka_says_when_it_did_not_read_all(self):
        """What is left behind fills the memory, or a partition's share."""
        if not KAFKA:
            self.skipTest("CE_TEST_KAFKA is not set")
        for partitions in 1, 2:
            topic = self.topic("dlq")
            kafka.create(KAFKA, topic, partitions)
            with self.producer() as producer:
                for number in range(MANY):
                    headers, value = event(
                        id=str(number), data=b"x" * 1000,
                        dlqoutcome="nack").to_kafka()
                    producer.produce(topic, value, headers, partition=0)
                producer.flush()
            done = self.dlq("replay", f"kafka://{KAFKA}/{topic}?group={topic}",
                            self.sink().uri, "--id", str(MANY - 1), "--quiet",
                            "3s", code=1)
            self.assertIn("those behind them were not read", done.stderr)

    def letter_to_mqtt(self, topic, number, **options):
        done = self.cebridge(
            "send", self.mqtt_uri(topic, **options), "--id", number,
            "--type", "t", "--source", "/s", "--data", f"data {number}",
            "--ext", "dlqoutcome=nack")
        self.assertEqual(done.code, 0, done)

    def mqtt_ids(self, uri):
        done = self.dlq("list", uri, "--quiet", "500ms")
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    def test_mqtt_keeps_letters_for_the_session(self):
        if not MQTT:
            self.skipTest("CE_TEST_MQTT is not set")
        topic, sink = self.topic("dlq"), self.sink()
        uri = self.mqtt_uri(topic)
        self.letter_to_mqtt(topic, 0)  # nobody has subscribed
        self.assertEqual(self.mqtt_ids(uri), [])
        for number in range(1, 5):
            self.letter_to_mqtt(topic, number)
        self.assertEqual(self.mqtt_ids(uri), list("1234"))
        self.assertEqual(self.mqtt_ids(uri), list("1234"))
        shown = self.dlq("show", uri, "2", "--quiet", "500ms").stdout
        self.assertIn('"id":"2"', shown)
        self.dlq("replay", uri, sink.uri, "--id", "2", "--quiet", "500ms")
        self.dlq("drop", uri, "--id", "3", "--quiet", "500ms")
        self.letter_to_mqtt(topic, 5)
        self.assertEqual(self.mqtt_ids(uri), list("145"))
        self.dlq("replay", uri, "http://127.0.0.1:1/", "--timeout", "1s",
                 "--quiet", "500ms", code=4)
        self.dlq("replay", uri, sink.uri, "--quiet", "500ms")
        self.assertEqual([e.id for e in sink.events()], list("2145"))
        self.assertEqual(self.mqtt_ids(uri), [])

    def test_mqtt_that_is_never_quiet_has_an_end(self):
        if not MQTT:
            self.skipTest("CE_TEST_MQTT is not set")
        for options in {}, {"inbox": "off"}:
            topic, done = self.topic("dlq"), threading.Event()
            uri = self.mqtt_uri(topic, **options)
            kind, properties, payload = event(dlqoutcome="nack").to_mqtt()
            client = self.mqtt_client()

            def send():
                while not done.wait(0.1):
                    client.publish(topic, payload, kind, properties)

            thread = threading.Thread(target=send)
            thread.start()
            try:
                result = self.dlq("list", uri, "--quiet", "5s",
                                  "--longest", "1s")
            finally:
                done.set()
                thread.join()
            self.assertIn("letters come all the time", result.stderr)
            self.assertGreater(result.stdout.count("\n"), 1)

    def test_mqtt_takes_large_letters_whole(self):
        if not MQTT:
            self.skipTest("CE_TEST_MQTT is not set")
        topic, sink = self.topic("dlq"), self.sink()
        uri = self.mqtt_uri(topic)
        self.assertEqual(self.mqtt_ids(uri), [])
        data = "x" * (3 << 20)
        kind, properties, payload = event(
            id="large", data=data.encode(), dlqoutcome="nack").to_mqtt()
        client = self.mqtt_client()
        client.publish(topic, payload, kind, properties)
        client.flush()
        self.assertEqual(self.mqtt_ids(uri), ["large"])
        self.dlq("replay", uri, sink.uri, "--quiet", "500ms")
        self.assertEqual([e.data.decode() for e in sink.events()], [data])

    def test_mqtt_without_a_session_is_listed_only(self):
        if not MQTT:
            self.skipTest("CE_TEST_MQTT is not set")
        topic = self.topic("dlq")
        uri = self.mqtt_uri(topic, inbox="off")
        self.letter_to_mqtt(topic, 1, retain="true")
        self.assertEqual(self.mqtt_ids(uri), ["1"])
        self.dlq("replay", uri, "-", code=2)
        self.dlq("drop", uri, "--all", code=2)

    def test_wrong_words_are_named(self):
        source = "file:" + self.write("empty", "")
        for arguments, why in (
                ([], "usage"), (["lst", source], "usage"),
                (["show", source], "usage"), (["drop", source], "missing"),
                (["drop", source, "--all"], "nothing is dropped there"),
                (["drop", source, "--all", "--id", "1"], "give one"),
                (["list", "http://127.0.0.1:1/x"], "holds no letters"),
                (["list", source, "--id", "1"], "only replay and drop"),
                (["replay", source, "-", "--filter", "("], "--filter")):
            with self.subTest(arguments):
                done = self.dlq(*arguments, code=2)
                self.assertIn(why, done.stderr)
        self.dlq("show", source, "1", code=1)
        self.dlq("list", "inbox:" + self.path("none"), code=1)
        self.assertFalse(os.path.exists(self.path("none")))

    def test_a_kill_in_between_loses_nothing(self):
        events = generate(300)
        source, sink = self.in_inbox(events), self.sink()
        bridge = harness.Bridge("dlq", "replay", source, sink.uri)
        self.addCleanup(bridge.kill)
        sink.wait(20)
        bridge.process.send_signal(signal.SIGKILL)
        bridge.process.wait(30)
        left = {r[0] for r in self.rows(source)}
        self.assertLessEqual({e.id for e in events} - left,
                             {e.id for e in sink.events()})
        self.dlq("replay", source, sink.uri)
        self.assertEqual({e.id for e in sink.events()},
                         {e.id for e in events})
        self.assertEqual(self.rows(source), [])

    def test_many_letters(self):
        events = [event(id=str(i)) for i in range(MANY)]
        source, sink = self.in_inbox(events), self.sink()
        self.assertEqual(len(self.rows(source)), MANY)
        self.dlq("replay", source, sink.uri)
        self.assertEqual({e.id for e in sink.events()},
                         {e.id for e in events})
        self.assertEqual(self.rows(source), [])


if __name__ == "__main__":
    harness.main()
