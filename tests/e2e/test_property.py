#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random events over every ordered pair of endpoints and modes, and back.

One process relays them along a tour that goes from each of eight kinds of
place to each of them once: 64 routes, the end of each the begin of the next.
What arrives at the end must be what was sent, to the byte."""

import json

import harness
import kafka
from harness import COUNT, KAFKA, MQTT, free_port, unique
from random_events import Generator

SEED = 20240503
# Kind of endpoint and mode of the messages there.
PLACES = [("kafka", "binary"), ("kafka", "structured"), ("http", "binary"),
          ("http", "structured"), ("mqtt5", "binary"),
          ("mqtt5", "structured"), ("mqtt311", "structured"),
          ("file", "structured")]
BEGIN = PLACES[0]


def tour():
    """Places such that each ordered pair is there once, one behind the other
    (Hierholzer's way), from BEGIN to BEGIN."""
    left = {place: list(PLACES) for place in PLACES}
    stack, path = [BEGIN], []
    while stack:
        if left[stack[-1]]:
            stack.append(left[stack[-1]].pop())
        else:
            path.append(stack.pop())
    return path[::-1]


def arrives_as(event):
    """What the way does to an event: HTTP and MQTT know no empty data, and
    NDJSON keeps an event on one line."""
    data = event.data or None
    if data and "datacontenttype" in event.attributes and event.is_json():
        try:
            json.loads(data)
            data = data.replace(b"\n", b"").replace(b"\r", b"")
        except ValueError:
            pass
    return event.attributes, data


class Property(harness.Test):
    def address(self, place, number):
        """(as a source, as a sink)"""
        kind, mode = place
        if mode == "structured":
            # Of the formats these two keep all that there is.
            mode += "&format=" + ("json", "avro")[number % 2]
        name = unique("tour")
        if kind == "http":
            uri = f"http://127.0.0.1:{free_port()}/"
            return uri, f"{uri}?mode={mode}"
        if kind == "kafka":
            kafka.create(KAFKA, name)
            uri = f"kafka://{KAFKA}/{name}"
            return (f"{uri}?group={name}",
                    f"{uri}?mode={mode}&linger=50ms")
        if kind == "file":
            uri = f"file:{self.write(name, b'')}"
            return f"{uri}?follow=true", uri
        version = "5" if kind == "mqtt5" else "3.1.1"
        uri = f"mqtt://{MQTT}/{name}?version={version}"
        return uri, uri + (f"&mode={mode}" if kind == "mqtt5" else "")

    # CORE-60, CORE-64, CORE-66.
    def test_a_tour_over_all_pairs_changes_nothing(self):
        stops = [(place, *self.address(place, i))
                 for i, place in enumerate(tour())]
        self.assertEqual(len(stops), len(PLACES) ** 2 + 1)
        lines = ["routes:"]
        for i, (a, b) in enumerate(zip(stops, stops[1:])):
            name = "-".join([str(i), *a[0], "to", *b[0]])
            lines += [f"  {name}:", f'    from: "{a[1]}"', f'    to: "{b[2]}"',
                      f"    dead_letter: file:{self.path('dead')}"]
        bridge = self.run_config("\n".join(lines) + "\n")
        events = Generator(SEED).events(COUNT)
        self.feed(stops[0][1], events)
        got = self.read_all(stops[-1][1], len(events))
        self.compare(events, got)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    def feed(self, uri, events):
        topic = uri.rpartition("/")[2].partition("?")[0]
        with self.producer() as producer:
            for one in events:
                headers, value = one.to_kafka()
                producer.produce(topic, value, headers)
            producer.flush()

    def read_all(self, uri, count, timeout=240):
        """{id: (attributes, data)}, whatever the order."""
        consumer = self.consumer(uri.rpartition("/")[2].partition("?")[0])
        got = {}

        def more():
            record = consumer.poll(1)
            if record:
                one = harness.Event.from_kafka(record.headers, record.value)
                self.assertNotIn(one.id, got, "it came twice")
                got[one.id] = one.attributes, record.value
            return len(got) >= count

        try:
            harness.wait_until(more, timeout)
        except TimeoutError:
            pass
        return got

    def compare(self, events, got):
        wrong = []
        for one in events:
            want, have = arrives_as(one), got.get(one.id)
            if have != want:
                wrong.append(f"sent {want}\narrived {have}")
        self.assertEqual(len(wrong), 0, f"{len(wrong)} of {len(events)}:\n"
                         + "\n".join(wrong[:5]))


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
