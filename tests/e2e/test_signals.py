#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SIGTERM, SIGINT and SIGHUP drain; a second one ends at once; both are safe."""

import os
import resource
import signal
import threading
import time
import unittest

import harness
import web
from events import generate
from harness import KAFKA, event, free_port, wait_until


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
        return not web.is_open(self.port)

    def test_an_idle_bridge_ends_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
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

    def test_nobody_holds_the_lines_of_a_named_pipe(self):
        """The name does not tell, and it may be gone."""
        path = self.path("pipe")
        os.mkfifo(path)
        bridge = self.start("relay", "--grace", "500ms", f"file:{path}",
                            self.sink.uri)
        with open(path, "wb", buffering=0) as writer:
            writer.write(event().to_json() + b"\n")
            wait_until(self.connected)
            os.unlink(path)
            bridge.signal(signal.SIGTERM)
            self.assertEqual(bridge.wait(20), 1, bridge.stderr)

    def test_it_says_what_became_of_everything(self):
        bridge = self.relay("--grace", "200ms")
        self.post_in_background()
        wait_until(self.connected)
        bridge.signal(signal.SIGTERM)
        bridge.wait(20)
        self.assertRegex(bridge.stderr, r"\b1\b.*handed back")


class SinkAway(harness.Test):
    """What the source or an inbox holds is not waited for."""

    def stop(self, bridge):
        begin = time.monotonic()
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        # Client libraries that look for a peer have two seconds to end it.
        self.assertLess(time.monotonic() - begin, 5, bridge.stderr)

    def test_an_inbox_keeps_its_events(self):
        port, inbox = free_port(), self.path("inbox")
        bridge = self.start("relay", "--inbox", inbox,
                            f"http://127.0.0.1:{port}/events",
                            f"kafka://127.0.0.1:{free_port()}/t", ready=False)
        wait_until(lambda: web.is_open(port))
        load = web.post_all(port, generate(50))
        self.assertEqual(load.refused, [])
        self.stop(bridge)
        self.assertRegex(bridge.stderr, r"stopped in \d+ ms: 0 delivered, "
                         rf"50 kept in inbox {inbox}, 0 lost")

    def test_many_inboxes_are_counted_and_not_named(self):
        """With more descriptors than the soft limit allows."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE,
                        (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
        away = f"mqtt://127.0.0.1:{free_port()}"
        bridge = self.run_config("routes:\n" + "".join(
            f"  r{n}: {{ from: {away}/{n}, to: file:{self.path('out')} }}\n"
            for n in range(40)), ready=False)
        bridge.wait_for("warning: .*mqtt://")
        self.stop(bridge)
        self.assertRegex(bridge.stderr, r"stopped in \d+ ms: 0 delivered, "
                         r"0 kept in 40 inboxes, 0 lost")

    @unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
    def test_a_topic_keeps_its_events(self):
        topic, port = self.topic(), free_port()
        with harness.kafka.Producer(KAFKA) as producer:
            for i in range(100):
                headers, value = event(id=str(i)).to_kafka()
                producer.produce(topic, value, headers)
            producer.flush()
        away = self.start("relay", self.kafka_uri(topic, group=topic),
                          f"http://127.0.0.1:{port}/", ready=False)
        away.wait_for("warning: http://")
        self.stop(away)
        self.assertRegex(away.stderr, r"stopped in \d+ ms: 0 delivered, "
                         r"\d+ handed back to the source, 0 lost")
        self.start("relay", self.kafka_uri(topic, group=topic),
                   "file:" + self.path("out"))
        wait_until(lambda: len(self.read("out").splitlines()) == 100)


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
