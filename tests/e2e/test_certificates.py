#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates of https endpoints that change while they run."""

import base64
import http.client
import os
import resource
import shutil
import socket
import ssl
import subprocess

import harness
import web
from harness import event, free_port


def rsa_key(p, q):
    """A private key of two primes, as PEM (PKCS #1)."""
    def field(tag, content):
        size = len(content)
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([size] if size < 128 else [128 | len(octets), *octets])
        return bytes([tag]) + length + content

    e = 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = (0, p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
    der = field(0x30, b"".join(
        field(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers))
    return ("-----BEGIN RSA PRIVATE KEY-----\n"
            f"{base64.encodebytes(der).decode()}"
            "-----END RSA PRIVATE KEY-----\n")


class Certificates(harness.Test):
    """Two authorities, old and new, with a server and a client each."""

    @classmethod
    def setUpClass(cls):
        cls.authorities = harness.tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.authorities)
        harness.make_certificates(*(os.path.join(cls.authorities, name)
                                    for name in ("old", "new")))

    def file(self, *parts):
        return os.path.join(self.authorities, *parts)

    def install(self, authority, *names):
        """As tools do that renew certificates: a new file in the place."""
        for name in names:
            shutil.copy(self.file(authority, name), self.path("fresh"))
            os.rename(self.path("fresh"), self.path(name))

    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.install("old", "server.pem", "server.key", "ca.pem")
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def relay(self, query=""):
        return self.start(
            "relay", f"https://127.0.0.1:{self.port}/events?cert="
            f"{self.path('server.pem')}&key_file={self.path('server.key')}"
            f"{query}", self.sink.uri)

    def client(self, authority, certificate=None):
        context = ssl.create_default_context(
            cafile=self.file(authority, "ca.pem"))
        if certificate:
            context.load_cert_chain(self.file(certificate, "client.pem"),
                                    self.file(certificate, "client.key"))
        return context

    def kept(self, context):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port,
                                                 context=context)
        self.addCleanup(connection.close)
        connection.connect()
        connection.auto_open = False
        return connection

    def ask(self, connection):
        headers, body = event().to_http()
        connection.request("POST", "/events", body, dict(headers))
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def serves(self, authority):
        try:
            return web.post(self.port, event(),
                            tls=self.client(authority)).status == 202
        except ssl.SSLCertVerificationError:
            return False

    def test_a_new_certificate_is_shown_and_no_connection_dropped(self):
        self.relay()
        kept = self.kept(self.client("old"))
        self.assertEqual(self.ask(kept), 202)
        self.assertFalse(self.serves("new"))
        self.install("new", "server.key", "server.pem")
        harness.wait_until(lambda: self.serves("new"))
        self.assertFalse(self.serves("old"))
        self.assertEqual(self.ask(kept), 202)

    def test_files_that_do_not_fit_change_nothing(self):
        bridge = self.relay()
        self.write("server.pem", "-----BEGIN CERTIFICATE-----\nMIID")
        bridge.wait_for("server.pem is not usable.*stays as it was")
        self.assertTrue(self.serves("old"))
        self.install("new", "server.pem")
        bridge.wait_for("server.key is not the key of .*server.pem")
        self.assertTrue(self.serves("old"))
        os.unlink(self.path("server.key"))
        bridge.wait_for("cannot read .*server.key")
        self.assertTrue(self.serves("old"))
        self.install("new", "server.key")
        harness.wait_until(lambda: self.serves("new"))

    def test_files_that_cannot_be_opened_are_read_later(self):
        bridge = self.relay()
        pid, limit = bridge.process.pid, resource.RLIMIT_NOFILE
        soft, hard = resource.prlimit(pid, limit)
        resource.prlimit(pid, limit, (3, hard))
        self.install("new", "server.key", "server.pem")
        bridge.wait_for("cannot read .*server.pem")
        resource.prlimit(pid, limit, (soft, hard))
        harness.wait_until(lambda: self.serves("new"))

    def test_a_new_authority_of_clients_is_believed(self):
        self.relay(f"&ca={self.path('ca.pem')}")
        kept = self.kept(self.client("old", "old"))
        self.assertEqual(self.ask(kept), 202)

        def status(certificate):
            return web.post(self.port, event(),
                            tls=self.client("old", certificate)).status

        self.assertEqual(status("new"), 403)
        self.install("new", "ca.pem")
        harness.wait_until(lambda: status("new") == 202)
        self.assertEqual(status("old"), 403)
        self.assertEqual(status(None), 403)
        # Nobody vouches for this client any more.
        self.assertEqual(self.ask(kept), 403)

    def issue(self, name, *options):
        """A client of the old authority. OPTIONS make its key, unless there
        is one."""
        def openssl(*arguments):
            subprocess.run(("openssl", *arguments), check=True,
                           capture_output=True)

        key, request, pem = (self.path(f"{name}.{kind}")
                             for kind in ("key", "csr", "pem"))
        if options:
            openssl("genpkey", *options, "-out", key)
        openssl("req", "-new", "-key", key, "-subj", f"/CN={name}",
                "-out", request)
        openssl("x509", "-req", "-in", request, "-out", pem,
                "-CA", self.file("old", "ca.pem"),
                "-CAkey", self.file("old", "ca.key"),
                "-CAserial", self.path("serial"), "-CAcreateserial")
        context = self.client("old")
        context.load_cert_chain(pem, key)
        return context

    def answers_to(self, context):
        """The status, by version of TLS; None is the end of the handshake."""
        statuses = {}
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.maximum_version = version
            try:
                answer = web.post(self.port, event(), tls=context)
                statuses[version.name] = answer.status
            except OSError:
                statuses[version.name] = None
        return statuses

    def test_keys_of_clients_that_take_long_are_refused(self):
        """What a client signs is checked before its certificate is."""
        bits, e = "rsa_keygen_bits:2048", "rsa_keygen_pubexp:"
        rsa = "-algorithm", "RSA", "-pkeyopt"
        self.write("long.key", rsa_key(2 ** 4423 - 1, 2 ** 4253 - 1))
        self.relay(f"&ca={self.path('ca.pem')}")
        for name, status, options in (
                ("exponent", 202, (*rsa, bits, "-pkeyopt",
                                   e + str(2 ** 64 - 59))),
                ("long-exponent", None, (*rsa, bits, "-pkeyopt",
                                         e + str(2 ** 64 + 13))),
                ("long", None, ()),
                ("curve", 202, ("-algorithm", "EC", "-pkeyopt",
                                "ec_paramgen_curve:P-256")),
                ("edwards", 202, ("-algorithm", "ED25519"))):
            with self.subTest(name):
                self.assertEqual(
                    self.answers_to(self.issue(name, *options)),
                    {"TLSv1_2": status, "TLSv1_3": status})

    def test_a_sink_with_files_of_no_use_is_found_at_once(self):
        self.install("old", "client.pem", "client.key")
        self.write("wrong", b"no certificate")
        for names, option in (
                ({"ca": "wrong"}, "ca"),
                ({"cert": "wrong", "key_file": "client.key"}, "cert"),
                ({"cert": "client.pem", "key_file": "wrong"}, "key_file"),
                ({"cert": "client.pem"}, "cert"),
                ({"cert": "client.pem", "key_file": "server.key"},
                 "server.key is not the key of ")):
            query = "&".join(f"{name}={self.path(file)}"
                             for name, file in names.items())
            config = self.write("bridge.yaml", "routes:\n  r:\n    from: '-'\n"
                                f"    to: https://127.0.0.1:1/?{query}\n")
            for command in ("check", "run"):
                with self.subTest(command, **names):
                    done = self.cebridge(command, config)
                    self.assertIn(done.code, (1, 2), done)
                    self.assertIn(option, done.stderr)

    def test_what_libcurl_takes_is_taken(self):
        """A certificate and its key in a file, OpenSSL's own form, and more
        authorities than a program needs."""
        self.install("old", "client.pem", "client.key")
        both = self.write("both", self.read("client.pem") +
                          self.read("client.key"))
        subprocess.run(["openssl", "x509", "-trustout", "-in",
                        self.path("ca.pem"), "-out", self.path("trusted")],
                       check=True)
        many = self.write("many", self.read("ca.pem") * 1500)
        for query in (f"cert={both}", f"ca={self.path('trusted')}",
                      f"ca={many}"):
            config = self.write("bridge.yaml", "routes:\n  r:\n    from: '-'\n"
                                f"    to: https://127.0.0.1:1/?{query}\n")
            done = self.cebridge("check", config)
            self.assertEqual(done.code, 0, done)

    def strict_context(self):
        """Of a server that wants certificates of the new authority."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH,
                                             cafile=self.file("new", "ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self.file("old", "server.pem"),
                                self.file("old", "server.key"))
        return context

    def test_a_sink_is_told_that_a_certificate_is_missing(self):
        """With TLS 1.3 a server says so when the client's handshake is done.
        This one keeps the connection: a reset would pass what it says."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        events = self.write("events", event().to_json() + b"\n")
        relay = self.start("relay", f"file:{events}",
                           f"https://localhost:{server.getsockname()[1]}/"
                           f"?ca={self.path('ca.pem')}")
        server.settimeout(30)
        connection, _ = server.accept()
        with connection.dup():
            with self.assertRaises(ssl.SSLError):
                self.strict_context().wrap_socket(connection, server_side=True)
            relay.wait_for("certificate required")

    def test_a_sink_shows_its_new_certificate(self):
        sink = web.Sink(tls=self.strict_context())
        self.addCleanup(sink.stop)
        self.install("old", "client.pem", "client.key")
        self.start("relay", f"http://127.0.0.1:{self.port}/events",
                   f"{sink.uri}?ca={self.path('ca.pem')}"
                   f"&cert={self.path('client.pem')}"
                   f"&key_file={self.path('client.key')}")
        self.assertEqual(web.post(self.port, event()).status, 503)
        self.install("new", "client.key", "client.pem")
        harness.wait_until(
            lambda: web.post(self.port, event()).status == 202)


if __name__ == "__main__":
    harness.main()
