#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Webhooks on both sides of the program, and bodies in gzip."""

import gzip
import urllib.parse

import harness
import web
from events import STRUCTURED
from harness import event, free_port, wait_until

ORIGIN = "WebHook-Request-Origin"
ALLOWED = "WebHook-Allowed-Origin"
RATE = "WebHook-Allowed-Rate"


class Target:
    """A web service that takes webhooks: consents to CONSENT, answers events
    with STATUS."""

    def __init__(self, test, consent="*"):
        self.consent, self.status = consent, 202
        self.sink = web.Sink(self._answer)
        test.addCleanup(self.sink.stop)

    def _answer(self, request):
        if request.method != "OPTIONS":
            return self.status
        fields = [("Allow", "POST")]
        if self.consent:
            fields += [(ALLOWED, self.consent), (RATE, "*")]
        return 200, fields, b""

    @property
    def uri(self):
        return self.sink.uri

    def questions(self):
        return [r for r in self.sink.requests if r.method == "OPTIONS"]

    def deliveries(self):
        return [r for r in self.sink.requests if r.method == "POST"]


class Webhooks(harness.Test):
    def setUp(self):
        super().setUp()
        self.port = free_port()

    def source(self, query=""):
        return f"http://127.0.0.1:{self.port}/events{query}"

    def options(self, headers, port=None):
        return web.request(port or self.port, "OPTIONS", headers=headers)

    def readyz(self, admin):
        return web.request(admin, "GET", "/readyz")

    def assert_same(self, request, one):
        self.assertEqual(request.event().canonical(), one.canonical())

    # The source ------------------------------------------------------------

    def test_a_source_does_no_webhooks_unless_asked(self):
        # HOOK-39
        self.start("relay", self.source(), "-")
        answer = self.options([(ORIGIN, "a.example")])
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.header("Allow"), "POST")
        self.assertIsNone(answer.header(ALLOWED))

    def test_a_source_consents_to_its_origins(self):
        # HOOK-36, HOOK-37, HOOK-40, HOOK-41
        bridge = self.start("relay", self.source(
            "?webhook_origins=a.example,b.example&webhook_rate=600"), "-")
        answer = self.options([(ORIGIN, "b.example"),
                               ("WebHook-Request-Rate", "120")])
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("Allow"), "POST")
        self.assertEqual(answer.header(ALLOWED), "b.example")
        self.assertEqual(answer.header(RATE), "120")
        answer = self.options([(ORIGIN, "b.example.attacker.tld")])
        self.assertEqual(answer.status, 403)
        self.assertIsNone(answer.header(ALLOWED))
        one = event()
        for headers, status in (([], 403), ([(ORIGIN, "c.example")], 403),
                                ([(ORIGIN, "a.example")], 202)):
            with self.subTest(headers):
                self.assertEqual(
                    web.post(self.port, one, headers=headers).status, status)
        wait_until(lambda: [e.id for e in bridge.events()] == [one.id])

    def test_a_source_refuses_what_is_above_the_rate(self):
        # HOOK-33
        self.start("relay", self.source("?webhook_origins=*&webhook_rate=2"),
                   "-")
        statuses = [web.post(self.port, event()) for _ in range(3)]
        self.assertEqual([a.status for a in statuses], [202, 202, 429])
        self.assertGreater(int(statuses[2].header("Retry-After")), 0)

    def test_a_source_calls_back_who_offers_it(self):
        # HOOK-38
        self.start("relay", self.source(
            "?webhook_origins=a.example&webhook_callback=any"), "-")
        with web.Sink() as caller:
            answer = self.options(
                [(ORIGIN, "a.example"),
                 ("WebHook-Request-Callback", caller.uri + "?key=1")])
            self.assertEqual(answer.status, 202)
            self.assertIsNone(answer.header(ALLOWED))
            call = caller.wait(1)[0]
        self.assertEqual((call.method, call.target), ("POST", "/events?key=1"))
        self.assertEqual(call.header(RATE), "*")

    # The sink --------------------------------------------------------------

    def test_a_sink_asks_before_it_sends(self):
        # HOOK-04, HOOK-12
        target = Target(self)
        self.start("relay", self.source(), target.uri +
                   "?webhook=true&webhook_origin=us.example&webhook_rate=600")
        question = target.questions()[0]
        self.assertEqual(question.target, "/events")
        self.assertEqual(question.header(ORIGIN), "us.example")
        self.assertEqual(question.header("WebHook-Request-Rate"), "600")
        one = event()
        self.assertEqual(web.post(self.port, one).status, 202)
        delivery = target.deliveries()[0]
        self.assertEqual(delivery.header(ORIGIN), "us.example")
        # HOOK-03: it has no data.
        self.assertEqual(delivery.header("Content-Type"), STRUCTURED)
        self.assert_same(delivery, one)

    def test_without_consent_nothing_is_sent_and_nothing_is_lost(self):
        # HOOK-13, HOOK-16
        target, admin = Target(self, consent=None), free_port()
        bridge = self.start(
            "relay", "--admin", f"http://127.0.0.1:{admin}", self.source(),
            target.uri + "?webhook=true&webhook_origin=us.example",
            ready=False)
        bridge.wait_for("has not consented to webhooks")
        wait_until(lambda: b"consented" in self.readyz(admin).body)
        self.assertEqual(self.readyz(admin).status, 503)
        answer = web.post(self.port, event())
        self.assertEqual(answer.status, 503)
        self.assertIsNotNone(answer.header("Retry-After"))
        self.assertEqual(target.deliveries(), [])
        target.consent = "us.example"
        bridge.ready()
        self.assertEqual(web.post(self.port, event()).status, 202)
        wait_until(lambda: self.readyz(admin).status == 200)

    def test_send_says_that_consent_is_missing(self):
        target = Target(self, consent="them.example")
        result = self.cebridge(
            "send", "--timeout", "500ms", "--type", "t", "--source", "/s",
            target.uri + "?webhook=true&webhook_origin=us.example")
        self.assertEqual(result.code, 4, result)
        self.assertIn("them.example", result.stderr)

    def test_a_target_that_is_gone_is_gone_for_good(self):
        # HOOK-06
        target = Target(self)
        letters = web.Sink()
        self.addCleanup(letters.stop)
        self.start("relay", "--dead-letter", letters.uri, self.source(),
                   target.uri + "?webhook=true&webhook_origin=us.example")
        target.status = 410
        events = [event() for _ in range(3)]
        for one in events:
            # HOOK-34 is for sources without dead letters.
            self.assertEqual(web.post(self.port, one).status, 202)
        self.assertEqual(len(target.deliveries()), 1)
        got = letters.events()
        self.assertEqual([e.id for e in got], [e.id for e in events])
        self.assertEqual({e.attributes["dlqcode"] for e in got}, {"410"})

    def test_a_sink_takes_consent_by_a_call(self):
        # HOOK-15
        target, port = Target(self, consent=None), free_port()
        bridge = self.start(
            "relay", self.source(),
            f"{target.uri}?webhook=true&webhook_origin=us.example&"
            f"webhook_callback=http://127.0.0.1:{port}/consent", ready=False)
        bridge.wait_for("has not called back")
        url = urllib.parse.urlsplit(
            target.questions()[0].header("WebHook-Request-Callback"))
        self.assertEqual((url.port, url.path), (port, "/consent"))
        self.assertEqual(web.request(port, "POST", url.path).status, 404)
        answer = web.request(port, "GET", f"{url.path}?{url.query}",
                             [(RATE, "60000")])
        self.assertEqual(answer.status, 200)
        bridge.ready()
        self.assertEqual(web.post(self.port, event()).status, 202)

    def test_two_bridges_agree(self):
        other = free_port()
        receiver = self.start(
            "relay", f"http://127.0.0.1:{other}/hook?"
            "webhook_origins=us.example&webhook_rate=6000&token=s3cret", "-")
        self.start("relay", self.source(),
                   f"http://127.0.0.1:{other}/hook?webhook=true&"
                   "webhook_origin=us.example&token=s3cret")
        events = [event(data=b"x") for _ in range(20)]
        for one in events:
            self.assertEqual(web.post(self.port, one).status, 202)
        wait_until(lambda: len(receiver.events()) == len(events))
        self.assertEqual([e.id for e in receiver.events()],
                         [e.id for e in events])

    # gzip ------------------------------------------------------------------

    def test_packed_bodies_come_in_and_go_out(self):
        # HTTP-30
        sink = web.Sink()
        self.addCleanup(sink.stop)
        self.start("relay", self.source("?max_event_bytes=100KB"),
                   sink.uri + "?gzip=true")
        one = event(data=b"some text " * 1000, datacontenttype="text/plain")
        headers, body = one.to_http()
        headers = list(headers) + [("Content-Encoding", "gzip")]
        answer = web.request(self.port, "POST", headers=headers,
                             body=gzip.compress(body))
        self.assertEqual(answer.status, 202)
        request = sink.requests[0]
        self.assertEqual(request.header("Content-Encoding"), "gzip")
        self.assertLess(len(request.body), 1000)
        request.body = gzip.decompress(request.body)
        self.assert_same(request, one)
        answer = web.request(self.port, "POST", headers=headers,
                             body=gzip.compress(b"x" * 100001))
        self.assertEqual(answer.status, 413)
        headers[-1] = ("Content-Encoding", "br")
        answer = web.request(self.port, "POST", headers=headers, body=b"x")
        self.assertEqual(answer.status, 415)
        self.assertEqual(answer.header("Accept-Encoding"), "gzip")


if __name__ == "__main__":
    harness.main()
