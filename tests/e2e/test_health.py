#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a container asks, and what other users of the machine see."""


import harness
import web
from harness import free_port


class Health(harness.Test):
    def test_a_bridge_that_is_ready(self):
        admin = f"http://127.0.0.1:{free_port()}"
        self.start("relay", "--admin", admin,
                   f"http://127.0.0.1:{free_port()}/events", "-")
        for path in ("/readyz", "/livez"):
            done = self.cebridge("health", admin + path)
            self.assertEqual((done.code, done.stderr), (0, ""))
        self.assertEqual(self.cebridge("health", admin + "/none").code, 1)

    def test_a_bridge_at_an_address_of_ipv6(self):
        admin = f"http://[::1]:{free_port()}"
        self.start("relay", "--admin", admin,
                   f"http://127.0.0.1:{free_port()}/events", "-")
        done = self.cebridge("health", admin + "/readyz")
        self.assertEqual((done.code, done.stderr), (0, ""))

    def test_one_that_is_not(self):
        away = f"http://127.0.0.1:{free_port()}/readyz"
        self.assertEqual(self.cebridge("health", away).code, 1)
        with web.Sink(lambda request: 503) as sink:
            done = self.cebridge("health", sink.uri)
            self.assertEqual(done.code, 1)
            self.assertIn("503", done.stderr)
        with web.Sink(lambda request: None) as sink:
            done = self.cebridge("health", sink.uri, "--timeout", "100ms")
            self.assertEqual(done.code, 1)
            self.assertIn("no answer", done.stderr)

    def test_what_is_no_url(self):
        for url in ("ftp://x", "http://", "http://h:/", "http://h:x/",
                    "http://[::1", "http://h/a b"):
            with self.subTest(url):
                self.assertEqual(self.cebridge("health", url).code, 2)

    def test_the_list_of_processes_has_no_secrets(self):
        bridge = self.start(
            "relay", f"http://127.0.0.1:{free_port()}/in?token=tok1"
            "&max_in_flight=9",
            f"http://me:pass1@127.0.0.1:{free_port()}/x?%74oken=tok2"
            "&header.x-key=key1&timeout=7s&api_key=key2"
            "&proxy=http%3A%2F%2Fu%3Apass2%40127.0.0.1")
        other = self.start(
            "relay", f"kafka://127.0.0.1:{free_port()}/t?group=g1"
            "&rdkafka.sasl.oauthbearer.config=key3",
            f"https://tok3@127.0.0.1:{free_port()}/x", ready=False)
        other.wait_for("away|down|refused|listens")
        line = ""
        for process in (bridge.process, other.process):
            with open(f"/proc/{process.pid}/cmdline") as file:
                line += file.read()
        for secret in ("tok1", "tok2", "tok3", "pass1", "pass2",
                       "key1", "key2", "key3"):
            self.assertNotIn(secret, line)
        for kept in ("relay", "token=xxxx", "max_in_flight=9", "timeout=7s",
                     "group=g1"):
            self.assertIn(kept, line)


if __name__ == "__main__":
    harness.main()
