#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands as people type them, over every transport."""

import json
import re
import unittest

import harness
import web
from events import Event
from harness import KAFKA, MQTT, event, free_port

COMMANDS = ("relay", "run", "check", "explain", "send", "listen", "convert",
            "validate", "request", "dlq", "bench", "health", "completion",
            "schema", "help")


class CommandLine(harness.Test):
    def test_help_is_there_for_the_program_and_each_command(self):
        whole = self.cebridge("--help")
        self.assertEqual((whole.code, whole.stderr), (0, ""), whole)
        for command in COMMANDS:
            with self.subTest(command):
                self.assertIn(command, whole.stdout)
                done = self.cebridge(command, "--help")
                self.assertEqual((done.code, done.stderr), (0, ""), done)
                self.assertIn(f"cebridge {command}", done.stdout)
                self.assertEqual(self.cebridge("help", command).stdout,
                                 done.stdout)
                for line in done.stdout.splitlines():
                    self.assertLess(len(line), 80, line)
        self.assertEqual(self.cebridge("help").stdout, whole.stdout)

    def test_help_of_relay_shows_the_options_of_every_transport(self):
        text = self.cebridge("relay", "--help").stdout
        for word in ("max_event_bytes", "qos", "group", "--dead-letter",
                     "--retry.base", "kafka://", "mqtt://", "http://",
                     "file:"):
            self.assertIn(word, text)

    def test_help_of_relay_shows_one_transport(self):
        for words in (("relay", "--help", "kafka"), ("help", "relay", "kafka")):
            text = self.cebridge(*words).stdout
            self.assertIn("kafka://HOST", text)
            self.assertNotIn("mqtt://HOST", text)

    def test_help_of_a_transport_that_there_is_not(self):
        for topic in ("relay", "configuration"):
            done = self.cebridge("help", topic, "kafak")
            self.assertEqual((done.code, done.stdout), (2, ""), done)
            self.assertEqual(
                done.stderr, 'cebridge: unknown transport "kafak", did you '
                'mean "kafka"?\n')
        done = self.cebridge("help", "configuration", "nothing")
        self.assertEqual((done.code, done.stderr),
                         (2, 'cebridge: unknown transport "nothing"\n'))

    def test_help_behind_endpoints_shows_every_transport(self):
        text = self.cebridge("relay", "file:x", "-", "--help").stdout
        self.assertIn("kafka://HOST", text)
        self.assertIn("mqtt://HOST", text)

    def test_version_is_one_line(self):
        done = self.cebridge("--version")
        self.assertEqual(done.code, 0)
        self.assertRegex(done.stdout, r"^cebridge \d+\.\d+\.\d+")
        self.assertEqual(done.stdout.count("\n"), 1)
        self.assertEqual(self.cebridge("-V").stdout, done.stdout)


class Send(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def send(self, *options, sink=None, **kw):
        done = self.cebridge("send", sink or self.sink.uri, *options, **kw)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(done.stdout, "")

    def sent(self):
        return self.sink.wait(1)[0].event()

    def test_attributes_and_data_come_from_options(self):
        self.send("--type", "t", "--source", "/s", "--subject", "\u00e4 b",
                  "--id", "1", "--ext", "a=x=y", "--ext", "b=2", "--data",
                  '{"n":1.50}', "--content-type", "application/json")
        got = self.sent()
        self.assertEqual(
            {k: v for k, v in got.attributes.items() if k != "time"},
            {"specversion": "1.0", "id": "1", "type": "t", "source": "/s",
             "subject": "\u00e4 b", "a": "x=y", "b": "2",
             "datacontenttype": "application/json"})
        self.assertEqual(got.data, b'{"n":1.50}')

    def test_an_id_is_made_where_none_is_given(self):
        self.send("--type", "t", "--source", "/s")
        self.assertTrue(self.sent().id)

    def test_data_comes_from_a_file(self):
        path = self.write("data", bytes(range(256)))
        self.send("--type", "t", "--source", "/s", "--data", f"@{path}",
                  "--content-type", "application/octet-stream")
        self.assertEqual(self.sent().data, bytes(range(256)))

    def test_events_come_from_standard_input(self):
        events = [event() for _ in range(20)]
        self.send("-", stdin=b"".join(e.to_json() + b"\n" for e in events))
        self.assertEqual({r.event().id for r in self.sink.wait(20)},
                         {e.id for e in events})

    def test_mode_is_an_option_of_the_sink(self):
        self.send("--type", "t", "--source", "/s",
                  sink=self.sink.uri + "?mode=structured")
        request = self.sink.wait(1)[0]
        self.assertTrue(request.header("Content-Type").startswith(
            "application/cloudevents+json"))
        self.assertNotIn("mode", request.target)

    def test_parameters_of_the_target_are_kept(self):
        self.send("--type", "t", "--source", "/s",
                  sink=self.sink.uri + "?key=a%20b&mode=binary")
        self.assertEqual(self.sink.wait(1)[0].target, "/events?key=a%20b")

    def test_an_invalid_event_is_not_sent(self):
        for options in (["--type", "t"], ["--source", "/s"],
                        ["--type", "t", "--source", "/s", "--ext", "A_=1"]):
            with self.subTest(options):
                done = self.cebridge("send", self.sink.uri, *options)
                self.assertIn(done.code, (2, 3), done)
        self.assertEqual(self.sink.requests, [])

    @unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
    def test_to_kafka_with_a_key(self):
        topic = self.topic()
        consumer = self.consumer(topic)
        self.send("--type", "t", "--source", "/s", "--ext",
                  "partitionkey=k1", "--data", "x", "--content-type",
                  "text/plain",
                  sink=self.kafka_uri(topic, key="{partitionkey}"))
        record = consumer.poll(30)
        self.assertEqual((record.key, record.value), (b"k1", b"x"))
        got = Event.from_kafka(record.headers, record.value)
        self.assertEqual(got.attributes["partitionkey"], "k1")

    @unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
    def test_to_mqtt_in_both_versions(self):
        for version in ("5", "3.1.1"):
            with self.subTest(version):
                topic = self.topic()
                reader = self.subscriber(topic)
                self.send("--type", "t", "--source", "/s", "--data", "x",
                          "--content-type", "text/plain",
                          sink=self.mqtt_uri(topic, version=version))
                message = reader.poll(30)
                got = Event.from_mqtt(message.content_type,
                                      message.properties, message.payload)
                self.assertEqual(got.data, b"x")

    def test_to_a_file(self):
        self.send("--type", "t", "--source", "/s",
                  sink="file:" + self.path("out"))
        self.send("--type", "t", "--source", "/s",
                  sink="file:" + self.path("out"))
        self.assertEqual(len(self.read("out").splitlines()), 2)


class Listen(harness.Test):
    def test_events_are_lines_and_count_ends_it(self):
        port = free_port()
        bridge = self.start("listen", f"http://127.0.0.1:{port}/events",
                            "--count", "3")
        events = [event(data=b'{"a":\n1.50}',
                        datacontenttype="application/json")
                  for _ in range(3)]
        for one in events:
            self.assertEqual(web.post(port, one).status, 202)
        self.assertEqual(bridge.wait(), 0, bridge.stderr)
        self.assertEqual([e.id for e in bridge.events()],
                         [e.id for e in events])
        self.assertIn("1.50", bridge.lines()[0])

    def test_a_filter_passes_what_matches(self):
        port = free_port()
        bridge = self.start("listen", f"http://127.0.0.1:{port}/events",
                            "--count", "1", "--filter", "type = 'wanted'")
        web.post(port, event(type="other"))
        wanted = event(type="wanted")
        web.post(port, wanted)
        bridge.wait()
        self.assertEqual([e.id for e in bridge.events()], [wanted.id])

    @unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
    def test_to_kafka(self):
        topic = self.topic()
        with harness.kafka.Producer(KAFKA) as producer:
            for i in range(3):
                headers, value = event(id=str(i)).to_kafka()
                producer.produce(topic, value, headers, partition=0)
            producer.flush()
        done = self.cebridge("listen", self.kafka_uri(topic, group=topic),
                             "--count", "3", timeout=60)
        self.assertEqual(done.code, 0, done)
        self.assertEqual([json.loads(x)["id"] for x in
                          done.stdout.splitlines()], ["0", "1", "2"])

    @unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
    def test_to_mqtt_with_a_wildcard(self):
        topic = self.topic()
        bridge = self.start("listen", self.mqtt_uri(topic + "/+"),
                            "--count", "1")
        sent = event()
        client = self.mqtt_client()
        kind, properties, payload = sent.to_mqtt()
        client.publish(topic + "/a", payload, kind, properties)
        self.assertEqual(bridge.wait(), 0, bridge.stderr)
        self.assertEqual([e.id for e in bridge.events()], [sent.id])


class Relay(harness.Test):
    def test_long_names_are_taken_or_refused(self):
        """Never cut."""
        name = 100 * "a"
        line = event().to_json().decode() + "\n"
        done = self.cebridge("relay", "--set", f"{name}=x", "-", "-",
                             stdin=line.encode())
        self.assertEqual(json.loads(done.stdout)[name], "x")
        done = self.cebridge("relay", "--wrap.type", "t", f"--wrap.{name}",
                             "x", "-", "-")
        self.assertEqual(done.code, 2, done)
        self.assertIn(name, done.stderr)

    def test_standard_input_to_standard_output_keeps_the_text(self):
        lines = [e.to_json() for e in (
            event(data=b'{"a":1.50,"b":[1E400]}',
                  datacontenttype="application/json"),
            event(time="2024-05-01T12:00:00.000000000Z", x="007"))]
        done = self.cebridge("relay", "-", "-",
                             stdin=b"\n".join(lines) + b"\n")
        self.assertEqual(done.code, 0, done)
        for line, out in zip(lines, done.stdout.splitlines()):
            want = Event.from_json(line.decode()).canonical()
            self.assertEqual(Event.from_json(out).canonical(), want)
        self.assertIn("1E400", done.stdout)

    def test_set_and_filter_work_from_the_command_line(self):
        events = [event(type="a.x"), event(type="b.x")]
        done = self.cebridge(
            "relay", "--filter", "type LIKE 'a.%'", "--set", "subject={type}",
            "--set", "seen=yes", "-", "-",
            stdin=b"".join(e.to_json() + b"\n" for e in events))
        self.assertEqual(done.code, 0, done)
        got, = [Event.from_json(x) for x in done.stdout.splitlines()]
        self.assertEqual(got.attributes["subject"], "a.x")
        self.assertEqual(got.attributes["seen"], "yes")

    def test_the_level_debug_follows_an_event_through_its_stages(self):
        line = event(type="a.x").to_json() + b"\n"
        config = self.write("bridge.yaml", "log: debug\nroutes:\n  r:\n"
                            "    from: '-'\n    to: '-'\n"
                            "    filter: type = 'a.x'\n")
        for command in (("relay", "--log-level", "debug", "--filter",
                         "type = 'a.x'", "-", "-"), ("run", config)):
            with self.subTest(command[0]):
                done = self.cebridge(*command, stdin=line)
                self.assertEqual(done.code, 0, done)
                told = re.findall(r"debug: #1 (\w+): (.+)", done.stderr)
                for stage in ("split", "check", "filter", "retry"):
                    self.assertIn((stage, "passes"), told)
                self.assertEqual(told[-2:], [("file", "ack"),
                                             ("settled", "ack")], done)

    def test_ready_is_one_line_on_stderr(self):
        bridge = self.start("relay", f"http://127.0.0.1:{free_port()}/", "-")
        self.assertEqual(bridge.stop(), 0)
        hits = [x for x in bridge.errors if re.match("cebridge: ready", x)]
        self.assertEqual(len(hits), 1)
        self.assertEqual(bridge.output, b"")

    def test_variables_are_expanded_in_a_configuration(self):
        sink = web.Sink()
        self.addCleanup(sink.stop)
        path = self.write("in", event().to_json() + b"\n")
        config = self.write("bridge.yaml", "routes:\n  r:\n"
                            f"    from: file:{path}\n    to: ${{TARGET}}\n")
        done = self.cebridge("run", config, env={"TARGET": sink.uri})
        self.assertEqual(done.code, 0, done)
        self.assertEqual(len(sink.requests), 1)


if __name__ == "__main__":
    harness.main()
