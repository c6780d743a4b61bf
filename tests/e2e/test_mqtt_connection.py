#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How an MQTT connection is made: several filters, protocols in TLS, and what
the broker says of a bridge that has died."""

import socket
import ssl
import threading

import harness
import web
from harness import event, free_port, wait_until


class TlsPeer:
    """Takes one TLS connection, and remembers which protocol it was for."""

    def __init__(self, certificates, protocols):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{certificates}/server.pem",
                                f"{certificates}/server.key")
        context.set_alpn_protocols(protocols)
        self.listener = context.wrap_socket(
            socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self.listener.getsockname()[1]
        self.protocol = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        self.protocol = connection.selected_alpn_protocol()
        connection.close()

    def close(self):
        self.listener.close()
        self.thread.join(5)


class Connection(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def test_a_list_of_filters_is_one_source(self):
        one, two = self.topic(), self.topic()
        bridge = self.run_config(f"""
routes:
  r:
    from:
      uri: mqtt://{harness.MQTT}/
      topics: [{one}/+, {two}]
    to: {self.sink.uri}
""")
        client = self.mqtt_client()
        for topic in (f"{one}/x", two):
            kind, properties, payload = event(id=topic).to_mqtt()
            client.publish(topic, payload, kind, properties)
        client.flush()
        self.sink.wait(2)
        self.assertEqual({e.id for e in self.sink.events()},
                         {f"{one}/x", two})
        self.assertEqual(bridge.stop(), 0)

    def test_a_list_belongs_to_an_option_that_takes_one(self):
        config = self.write("c.yaml", """
routes:
  r:
    from: { uri: "mqtt://h/t", qos: [1], topics: ["a,b"] }
    to: file:/dev/null
""")
        checked = self.cebridge("check", config)
        self.assertEqual(checked.code, 2)
        self.assertIn("c.yaml:4: an item with a comma", checked.stderr)
        self.assertIn('"qos"', checked.stderr)

    def test_a_killed_bridge_leaves_its_will(self):
        topic = self.topic()
        bridge = self.start(
            "relay", f"http://127.0.0.1:{free_port()}/",
            f"mqtt://{harness.MQTT}/{topic}?will_topic={topic}/will"
            "&will_payload=bridge%20is%20gone")
        client = self.subscriber(f"{topic}/will")
        bridge.kill()
        self.assertEqual(client.poll(20).payload, b"bridge is gone")

    def test_protocols_are_offered_in_tls(self):
        folder = self.path("certificates")
        harness.make_certificates(folder)
        peer = TlsPeer(folder, ["mqtt"])
        self.addCleanup(peer.close)
        self.start("relay", f"http://127.0.0.1:{free_port()}/",
                   f"mqtts://127.0.0.1:{peer.port}/t?alpn=x-amzn-mqtt-ca,mqtt"
                   f"&ca={folder}/ca.pem", ready=False)
        wait_until(lambda: peer.protocol)
        self.assertEqual(peer.protocol, "mqtt")


if __name__ == "__main__":
    harness.main("CE_TEST_MQTT")
