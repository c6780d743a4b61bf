#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TLS and logins of every transport, and that no secret is ever printed."""

import base64
import http.client
import os
import ssl
import subprocess
import unittest

import harness
import web
from harness import Broker, Event, event, free_port

KAFKA_TLS = os.environ.get("CE_TEST_KAFKA_TLS")
KAFKA_SASL = os.environ.get("CE_TEST_KAFKA_SASL")
MQTT_TLS = os.environ.get("CE_TEST_MQTT_TLS")
SECRET = "s3cret-that-nobody-prints"


class Security(harness.Test):
    @classmethod
    def setUpClass(cls):
        cls.certificates = os.environ.get("CE_TEST_CERTS")
        if not cls.certificates:
            cls.certificates = harness.tempfile.mkdtemp()
            cls.addClassCleanup(harness.shutil.rmtree, cls.certificates)
            harness.make_certificates(cls.certificates)

    def file(self, name):
        return os.path.join(self.certificates, name)

    def tearDown(self):
        for bridge in self.bridges:
            bridge.kill()
            self.assertNotIn(SECRET, bridge.stderr)
            self.assertNotIn("alice-secret", bridge.stderr)
            self.assertNotIn(SECRET.encode(), bridge.output)

    def setUp(self):
        super().setUp()
        self.bridges = []
        self.port = free_port()

    def relay(self, *arguments, ready=True, **kw):
        bridge = self.start("relay", *arguments, ready=ready, **kw)
        self.bridges.append(bridge)
        return bridge

    def server(self, answer=None, client_certificates=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file("server.pem"),
                                self.file("server.key"))
        if client_certificates:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file("ca.pem"))
        sink = web.Sink(answer, tls=context)
        self.addCleanup(sink.stop)
        return sink

    def client(self, certificate=False, name="client"):
        context = ssl.create_default_context(cafile=self.file("ca.pem"))
        if certificate:
            context.load_cert_chain(self.file(f"{name}.pem"),
                                    self.file(f"{name}.key"))
        return context

    def plain_sink(self):
        sink = web.Sink()
        self.addCleanup(sink.stop)
        return sink

    def source(self, query=""):
        return f"http://127.0.0.1:{self.port}/events{query}"

    # HTTP -----------------------------------------------------------------

    def test_an_https_source_serves_tls(self):
        sink = self.plain_sink()
        self.relay(f"https://127.0.0.1:{self.port}/events"
                   f"?cert={self.file('server.pem')}"
                   f"&key_file={self.file('server.key')}", sink.uri)
        answer = web.post(self.port, event(), tls=self.client())
        self.assertEqual(answer.status, 202)

    def test_an_early_answer_reaches_a_tls_client_that_writes_first(self):
        self.relay(f"https://127.0.0.1:{self.port}/events"
                   f"?cert={self.file('server.pem')}"
                   f"&key_file={self.file('server.key')}",
                   self.plain_sink().uri)
        for chunked in (False, True):
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.port, context=self.client())
            body = iter([bytes(1 << 20)] * 20) if chunked else bytes(20 << 20)
            connection.request("POST", "/events", body,
                               encode_chunked=chunked)
            self.assertEqual(connection.getresponse().status, 413)
            connection.close()

    def test_an_https_source_can_ask_for_certificates(self):
        sink = self.plain_sink()
        self.relay(f"https://127.0.0.1:{self.port}/events"
                   f"?cert={self.file('server.pem')}"
                   f"&key_file={self.file('server.key')}"
                   f"&ca={self.file('ca.pem')}", sink.uri)
        answer = web.post(self.port, event(), tls=self.client(True))
        self.assertEqual(answer.status, 202)
        # None, and one that is for servers.
        for context in (self.client(), self.client(True, "server-only")):
            answer = web.post(self.port, event(), tls=context)
            self.assertEqual(answer.status, 403)
        self.assertEqual(len(sink.requests), 1)

    def speaks(self, version):
        context = self.client()
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            answer = web.post(self.port, event(), tls=context)
        except (OSError, ssl.SSLError):
            return False
        self.assertEqual(answer.status, 202)
        return True

    def test_an_https_source_speaks_no_old_version(self):
        old, new = ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_3
        tls = (f"https://127.0.0.1:{self.port}/events"
               f"?cert={self.file('server.pem')}"
               f"&key_file={self.file('server.key')}")
        for option, middle in (("", True), ("&tls_min=1.3", False)):
            bridge = self.relay(tls + option, self.plain_sink().uri)
            self.assertFalse(self.speaks(old))
            self.assertEqual(self.speaks(ssl.TLSVersion.TLSv1_2), middle)
            self.assertTrue(self.speaks(new))
            bridge.stop()
        wrong = self.cebridge("relay", tls + "&tls_ciphers=nonsense", "-")
        self.assertEqual(wrong.code, 2, wrong)
        self.assertIn('"tls_ciphers" = "nonsense"', wrong.stderr)

    def test_an_https_sink_is_verified(self):
        sink = self.server()
        self.relay(self.source(), f"{sink.uri}?ca={self.file('ca.pem')}")
        self.assertEqual(web.post(self.port, event()).status, 202)

    def test_an_https_sink_that_nobody_vouches_for_gets_nothing(self):
        sink = self.server()
        self.relay(self.source(), sink.uri, ready=False)
        harness.wait_until(lambda: web.status(self.port, event()) == 503)
        self.assertEqual(sink.requests, [])

    def test_verification_can_be_switched_off(self):
        sink = self.server()
        self.relay(self.source(), sink.uri + "?verify=false")
        self.assertEqual(web.post(self.port, event()).status, 202)

    def test_an_https_sink_gets_our_certificate(self):
        sink = self.server(client_certificates=True)
        self.relay(self.source(), f"{sink.uri}?ca={self.file('ca.pem')}"
                   f"&cert={self.file('client.pem')}"
                   f"&key_file={self.file('client.key')}")
        self.assertEqual(web.post(self.port, event()).status, 202)

    def test_a_source_with_a_token_wants_it(self):
        sink = self.plain_sink()
        self.relay(self.source(f"?token={SECRET}"), sink.uri)
        for name, headers, target, status in (
                ("none", [], "/events", 401),
                ("wrong", [("Authorization", "Bearer x")], "/events", 401),
                ("right", [("Authorization", f"Bearer {SECRET}")],
                 "/events", 202),
                ("parameter", [], f"/events?access_token={SECRET}", 202)):
            with self.subTest(name):
                answer = web.post(self.port, event(), headers=headers,
                                  target=target)
                self.assertEqual(answer.status, status)
                if status == 401:
                    self.assertIn("Bearer",
                                  answer.header("WWW-Authenticate"))
        self.assertNotIn(SECRET, str([r.target + str(r.headers)
                                      for r in sink.requests]))

    def test_a_source_with_a_user_wants_the_password(self):
        sink = self.plain_sink()
        secret = self.write("password", SECRET + "\n")
        self.relay(self.source(f"?user=alice&password_file={secret}"),
                   sink.uri)
        good = base64.b64encode(f"alice:{SECRET}".encode()).decode()
        bad = base64.b64encode(b"alice:wrong").decode()
        for name, headers, status in (
                ("none", [], 401), ("wrong", [("Authorization",
                                               f"Basic {bad}")], 401),
                ("right", [("Authorization", f"Basic {good}")], 202)):
            with self.subTest(name):
                answer = web.post(self.port, event(), headers=headers)
                self.assertEqual(answer.status, status)
                if status == 401:
                    self.assertIn("Basic", answer.header("WWW-Authenticate"))

    def test_a_source_is_not_open_by_mistake(self):
        for login, said in (
                ("token=", "the token is empty"),
                ("password=x", "the password has no user"),
                ("user=u&password=", "the password is empty"),
                ("user=u&password_file=/dev/null", "the password is empty")):
            with self.subTest(login):
                done = self.cebridge("relay", self.source(f"?{login}"), "-")
                self.assertEqual(done.code, 2, done)
                self.assertIn(said, done.stderr)

    def test_a_sink_gets_the_token(self):
        sink = self.plain_sink()
        secret = self.write("token", SECRET + "\n")
        self.relay(self.source(), f"{sink.uri}?token_file={secret}")
        self.assertEqual(web.post(self.port, event()).status, 202)
        self.assertEqual(sink.requests[0].header("Authorization"),
                         f"Bearer {SECRET}")
        self.assertEqual(sink.requests[0].target, "/events")

    def test_a_sink_gets_user_and_password(self):
        sink = self.plain_sink()
        secret = self.write("password", SECRET)
        self.relay(self.source(),
                   f"{sink.uri}?user=alice&password_file={secret}")
        self.assertEqual(web.post(self.port, event()).status, 202)
        expected = base64.b64encode(f"alice:{SECRET}".encode()).decode()
        self.assertEqual(sink.requests[0].header("Authorization"),
                         f"Basic {expected}")

    def test_authorization_of_the_sender_goes_no_further(self):
        sink = self.plain_sink()
        self.relay(self.source(), sink.uri)
        web.post(self.port, event(), headers=[
            ("Authorization", f"Bearer {SECRET}"), ("X-Other", SECRET)])
        self.assertNotIn(SECRET, str(sink.requests[0].headers))

    # Secrets --------------------------------------------------------------

    # SUB-14
    def test_a_password_in_a_uri_is_in_no_output(self):
        admin, away = free_port(), free_port()
        uri = f"http://alice:{SECRET}@127.0.0.1:{away}/x?token={SECRET}"
        bridge = self.relay("--admin", f"http://127.0.0.1:{admin}",
                            self.source(), uri.split("?")[0], ready=False)
        harness.wait_until(lambda: web.status(self.port, event()) == 503)
        for path in ("/readyz", "/metrics"):
            body = web.request(admin, "GET", path).body.decode()
            self.assertNotIn(SECRET, body)
        answer = web.post(self.port, event())
        self.assertNotIn(SECRET, answer.body.decode())
        self.assertIn(f"127.0.0.1:{away}", bridge.stderr)

    def test_senders_do_not_see_where_a_sink_is(self):
        for query, seen in (("", False), ("?details=true", True)):
            with self.subTest(query):
                sink = f"http://127.0.0.1:{free_port()}/x"
                bridge = self.relay(self.source(query), sink)
                answer = web.post(self.port, event())
                bridge.wait_for("127.0.0.1 port")
                bridge.stop()
                self.assertEqual(answer.status, 503)
                self.assertIn("onnect", answer.json()["detail"])
                self.assertEqual("127.0.0.1" in answer.json()["detail"], seen)

    # SUB-14
    def test_a_wrong_configuration_does_not_show_its_secrets(self):
        path = self.write("bridge.yaml", f"""
routes:
  r:
    from: http://127.0.0.1:1/?token={SECRET}
    to: {{ uri: "mqtt://alice:{SECRET}@h:1/t", password: {SECRET}, qso: 1 }}
    dead_letter: kafka://alice:{SECRET}@h:1/t?nonsense=1
""")
        done = self.cebridge("check", path)
        self.assertEqual(done.code, 2)
        self.assertNotIn(SECRET, done.stdout + done.stderr)

    # Kafka ----------------------------------------------------------------

    def through_kafka(self, sink, **consumer):
        """An event over HTTP into SINK's topic; the record read back."""
        topic = self.topic()
        reader = self.consumer(topic)
        self.relay(self.source(), sink(topic))
        sent = event(data=b"x", datacontenttype="text/plain")
        self.assertEqual(web.post(self.port, sent).status, 202)
        record = reader.poll(30)
        self.assertEqual(Event.from_kafka(record.headers, record.value).id,
                         sent.id)

    @unittest.skipUnless(KAFKA_TLS, "CE_TEST_KAFKA_TLS is not set")
    def test_kafkas_is_verified(self):
        self.through_kafka(lambda topic: f"kafkas://{KAFKA_TLS}/{topic}"
                           f"?ca={self.file('ca.pem')}")

    @unittest.skipUnless(KAFKA_TLS, "CE_TEST_KAFKA_TLS is not set")
    def test_kafkas_gets_our_certificate(self):
        self.through_kafka(lambda topic: f"kafkas://{KAFKA_TLS}/{topic}"
                           f"?ca={self.file('ca.pem')}"
                           f"&cert={self.file('client.pem')}"
                           f"&key_file={self.file('client.key')}")

    @unittest.skipUnless(KAFKA_TLS, "CE_TEST_KAFKA_TLS is not set")
    def test_kafkas_gets_no_certificate_but_ours(self):
        """The broker asks for one and refuses what it does not trust. Newer
        client libraries do not even show what it would refuse, and this broker
        lets in who shows nothing."""
        pem, key = self.path("own.pem"), self.path("own.key")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
             "-days", "2", "-subj", "/CN=nobody", "-keyout", key, "-out",
             pem], check=True, capture_output=True)

        def sink(topic):
            return (f"kafkas://{KAFKA_TLS}/{topic}?ca={self.file('ca.pem')}"
                    f"&cert={pem}&key_file={key}")

        if harness.kafka.library().rd_kafka_version() >= 0x02060000:
            self.through_kafka(sink)
            return
        bridge = self.relay(self.source(), sink("t"), ready=False)
        bridge.wait_for("(?i)certificate|ssl")
        self.assertEqual(web.post(self.port, event()).status, 503)

    @unittest.skipUnless(KAFKA_TLS, "CE_TEST_KAFKA_TLS is not set")
    def test_kafkas_that_nobody_vouches_for_is_waited_for(self):
        bridge = self.relay(self.source(), f"kafkas://{KAFKA_TLS}/t",
                            ready=False)
        bridge.wait_for("(?i)certificate|ssl")
        self.assertEqual(web.post(self.port, event()).status, 503)

    @unittest.skipUnless(KAFKA_SASL, "CE_TEST_KAFKA_SASL is not set")
    def test_kafka_logs_in_with_plain(self):
        secret = self.write("password", "alice-secret\n")
        self.through_kafka(
            lambda topic: f"kafka://{KAFKA_SASL}/{topic}"
            f"?sasl=PLAIN&user=alice&password_file={secret}")

    @unittest.skipUnless(KAFKA_SASL, "CE_TEST_KAFKA_SASL is not set")
    def test_kafka_logs_in_with_scram_or_says_why_not(self):
        secret = self.write("password", "alice-secret\n")

        def sink(topic):
            return (f"kafka://{KAFKA_SASL}/{topic}"
                    f"?sasl=SCRAM-SHA-256&user=alice&password_file={secret}")

        # Older client libraries cannot log in to Kafka 4 this way.
        if harness.kafka.library().rd_kafka_version() >= 0x02060100:
            self.through_kafka(sink)
        else:
            bridge = self.relay(self.source(), sink("t"), ready=False)
            bridge.wait_for("SCRAM.*librdkafka")

    @unittest.skipUnless(KAFKA_SASL, "CE_TEST_KAFKA_SASL is not set")
    def test_kafka_logs_in_with_properties_of_the_client(self):
        self.through_kafka(
            lambda topic: f"kafka://{KAFKA_SASL}/{topic}"
            "?rdkafka.security.protocol=sasl_plaintext"
            "&rdkafka.sasl.mechanism=PLAIN&rdkafka.sasl.username=alice"
            "&rdkafka.sasl.password=alice-secret")

    # MQTT -----------------------------------------------------------------

    def through_mqtt(self, source):
        """An event from SOURCE's topic to an HTTP sink."""
        sink, topic = self.plain_sink(), self.topic()
        self.relay(source(topic), sink.uri)
        return sink, topic

    @unittest.skipUnless(MQTT_TLS, "CE_TEST_MQTT_TLS is not set")
    def test_mqtts_is_verified(self):
        sink, topic = self.through_mqtt(
            lambda topic: f"mqtts://{MQTT_TLS}/{topic}"
            f"?ca={self.file('ca.pem')}")
        self.relay(self.source(), f"mqtts://{MQTT_TLS}/{topic}"
                   f"?ca={self.file('ca.pem')}")
        sent = event()
        self.assertEqual(web.post(self.port, sent).status, 202)
        self.assertEqual(sink.wait(1)[0].event().id, sent.id)

    @unittest.skipUnless(MQTT_TLS, "CE_TEST_MQTT_TLS is not set")
    def test_mqtts_that_nobody_vouches_for_is_waited_for(self):
        self.relay(self.source(), f"mqtts://{MQTT_TLS}/t", ready=False)
        harness.wait_until(lambda: web.status(self.port, event()) == 503)

    @unittest.skipUnless(harness.MQTT, "CE_TEST_MQTT is not set")
    def test_mqtts_gets_our_certificate(self):
        broker = Broker("mosquitto", self.path("mosquitto"), "--tls",
                        self.certificates, "--client-certificates")
        self.addCleanup(broker.stop)
        base = f"mqtts://{broker.address('tls')}"
        tls = (f"?ca={self.file('ca.pem')}&cert={self.file('client.pem')}"
               f"&key_file={self.file('client.key')}")
        sink, topic = self.through_mqtt(lambda topic: f"{base}/{topic}{tls}")
        self.relay(self.source(), f"{base}/{topic}{tls}")
        sent = event()
        self.assertEqual(web.post(self.port, sent).status, 202)
        self.assertEqual(sink.wait(1)[0].event().id, sent.id)
        without = self.relay(f"{base}/{topic}-2?ca={self.file('ca.pem')}",
                             sink.uri, ready=False)
        without.wait_for(f"warning: {base}")

    @unittest.skipUnless(harness.MQTT, "CE_TEST_MQTT is not set")
    def test_mqtt_logs_in(self):
        broker = Broker("mosquitto", self.path("mosquitto"), "--password")
        self.addCleanup(broker.stop)
        secret = self.write("password", "alice-secret\n")
        login = f"user=alice&password_file={secret}"
        sink, topic = self.through_mqtt(
            lambda topic: f"mqtt://{broker.address()}/{topic}?{login}")
        self.relay(self.source(), f"mqtt://alice:alice-secret@"
                   f"{broker.address()}/{topic}")
        sent = event()
        self.assertEqual(web.post(self.port, sent).status, 202)
        self.assertEqual(sink.wait(1)[0].event().id, sent.id)


if __name__ == "__main__":
    harness.main()
