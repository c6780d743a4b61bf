#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every source to every sink: nothing is lost, nothing is changed.

One process has five routes at a time, from one kind of source to each kind of
sink. The events hold what is difficult: see DIFFICULT in events.py."""

import harness
from endpoints import KINDS, Sink, Source, differences
from events import generate
from harness import COUNT, free_port


class Pairs(harness.Test):
    def relay_from(self, source_kind):
        events = generate(COUNT)
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
                values["cebridge_events_delivered_total", route], COUNT)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    def test_http_reaches_every_kind_of_sink(self):
        self.relay_from("http")

    def test_kafka_reaches_every_kind_of_sink(self):
        self.relay_from("kafka")

    def test_mqtt_5_reaches_every_kind_of_sink(self):
        self.relay_from("mqtt5")

    def test_mqtt_3_1_1_reaches_every_kind_of_sink(self):
        self.relay_from("mqtt311")

    def test_a_file_reaches_every_kind_of_sink(self):
        self.relay_from("file")


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
