#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Templates see what a message came with."""

from urllib.parse import unquote

import harness
import web
from harness import event, free_port


class Templates(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def route(self, source, keys):
        return self.run_config(f"""
routes:
  r:
    from: "{source}"
    to: {self.sink.uri}
    {keys}
""")

    def headers(self):
        harness.wait_until(lambda: self.sink.requests)
        return {k.lower(): v for k, v in self.sink.requests[0].headers}

    def test_headers_of_an_http_request(self):
        port = free_port()
        self.route(f"http://127.0.0.1:{port}/a",
                   'set: { tenant: "{header[x-tenant]}",'
                   ' secret: "{header[authorization]|\\"none\\"}" }')
        sent = [("X-Tenant", "t1"), ("Authorization", "Bearer x")]
        self.assertEqual(
            web.post(port, event(), target="/a", headers=sent).status, 202)
        self.assertEqual(self.headers()["ce-tenant"], "t1")
        self.assertEqual(self.headers()["ce-secret"], "none")

    def test_headers_of_a_plain_http_request(self):
        port = free_port()
        self.route(f"http://127.0.0.1:{port}/a",
                   'wrap: { type: "{header[X-Kind]}", source: "/{topic[1]}" }')
        answer = web.request(port, target="/a", body=b"1",
                             headers=[("x-kind", "reading")])
        self.assertEqual(answer.status, 202)
        self.assertEqual(self.headers()["ce-type"], "reading")

    def test_properties_of_an_mqtt_message(self):
        topic = self.topic()
        client = self.mqtt_client()
        client.publish(f"{topic}/Living Room 100%", b"1", retain=True,
                       properties=[("Tenant", "t1")])
        client.flush()
        self.route(f"mqtt://{harness.MQTT}/{topic}/#",
                   'wrap: { type: t, source: "/mq/{topic[1]}",'
                   ' tenant: "{header[tenant]}", kept: "{retain}" }')
        self.assertEqual(unquote(self.headers()["ce-source"]),
                         "/mq/Living%20Room%20100%25")
        self.assertEqual(self.headers()["ce-tenant"], "t1")
        self.assertEqual(self.headers()["ce-kept"], "true")

    def test_the_time_and_a_header_of_a_kafka_record(self):
        topic = self.topic()
        producer = self.producer()
        producer.produce(topic, b"1", headers=[("Tenant", b"t1")])
        producer.flush()
        self.route(f"kafka://{harness.KAFKA}/{topic}?group={topic}",
                   'wrap: { type: t, source: /s, time: "{timestamp}",'
                   ' tenant: "{header[tenant]}" }')
        self.assertEqual(self.headers()["ce-tenant"], "t1")
        self.assertRegex(self.headers()["ce-time"], r"^20\d\d-.*Z$")


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
