#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A newcomer's first hour: README's commands and its configuration for
devices, with the mistakes, failures and changes that follow, and what is read
on the screen meanwhile."""

import os
import re
import signal
import unittest

import harness
import web
from harness import MQTT, ROOT, Broker, free_port, wait_until

FILTER = 'filter: "type LIKE \'com.example.%\'"'


class FirstHour(harness.Test):
    def setUp(self):
        super().setUp()
        self.status = 200
        self.sink = web.Sink(lambda request: self.status)
        self.addCleanup(self.sink.stop)
        self.admin = free_port()

    # --- what is typed ---

    def configure(self, *changes):
        """README's devices.yaml with the addresses of this test."""
        with open(os.path.join(ROOT, "docs", "examples", "devices.yaml"),
                  encoding="utf-8") as file:
            text = file.read()
        for old, new in (
                ("localhost:1883", self.broker.address()),
                ("https://service.example/hook", self.sink.uri),
                ("kafka://localhost:9092/devices.dlq", "file:refused.ndjson"),
                ("routes:", f"admin: http://127.0.0.1:{self.admin}\nroutes:"),
                *changes):
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.write("devices.yaml", text)

    def type(self, *words, code=0):
        done = self.cebridge(*words, cwd=self.directory)
        self.assertEqual(done.code, code, done)
        return done

    def health(self, code=0):
        url = f"http://127.0.0.1:{self.admin}/readyz"
        return self.type("health", url, code=code).stderr

    def wait_until_healthy(self):
        url = f"http://127.0.0.1:{self.admin}/readyz"
        wait_until(lambda: self.cebridge("health", url).code == 0, 20,
                   "the bridge does not come back")

    def measure(self, device, count):
        """Publishes; the COUNTth request at the service is this device's."""
        self.mqtt_client(self.broker.address()).publish(
            f"devices/{device}/telemetry", b'{"t":1}', qos=1)
        got = self.sink.wait(count)[-1].event().attributes
        self.assertEqual((got["source"], got["subject"], got["type"]), (
            f"/devices/{device}", device, "com.example.telemetry"))

    # --- what happens ---

    @unittest.skipUnless(MQTT, "CE_TEST_MQTT is not set")
    def test_from_the_readme_to_a_clean_stop(self):
        self.read_help()
        self.send_the_first_event()
        self.broker = Broker("mosquitto", self.path("mosquitto"), "--fast")
        self.addCleanup(self.broker.stop)
        self.mend_the_configuration()
        bridge = self.start("run", "devices.yaml", cwd=self.directory)
        self.health()
        self.measure("d1", 1)
        self.break_and_mend_the_service(bridge)
        self.break_and_mend_the_broker(bridge)
        self.reload(bridge)
        self.stop(bridge)

    def read_help(self):
        self.assertRegex(self.type("--version").stdout, r"^cebridge \d+\.\d+")
        self.assertIn("relay   ", self.type("--help").stdout)
        self.assertIn("did you mean \"listen\"?",
                      self.type("lisen", code=2).stderr)

    def send_the_first_event(self):
        """README's quick start."""
        uri = f"http://127.0.0.1:{free_port()}/events"
        listener = self.start("listen", uri, "--count", "1")
        self.type("send", uri, "--type", "com.example.hello", "--source", "/me",
                  "--data", "hello", "--content-type", "text/plain")
        self.assertEqual(listener.wait(), 0)
        line, = listener.lines()
        self.assertRegex(line, r'^\{"specversion":"1.0","id":"[\w-]+".*'
                         r'"type":"com.example.hello".*"data":"hello"\}$')

    def mend_the_configuration(self):
        self.configure(("client_id", "client-id"), ("retry:", "retyr:"),
                       ("100ms", "100"), (FILTER, "filter: type == 'a'"))
        said = self.type("check", "devices.yaml", code=2).stderr
        self.assertEqual(self.type("run", "devices.yaml", code=2).stderr, said)
        for line in (
                'devices.yaml:6: unknown option "client-id", did you mean '
                '"client_id"?',
                'devices.yaml:8: filter: "=" expected, not "=="',
                "    type == 'a'\n         ^^ CESQL compares with one =",
                'devices.yaml:11: unknown option "retyr", did you mean '
                '"retry"?'):
            self.assertIn(line + "\n", said)
        self.configure()
        done = self.type("check", "devices.yaml")
        self.assertRegex(done.stdout, "^devices: at least once")
        self.assertEqual(done.stderr, "")
        asked = self.type("check", "--connect", "devices.yaml").stdout
        self.assertRegex(asked, r"(?m)^devices from mqtt://\S+: ok$")
        self.assertIn(f"devices to {self.sink.uri}: ok\n", asked)
        # It has asked with a request that brings no event.
        self.assertEqual([x.body for x in self.sink.requests], [b""])
        self.sink.requests.clear()

    def break_and_mend_the_service(self, bridge):
        """An error is not now; a refusal goes aside, with its reason."""
        self.status = 500
        self.measure("d2", 2)
        bridge.wait_for(rf"warning: devices.yaml:\d+: devices: {self.sink.uri}: "
                        "HTTP 500$")
        self.status = 200
        wait_until(lambda: [x.event().attributes["subject"] for x in
                            self.sink.requests].count("d2") > 1, 20,
                   "the event is not sent again")
        self.status = 422
        count = len(self.sink.requests)
        self.measure("d3", count + 1)
        wait_until(lambda: os.path.exists(self.path("refused.ndjson")) and
                   self.read("refused.ndjson"), 10, "there is no letter")
        self.status = 200
        listed = self.type("dlq", "list", "file:refused.ndjson").stdout
        self.assertRegex(listed, "/devices/d3")
        self.assertRegex(listed, "422")

    def break_and_mend_the_broker(self, bridge):
        self.broker.kill()
        source = f"mqtt://{self.broker.address()}/devices/"
        bridge.wait_for(rf"warning: devices.yaml:\d+: devices: {re.escape(source)}.*"
                        ": connection lost$")
        self.assertRegex(self.health(code=1), (
            "^cebridge: /readyz: 503\n"
            f"cebridge: devices source {re.escape(source)}.*: down: .*\n$"))
        self.broker.start()
        self.wait_until_healthy()
        bridge.wait_for(f"{re.escape(source)}.*: connected$")
        self.measure("d4", len(self.sink.requests) + 1)

    def reload(self, bridge):
        self.configure((FILTER, "filter: type == 'a'"))
        bridge.signal(signal.SIGHUP)
        bridge.wait_for('error: not reloaded: devices.yaml:8: filter: "=" '
                        'expected, not "=="$')
        self.measure("d5", len(self.sink.requests) + 1)
        self.configure((FILTER, 'filter: "source <> \'/devices/d6\'"'))
        bridge.signal(signal.SIGHUP)
        bridge.wait_for("^cebridge: reloaded: devices restarted$")
        self.wait_until_healthy()
        client = self.mqtt_client(self.broker.address())
        client.publish("devices/d6/telemetry", b"{}", qos=1)
        self.measure("d7", len(self.sink.requests) + 1)

    def stop(self, bridge):
        self.assertEqual(bridge.stop(), 0)
        self.assertRegex(
            bridge.stderr.splitlines()[-1],
            r"^cebridge: stopped in \d+ ms: 5 delivered, "
            r"1 dead-lettered, 0 kept in inbox \S+, 0 lost$")


if __name__ == "__main__":
    harness.main()
