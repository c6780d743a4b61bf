#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Store and forward: what is confirmed to a sender survives everything that
happens to the process and to the sink."""

import threading

import harness
import web
from endpoints import Sink, Source, differences
from events import Event, generate
from harness import COUNT, event, free_port, wait_until

EVENTS = min(COUNT, 3000)
KILLS = 4


class Inbox(harness.Test):
    def listening(self, port):
        wait_until(lambda: web.is_open(port), 30,
                   f"nobody listens on {port}")

    def test_what_an_earlier_run_has_left_is_not_received_again(self):
        port, admin, sink = free_port(), free_port(), web.Sink()
        self.addCleanup(sink.stop)
        sink.stop()
        options = ("relay", "--admin", f"http://127.0.0.1:{admin}", "--inbox",
                   self.path("inbox"), f"http://127.0.0.1:{port}/events",
                   sink.uri)
        bridge = self.start(*options, ready=False)
        self.listening(port)
        for _ in range(3):
            self.assertEqual(web.post(port, event()).status, 202)
        bridge.kill()
        sink.start()
        self.start(*options)
        sink.wait(3)
        wait_until(lambda: self.scrape(admin)[
            "cebridge_events_delivered_total", "relay"] == 3)
        self.assertEqual(self.scrape(admin)[
            "cebridge_events_received_total", "relay"], 0)

    def test_http_has_its_202_while_kafka_is_away(self):
        port, topic = free_port(), self.topic()
        source = f"http://127.0.0.1:{port}/events"
        inbox = self.path("inbox")
        events = generate(200)
        away = self.start("relay", "--inbox", inbox, source,
                          f"kafka://127.0.0.1:{free_port()}/{topic}",
                          ready=False)
        self.listening(port)
        load = web.post_all(port, events)
        self.assertEqual((load.repeated, load.refused), (0, []))
        away.kill()
        sink = Sink("kafka", self.directory)
        self.addCleanup(sink.close)
        self.start("relay", "--inbox", inbox, source, sink.uri)
        got = sink.read([e.id for e in events])
        self.assertEqual(
            differences(events, got, "http", "kafka", once=False)[:5], [])

    def kill_in_the_middle(self, source, sink, *options):
        """Kills and restarts while the source is fed; gives what arrived."""
        events = generate(EVENTS)
        ids = [e.id for e in events]
        arguments = ["relay", *options, source.uri, sink.uri]
        if source.kind != "mqtt5":
            source.prepare(events)
        bridge = self.start(*arguments)
        feeder = threading.Thread(target=source.feed, args=(events,))
        feeder.start()
        for i in range(1, KILLS):
            wait_until(lambda: len(sink.rest()) >= EVENTS * i // (2 * KILLS)
                       or not feeder.is_alive(), 60)
            bridge.kill()
            bridge = self.start(*arguments)
        got = sink.read(ids)
        feeder.join(60)
        self.assertFalse(feeder.is_alive())
        self.assertEqual(
            differences(events, got, source.kind, sink.kind, once=False)[:5],
            [])
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    def pair(self, source_kind, sink_kind):
        sink = Sink(sink_kind, self.directory)
        self.addCleanup(sink.close)
        return Source(source_kind, self.directory), sink

    def test_kill_9_loses_nothing_from_http(self):
        self.kill_in_the_middle(*self.pair("http", "kafka"))

    def test_kill_9_loses_nothing_from_http_through_an_inbox(self):
        self.kill_in_the_middle(*self.pair("http", "kafka"),
                                "--inbox", self.path("inbox"))

    def test_kill_9_loses_nothing_from_kafka(self):
        self.kill_in_the_middle(*self.pair("kafka", "http"))

    def test_kill_9_loses_nothing_from_mqtt(self):
        self.kill_in_the_middle(*self.pair("mqtt5", "http"))

    def test_messages_that_came_while_it_was_down_are_delivered(self):
        source, sink = self.pair("mqtt5", "http")
        first = self.start("relay", source.uri, sink.uri)
        self.assertEqual(first.stop(), 0)
        events = generate(100)
        source.feed(events)
        self.start("relay", source.uri, sink.uri)
        sink.read([e.id for e in events])

    def test_a_kept_session_follows_its_filter(self):
        old, new = self.topic("old"), self.topic("new")
        client = self.topic("client")
        sink = web.Sink()
        self.addCleanup(sink.stop)

        def relay(topic):
            return self.start("relay", self.mqtt_uri(topic, client_id=client),
                              sink.uri)

        self.assertEqual(relay(old).stop(), 0)
        relay(new)
        publisher = self.mqtt_client()
        for topic in (old, new):
            kind, properties, payload = event(subject=topic).to_mqtt()
            publisher.publish(topic, payload, kind, properties)
        publisher.flush()
        sink.wait(1)
        self.assertEqual([Event.from_http(r.headers, r.body).attributes
                          ["subject"] for r in sink.requests], [new])

    def test_an_inbox_belongs_to_one_process(self):
        inbox, sink = self.path("inbox"), web.Sink()
        self.addCleanup(sink.stop)

        def arguments():
            return ["relay", "--inbox", inbox,
                    f"http://127.0.0.1:{free_port()}/", sink.uri]

        self.start(*arguments())
        done = self.cebridge(*arguments())
        self.assertEqual(done.code, 1, done)
        self.assertIn(inbox, done.stderr)

    def test_what_the_sink_refuses_is_kept_as_refused(self):
        port = free_port()
        sink = web.Sink(lambda request: 422)
        self.addCleanup(sink.stop)
        bridge = self.start("relay", "--inbox", self.path("inbox"),
                            f"http://127.0.0.1:{port}/events", sink.uri)
        self.assertEqual(web.post(port, event()).status, 202)
        sink.wait(1)
        bridge.wait_for("refused")
        self.assertEqual(bridge.stop(), 0)

    def test_one_key_that_fails_holds_no_other(self):
        """More of it wait than may be in flight."""
        slow = [event(subject="slow") for _ in range(3000)]
        good = [event(subject=f"good-{n % 10}") for n in range(500)]
        failing = threading.Event()
        failing.set()
        taken = []

        def answer(request):
            if failing.is_set() and request.header("ce-subject") == "slow":
                return 503
            taken.append(request.header("ce-id"))
            return 202

        sink = web.Sink(answer)
        self.addCleanup(sink.stop)
        path = self.write("in", b"".join(e.to_json() + b"\n"
                                         for e in slow + good))
        admin = free_port()
        bridge = self.start(
            "relay", "--retry.base", "10ms", "--retry.cap", "1s",
            "--admin", f"http://127.0.0.1:{admin}",
            "--inbox", self.path("inbox"), f"file:{path}?follow=true",
            f"{sink.uri}?mode=binary")
        wait_until(lambda: {e.id for e in good} <= set(taken), 30,
                   "other keys wait")
        failing.clear()
        wait_until(lambda: len(taken) == 3500, 60, "the slow key waits")
        ids = {e.id for e in slow}
        self.assertEqual([n for n in taken if n in ids],
                         [e.id for e in slow])
        wait_until(lambda: self.scrape(admin)[
            "cebridge_events_delivered_total", "relay"] == 3500)
        self.assertEqual(self.scrape(admin)[
            "cebridge_events_received_total", "relay"], 3500)
        self.assertEqual(bridge.stop(), 0)


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
