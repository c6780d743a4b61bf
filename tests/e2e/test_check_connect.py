#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check --connect asks the peers, and leaves nothing behind; check --json tells
programs."""

import json
import os
import socket
import time
import unittest

import harness
import kafka
import web
from harness import KAFKA, MQTT, Broker, event, free_port

needs_kafka = unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
needs_mqtt = unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")


class CheckConnect(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def check(self, source, *sinks, code=0, timeout="10s"):
        """The answer for each endpoint: {URI: what is said}."""
        done = self.cebridge(
            "check", "--connect", "--timeout", timeout, self.write(
                "bridge.yaml", f"routes:\n  r:\n    from: \"{source}\"\n"
                f"    to: [ {', '.join(map(repr, sinks))} ]\n"))
        self.assertEqual(done.code, code, done)
        answers = {}
        for line in done.stdout.splitlines()[1:]:
            place, _, said = line.partition(": ")
            route, _, uri = place.split(" ", 2)
            self.assertEqual(route, "r")
            answers[uri] = said
        return answers

    def check_source(self, source, code=0):
        """The answer for the source: labels have no options."""
        return self.check(source, self.sink.uri,
                          code=code)[source.partition("?")[0]]

    def nobody(self):
        return f"http://127.0.0.1:{free_port()}/x"

    def test_a_web_server_is_asked_without_an_event(self):
        refusing = web.Sink(lambda request: 401)
        self.addCleanup(refusing.stop)
        nobody = self.nobody()
        answers = self.check("-", self.sink.uri, refusing.uri, nobody, code=1)
        self.assertEqual(answers[self.sink.uri], "ok")
        self.assertRegex(answers[refusing.uri], "^login refused.*401.*token")
        self.assertRegex(answers[nobody], "connect")
        self.assertEqual([r.method for r in self.sink.requests], ["OPTIONS"])
        self.assertNotIn("-", answers)

    def test_files_that_cannot_be_opened_are_faults(self):
        """Those that can are not opened, nor made."""
        here = self.path("lines")
        source, sink = (f"file:{self.path('away')}/{x}" for x in "ab")
        folder = "file:" + os.path.dirname(here)
        answers = self.check(source, sink, folder, code=1)
        self.assertRegex(answers[source], "^cannot open .*a: No such file")
        self.assertRegex(answers[sink], "^cannot open .*b: No such file")
        self.assertRegex(answers[folder], "^cannot open .*: Is a directory")
        said = self.check(f"file:{here}", "-", code=1)
        self.assertEqual(list(said), [f"file:{here}"])
        self.assertEqual(self.check("-", f"file:{here}"), {})
        self.assertFalse(os.path.exists(here))
        self.write("lines", "")
        self.assertEqual(self.check(f"file:{here}", "-"), {})
        said = self.check(f"file:{here}?position={self.path('away')}/p", "-",
                          code=1)
        self.assertRegex(said[f"file:{here}"], "^cannot open .*away/p: No such")

    def test_what_any_path_says_of_options_is_no_fault(self):
        for status in (204, 404, 405, 501):
            self.sink.answer = lambda request, status=status: status
            self.assertEqual(self.check("-", self.sink.uri),
                             {self.sink.uri: "ok"})

    def test_what_a_web_server_says_of_every_request_is_a_fault(self):
        for status in (401, 403, 407, 502, 503, 504):
            self.sink.answer = lambda request, status=status: status
            said = self.check("-", self.sink.uri, code=1)[self.sink.uri]
            self.assertIn(str(status), said)

    def test_a_dead_letter_target_is_asked_too(self):
        done = self.cebridge("check", "--connect", self.write(
            "bridge.yaml", "routes:\n  r:\n    from: '-'\n    to: '-'\n"
            f"    dead_letter: {self.sink.uri}\n"))
        self.assertEqual(done.code, 0, done)
        self.assertIn(f"r dead letters to {self.sink.uri}: ok\n", done.stdout)

    def test_a_wrong_configuration_is_2_and_asks_nobody(self):
        done = self.cebridge("check", "--connect", self.write(
            "bridge.yaml", f"routes:\n  r: {{ to: '{self.sink.uri}' }}\n"))
        self.assertEqual(done.code, 2, done)
        self.assertEqual(self.sink.requests, [])

    def test_sixteen_are_asked_at_a_time(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            at = f"127.0.0.1:{silent.getsockname()[1]}"
            began = time.monotonic()
            answers = self.check("-", *(f"http://{at}/{n}" for n in range(16)),
                                 code=1, timeout="2s")
            self.assertLess(time.monotonic() - began, 16)
        self.assertEqual(len(answers), 16)

    def test_silent_peers_take_no_longer_than_the_timeout(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            at = f"127.0.0.1:{silent.getsockname()[1]}"
            sinks = [f"http://{at}/x", f"kafka://{at}/t", f"mqtt://{at}/t"]
            began = time.monotonic()
            answers = self.check("-", *sinks, code=1, timeout="300ms")
            self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(set(answers), set(sinks))
        self.assertNotIn("ok", answers.values())

    @needs_kafka
    def test_a_kafka_topic_is_neither_read_nor_made(self):
        there, missing = self.topic(), self.topic("missing")
        kafka.create(KAFKA, there)
        source = self.kafka_uri(there, group=there)
        self.assertEqual(self.check_source(source), "ok")
        if not kafka.is_mock(KAFKA):
            source = self.kafka_uri(missing)
            for _ in range(2):
                said = self.check_source(source, code=1)
                self.assertRegex(said, f'topic "{missing}": unknown topic; .+')

    @needs_kafka
    def test_a_group_keeps_what_it_has_to_read(self):
        topic = self.topic()
        kafka.create(KAFKA, topic)
        source = self.kafka_uri(topic, group=topic)
        headers, value = event(id="7").to_kafka()
        producer = self.producer()
        producer.produce(topic, value, headers)
        producer.flush()
        self.assertEqual(self.check_source(source), "ok")
        done = self.cebridge("listen", "--count", "1", source, timeout=60)
        self.assertEqual(done.code, 0, done)
        self.assertIn('"7"', done.stdout)

    @needs_mqtt
    def test_a_client_with_the_same_id_stays(self):
        topic = harness.unique("check")
        client = self.mqtt_client(client_id=topic)
        client.subscribe(f"$share/g/{topic}")
        source = self.mqtt_uri(f"$share/g/{topic}", client_id=topic,
                               inbox="off")
        self.assertEqual(self.check_source(source), "ok")
        client.publish(topic, b"x")
        self.assertEqual(client.poll(10).payload, b"x")

    @needs_mqtt
    def test_a_refused_mqtt_login_is_said_without_the_password(self):
        broker = Broker("mosquitto", self.path("mosquitto"), "--password")
        self.addCleanup(broker.stop)
        at = broker.address()
        done = self.cebridge("check", "--connect", self.write(
            "bridge.yaml", "routes:\n  r:\n    from: \"-\"\n"
            f"    to: mqtt://alice:hidden@{at}/t\n"))
        self.assertEqual(done.code, 1, done)
        self.assertRegex(done.stdout, f"r to mqtt://{at}/t: .*(?i:login|auth)")
        self.assertNotIn("hidden", done.stdout + done.stderr)

    @unittest.skipUnless(os.environ.get("CE_TEST_KAFKA_SASL"),
                         "CE_TEST_KAFKA_SASL is not set")
    def test_a_refused_kafka_login_is_said(self):
        uri = (f"kafka://alice:wrong@{os.environ['CE_TEST_KAFKA_SASL']}/t"
               "?rdkafka.security.protocol=sasl_plaintext"
               "&rdkafka.sasl.mechanism=PLAIN")
        said = " ".join(self.check("-", uri, code=1).values())
        self.assertRegex(said, "login failed: .*password")


class CheckJson(harness.Test):
    def check(self, text, *options, code):
        done = self.cebridge("check", "--json", *options,
                             self.write("bridge.yaml", text))
        self.assertEqual(done.code, code, done)
        self.assertEqual(done.stderr, "")
        return json.loads(done.stdout)

    def test_faults_have_their_place(self):
        said = self.check("routes:\n  r:\n    from: \"-\"\n    to: file:x\n"
                          "    filter: \"type == 'a'\"\n    retyr: {}\n",
                          code=2)
        self.assertEqual(said["routes"], [])
        by_line = {fault["line"]: fault for fault in said["faults"]}
        self.assertEqual(set(by_line), {5, 6})
        for fault in by_line.values():
            self.assertEqual(fault["file"], self.path("bridge.yaml"))
        self.assertEqual(by_line[6]["message"],
                         'unknown option "retyr", did you mean "retry"?')
        self.assertEqual(by_line[5]["message"],
                         'filter: "=" expected, not "=="')
        self.assertEqual(by_line[5]["excerpt"][by_line[5]["column"] - 1:],
                         "== 'a'")
        self.assertEqual(by_line[5]["remedy"], "CESQL compares with one =")

    def test_routes_have_their_promises(self):
        said = self.check("routes:\n"
                          "  a: { from: http://127.0.0.1:1/a, to: '-' }\n"
                          "  b: { from: http://127.0.0.1:1/b, to: '-' }\n"
                          "  c: { from: '-', to: mqtt://h/t?qos=0 }\n", code=0)
        self.assertEqual(said["faults"], [])
        self.assertNotIn("endpoints", said)
        a, b, c = said["routes"]
        self.assertEqual((a["name"], a["guarantee"], a["shares_port_with"]),
                         ("a", "at least once", ["b"]))
        self.assertEqual(c["guarantee"], "at most once")
        self.assertNotIn("shares_port_with", c)

    def test_routes_that_share_events_are_said(self):
        to = f"to: 'file:{self.path('out')}'"
        text = ("routes:\n"
                f"  a: {{ from: kafka://h/t, {to} }}\n"
                f"  b: {{ from: kafka://h/t, {to} }}\n"
                f"  c: {{ from: kafka://h/t?group=c, {to} }}\n"
                f"  d: {{ from: kafka://h/t, {to} }}\n")
        a, b, c, d = self.check(text, code=0)["routes"]
        for one in (a, b, d):
            self.assertEqual(one["shares_events_of"],
                             'group "cebridge" of topic "t" at h')
        self.assertNotIn("shares_events_of", c)
        done = self.cebridge("check", self.write("shared.yaml", text))
        said = ('a and b share group "cebridge" of topic "t" at h: each event '
                "comes to one of them only")
        self.assertIn(said, done.stdout.splitlines())
        bridge = self.run_config(text, ready=False)
        bridge.wait_for("warning: routes " + said)

    def test_endpoints_have_their_answers(self):
        with web.Sink() as sink:
            nobody = f"http://127.0.0.1:{free_port()}/x"
            said = self.check(
                "routes:\n  r:\n    from: \"-\"\n"
                f"    to:\n      - {sink.uri}\n      - {nobody}\n"
                f"    dead_letter: {sink.uri}\n", "--connect", code=1)
        one, two, letters = said["endpoints"]
        self.assertEqual(letters, {"route": "r", "part": "dead_letter",
                                   "line": 7, "endpoint": sink.uri,
                                   "ok": True})
        self.assertEqual(one, {"route": "r", "part": "to", "line": 5,
                               "endpoint": sink.uri, "ok": True})
        self.assertEqual((two["ok"], two["line"]), (False, 6))
        self.assertRegex(two["message"], "connect")


if __name__ == "__main__":
    harness.main()
