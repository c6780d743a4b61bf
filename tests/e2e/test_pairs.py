#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source to every sink: nothing is lost, nothing is changed.

CORE-06 CORE-64 CORE-66 EXT-01 EXT-02 SDK-03 SDK-04

One process has five routes at a time, from one kind of source to each kind of
sink. The events hold what is difficult: see DIFFICULT in events.py."""

import harness
from endpoints import KINDS, Sink, Source, differences
from events import Event, generate
from harness import COUNT, free_port


def largest():
    """Events of 64 KiB, the most that everybody has to forward, by what makes
    them large. In HTTP headers the last one would be larger, so it comes
    structured."""
    parts = [
        ({"datacontenttype": "application/octet-stream"},
         bytes(range(256)) * 250),
        ({"datacontenttype": "application/json"},
         b'["' + b"\\u00e4 " * 9000 + b'"]'),
        ({"datacontenttype": "text/plain"}, "\u20ac".encode() * 21000),
        ({"note": "x" * 64000}, None),
        ({f"note{i}": "x" * 300 for i in range(200)}, None),
        ({"note": "\u20ac" * 21000}, None),
    ]
    made = [Event({"id": str(i), "type": "com.example.large",
                   "source": "/tests", **extra}, data)
            for i, (extra, data) in enumerate(parts)]
    made[-1].structured = True
    return made


class Pairs(harness.Test):
    def relay_from(self, source_kind, events):
        ids = [e.id for e in events]
        pairs = []
        for kind in KINDS:
            sink = Sink(kind, self.directory)
            self.addCleanup(sink.close)
            pairs.append((Source(source_kind, self.directory), sink))
        for source, _ in pairs:
            source.prepare(events)
        admin = free_port()
        # A route that never ends, so that the metrics outlive the files.
        lines = [f"admin: http://127.0.0.1:{admin}", "routes:",
                 "  idle:", f"    from: http://127.0.0.1:{free_port()}/idle",
                 "    to: file:" + self.path("idle")]
        for source, sink in pairs:
            lines += [f"  to-{sink.kind}:", f'    from: "{source.uri}"',
                      f'    to: "{sink.uri}"']
        bridge = self.run_config("\n".join(lines) + "\n")
        for source, sink in pairs:
            source.feed(events)
        for source, sink in pairs:
            with self.subTest(f"{source_kind} to {sink.kind}"):
                got = sink.read(ids)
                wrong = differences(events, got, source_kind, sink.kind)
                self.assertEqual(wrong[:5], [], f"{len(wrong)} in all")
        values = self.assert_balanced(admin)
        for source, sink in pairs:
            route = f"to-{sink.kind}"
            self.assertEqual(
                values["cebridge_events_delivered_total", route],
                len(events))
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    def test_64_kib_pass_in_every_direction(self):
        """CORE-60 CORE-61 CORE-62 CORE-63"""
        for kind in KINDS:
            self.relay_from(kind, largest())

    def test_http_reaches_every_kind_of_sink(self):
        self.relay_from("http", generate(COUNT))

    def test_kafka_reaches_every_kind_of_sink(self):
        self.relay_from("kafka", generate(COUNT))

    def test_mqtt_5_reaches_every_kind_of_sink(self):
        self.relay_from("mqtt5", generate(COUNT))

    def test_mqtt_3_1_1_reaches_every_kind_of_sink(self):
        self.relay_from("mqtt311", generate(COUNT))

    def test_a_file_reaches_every_kind_of_sink(self):
        self.relay_from("file", generate(COUNT))


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
