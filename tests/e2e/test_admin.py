#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""/livez, /readyz and /metrics tell the truth."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import unittest

import harness
import web
from events import generate
from harness import KAFKA, MQTT, Broker, event, free_port, wait_until


class Admin(harness.Test):
    def setUp(self):
        super().setUp()
        self.admin, self.port = free_port(), free_port()
        self.status = 202
        self.sink = web.Sink(lambda request: self.status)
        self.addCleanup(self.sink.stop)

    def relay(self, *arguments, ready=True, **kw):
        return self.start("relay", "--admin",
                          f"http://127.0.0.1:{self.admin}", *arguments,
                          ready=ready, **kw)

    def get(self, path):
        return web.request(self.admin, "GET", path)

    def reason(self, pattern):
        """What /readyz says, once it is that: the log comes first."""

        def said():
            body = self.ready_body(503)
            return re.search(pattern, body) and body

        return wait_until(said)

    def ready_body(self, status):
        """What /readyz says, once it answers with STATUS."""

        def asked():
            try:
                answer = self.get("/readyz")
            except OSError:
                return None
            return answer if answer.status == status else None

        return wait_until(asked, 30, f"/readyz is never {status}") \
            .body.decode()

    def source(self, query=""):
        return f"http://127.0.0.1:{self.port}/events{query}"

    def test_head_has_the_status_of_get_and_no_body(self):
        """RFC 9110 9.3.2"""
        self.relay(self.source(), self.sink.uri)
        for path, status in (("/livez", 200), ("/readyz", 200),
                             ("/metrics", 200), ("/none", 404)):
            with web.connect(self.admin) as connection:
                connection.sendall(web.head(
                    "HEAD", path, [("Connection", "close")], b""))
                answer = connection.makefile("rb").read()
            self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status))
            self.assertTrue(answer.endswith(b"\r\n\r\n"), answer)
        answer = web.request(self.admin, "PUT", "/livez")
        self.assertEqual((answer.status, answer.header("Allow")),
                         (405, "GET, HEAD"))

    def test_silent_connections_do_not_silence_it(self):
        self.relay(self.source(), self.sink.uri)
        silent = [web.connect(self.admin) for _ in range(300)]
        for one in silent[::2]:
            try:
                one.sendall(b"GET /livez HTTP/1.1\r\n")
            except OSError:
                pass
        for _ in range(3):
            self.assertEqual(web.request(self.admin, "GET", "/livez",
                                         timeout=2).status, 200)
        for one in silent:
            one.close()

    def test_an_address_makes_room_among_its_own(self):
        self.relay(self.source(), self.sink.uri)
        older = socket.create_connection(("127.0.0.1", self.admin), 10,
                                         ("127.0.0.2", 0))
        with older, contextlib.ExitStack() as crowd:
            for _ in range(70):
                crowd.enter_context(web.connect(self.admin))
            older.sendall(web.head("GET", "/livez", [("Connection", "close")],
                                   b""))
            self.assertIn(b" 200 ", older.makefile("rb").read())

    def test_begun_requests_keep_nobody_out(self):
        """Of the prober's own address, and of others that fill all places."""
        self.relay(self.source(), self.sink.uri)
        for hosts, count in ((["127.0.0.1"], 70),
                             ([f"127.0.0.{n}" for n in range(2, 8)], 63)):
            with contextlib.ExitStack() as crowd:
                for host in hosts * count:
                    one = crowd.enter_context(socket.create_connection(
                        ("127.0.0.1", self.admin), 10, (host, 0)))
                    with contextlib.suppress(OSError):
                        one.sendall(b"GET /livez HTTP/1.1\r\nX-")
                for _ in range(3):
                    self.assertEqual(web.request(self.admin, "GET", "/livez",
                                                 timeout=5).status, 200)

    def test_the_port_of_events_says_so_too(self):
        self.relay(self.source("?health_path=/healthz"), self.sink.uri)
        self.assertEqual(self.health(), 200)
        self.sink.stop()
        web.post(self.port, event())
        wait_until(lambda: self.health() == 503)
        self.sink.start()
        wait_until(lambda: self.health() == 200)

    def health(self):
        return web.request(self.port, "GET", "/healthz").status

    def test_a_ready_bridge_says_so(self):
        self.relay(self.source(), self.sink.uri)
        self.assertEqual(self.get("/livez").status, 200)
        self.assertEqual(self.get("/readyz").status, 200)
        self.assertEqual(self.get("/nothing").status, 404)
        self.assertEqual(web.request(self.admin, "POST", "/livez").status,
                         405)

    def test_a_sink_that_goes_and_comes_is_seen(self):
        self.relay(self.source(), self.sink.uri)
        self.sink.stop()
        web.post(self.port, event())
        body = self.ready_body(503)
        self.assertIn(f"127.0.0.1:{self.sink.port}", body)
        self.assertEqual(self.get("/livez").status, 200)
        self.sink.start()
        wait_until(lambda: web.post(self.port, event()).status == 202)
        self.ready_body(200)

    def test_metrics_count_every_outcome_and_balance(self):
        self.relay("--filter", "type <> 'ignored'", "--dead-letter",
                   "file:" + self.path("dead"), self.source(), self.sink.uri)
        web.post_all(self.port, generate(50))
        web.post(self.port, event(type="ignored"))
        self.status = 422
        web.post(self.port, event())
        values = {name: value for (name, route), value in
                  self.assert_balanced(self.admin).items() if route}
        for kind, count in (("received", 52), ("delivered", 50),
                            ("filtered", 1), ("dead_lettered", 1),
                            ("refused", 0)):
            self.assertEqual(values[f"cebridge_events_{kind}_total"], count,
                             kind)

    def test_metrics_are_prometheus_text_with_a_histogram(self):
        self.relay(self.source(), self.sink.uri)
        web.post_all(self.port, generate(20))
        answer = self.get("/metrics")
        self.assertTrue(answer.header("Content-Type").startswith(
            "text/plain; version=0.0.4"), answer.header("Content-Type"))
        text = answer.body.decode()
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) \w+ .+|"
                             r"\w+(\{(\w+=\"[^\"]*\",?)+\})? [-+.\deE]+)$")
        buckets = re.findall(
            r'cebridge_delivery_seconds_bucket\{.*le="([^"]+)".*\} (\d+)',
            text)
        counts = [int(count) for _, count in buckets]
        self.assertEqual(counts, sorted(counts), "buckets are cumulative")
        self.assertEqual(buckets[-1], ("+Inf", "20"))
        self.assertRegex(text, r"cebridge_delivery_seconds_count\{.*\} 20")

    def assert_well_formed(self, text):
        """What promtool checks, and promtool itself where it is there."""
        kinds, seen, last = {}, set(), None
        for line in text.splitlines():
            word = line.split()
            if line.startswith("# TYPE"):
                self.assertNotIn(word[2], kinds, "a metric is split up")
                kinds[word[2]], last = word[3], word[2]
            elif not line.startswith("#"):
                series, name = (line.rsplit(" ", 1)[0],
                                re.match(r"\w+", line).group())
                self.assertNotIn(series, seen, "a series is there twice")
                seen.add(series)
                self.assertTrue(name == last or kinds[last] == "histogram"
                                and name.startswith(last + "_"), line)
        for name, kind in kinds.items():
            self.assertEqual(name.endswith("_total"), kind == "counter", name)
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"],
                                  input=text.encode(), capture_output=True)
            self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_sinks_are_told_apart(self):
        self.run_config(f"""
admin: http://127.0.0.1:{self.admin}
routes:
  fan:
    from: {self.source()}
    to:
      - {{ uri: "{self.sink.uri}?tenant=1", name: first }}
      - {{ uri: "{self.sink.uri}?tenant=2" }}
    dead_letter: file:{self.path("dead")}
""")
        self.assertEqual(web.post(self.port, event()).status, 202)
        text = self.get("/metrics").body.decode()
        for line in ('events_received_total{route="fan"} 1',
                     'events_delivered_total{route="fan",sink="first"} 1',
                     'events_delivered_total{route="fan",sink="2"} 1',
                     'oldest_unsettled_seconds{route="fan",sink="2"} 0.000',
                     'retries_total{route="fan",sink="dead_letter"} 0'):
            self.assertIn(f"cebridge_{line}\n", text)
        self.assertRegex(text, r'cebridge_endpoint_up\{route="fan",'
                         r'role="sink",sink="first",endpoint="http.*"\} 1')
        self.assertRegex(text, r'cebridge_build_info\{version=".*"\} 1')
        self.assert_well_formed(text)

    @unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
    def test_a_kafka_that_is_there_makes_it_ready(self):
        self.relay(self.source(), self.kafka_uri(self.topic()))
        self.assertEqual(self.get("/readyz").status, 200)

    @unittest.skipUnless(os.environ.get("CE_TEST_KAFKA_SASL"),
                         "CE_TEST_KAFKA_SASL is not set")
    def test_a_refused_kafka_login_is_said(self):
        address = os.environ["CE_TEST_KAFKA_SASL"]
        bridge = self.relay(
            self.source(), f"kafka://alice:wrong@{address}/t"
            "?rdkafka.security.protocol=sasl_plaintext"
            "&rdkafka.sasl.mechanism=PLAIN", ready=False)
        bridge.wait_for(r"(?i)authenticat")
        body = self.reason(r"uthenticat")
        self.assertNotIn("wrong", body + bridge.stderr)

    @unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
    def test_a_refused_mqtt_login_is_said(self):
        broker = Broker("mosquitto", self.path("mosquitto"), "--password")
        self.addCleanup(broker.stop)
        bridge = self.relay(
            self.source(), f"mqtt://alice:wrong@{broker.address()}/t",
            ready=False)
        pattern = r"(?i)not authori[sz]ed|bad user|refused"
        bridge.wait_for(pattern)
        body = self.reason(pattern)
        self.assertNotIn("wrong", body + bridge.stderr)

    def test_the_admin_port_in_use_ends_it(self):
        done = self.cebridge(
            "relay", "--admin", f"http://127.0.0.1:{self.sink.port}",
            self.source(), self.sink.uri)
        self.assertEqual(done.code, 1, done)
        self.assertIn(str(self.sink.port), done.stderr)


if __name__ == "__main__":
    harness.main()
