#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cebridge listen looks and leaves no trace: no other reader notices it."""

import json
import os
import threading
import unittest

import harness
import web
from harness import KAFKA, MQTT, event, free_port, wait_until


@unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
class OnKafka(harness.Test):
    def put(self, topic, *ids):
        with harness.kafka.Producer(KAFKA) as producer:
            for one in ids:
                headers, value = event(id=one).to_kafka()
                producer.produce(topic, value, headers)
            producer.flush()

    def listen(self, topic, *options):
        done = self.cebridge("listen", self.kafka_uri(topic), *options,
                             timeout=60)
        self.assertEqual(done.code, 0, done)
        return [json.loads(x)["id"] for x in done.stdout.splitlines()], done

    def test_production_has_all_events_all_the_same(self):
        topic = self.topic()
        self.put(topic, "0")
        production = self.start("relay", self.kafka_uri(topic),
                                "file:" + self.path("out"))
        listener = self.start("listen", self.kafka_uri(topic),
                              "--count", "20")
        ids = [str(i) for i in range(1, 21)]
        self.put(topic, *ids)
        self.assertEqual(listener.wait(), 0, listener.stderr)
        self.assertEqual(sorted(e.id for e in listener.events()), sorted(ids))
        wait_until(lambda: len(self.read("out").splitlines()) == 21)
        self.assertEqual(production.stop(), 0, production.stderr)

    def test_what_production_has_still_to_do_stays_for_it(self):
        topic = self.topic()
        self.put(topic, "0", "1", "2")
        ids, done = self.listen(topic, "--until-end")
        self.assertEqual(sorted(ids), ["0", "1", "2"])
        self.assertRegex(done.stderr, rf"reading \d+ partitions? of topic "
                         rf"{topic} without a group, from the beginning")
        production = self.start("relay", self.kafka_uri(topic),
                                "file:" + self.path("out"))
        wait_until(lambda: len(self.read("out").splitlines()) == 3)
        self.assertEqual(production.stop(), 0, production.stderr)

    def test_from_says_where_it_begins(self):
        topic = self.topic()
        self.put(topic, *"01234")
        self.assertEqual(len(self.listen(
            topic, "--from", "beginning", "--count", "2")[0]), 2)

    def test_it_begins_so_long_before(self):
        if harness.kafka.is_mock(KAFKA):
            self.skipTest("the mock cluster finds no record by its time")
        topic = self.topic()
        harness.kafka.create(KAFKA, topic)
        self.put(topic, *"01234")
        self.assertEqual(len(self.listen(
            topic, "--from", "-15m", "--until-end")[0]), 5)

    def test_a_group_is_moved_only_where_it_is_named(self):
        topic = self.topic()
        self.put(topic, "0", "1", "2")
        for _ in range(2):
            ids, done = self.listen(topic, "--group", topic, "--count", "1")
            self.put(topic, "more")
        self.assertEqual(len(ids), 1)
        self.assertNotEqual(ids, ["0"])

    def test_what_cannot_be_is_refused(self):
        for options, says in (
                (["--from", "soon"], "not beginning, end"),
                (["--from", "end", "--group", "g"], "goes on at its own")):
            done = self.cebridge("listen", self.kafka_uri("t"), *options)
            self.assertEqual(done.code, 2, done)
            self.assertIn(says, done.stderr)


class ClosedOutput(harness.Test):
    """`cebridge listen SOURCE | head`"""

    def listen(self, *arguments):
        reader, writer = os.pipe()
        bridge = self.start("listen", *arguments, stdout=writer)
        os.close(writer)
        return bridge, open(reader, "rb")

    def ends(self, bridge):
        self.assertEqual(bridge.wait(10), 0, bridge.stderr)
        self.assertNotIn("warning", bridge.stderr)
        self.assertNotIn("lost", bridge.stderr)

    def test_it_ends_like_any_filter(self):
        port = free_port()
        bridge, output = self.listen(f"http://127.0.0.1:{port}/events")
        self.assertEqual(web.post(port, event()).status, 202)
        output.readline()
        output.close()
        self.ends(bridge)

    def test_what_was_not_written_is_not_confirmed(self):
        """More than the pipe takes waits when its reader goes."""
        port, statuses = free_port(), []
        bridge, output = self.listen(f"http://127.0.0.1:{port}/events")

        def post():
            big = event(data=b"x" * 200_000, datacontenttype="text/plain")
            statuses.append(web.post(port, big).status)

        thread = threading.Thread(target=post)
        thread.start()
        self.addCleanup(thread.join)
        output.read(1000)
        output.close()
        self.ends(bridge)
        thread.join(10)
        self.assertEqual(statuses, [503])

    @unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
    def test_a_group_goes_on_behind_what_was_written(self):
        topic = self.topic()
        with harness.kafka.Producer(KAFKA) as producer:
            for i in range(2000):
                headers, value = event(id=str(i), data=b"x" * 500).to_kafka()
                producer.produce(topic, value, headers, partition=0)
            producer.flush()
        bridge, output = self.listen(self.kafka_uri(topic), "--group", topic)
        first = json.loads(output.readline())["id"]
        output.close()
        self.ends(bridge)
        self.assertEqual(first, "0")
        bridge = self.start("listen", self.kafka_uri(topic), "--group", topic)
        wait_until(lambda: bridge.events() and
                   bridge.events()[-1].id == "1999")
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    @unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
    def test_it_does_not_wait_for_an_event_to_see_it(self):
        bridge, output = self.listen(self.mqtt_uri(self.topic()))
        output.close()
        self.ends(bridge)


class Elsewhere(harness.Test):
    def test_a_source_that_stores_nothing_cannot_begin_elsewhere(self):
        done = self.cebridge("listen", "http://127.0.0.1:1/", "--from", "end")
        self.assertEqual(done.code, 2, done)
        self.assertIn("--from: a source of http", done.stderr)


@unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
class OnMqtt(harness.Test):
    def test_two_listeners_do_not_throw_each_other_out(self):
        topic = self.topic()
        listeners = [self.start("listen", self.mqtt_uri(topic), "--count",
                                "1") for _ in range(2)]
        sent = event()
        kind, properties, payload = sent.to_mqtt()
        self.mqtt_client().publish(topic, payload, kind, properties)
        for one in listeners:
            self.assertEqual(one.wait(), 0, one.stderr)
            self.assertEqual([e.id for e in one.events()], [sent.id])

    def test_nothing_is_kept_for_it(self):
        """What comes while nobody listens is not there later."""
        topic = self.topic()
        bridge = self.start("listen", self.mqtt_uri(topic))
        bridge.stop()
        client = self.mqtt_client()
        last = event()
        for one in (event(), last):
            if one is last:
                bridge = self.start("listen", self.mqtt_uri(topic),
                                    "--count", "1")
            kind, properties, payload = one.to_mqtt()
            client.publish(topic, payload, kind, properties)
        self.assertEqual(bridge.wait(), 0, bridge.stderr)
        self.assertEqual([e.id for e in bridge.events()], [last.id])


if __name__ == "__main__":
    harness.main()
