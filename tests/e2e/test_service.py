#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a service manager such as systemd is told: sd_notify(3)."""

import os
import re
import signal
import socket
import time

import harness
import web
from harness import ROOT, event, free_port, unique


class Manager:
    """The other end of $NOTIFY_SOCKET."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1))
        self.socket.settimeout(30)
        self.address = address

    def next(self):
        return self.socket.recv(4096).decode()

    def wait_for(self, pattern):
        """The messages up to the first that matches."""
        seen = []
        while not seen or not re.search(pattern, seen[-1], re.M):
            seen.append(self.next())
        return seen

    def rest(self):
        self.socket.setblocking(False)
        seen = []
        try:
            while True:
                seen.append(self.next())
        except BlockingIOError:
            self.socket.settimeout(30)
            return seen


class Service(harness.Test):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)
        self.manage(self.path("notify"))

    def manage(self, address):
        self.manager = Manager(address)
        self.addCleanup(self.manager.socket.close)
        self.environment["NOTIFY_SOCKET"] = address

    def configure(self, more=""):
        return self.write("bridge.yaml", f"""
routes:
  r: {{ from: "http://127.0.0.1:{self.port}/e", to: "{self.sink.uri}" }}
{more}""")

    def run_service(self, **kw):
        return self.start("run", self.configure(), ready=False, **kw)

    def test_it_says_when_it_is_ready_and_when_it_stops(self):
        bridge = self.run_service()
        bridge.ready()
        self.assertEqual(web.post(self.port, event(), target="/e").status,
                         202)
        seen = self.manager.wait_for("^READY=1$")
        if "STATUS=1 of 1 routes up" not in seen:
            seen += self.manager.wait_for("^STATUS=1 of 1 routes up$")
        self.assertEqual(bridge.stop(), 0)
        last = self.manager.rest()
        self.assertEqual([x for x in last if "STOPPING=1" in x],
                         ["STOPPING=1\nSTATUS=stopping"])
        said = [x for x in seen + last if x.startswith("STATUS=")]
        for before, after in zip(said, said[1:]):
            self.assertNotEqual(before, after)

    def test_a_name_that_is_no_file(self):
        self.manage("@" + unique("cebridge"))
        self.run_service()
        self.manager.wait_for("^READY=1$")

    def test_a_broker_that_is_away_is_a_status(self):
        away = free_port()
        self.start("relay", f"mqtt://127.0.0.1:{away}/t", "-", ready=False)
        seen = self.manager.wait_for("^READY=1$")
        if not any(re.search("refused", x) for x in seen):
            seen += self.manager.wait_for("refused")
        self.assertRegex("\n".join(seen),
                         rf"STATUS=0 of 1 routes up; relay source mqtt://"
                         rf"127.0.0.1:{away}/t: .*refused")

    def test_a_start_that_fails_is_never_ready(self):
        config = self.write("bad.yaml", "routes:\n  r: { from: "
                            f"'http://127.0.0.1:{self.sink.port}/e', "
                            "to: '-' }\n")
        self.assertEqual(self.cebridge("run", config).code, 1)
        self.assertFalse([x for x in self.manager.rest() if "READY" in x])

    def reload(self, bridge):
        """What is said about one, and then that it is ready again."""
        before = time.monotonic_ns() // 1000
        bridge.signal(signal.SIGHUP)
        said = self.manager.wait_for("^RELOADING=1$")[-1]
        at = int(re.search(r"^MONOTONIC_USEC=(\d+)$", said, re.M).group(1))
        self.assertTrue(before <= at <= time.monotonic_ns() // 1000)
        self.manager.wait_for("^READY=1$")

    def test_a_reload_is_announced_and_ends(self):
        bridge = self.run_service()
        self.manager.wait_for("^READY=1$")
        more = free_port()
        self.configure(f"  more: {{ from: 'http://127.0.0.1:{more}/e', "
                       f"to: '{self.sink.uri}' }}")
        self.reload(bridge)
        self.assertEqual(web.post(more, event(), target="/e").status, 202)
        self.configure("  faulty: 1")
        self.reload(bridge)

    def test_the_watchdog_hears_a_beat_in_half_of_its_time(self):
        self.environment["WATCHDOG_USEC"] = "400000"
        self.run_service()
        self.manager.wait_for("^READY=1$")
        self.manager.wait_for("^WATCHDOG=1$")
        begin = time.monotonic()
        for _ in range(3):
            self.manager.wait_for("^WATCHDOG=1$")
        if not harness.SANITIZED:
            self.assertGreater(time.monotonic() - begin, 0.4)

    def test_a_watchdog_of_another_process_hears_nothing(self):
        self.environment.update(WATCHDOG_USEC="20000",
                                WATCHDOG_PID=str(os.getpid()))
        bridge = self.run_service()
        self.manager.wait_for("^READY=1$")
        web.post(self.port, event(), target="/e")
        bridge.stop()
        self.assertNotIn("WATCHDOG=1", self.manager.rest())

    def test_a_command_that_is_no_service_says_nothing(self):
        done = self.cebridge("send", self.sink.uri, "--type", "t", "--source",
                             "/s")
        self.assertEqual(done.code, 0, done)
        self.assertEqual(self.manager.rest(), [])

    def test_the_packaged_unit_listens(self):
        with open(os.path.join(ROOT, "packaging", "cebridge.service")) as file:
            unit = file.read()
        for line in ("Type=notify", r"WatchdogSec=\d+"):
            self.assertRegex(unit, f"(?m)^{line}$")

    def test_addresses_that_are_none_do_no_harm(self):
        for address in ("", "@", "relative", "/no/such/socket",
                        "/" + 200 * "x"):
            with self.subTest(address):
                self.environment["NOTIFY_SOCKET"] = address
                done = self.cebridge("relay", "-", "-")
                self.assertEqual(done.code, 0, done)


if __name__ == "__main__":
    harness.main()
