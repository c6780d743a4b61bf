#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bad Kafka records and bad MQTT messages: their neighbours flow, and they
themselves are kept where somebody finds them."""

import base64
import json

import harness
import kafka
import web
from events import STRUCTURED
from harness import event, free_port, wait_until

ATTRIBUTES = [("ce_specversion", b"1.0"), ("ce_type", b"t"),
              ("ce_source", b"/s"), ("ce_id", b"order-77")]
PROPERTIES = [("specversion", "1.0"), ("type", "t"), ("source", "/s"),
              ("id", "order-77")]

# (what it is, headers, value)
BAD_RECORDS = [
    ("plain text", [], b"hello"),
    ("no id", [("ce_specversion", b"1.0"), ("ce_type", b"t"),
               ("ce_source", b"/s")], b"x"),
    ("invalid UTF-8", [("ce_specversion", b"1.0"), ("ce_type", b"t"),
                       ("ce_source", b"/s"), ("ce_id", b"\xff\xfe")], b"x"),
    ("broken JSON", [("content-type", STRUCTURED.encode())], b"{oops"),
    ("an unknown format",
     [("content-type", b"application/cloudevents+cbor")], b"\xa0"),
    ("two content types that differ",
     [("ce_specversion", b"1.0"), ("ce_type", b"t"), ("ce_source", b"/s"),
      ("ce_id", b"1"), ("content-type", b"text/plain"),
      ("ce_datacontenttype", b"text/html")], b"x"),
    ("a content type without subtype",
     [*ATTRIBUTES, ("content-type", b"json")], b"1"),
    ("a content type that is no text",
     [*ATTRIBUTES, ("content-type", b"\xff\xfe")], b"3"),
    ("a header of no event that is no text",
     [("x", b"\xff"), ("x", None), ("content-type", b"json")], b"4"),
    ("one bad attribute",
     [*ATTRIBUTES, ("ce_time", b"yesterday"), ("trace", b"7")], b"5"),
]

BAD_MESSAGES = [
    ("plain text", None, [], b"hello"),
    ("no id", None, [("specversion", "1.0"), ("type", "t"),
                     ("source", "/s")], b"x"),
    ("broken JSON", STRUCTURED, [], b"{oops"),
    ("an unknown format", "application/cloudevents+cbor", [], b"\xa0"),
    ("a content type without subtype", "json", PROPERTIES, b"1"),
    ("a content type in quotes", '"application/json"', PROPERTIES, b"2"),
    ("an attribute twice", None, [*PROPERTIES, ("id", "2")], b"3"),
]


def as_json(pairs):
    """What dlqheaders says of the headers of a record."""
    def value(raw):
        if raw is None:
            return None
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(raw).decode()}
    return [[name, value(raw)] for name, raw in pairs]


class BrokerErrors(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def assert_neighbours(self, before, after):
        self.assertEqual([e.id for e in self.sink.events()],
                         [before.id, after.id])

    def produce(self, topic, before, after):
        producer = self.producer()
        for value in ((before,), *BAD_RECORDS, (after,)):
            headers, data = value[0].to_kafka() if len(value) == 1 \
                else value[1:]
            producer.produce(topic, data, headers, key=b"k", partition=0)
        producer.flush()

    def publish(self, topic, before, after):
        client = self.mqtt_client()
        for value in ((before,), *BAD_MESSAGES, (after,)):
            kind, properties, data = value[0].to_mqtt() if len(value) == 1 \
                else value[1:]
            client.publish(topic, data, kind, properties)
        client.flush()

    def test_bad_records_are_logged_with_their_place_and_skipped(self):
        topic, before, after = self.topic(), event(), event()
        self.produce(topic, before, after)
        bridge = self.start(
            "relay", self.kafka_uri(topic, group=topic), self.sink.uri)
        self.sink.wait(2)
        self.assert_neighbours(before, after)
        for offset in range(1, 1 + len(BAD_RECORDS)):
            bridge.wait_for(rf"{topic}\D+0\D+{offset}\b")

    def test_bad_records_go_to_the_dead_letter_target(self):
        topic, dead = self.topic(), self.topic("dead")
        before, after = event(), event()
        self.produce(topic, before, after)
        consumer = self.consumer(dead)
        self.start("relay", "--dead-letter", self.kafka_uri(dead),
                   self.kafka_uri(topic, group=topic), self.sink.uri)
        self.sink.wait(2)
        self.assert_neighbours(before, after)
        letters = self.read_letters(consumer, len(BAD_RECORDS))
        letters.sort(key=lambda e: int(e.attributes["dlqoffset"]))
        for letter, (name, headers, value) in zip(letters, BAD_RECORDS):
            with self.subTest(name):
                attributes = letter.attributes
                self.assertEqual(attributes["type"], "cebridge.malformed")
                self.assertEqual(attributes["dlqoutcome"], "malformed")
                self.assertEqual(attributes["dlqtopic"], topic)
                self.assertEqual(str(attributes["dlqpartition"]), "0")
                self.assertEqual(attributes["dlqkey"], "k")
                self.assertEqual(letter.data, value)
                kept = json.loads(attributes.get("dlqheaders", "[]"))
                self.assertEqual([e for e in kept if e[0][:1] != ":"],
                                 as_json(headers))

    def test_bad_messages_are_logged_and_their_neighbours_flow(self):
        topic, before, after = self.topic(), event(), event()
        bridge = self.start("relay", self.mqtt_uri(topic), self.sink.uri)
        self.publish(topic, before, after)
        self.sink.wait(2)
        self.assert_neighbours(before, after)
        bridge.wait_for(topic, count=len(BAD_MESSAGES))

    def test_bad_messages_go_to_the_dead_letter_target(self):
        topic, dead = self.topic(), self.topic("dead")
        before, after = event(), event()
        consumer = self.consumer(dead)
        self.start("relay", "--dead-letter", self.kafka_uri(dead),
                   self.mqtt_uri(topic), self.sink.uri)
        self.publish(topic, before, after)
        self.sink.wait(2)
        self.assert_neighbours(before, after)
        letters = self.read_letters(consumer, len(BAD_MESSAGES))
        bodies = sorted(letter.data for letter in letters)
        self.assertEqual(bodies, sorted(m[3] for m in BAD_MESSAGES))
        for letter in letters:
            self.assertEqual(letter.attributes["dlqtopic"], topic)
            _, kind, properties, _ = next(m for m in BAD_MESSAGES
                                          if m[3] == letter.data)
            kept = json.loads(letter.attributes.get("dlqheaders", "[]"))
            self.assertEqual([e for e in kept if e[0][:1] != ":"],
                             [list(p) for p in properties])
            if kind in ("json", '"application/json"'):
                self.assertIn([":content-type", kind], kept)

    def test_a_record_that_is_given_up_does_not_hold_its_neighbours(self):
        """Without a dead-letter target it is logged and passed."""
        topic, good = self.topic(), [event() for _ in range(30)]
        bad = event()
        sink = web.Sink(lambda r: 503 if r.event().id == bad.id else 202)
        self.addCleanup(sink.stop)
        producer = self.producer()
        for e in good[:10] + [bad] + good[10:]:
            headers, value = e.to_kafka()
            producer.produce(topic, value, headers, key=e.id.encode(),
                             partition=0)
        producer.flush()
        source = self.kafka_uri(topic, group=topic)
        with self.start("relay", "--retry.max_attempts", "3", "--retry.base",
                        "10ms", source, sink.uri) as bridge:
            bridge.wait_for(rf"{topic}\D+0\D+10: not delivered, skipped")
            sink.wait(33)
            bridge.stop()
        with self.start("relay", source, sink.uri) as bridge:
            last = event()
            headers, value = last.to_kafka()
            producer.produce(topic, value, headers, partition=0)
            producer.flush()
            sink.wait(34)
        came = [e.id for e in sink.events()]
        self.assertEqual(sorted(came), sorted(
            [e.id for e in good] + [bad.id] * 3 + [last.id]))

    def test_connecting_is_no_attempt(self):
        """Events that have one attempt are there before the sink is."""
        topic, sent = self.topic(), [event() for _ in range(20)]
        lines = b"\n".join(e.to_json() for e in sent)
        consumer = self.consumer(topic)
        subscriber = self.subscriber(topic)
        for sink in self.kafka_uri(topic), self.mqtt_uri(topic, qos=1):
            with self.subTest(sink):
                result = self.cebridge("relay", "--retry.max_attempts", "1",
                                       "-", sink, stdin=lines)
                self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual([e.id for e in self.read_letters(consumer, 20)],
                         [e.id for e in sent])
        messages = [subscriber.poll(30) for _ in sent]
        self.assertEqual([harness.Event.from_mqtt(
            m.content_type, m.properties, m.payload).id for m in messages],
            [e.id for e in sent])

    def check_that_a_key_stops_its_partition_only(self, bad, paused, **options):
        """The sink takes none of BAD until all others have come."""
        topic, fails = self.topic(), True
        came = {"bad": [], "good": []}

        def answer(request):
            e = request.event()
            key = e.attributes["subject"]
            if fails and key == "bad":
                return 503
            came[key].append(e.id)
            return 202

        sink = web.Sink(answer)
        self.addCleanup(sink.stop)
        self.assertEqual(kafka.create(harness.KAFKA, topic, 2), 2)
        sent = {"bad": bad,
                "good": [event(subject="good") for _ in range(1000)]}
        producer = self.producer()
        for partition, (key, events) in enumerate(sent.items()):
            for e in events:
                headers, value = e.to_kafka()
                producer.produce(topic, value, headers, key=key.encode(),
                                 partition=partition)
        producer.flush()
        bridge = self.start("relay", "--retry.cap", "100ms", self.kafka_uri(
            topic, group=topic, **options), sink.uri)
        bridge.wait_for(rf"topic {topic} partition 0 is paused: {paused} ")
        wait_until(lambda: len(came["good"]) == 1000, 60)
        self.assertEqual(came["bad"], [])
        fails = False
        wait_until(lambda: len(came["bad"]) == len(bad), 60)
        for key, events in sent.items():
            self.assertEqual(came[key], [e.id for e in events])
        bridge.stop()

    def test_a_key_that_fails_stops_its_own_partition_only(self):
        """It has more events than may be in flight."""
        self.check_that_a_key_stops_its_partition_only(
            [event(subject="bad") for _ in range(200)], 60, max_in_flight=64)

    def test_a_key_whose_events_are_large_stops_its_own_partition_only(self):
        """All but a sixteenth of 8 MiB hold 38 of 200 KiB."""
        self.check_that_a_key_stops_its_partition_only(
            [event(subject="bad", data=b"x" * (200 << 10))
             for _ in range(60)], 38)

    def read_letters(self, consumer, count):
        letters = []
        while len(letters) < count:
            record = consumer.poll(30)
            self.assertIsNotNone(record, f"{len(letters)} of {count} letters")
            letters.append(harness.Event.from_kafka(record.headers,
                                                    record.value))
        return letters

    def test_an_unknown_broker_is_named_and_readiness_says_so(self):
        port, admin, source = free_port(), free_port(), free_port()
        bridge = self.start(
            "relay", "--admin", f"http://127.0.0.1:{admin}",
            f"http://127.0.0.1:{source}/", f"kafka://127.0.0.1:{port}/t",
            ready=False)
        bridge.wait_for(rf"127\.0\.0\.1:{port}")
        ready = web.request(admin, "GET", "/readyz")
        self.assertEqual(ready.status, 503)
        self.assertIn(f"127.0.0.1:{port}", ready.body.decode())
        answer = web.post(source, event(), target="/")
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.header("Retry-After"))
        self.assertIsNone(bridge.process.poll())
        self.assertNotIn(harness.READY, bridge.stderr)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
