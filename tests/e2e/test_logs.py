#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Log lines for people, for programs and for the journal."""

import json
import os
import re
import signal
import subprocess
import threading
import unittest

import harness
import web
from harness import KAFKA, MQTT, event, free_port

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


class Logs(harness.Test):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.sink = web.Sink(lambda request: 422)
        self.addCleanup(self.sink.stop)

    def run_with(self, log, **kw):
        return self.run_config(f"""
{log}
routes:
  ingest: {{ from: "http://127.0.0.1:{self.port}/e", to: "{self.sink.uri}" }}
""", ready=False, **kw)

    def refuse_one(self, bridge):
        bridge.wait_for("ready")
        web.post(self.port, event(id="one"), target="/e")
        bridge.wait_for("refused")
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.wait(), 0)
        return bridge.stderr.splitlines()

    def assert_json(self, lines):
        rows = [json.loads(line) for line in lines]
        for row in rows:
            self.assertRegex(row["time"], TIME)
        refused = [r for r in rows if "refused (422)" in r["message"]]
        self.assertEqual([(r["level"], r["route"]) for r in refused],
                         [("warning", "ingest")])
        self.assertEqual(rows[0], {"time": rows[0]["time"], "level": "info",
                                   "message": "ready"})
        self.assertTrue(rows[-1]["message"].startswith("stopped in "))

    def test_json_has_an_object_a_line(self):
        lines = self.refuse_one(
            self.run_with("log: { level: info, format: json }"))
        self.assert_json(lines)
        refused = next(json.loads(x) for x in lines if "(422)" in x)
        self.assertEqual((refused["event"], refused["route"]),
                         ("one", "ingest"))
        self.assertIn(refused["error"], refused["message"])
        self.assertTrue(refused["place"].endswith("bridge.yaml:4"), refused)

    def send_while_the_sink_is_away(self, form):
        self.sink.stop()
        bridge = self.run_config(f"""
log: {{ format: {form} }}
routes:
  ingest:
    from: http://127.0.0.1:{self.port}/e
    to: {self.sink.uri}
    retry: {{ base: 10ms, cap: 20ms }}
""", ready=False)
        bridge.wait_for("ready")
        thread = threading.Thread(target=web.status, args=(self.port, event()),
                                  kwargs={"target": "/e"})
        thread.start()
        self.addCleanup(thread.join)
        return bridge

    def test_fields_say_what_is_away_and_how_often(self):
        bridge = self.send_while_the_sink_is_away("json")
        row = json.loads(bridge.wait_for('"repeated":'))
        self.assertGreater(row["repeated"], 1)
        self.assertEqual((row["route"], row["endpoint"]),
                         ("ingest", self.sink.uri))
        self.assertIn("onnect", row["error"])
        self.assertTrue(row["place"].endswith("bridge.yaml:6"), row)
        self.sink.start()
        row = json.loads(bridge.wait_for("connected"))
        self.assertEqual(row["endpoint"], self.sink.uri)
        self.assertNotIn("place", row)

    def test_the_journal_says_how_often(self):
        bridge = self.send_while_the_sink_is_away("journal")
        bridge.wait_for(r"^<4>.* repeated=\d+$")
        self.sink.start()

    def test_an_id_turns_no_text(self):
        bridge = self.run_with("log: { format: journal }")
        bridge.wait_for("ready")
        web.post(self.port, event(id="a\u202eb"), target="/e")
        bridge.wait_for(" event=a b$")

    def test_warnings_name_file_line_and_route(self):
        bridge = self.run_with("")
        lines = self.refuse_one(bridge)
        place = self.path("bridge.yaml")
        self.assertTrue(any(x.startswith(
            f"cebridge: warning: {place}:4: ingest: ") for x in lines), lines)

    def test_what_cannot_start_names_file_line_and_route(self):
        place = self.path("bridge.yaml")
        taken = self.sink.port
        for config, line, name in (
                (f"""routes:
  r:
    from: http://127.0.0.1:{taken}/e
    to: "-"
""", 3, "r"), ("""routes:
  r:
    from: "-"
    to:
      - "-"
      - file:/no/such/folder/out
""", 6, "r"), (f"""admin: http://127.0.0.1:{taken}
routes:
  r: {{ from: "-", to: "-" }}
""", 1, "admin")):
            with self.subTest(config):
                bridge = self.run_config(config, ready=False)
                self.assertEqual(bridge.wait(), 1)
                self.assertRegex(
                    bridge.stderr, rf"(?m)^cebridge: {place}:{line}: {name}: ")

    def test_an_option_of_relay_asks_for_json(self):
        bridge = self.start("relay", "--log-format", "json", "--log-level",
                            "debug", f"http://127.0.0.1:{self.port}/e",
                            self.sink.uri, ready=False)
        for line in self.refuse_one(bridge):
            json.loads(line)

    def test_the_journal_has_priorities(self):
        lines = self.refuse_one(self.run_with("log: { format: journal }"))
        self.assertEqual(lines[0], "<6>ready")
        refused = [x for x in lines if x.startswith("<4>") and "refused" in x]
        self.assertEqual(len(refused), 1)
        self.assertTrue(refused[0].endswith(" event=one"), refused)

    def test_a_stream_to_the_journal_is_recognized(self):
        path = self.write("stream", "")
        there = os.stat(path)
        config = self.write("r.yaml", "routes:\n  r: { from: '-', to: '-' }\n")
        for inode, expected in ((there.st_ino, "<6>ready\n"),
                                (there.st_ino + 1, "cebridge: ready\n")):
            with open(path, "w") as stream:
                done = subprocess.run(
                    [harness.PROGRAM, "run", config],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=stream, timeout=30,
                    env={**os.environ, "JOURNAL_STREAM":
                         f"{there.st_dev}:{inode}"})
            self.assertEqual(done.returncode, 0)
            with open(path) as stream:
                self.assertEqual(stream.read(), expected)

    def test_a_level_hides_what_is_below(self):
        bridge = self.run_with("log: { level: error }")
        bridge.wait_for("ready")
        web.post(self.port, event(), target="/e")
        bridge.signal(signal.SIGTERM)
        bridge.wait()
        self.assertNotIn("refused (422)", bridge.stderr)

    def test_a_form_that_is_none_is_a_fault(self):
        bridge = self.run_with("log: { format: xml }")
        self.assertEqual(bridge.wait(), 2)
        self.assertIn("not one of text|json|journal", bridge.stderr)


@unittest.skipUnless(KAFKA and MQTT, "brokers are not set")
class LostMessages(harness.Test):
    """What a sink refuses, and nobody keeps."""

    def setUp(self):
        super().setUp()
        self.name = self.topic()
        self.sink = web.Sink(lambda request: 422)
        self.addCleanup(self.sink.stop)

    def feed_kafka(self, *ids):
        with self.producer() as producer:
            for one in ids:
                headers, value = event(id=one).to_kafka()
                producer.produce(self.name, value, headers, partition=0)
            producer.flush()

    def feed_mqtt(self, one):
        client = self.mqtt_client()
        kind, properties, payload = event(id=one).to_mqtt()
        client.publish(self.name, payload, kind, properties)
        client.flush()

    def test_they_are_named_by_their_ids(self):
        self.feed_kafka("one")
        bridge = self.run_config(f"""
log: {{ format: json }}
routes:
  kafka: {{ from: "{self.kafka_uri(self.name, group=self.name)}",
           to: "{self.sink.uri}" }}
  mqtt: {{ from: "{self.mqtt_uri(self.name, inbox='off')}",
          to: "{self.sink.uri}" }}
""", ready=False)
        bridge.wait_for('"ready"')
        self.feed_mqtt("two")
        for route, one, words in (("kafka", "one", "skipped: "),
                                  ("mqtt", "two", " is lost: ")):
            row = json.loads(bridge.wait_for(words))
            self.assertEqual((row["route"], row["event"]), (route, one))
            self.assertTrue(row["message"].endswith(row["error"]), row)

    def test_many_of_them_are_counted(self):
        self.feed_kafka(*map(str, range(1000)))
        bridge = self.run_config(f"""
log: {{ format: json }}
routes:
  r: {{ from: "{self.kafka_uri(self.name, group=self.name)}",
       to: "{self.sink.uri}" }}
""", ready=False)
        self.sink.wait(1000)
        harness.wait_until(lambda: self.feed_kafka("more") or
                           "more records were skipped" in bridge.stderr)
        row = json.loads(bridge.wait_for("more records were skipped"))
        self.assertIn(f": {row['repeated']} more", row["message"])


if __name__ == "__main__":
    harness.main()
