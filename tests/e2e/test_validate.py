#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cebridge validate: every finding, and the warnings of --lint."""

import json

import harness
from harness import event

GOOD = {"specversion": "1.0", "id": "1", "source": "/shops/7",
        "type": "com.example.order.created", "time": "2024-05-01T12:00:00Z"}


def text(**changes):
    members = {**GOOD, **changes}
    return json.dumps({k: v for k, v in members.items() if v is not ...})


class Validate(harness.Test):
    def validate(self, *arguments, stdin="", code=0):
        done = self.cebridge("validate", *arguments, stdin=stdin.encode())
        self.assertEqual(done.code, code, done)
        self.assertEqual(done.stdout, "")
        return done.stderr.splitlines()

    def test_valid_events_are_not_mentioned(self):
        events = "\n".join(text(id=str(i)) for i in range(5))
        self.assertEqual(self.validate(stdin=events), [])
        self.assertEqual(self.validate("--lint", stdin=events), [])
        self.assertEqual(self.validate(stdin=""), [])

    def test_every_finding_of_an_event_is_told(self):
        """CORE-54 SDK-11"""
        found = self.validate(code=3, stdin=text() + "\n" + text(
            id="", source="a b", type=5, time="now", My_Ext="x",
            flag="a\u0007", subject=...) + "\n" + text())
        wanted = ["id", "source", "type", "time", "My_Ext", "flag"]
        self.assertEqual(len(found), len(wanted), found)
        for line, name in zip(found, wanted):
            self.assertRegex(line, rf'^stdin:2: attribute "{name}": ')

    def test_every_event_is_looked_at(self):
        path = self.write("in", "\n".join(
            [text(id=...), "no JSON", text(), text(type=""), "[1]x"]))
        found = self.validate(self.path("in"), code=2)
        self.assertEqual([x.split(":")[1] for x in found[:3]],
                         ["1", "2", "4"])
        self.assertIn("batch", found[3])
        self.assertTrue(found[0].startswith(path))

    def test_a_batch_is_looked_at_to_its_end(self):
        """JSON-62 CORE-67"""
        found = self.validate(
            "--from", "batch", code=3, stdin="[" + ",\n".join(
                [text(), text(id=..., source=...), "1",
                 text(specversion="0.3"), text(time="x")]) + "]")
        self.assertEqual([x.split(":")[1] for x in found],
                         ["2", "2", "3", "4", "5"])

    def test_an_http_message_is_looked_at(self):
        found = self.validate("--from", "http", code=3, stdin=(
            "POST / HTTP/1.1\nce-specversion: 1.0\nce-id: 1\nce-source: a b\n"
            "ce-time: 12\nContent-Type: text\n\n"))
        self.assertEqual(len(found), 4, found)
        for line, name in zip(found, ("source", "time", "datacontenttype",
                                      "type")):
            self.assertIn(f'"{name}"', line)

    def test_warnings_need_lint_and_are_no_failure(self):
        """CORE-03 CORE-21 CORE-45 CORE-53"""
        for name, changes, wanted in (
                ("no reverse DNS", {"type": "created"}, "reverse DNS"),
                ("a word and a dot", {"type": "order.created"}, "reverse DNS"),
                ("empty label", {"type": "com..example.x"}, "reverse DNS"),
                ("upper case", {"type": "com.example.OrderCreated"},
                 "upper case"),
                ("host", {"source": "web-1.example.com"}, "host"),
                ("host and port", {"source": "web:8080"}, "host"),
                ("localhost", {"source": "localhost"}, "host"),
                ("address", {"source": "10.0.0.1"}, "host"),
                ("URI of localhost", {"source": "http://localhost:8080/a"},
                 "machine"),
                ("URI of an address", {"source": "https://10.1.2.3/a"},
                 "machine"),
                ("URI of IPv6", {"source": "coap://[::1]/a"}, "machine"),
                ("blank in id", {"id": " 1"}, '"id"'),
                ("no time", {"time": ...}, '"time"'),
                ("unknown offset", {"time": "2024-05-01T12:00:00-00:00"},
                 "offset"),
                ("long name", {"averyveryverylongname": "x"}, "20"),
                ("digit first", {"1a": "x"}, "digit"),
                ("empty extension", {"note": ""}, "empty"),
                ("fragment", {"dataschema": "https://a.example/b#c"},
                 "fragment"),
                ("no content type", {"data": 1}, "datacontenttype"),
                ("event in an event",
                 {"datacontenttype": "application/cloudevents+json",
                  "data": {}}, "event in an event"),
                ("no JSON", {"datacontenttype": "application/json",
                             "data_base64": "eA=="}, "no valid JSON")):
            with self.subTest(name):
                self.assertEqual(self.validate(stdin=text(**changes)), [])
                found = self.validate("--lint", stdin=text(**changes))
                self.assertEqual(len(found), 1, found)
                self.assertIn("stdin:1: warning: ", found[0])
                self.assertIn(wanted, found[0])

    def test_what_is_wise_gets_no_warning(self):
        for name, changes in (
                ("URI", {"source": "https://example.com/shops/7"}),
                ("URN", {"source": "urn:uuid:1"}),
                ("path", {"source": "sensors/tn-1234567/alerts"}),
                ("name", {"source": "checkout"}),
                ("JSON", {"datacontenttype": "application/json", "data": 1}),
                ("bytes", {"datacontenttype": "image/png",
                           "data_base64": "eA=="}),
                ("schema", {"dataschema": "https://a.example/b"})):
            with self.subTest(name):
                self.assertEqual(
                    self.validate("--lint", stdin=text(**changes)), [])

    def test_warnings_stand_beside_findings_of_other_events(self):
        found = self.validate("--lint", code=3, stdin=text(type="t") + "\n" +
                              text(id=""))
        self.assertEqual(len(found), 2)
        self.assertIn("stdin:1: warning: ", found[0])
        self.assertNotIn("warning", found[1])

    def test_an_unknown_form_is_a_usage_error(self):
        found = self.validate("--from", "cbor", code=2)
        self.assertIn("json, http", found[0])

    def test_generated_events_are_valid(self):
        self.assertEqual(self.validate(stdin=event().to_json().decode()), [])


if __name__ == "__main__":
    harness.main()
