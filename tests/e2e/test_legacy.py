#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Events of CloudEvents 0.3: relayed as they came, or upgraded (SDK-13)."""

import base64
import json

import harness
import web
from endpoints import KINDS, Sink
from events import STRUCTURED, Event
from harness import free_port, unique, wait_until


def old(data=None, **attributes):
    return Event({"specversion": "0.3", "id": unique("id"), "source": "/s",
                  "type": "com.example.old", **attributes}, data)


class Legacy(harness.Test):
    def relay(self, kinds, *options):
        port = free_port()
        sinks = [Sink(kind, self.directory) for kind in kinds]
        for sink in sinks:
            self.addCleanup(sink.close)
        self.start("relay", *options, f"http://127.0.0.1:{port}/events",
                   *[sink.uri for sink in sinks])
        return port, sinks

    def test_they_are_relayed_as_they_are(self):
        port, sinks = self.relay(KINDS)
        events = [
            old(b'{"price":1.50}', schemaurl="/a/schema",
                datacontenttype="application/json"),
            old(b"//4=", datacontenttype="image/png",
                datacontentencoding="base64"),
            old(),
        ]
        for structured in (True, False):
            for one in events:
                one.attributes["id"] = unique("id")
                answer = web.post(port, one, structured)
                self.assertEqual(answer.status, 202, answer)
            for sink in sinks:
                with self.subTest(sink.kind, structured=structured):
                    got = {e.id: e for e in sink.read([e.id for e in events])}
                    for one in events:
                        self.assertEqual(got[one.id].canonical(False),
                                         one.canonical(False))

    def test_structured_text_keeps_its_bytes(self):
        port, (sink,) = self.relay(["http"])
        body = (b'{ "specversion":"0.3", "id":"1","source":"/s","type":"t", '
                b'"datacontentencoding":"base64","data":"//4=" }')
        answer = web.request(port, headers=[("Content-Type", STRUCTURED)],
                             body=body)
        self.assertEqual(answer.status, 202, answer)
        self.assertEqual(sink.server.wait(1)[0].body, body)

    def test_bytes_get_an_encoding_where_they_have_to_be_text(self):
        port, (sink,) = self.relay(["file"])
        one = old(b"\xff\xfe", datacontenttype="image/png")
        self.assertEqual(web.post(port, one).status, 202)
        lines = wait_until(lambda: self.read_lines(sink.path))
        found = json.loads(lines[0])
        self.assertEqual(found["specversion"], "0.3")
        self.assertEqual(found["datacontentencoding"], "base64")
        self.assertEqual(base64.b64decode(found["data"]), one.data)

    def read_lines(self, path):
        try:
            with open(path, "rb") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def test_an_upgrade_makes_them_1_0(self):
        port, sinks = self.relay(("http", "file"), "--upgrade")
        one = old(b"//4=", datacontenttype="image/png",
                  datacontentencoding="base64", schemaurl="http://a.example/b")
        want = Event({"id": one.id, "source": "/s", "type": "com.example.old",
                      "datacontenttype": "image/png",
                      "dataschema": "http://a.example/b"}, b"\xff\xfe")
        self.assertEqual(web.post(port, one).status, 202)
        for sink in sinks:
            with self.subTest(sink.kind):
                got = sink.read([one.id])[0]
                self.assertEqual(got.canonical(), want.canonical())

    def test_what_has_no_1_0_form_is_refused(self):
        port, (sink,) = self.relay(["http"], "--upgrade")
        answer = web.post(port, old(schemaurl="/a/schema"))
        self.assertEqual(answer.status, 400)
        self.assertIn("dataschema", answer.json()["detail"])
        self.assertEqual(sink.server.requests, [])


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
