#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every program of docs/examples does what its first comment says, on the
transports that it is meant for. SDK-12"""

import glob
import json
import os
import signal
import subprocess

import harness
import kafka
import web
from harness import KAFKA, MQTT, ROOT, event, free_port

EXAMPLES = os.environ.get("CE_EXAMPLES", "")


class Programs(harness.Test):
    def run_example(self, name, *arguments, code=0):
        """The lines that it prints."""
        done = subprocess.run(
            [os.path.join(EXAMPLES, name), *arguments], capture_output=True,
            timeout=60, env={**os.environ, **self.environment})
        self.assertEqual(done.returncode, code,
                         done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode().splitlines()

    def http_uri(self, path="events"):
        return f"http://127.0.0.1:{free_port()}/{path}"

    def file_uri(self, name):
        return "file:" + self.path(name)

    def new_topic(self):
        """A receiver does not make its topic."""
        topic = self.topic()
        kafka.create(KAFKA, topic)
        return topic

    def uris(self):
        return {"http": self.http_uri(),
                "kafka": self.kafka_uri(self.new_topic()),
                "mqtt": self.mqtt_uri(self.topic())}

    def lines_of(self, name):
        return [json.loads(x) for x in self.read(name).splitlines()]

    def test_every_example_is_run_here(self):
        names = {os.path.basename(x)[:-2] for x in glob.glob(
            os.path.join(ROOT, "docs", "examples", "*.c"))}
        self.assertGreaterEqual(len(names), 15)
        self.assertEqual([x for x in names if not hasattr(self, f"test_{x}")],
                         [])

    def test_fire_and_forget(self):
        sink = web.Sink()
        self.addCleanup(sink.stop)
        self.assertEqual(self.run_example("fire_and_forget", sink.uri),
                         ["delivered"])
        got = sink.wait(1)[0].event()
        self.assertEqual(got.attributes["type"], "com.example.user.created")
        self.assertEqual(len(got.id), 36)
        self.assertIn("time", got.attributes)
        self.assertEqual(got.data, b'{"id":1,"name":"Ada"}')

    def test_fire_and_forget_tells_a_refusal_from_silence(self):
        sink = web.Sink(lambda request: (422, [], b"no"))
        self.addCleanup(sink.stop)
        self.assertIn("refused", self.run_example(
            "fire_and_forget", sink.uri, code=1)[0])
        self.assertIn("not delivered", self.run_example(
            "fire_and_forget", self.http_uri(), code=1)[0])

    def test_request_response(self):
        for name, uri in self.uris().items():
            with self.subTest(name):
                lines = self.run_example("request_response", uri)
                self.assertEqual(lines[0], '{"sum":3}')
                self.assertIn("unknown type", lines[1])

    def test_publish_subscribe(self):
        queries = {
            "kafka": [f"?group={harness.unique(x)}" for x in "abc"],
            "mqtt": [f"?client_id={harness.unique(x)}" for x in "abc"],
        }
        for name, ways in queries.items():
            with self.subTest(name):
                lines = self.run_example("publish_subscribe",
                                         self.uris()[name], *ways)
                self.assertEqual(sorted(lines), sorted(
                    f'{who}: {{"number":{n}}}' for n in range(5)
                    for who in ("mail", "search", "archive")))

    def test_chain(self):
        for kind in "http", "kafka", "mqtt":
            with self.subTest(kind):
                lines = self.run_example(
                    "chain", *[self.uris()[kind] for _ in range(3)])
                self.assertEqual(lines, ["com.example.shipment.sent, order "
                                         "order-17, caused by a payment"])

    def test_event_sourcing(self):
        group = f"?group={harness.unique()}"
        topic = self.topic()
        kafka.create(KAFKA, topic)  # an account's events have one order
        self.assertEqual(self.run_example(
            "event_sourcing", self.kafka_uri(topic), group),
            ["balance: 75"])
        self.assertEqual(self.run_example(
            "event_sourcing", self.file_uri("account")), ["balance: 75"])

    def test_cqrs(self):
        for name, uri in self.uris().items():
            with self.subTest(name):
                self.assertEqual(self.run_example("cqrs", uri), [
                    "deposit 100: accepted", "withdraw 30: accepted",
                    "withdraw 500: only 70 are there",
                    'balance: {"balance":70}',
                    "close: unknown type com.example.account.close"])

    def test_audit_log(self):
        self.assertEqual(
            self.run_example("audit_log", self.http_uri(),
                             self.file_uri("audit")),
            ["deleting: users may not be deleted"])
        self.assertEqual([x["outcome"] for x in self.lines_of("audit")],
                         ["accepted", "refused"])

    def test_saga(self):
        self.assertEqual(self.run_example("saga", self.http_uri()), [
            "book flight: done", "book hotel: done",
            "book car: no car is left", "cancel hotel: done",
            "cancel flight: done", "the trip is off"])

    def test_gateway(self):
        topic, out = self.topic(), self.topic("c")
        consumer, reader = self.consumer(topic), self.subscriber(out)
        self.assertEqual(
            self.run_example("gateway", self.http_uri(),
                             self.kafka_uri(topic), self.mqtt_uri(out),
                             self.file_uri("d")), ["3 services have it"])
        made, = self.lines_of("d")
        record = consumer.poll(30)
        self.assertEqual(dict(record.headers)["ce_id"].decode(), made["id"])
        message = reader.poll(30)
        self.assertEqual(dict(message.properties)["id"], made["id"])

    def test_retry(self):
        self.assertEqual(self.run_example("retry", self.http_uri()), [
            "com.example.good: delivered after 3 attempts",
            "com.example.bad: refused after 1 attempts: nobody wants this"])

    def test_dead_letters(self):
        topic, dead = self.new_topic(), self.topic("dead")
        consumer = self.consumer(dead)
        lines = self.run_example("dead_letters", self.kafka_uri(topic),
                                 self.kafka_uri(dead))
        self.assertEqual(sorted(lines), [
            "1: fine", "2: the order has no price", "3: fine"])
        headers = dict(consumer.poll(30).headers)
        self.assertEqual(headers["ce_subject"], b"2")
        self.assertEqual(headers["ce_dlqreason"], b"the order has no price")

    def test_idempotent_consumer(self):
        self.assertEqual(self.run_example(
            "idempotent_consumer", self.http_uri()), ["paid 1 time(s)"])

    def test_tracing(self):
        self.assertEqual(self.run_example("tracing", self.http_uri()), [
            "trace of 32 digits", "trace of 32 digits",
            "handled 2, failed 1, took time: yes"])

    def test_graceful_shutdown(self):
        port = free_port()
        program = subprocess.Popen(
            [os.path.join(EXAMPLES, "graceful_shutdown"),
             f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE)
        self.addCleanup(program.stdout.close)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        self.assertEqual(program.stdout.readline(), b"ready\n")
        with web.connect(port) as connection:
            headers, body = event(subject="one").to_http()
            connection.sendall(web.head("POST", "/", headers, body))
            self.assertEqual(program.stdout.readline(), b"working on one\n")
            program.send_signal(signal.SIGTERM)
            self.assertEqual(web.read_response(connection).status, 202)
        self.assertEqual(program.wait(30), 0)
        self.assertEqual(program.stdout.read(),
                         b"done\nstopped after 1 events\n")

    def test_migrate(self):
        topic, out = self.topic("orders"), self.topic("devices")
        consumer, reader = self.consumer(topic), self.subscriber(out)
        for broker, place, payload in ((f"kafka://{KAFKA}", topic, '{"a":1}'),
                                       (f"mqtt://{MQTT}", out, "21.5")):
            self.assertEqual(
                self.run_example("migrate", broker, place, payload),
                ["published"])
        self.assertEqual(consumer.poll(30).value, b'{"a":1}')
        self.assertEqual(reader.poll(30).payload, b"21.5")

    def test_own_transport(self):
        self.assertEqual(self.run_example("own_transport")[:3],
                         ["1", "2", "3"])

    def test_hello(self):
        self.assertIn("com.example.hello", self.run_example("hello")[0])


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT", "CE_EXAMPLES")
