#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM and SIGINT drain; a second one ends at once; both are safe."""

import os
import signal
import threading
import time

import harness
import web
from events import generate
from harness import event, free_port, wait_until


class Signals(harness.Test):
    def setUp(self):
        super().setUp()
        self.release = threading.Event()
        self.sink = web.Sink(self.answer)
        self.addCleanup(self.sink.stop)
        self.addCleanup(self.release.set)
        self.port = free_port()
        self.results = []

    def answer(self, request):
        self.release.wait(60)
        return 202

    def relay(self, *options):
        return self.start("relay", *options,
                          f"http://127.0.0.1:{self.port}/events",
                          self.sink.uri)

    def post_in_background(self):
        thread = threading.Thread(target=self._post)
        thread.start()
        self.addCleanup(thread.join)
        return thread

    def _post(self):
        try:
            self.results.append(web.post(self.port, event()).status)
        except (OSError, ConnectionError):
            self.results.append(None)

    def connected(self):
        """Whether the bridge's request has reached the sink."""
        return self.sink.connections > 0

    def refuses(self):
        try:
            web.connect(self.port).close()
            return False
        except OSError:
            return True

    def test_an_idle_bridge_ends_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number.name):
                bridge = self.relay()
                bridge.signal(number)
                self.assertEqual(bridge.wait(10), 0, bridge.stderr)

    def test_what_is_in_flight_is_finished(self):
        bridge = self.relay()
        thread = self.post_in_background()
        wait_until(self.connected)
        bridge.signal(signal.SIGTERM)
        wait_until(self.refuses)
        self.assertIsNone(bridge.process.poll())
        self.release.set()
        thread.join(20)
        self.assertEqual(self.results, [202])
        self.assertEqual(bridge.wait(), 0, bridge.stderr)

    def test_what_does_not_finish_in_time_is_answered_503(self):
        bridge = self.relay("--grace", "500ms")
        thread = self.post_in_background()
        wait_until(self.connected)
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.wait(20), 0, bridge.stderr)
        thread.join(10)
        self.assertEqual(self.results, [503])

    def test_a_body_that_dribbles_does_not_hold_it_up(self):
        bridge = self.relay("--grace", "60s")
        with web.connect(self.port) as client:
            client.sendall(web.head("POST", "/events", [], bytes(9))[:-5])
            self.assertEqual(web.request(self.port).status, 400)
            begin = time.monotonic()
            bridge.signal(signal.SIGTERM)
            self.assertEqual(bridge.wait(20), 0, bridge.stderr)
            self.assertLess(time.monotonic() - begin, 5)
            self.assertIn(b" 503 ", client.recv(4096))

    def test_a_second_signal_ends_it_at_once(self):
        bridge = self.relay("--grace", "60s")
        self.post_in_background()
        wait_until(self.connected)
        bridge.signal(signal.SIGTERM)
        wait_until(self.refuses)
        begin = time.monotonic()
        bridge.signal(signal.SIGTERM)
        bridge.wait(10)
        self.assertLess(time.monotonic() - begin, 2)

    def test_what_nobody_holds_makes_it_1(self):
        """Lines of stdin that were taken and not delivered are lost."""
        reader, writer = os.pipe()
        bridge = self.start("relay", "--grace", "500ms", "-", self.sink.uri,
                            stdin=reader)
        os.close(reader)
        os.write(writer, event().to_json() + b"\n")
        wait_until(self.connected)
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.wait(20), 1, bridge.stderr)
        os.close(writer)

    def test_it_says_what_became_of_everything(self):
        bridge = self.relay("--grace", "200ms")
        self.post_in_background()
        wait_until(self.connected)
        bridge.signal(signal.SIGTERM)
        bridge.wait(20)
        self.assertRegex(bridge.stderr, r"\b1\b.*handed back")


class DrainUnderLoad(harness.Test):
    def test_every_202_has_arrived_when_it_ends(self):
        sink = web.Sink()
        self.addCleanup(sink.stop)
        port = free_port()
        bridge = self.start("relay", f"http://127.0.0.1:{port}/events",
                            sink.uri)
        events = generate(3000)
        load = web.Load(port, [e.to_http() for e in events])
        ended = threading.Event()

        def stop_in_the_middle():
            sink.wait(500)
            bridge.signal(signal.SIGTERM)
            bridge.wait()
            ended.set()

        stopper = threading.Thread(target=stop_in_the_middle)
        stopper.start()
        load.run(until=ended.is_set)
        stopper.join()
        self.assertEqual(bridge.process.returncode, 0, bridge.stderr)
        self.assertEqual(load.refused, [])
        self.assertGreater(load.accepted, 0)
        self.assertGreaterEqual(len({e.id for e in sink.events()}),
                                load.accepted)


if __name__ == "__main__":
    harness.main()
