#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Why there is no way to Kafka: the log, /readyz and the answer to whoever
sends an event say so, and what helps."""

import os
import re
import socket
import ssl
import threading

import harness
import web
from harness import Broker, event, free_port

# (route, scheme and listener of the broker, query, what is said)
ROUTES = [
    ("plain-to-tls", "kafka", "tls", "", r"may want TLS: kafkas://"),
    ("login-to-tls", "kafka", "tls", "user=a&password=b",
     r"may want TLS: kafkas://"),
    ("tls-to-plain", "kafkas", "address", "",
     r"TLS: no handshake.*is kafka://"),
    ("unknown-authority", "kafkas", "tls", "",
     r"certificate verify failed; ca= names"),
    ("wrong-name", "kafkas", "other", "ca=CA",
     r"certificate verify failed; .*the host of the certificate"),
    ("no-certificate", "kafkas", "strict", "ca=CA",
     r"see cert= and key_file=|may want a certificate: cert="),
    ("no-login", "kafka", "sasl", "", r"hung up without a login; see user="),
    ("unwanted-login", "kafka", "address", "user=alice&password=b",
     r"takes no login at this port; leave out user="),
    ("wrong-password", "kafka", "sasl", "user=alice&password=b",
     r"login failed: .*password; see user=, password_file="),
    ("wrong-scram-password", "kafka", "sasl",
     "user=alice&password=b&sasl=SCRAM-SHA-256", r"SCRAM.*see user="),
    ("other-mechanism", "kafka", "sasl",
     "user=alice&password=b&sasl=SCRAM-SHA-512",
     r"other mechanisms of login: PLAIN,SCRAM-SHA-256; see sasl="),
    ("oauthbearer", "kafka", "sasl",
     "rdkafka.security.protocol=sasl_plaintext"
     "&rdkafka.sasl.mechanism=OAUTHBEARER"
     "&rdkafka.enable.sasl.oauthbearer.unsecure.jwt=true"
     "&rdkafka.sasl.oauthbearer.config=principal%3Da",
     r"other mechanisms of login: PLAIN,SCRAM-SHA-256; see sasl="),
    ("missing-topic", "kafka", "address",
     "rdkafka.allow.auto.create.topics=false", r"nknown topic.*; create it"),
    ("unknown-host", "kafka", "nohost", "", r"unknown host; is its name"),
    ("wrong-port", "kafka", "nobody", "",
     r"connection refused; nobody listens at this host and port"),
    ("no-kafka", "kafka", "web", "", r"does not speak Kafka; see the port"),
]
AS_SOURCES = ("plain-to-tls", "unknown-authority", "wrong-password",
              "other-mechanism", "missing-topic", "unknown-host")


class TlsPeer:
    """Makes handshakes and hangs up."""

    def __init__(self, context):
        self.context = context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            try:
                connection.settimeout(10)
                with self.context.wrap_socket(connection,
                                              server_side=True) as s:
                    s.recv(1)
            except OSError:
                connection.close()

    def close(self):
        self.listener.close()




class Reasons(harness.Test):
    @classmethod
    def setUpClass(cls):
        cls.folder = harness.tempfile.mkdtemp()
        cls.addClassCleanup(harness.shutil.rmtree, cls.folder)
        harness.make_certificates(cls.folder)
        cls.broker = Broker("kafka", os.path.join(cls.folder, "kafka"),
                            "--tls", cls.folder, "--sasl")
        cls.addClassCleanup(cls.broker.stop)

    def setUp(self):
        super().setUp()
        if self.broker.address("kind") == "mock":
            self.skipTest("the mock cluster has neither TLS nor logins")
        self.places = {name: self.broker.address(name)
                       for name in ("address", "tls", "sasl")}
        self.places["nohost"] = "no-such-host.invalid:9092"
        self.places["nobody"] = f"127.0.0.1:{free_port()}"
        self.places["other"] = self.tls_peer("client")
        self.places["strict"] = self.tls_peer("server", strict=True)
        self.places["web"] = self.http_peer()

    def file(self, name):
        return os.path.join(self.folder, name)

    def tls_peer(self, name, strict=False):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file(f"{name}.pem"),
                                self.file(f"{name}.key"))
        if strict:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.file("ca.pem"))
        peer = TlsPeer(context)
        self.addCleanup(peer.close)
        return f"127.0.0.1:{peer.port}"

    def http_peer(self):
        """Answers everything with a page."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def run():
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(
                        b"HTTP/1.1 400 Bad Request\r\n\r\nno")

        threading.Thread(target=run, daemon=True).start()
        return f"127.0.0.1:{listener.getsockname()[1]}"

    def uri(self, scheme, place, query, topic):
        query = query.replace("CA", self.file("ca.pem"))
        return (f"{scheme}://{self.places[place]}/{topic}"
                + (f"?{query}" if query else ""))

    def config(self, admin, ports):
        lines = [f"admin: http://127.0.0.1:{admin}", "routes:"]
        for name, scheme, place, query, _ in ROUTES:
            lines += [f"  {name}:",
                      f"    from: http://127.0.0.1:{ports[name]}/",
                      f"    to: '{self.uri(scheme, place, query, name)}'"]
            if name in AS_SOURCES:
                uri = self.uri(scheme, place, query, "source")
                lines += [f"  from-{name}:", f"    from: '{uri}'",
                          f"    to: file:{self.path(name)}"]
        return "\n".join(lines)

    def test_each_is_named_with_what_helps(self):
        admin = free_port()
        ports = {row[0]: free_port() for row in ROUTES}
        bridge = self.run_config(self.config(admin, ports), ready=False)
        for name, _, place, _, said in ROUTES:
            with self.subTest(name):
                bridge.wait_for(f"{self.places[place]}/{name}: .*(?:{said})")
                response = web.post(ports[name], event(), target="/")
                self.assertEqual(response.status, 503)
                self.assertRegex(response.body.decode(), said)
        ready = web.request(admin, "GET", "/readyz")
        self.assertEqual(ready.status, 503)
        for name, _, _, _, said in ROUTES:
            with self.subTest(f"{name} in /readyz"):
                lines = [line for line in ready.body.decode().splitlines()
                         if re.search(rf"\b(?<!-){name}\b", line)]
                self.assertRegex("\n".join(lines), said)

    def test_the_same_holds_for_sources(self):
        ports = {row[0]: free_port() for row in ROUTES}
        bridge = self.run_config(self.config(free_port(), ports), ready=False)
        for name, _, place, _, said in ROUTES:
            if name in AS_SOURCES:
                with self.subTest(name):
                    bridge.wait_for(
                        f"{self.places[place]}/source.*(?:{said})")

    def test_what_can_never_work_is_refused(self):
        for uri, code, said in (
                ("kafka://h:notaport/t", 2, 'the port "notaport"'),
                ("kafka://h:99999/t", 2, 'the port "99999"'),
                ("kafka://h:9092/a%20b", 2, 'a topic is made of letters'),
                ("kafka://h:9092/" + "a" * 250, 2, "at most 249"),
                ("kafkas://h:9092/t?ca=/no/ca.pem", 1,
                 "ca: /no/ca.pem: No such file"),
                (f"kafkas://h:9092/t?ca={self.file('ca.key')}", 1,
                 "ca= is a PEM file"),
                ("kafka://h:9092/t?rdkafka.security.protocol=sasl_plaintext"
                 "&rdkafka.sasl.mechanism=OAUTHBEARER", 2,
                 "sasl.oauthbearer.method=oidc")):
            for arguments in (("-", uri), (uri, "-")):
                with self.subTest(arguments):
                    done = self.cebridge("relay", *arguments)
                    self.assertEqual(done.code, code, done)
                    self.assertIn(said, done.stderr)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA")
