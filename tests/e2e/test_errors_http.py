#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an HTTP source answers to bad input, and that nothing else suffers."""

import http.client
import json

import harness
import web
from events import STRUCTURED
from harness import event, free_port, wait_until

BATCH = "application/cloudevents-batch+json"
GOOD = {"ce-specversion": "1.0", "ce-id": "1", "ce-type": "t",
        "ce-source": "/s"}
GOOD_JSON = {"specversion": "1.0", "id": "1", "type": "t", "source": "/s"}


def without(fields, name):
    return {k: v for k, v in fields.items() if k != name}


def structured(**changes):
    members = {**GOOD_JSON, **changes}
    members = {k: v for k, v in members.items() if v is not None}
    return {"Content-Type": STRUCTURED}, json.dumps(members)


# (what it is, headers, body, words that the problem must hold)
INVALID = [
    ("no id", without(GOOD, "ce-id"), "", ["id"]),
    ("no source", without(GOOD, "ce-source"), "", ["source"]),
    ("no type", without(GOOD, "ce-type"), "", ["type"]),
    ("no specversion", without(GOOD, "ce-specversion"), "", ["specversion"]),
    ("an unknown specversion", {**GOOD, "ce-specversion": "2.7"}, "",
     ["specversion", "2.7"]),
    ("an empty id", {**GOOD, "ce-id": ""}, "", ["id"]),
    ("an empty subject", {**GOOD, "ce-subject": ""}, "", ["subject"]),
    ("a time that is none", {**GOOD, "ce-time": "yesterday"}, "",
     ["time", "yesterday"]),
    ("an illegal attribute name", {**GOOD, "ce-under_score": "x"}, "",
     ["under_score"]),
    ("an overlong UTF-8 sequence", {**GOOD, "ce-subject": "a%C0%A0"}, "",
     ["subject"]),
    ("plain text", {"Content-Type": "text/plain"}, "hello", ["specversion"]),
    ("no JSON at all", {"Content-Type": STRUCTURED}, "{oops", ["JSON"]),
    ("text behind the JSON", {"Content-Type": STRUCTURED},
     json.dumps(GOOD_JSON) + "x", ["JSON"]),
    ("structured without source", *structured(source=None), ["source"]),
    ("an id that is a number", *structured(id=5), ["id"]),
    ("an extension that is an object", *structured(ext={"a": 1}), ["ext"]),
    ("data twice", *structured(data="x", data_base64="eA=="), ["data"]),
    ("base64 that is none", *structured(data_base64="%%%"), ["base64"]),
    ("a batch that is no array", {"Content-Type": BATCH},
     json.dumps(GOOD_JSON), ["array"]),
    ("a batch with one bad event", {"Content-Type": BATCH},
     json.dumps([GOOD_JSON, without(GOOD_JSON, "type")]), ["type"]),
]

HEAD = (b"POST /events HTTP/1.1\r\nHost: h\r\nce-specversion: 1.0\r\n"
        b"ce-id: 1\r\nce-type: t\r\nce-source: /s\r\n")

# What an attacker sends to be read differently by two servers.
SMUGGLED = [
    ("two different lengths",
     HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    ("two equal lengths",
     HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
    ("a length and a transfer coding",
     HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"0\r\n\r\n"),
    ("an unknown transfer coding",
     HEAD + b"Transfer-Encoding: rot13\r\n\r\n0\r\n\r\n"),
    ("NUL in a value", HEAD + b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n"),
    ("a lone CR in a value",
     HEAD + b"X-A: a\rb\r\nContent-Length: 0\r\n\r\n"),
    ("bare line feeds", HEAD.replace(b"\r\n", b"\n") + b"\n"),
    ("a folded header",
     HEAD + b"X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    ("a length that is no number", HEAD + b"Content-Length: 1x\r\n\r\nx"),
]


class HttpErrors(harness.Test):
    def setUp(self):
        super().setUp()
        self.sink = web.Sink(lambda request: self.answer)
        self.addCleanup(self.sink.stop)
        self.answer = 202
        self.port = free_port()

    def relay(self, *options, source=""):
        return self.start("relay", *options,
                          f"http://127.0.0.1:{self.port}/events{source}",
                          self.sink.uri)

    def assert_problem(self, answer, status, *words):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.header("Content-Type"),
                         "application/problem+json")
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        for word in words:
            self.assertIn(word.lower(), json.dumps(problem).lower())

    def assert_serves(self):
        one = event()
        self.assertEqual(web.post(self.port, one).status, 202)
        wait_until(lambda: one.id in [e.id for e in self.sink.events()])

    def test_what_an_option_tolerates_is_counted(self):
        # HTTP-51
        admin = free_port()
        self.relay("--admin", f"http://127.0.0.1:{admin}",
                   source="?lenient=true")
        headers = list({**GOOD, "ce-subject": "100%"}.items())
        self.assertEqual(web.request(self.port, headers=headers).status, 202)
        self.assert_serves()
        self.assertEqual(self.sink.events()[0].attributes["subject"], "100%")
        self.assertEqual(self.scrape(admin)["cebridge_tolerated_total",
                                            "relay"], 1)

    # CORE-71
    def test_an_invalid_event_is_400_and_goes_nowhere(self):
        self.relay("--dead-letter", "file:" + self.path("dead"))
        for name, headers, body, words in INVALID:
            with self.subTest(name):
                answer = web.request(self.port, headers=list(headers.items()),
                                     body=body.encode())
                self.assert_problem(answer, 400, *words)
        self.assert_serves()
        self.assertEqual(len(self.sink.requests), 1)
        self.assertFalse(harness.os.path.exists(self.path("dead"))
                         and self.read("dead"))

    def test_what_could_be_read_in_two_ways_is_400_and_closed(self):
        self.relay()
        for name, request in SMUGGLED:
            with self.subTest(name):
                answer = web.raw(self.port, request, closes=True, timeout=5)
                self.assertEqual(answer.status, 400)
                self.assertEqual(self.sink.requests, [])
        self.assert_serves()

    def test_an_unknown_format_is_415(self):
        self.relay()
        for kind in ("application/cloudevents+cbor",
                     "application/cloudevents-batch+cbor",
                     "application/cloudevents"):
            with self.subTest(kind):
                answer = web.request(
                    self.port, headers=[("Content-Type", kind)], body=b"{}")
                self.assert_problem(answer, 415)
        self.assert_serves()

    def test_a_body_above_the_limit_is_413(self):
        self.relay(source="?max_event_bytes=10KiB")
        headers = list(GOOD.items())
        for name, body in (("above", b"x" * 10241), ("far above",
                                                     b"x" * (5 << 20))):
            with self.subTest(name):
                answer = web.raw(self.port, web.head(
                    "POST", "/events", headers, body))
                self.assertEqual(answer.status, 413)
        chunk = b"2801\r\n" + b"x" * 10241 + b"\r\n0\r\n\r\n"
        answer = web.raw(self.port, HEAD + b"Transfer-Encoding: chunked\r\n"
                         b"\r\n" + chunk)
        self.assertEqual(answer.status, 413)
        answer = web.request(self.port, headers=headers, body=b"x" * 10240)
        self.assertEqual(answer.status, 202)

    def test_headers_above_the_limit_are_431(self):
        self.relay()
        for name, extra in (
                ("one large header", [("ce-large", "x" * (200 << 10))]),
                ("many headers", [(f"ce-x{i}", "x" * 1000)
                                  for i in range(200)])):
            with self.subTest(name):
                answer = web.raw(self.port, web.head(
                    "POST", "/events", list(GOOD.items()) + extra, b""))
                self.assertEqual(answer.status, 431)
        self.assert_serves()

    def test_a_request_line_above_the_limit_is_414(self):
        self.relay()
        answer = web.raw(self.port, web.head(
            "POST", "/events?" + "x" * (200 << 10), list(GOOD.items()), b""))
        self.assertEqual(answer.status, 414)
        self.assert_serves()

    def test_another_method_is_405_and_names_the_right_one(self):
        self.relay()
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            with self.subTest(method):
                answer = web.request(self.port, method)
                self.assertEqual(answer.status, 405)
                self.assertEqual(answer.header("Allow"), "POST")

    def test_another_path_is_404(self):
        self.relay()
        answer = web.post(self.port, event(), target="/other")
        self.assert_problem(answer, 404)

    def test_a_refusal_of_the_sink_is_passed_on(self):
        self.relay()
        self.answer = 422
        self.assert_problem(web.post(self.port, event()), 422)
        self.answer = 400
        self.assertIn(web.post(self.port, event()).status, (400, 422))
        self.answer = 202
        self.assert_serves()

    def test_a_sink_in_trouble_is_503_with_retry_after(self):
        self.relay()
        self.answer = 500
        answer = web.post(self.port, event())
        self.assert_problem(answer, 503)
        self.assertTrue(answer.header("Retry-After"))
        self.answer = 202
        harness.wait_until(
            lambda: web.post(self.port, event()).status == 202)

    def test_the_sink_s_retry_after_reaches_the_sender(self):
        self.relay()
        self.answer = (429, [("Retry-After", "7")], b"")
        answer = web.post(self.port, event())
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.header("Retry-After"), "7")

    def test_a_sink_that_is_away_is_503_at_once(self):
        self.relay()
        self.sink.stop()
        web.post(self.port, event())
        begin = harness.time.monotonic()
        answer = web.post(self.port, event())
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.header("Retry-After"))
        self.assertLess(harness.time.monotonic() - begin, 1)

    def test_a_sink_that_stays_silent_is_504(self):
        self.relay(source="?deadline=500ms")
        self.answer = None
        answer = web.post(self.port, event())
        self.assert_problem(answer, 504)

    def test_more_than_can_be_in_flight_is_503_at_once(self):
        self.relay(source="?max_in_flight=2")
        self.answer = None
        held = []
        for i in range(2):
            connection = web.connect(self.port)
            self.addCleanup(connection.close)
            headers, body = event().to_http()
            connection.sendall(web.head("POST", "/events", headers, body))
            held.append(connection)
        self.sink.wait(2)
        answer = web.post(self.port, event())
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.header("Retry-After"))

    def test_a_batch_is_split_and_answered_once(self):
        self.relay()
        batch = [event() for _ in range(25)]
        body = b"[" + b",".join(e.to_json() for e in batch) + b"]"
        answer = web.request(self.port, headers=[("Content-Type", BATCH)],
                             body=body)
        self.assertEqual(answer.status, 202)
        self.assertEqual({e.id for e in self.sink.events()},
                         {e.id for e in batch})

    def test_a_client_that_leaves_harms_nobody(self):
        self.relay()
        for cut in (10, len(HEAD), len(HEAD) + 25):
            with web.connect(self.port) as connection:
                connection.sendall(
                    (HEAD + b"Content-Length: 99\r\n\r\nxxx")[:cut])
        self.assert_serves()

    def test_a_client_that_writes_first_hears_the_answer(self):
        self.relay()
        for _ in range(5):
            connection = http.client.HTTPConnection("127.0.0.1", self.port)
            connection.request("POST", "/events", bytes(20 << 20), GOOD)
            self.assertEqual(connection.getresponse().status, 413)
            connection.close()

    def test_clients_that_only_announce_stop_nobody(self):
        self.relay(source="?max_in_flight=64")
        starts = (HEAD, HEAD + b"Content-Length: 1048576\r\n\r\nx",
                  HEAD + b"Transfer-Encoding: chunked\r\n\r\n100000\r\nx")
        for i in range(300):
            connection = web.connect(self.port)
            self.addCleanup(connection.close)
            connection.sendall(starts[i % len(starts)])
        load = web.post_all(self.port, [event() for _ in range(500)],
                            connections=8)
        self.assertEqual((load.accepted, load.repeated), (500, 0))

    def test_a_slow_request_is_ended_after_the_idle_time(self):
        self.relay(source="?idle_timeout=1s")
        with web.connect(self.port) as connection:
            connection.sendall(HEAD)
            begin = harness.time.monotonic()
            while connection.recv(4096):
                pass
            self.assertLess(harness.time.monotonic() - begin, 8)
        self.assert_serves()


if __name__ == "__main__":
    harness.main()
