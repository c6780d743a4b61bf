#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cebridge explain: what would happen to an event, stage by stage. No broker
runs here: nothing is opened."""

import json
import os

import harness
import web

CONFIG = """
routes:
  ingest:
    from: http://127.0.0.1:8080/events
    filter: "type LIKE 'com.example.%' AND EXISTS subject"
    set: { room: "x-{subject}" }
    to: kafka://127.0.0.1:9/events?key={subject}
  devices:
    from: mqtt://127.0.0.1:9/devices/+/telemetry
    wrap: { type: com.example.telemetry, source: "/devices/{topic[1]}" }
    set: { subject: "{topic[1]}" }
    upgrade: true
    dedup: 10
    to:
      - https://service.example/hook?mode=structured
      - { name: again, uri: "mqtt://127.0.0.1:9/out/{subject}", topics: "out/7" }
    dead_letter: kafka://127.0.0.1:9/letters
"""
GOOD = {"specversion": "1.0", "id": "1", "source": "/s", "type":
        "com.example.a", "subject": "s1", "datacontenttype":
        "application/json", "data": {"n": 1}}


def event(**changes):
    members = {**GOOD, **changes}
    return json.dumps({k: v for k, v in members.items() if v is not ...})


class Explain(harness.Test):
    def explain(self, text, *options, config=CONFIG, code=0):
        self.write("bridge.yaml", config)
        done = self.cebridge("explain", self.path("bridge.yaml"), "-",
                             *options, stdin=text.encode())
        self.assertEqual(done.code, code, done)
        return done.stdout.splitlines()

    def ingest(self, text, code=0):
        return self.explain(text, "--route", "ingest", code=code)

    def devices(self, text, topic, *options, code=0):
        return self.explain(text, "--route", "devices", "--topic", topic,
                            *options, code=code)

    def test_an_event_that_arrives(self):
        """One line a stage, with what it changes and where it leads."""
        self.assertEqual(self.ingest(event()), [
            "ingest check: passed (a valid event)",
            "ingest filter: passed (it matches)",
            'ingest set: passed (room = "x-s1")',
            "ingest to: sent (structured mode to "
            'kafka://127.0.0.1:9/events: topic events, key "s1")'])

    def test_an_event_that_is_not_wanted(self):
        self.assertEqual(self.ingest(event(subject=...)), [
            "ingest check: passed (a valid event)",
            "ingest filter: filtered (type LIKE 'com.example.%' AND EXISTS "
            "subject is false)"])

    def test_what_is_no_event(self):
        for text in "", "{", "[]", event(id=...), event(specversion="7"):
            lines = self.ingest(text, code=3)
            self.assertEqual(len(lines), 1, lines)
            self.assertRegex(lines[0], r"^ingest check: refused \(.+\)$")

    def test_each_sink_has_its_line(self):
        """A sink that refuses does not hold back the others, and its
        letter is told of."""
        lines = self.devices(event(), "devices/7/telemetry")
        self.assertEqual(lines[-2:], [
            "devices to[1]: sent (structured mode to "
            "https://service.example/hook: path /hook)",
            "devices to[again]: sent (structured mode to "
            "mqtt://127.0.0.1:9/out/{subject}: topic out/7)"])
        lines = self.devices(event(), "devices/8/telemetry", code=3)
        self.assertIn("to[1]: sent", lines[-3])
        self.assertEqual(lines[-2],
                         'devices to[again]: refused (topic "out/8": "topics" '
                         "does not allow it)")
        self.assertIn("devices dead_letter: sent (", lines[-1])
        self.assertIn("topic letters", lines[-1])

    def test_a_plain_message_is_wrapped(self):
        lines = self.devices('{"t":3}', "devices/7/telemetry", "--plain")
        self.assertRegex(lines[0], r"^devices check: passed \(")
        for wanted in ('type = "com.example.telemetry"',
                       'source = "/devices/7"',
                       'datacontenttype = "application/json"'):
            self.assertIn(wanted, lines[0])
        self.assertEqual(lines[1:4], [
            "devices upgrade: passed (nothing to change)",
            'devices set: passed (subject = "7")',
            "devices dedup: passed (the first with its source and id)"])
        # The route that wraps nothing refuses it.
        lines = self.explain('{"t":3}', "--plain", "--route", "ingest", code=3)
        self.assertEqual(len(lines), 1)
        self.assertIn("check: refused", lines[0])

    def test_an_old_event_is_upgraded(self):
        lines = self.devices(event(specversion="0.3"), "devices/7/telemetry")
        self.assertIn('devices upgrade: passed (specversion = "1.0")', lines)

    def test_what_a_message_brings_besides(self):
        config = """
routes:
  r:
    from: kafka://127.0.0.1:9/orders
    set: { tenant: "{header[x-tenant]}", k: "{key}", t: "{topic}" }
    to: kafka://127.0.0.1:9/out
"""
        lines = self.explain(event(), "--header", "X-Tenant=a=b", "--key",
                             "k1", config=config)
        self.assertEqual(lines[1], 'r set: passed (tenant = "a=b", k = "k1", '
                         't = "orders")')
        self.assertTrue(lines[2].endswith('topic out, key "k1")'), lines)
        lines = self.explain(event(), config=config, code=3)
        self.assertIn("{header[x-tenant]}", lines[-1])

    def test_nothing_is_opened(self):
        """The source's port is taken, the sink hears nothing, and there is no
        state."""
        sink, state = web.Sink(), self.path("state")
        self.addCleanup(sink.stop)
        config = f"""
routes:
  r:
    from: {sink.uri}
    inbox: {self.path("inbox")}
    to: {sink.uri}/to
  q:
    from: mqtt://127.0.0.1:9/a
    to: file:{self.path("out")}
"""
        self.write("bridge.yaml", config)
        done = self.cebridge("explain", self.path("bridge.yaml"),
                             self.write("event.json", event()),
                             env={"XDG_STATE_HOME": state})
        self.assertEqual(done.code, 0, done)
        self.assertEqual([x.split(":")[0] for x in done.stdout.splitlines()],
                         ["r check", "r to", "q check", "q to"])
        self.assertEqual((sink.connections, done.stderr), (0, ""))
        for name in "inbox", "out", "state":
            self.assertFalse(os.path.exists(self.path(name)), name)

    def test_a_letter_of_what_is_no_event(self):
        """It goes where a run sends it: a caller hears of it instead."""
        for source, stages in (("kafka://127.0.0.1:9/t",
                                ["r check", "r dead_letter"]),
                               ("http://127.0.0.1:9/", ["r check"])):
            lines = self.explain("[]", code=3, config=f"""
routes:
  r:
    from: {source}
    to: '-'
    dead_letter: mqtt://127.0.0.1:9/letters
""")
            self.assertEqual([x.split(":")[0] for x in lines], stages)
        # A target that refuses letters is told of once.
        lines = self.explain("[]", code=3, config="""
routes:
  r:
    from: kafka://127.0.0.1:9/t
    to: '-'
    dead_letter: "mqtt://127.0.0.1:9/{floor}?topics=a"
""")
        self.assertEqual([x.split(" (")[0] for x in lines],
                         ["r check: refused", "r dead_letter: refused"])

    def test_traces_come_from_headers(self):
        parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        lines = self.explain(event(), "--header", f"traceparent={parent}",
                             config="""
routes:
  r: { from: "kafka://127.0.0.1:9/t", to: "-", trace: true }
""")
        self.assertEqual(lines[1], f'r trace: passed (traceparent = "{parent}")')

    def test_the_payload_of_a_plain_message_has_a_type(self):
        for options, wanted in (((), "application/json"),
                                (("--content-type", "text/csv"), "text/csv")):
            lines = self.devices("1", "devices/7/telemetry", "--plain",
                                 *options)
            self.assertIn(f'datacontenttype = "{wanted}"', lines[0])

    def test_an_event_that_is_too_large(self):
        self.write("bridge.yaml", CONFIG)
        done = self.cebridge("explain", self.path("bridge.yaml"), "-",
                             "--max-event-bytes", "20B",
                             stdin=event().encode())
        self.assertEqual((done.code, done.stdout), (1, ""), done)
        self.assertIn("20", done.stderr)

    def test_the_path_of_a_request(self):
        config = """
routes:
  r:
    from: '-'
    to: "https://service.example/rooms/{subject}?paths=/rooms/s*"
"""
        lines = self.explain(event(), config=config)
        self.assertTrue(lines[-1].endswith(": path /rooms/s1)"), lines)
        lines = self.explain(event(subject="../x"), config=config, code=3)
        self.assertIn("r to: refused (path", lines[-1])

    def test_why_a_filter_does_not_match(self):
        for text, why in [
                ("{ exact: { type: a } }", 'type "com.example.a" is not "a"'),
                ("{ prefix: { type: b } }",
                 'type "com.example.a" does not begin with "b"'),
                ("{ suffix: { type: b } }",
                 'type "com.example.a" does not end with "b"'),
                ("{ exact: { room: b } }", "there is no room"),
                ("[ { exact: { id: '1' } }, { exact: { id: '2' } } ]",
                 'id "1" is not "2"'),
                ("{ any: [ { exact: { id: '3' } }, { exact: { id: '2' } } ] }",
                 'id "1" is not "3", and id "1" is not "2"'),
                ("{ not: { exact: { id: '1' } } }",
                 'what "not" excludes is true'),
                ("room = 'b'", "room = 'b' uses an attribute that the event "
                 "does not have"),
                ("id", "id is neither true nor false"),
                ("1 / 0 = 1", "1 / 0 = 1 cannot be calculated")]:
            config = ("routes:\n  r:\n    from: '-'\n    to: '-'\n"
                      f"    filter: {json.dumps(text) if text[0] not in '[{' else text}\n")
            lines = self.explain(event(), config=config)
            self.assertEqual(lines[-1], f"r filter: filtered ({why})")

    def test_it_says_what_the_bridge_does(self):
        """The same configuration relays each event as it was explained."""
        config = f"""
routes:
  r:
    from: file:{self.path("in")}
    filter: "type <> 'unwanted'"
    set: {{ room: "{{floor}}" }}
    to: file:{self.path("out")}
    dead_letter: file:{self.path("letters")}
"""
        events = {"sent": event(floor="1"), "filtered": event(type="unwanted"),
                  "refused": event(floor=...)}
        for outcome, text in events.items():
            for name in "in", "out", "letters":
                if os.path.exists(self.path(name)):
                    os.unlink(self.path(name))
            self.write("in", text + "\n")
            lines = self.explain(text, config=config,
                                 code=3 if outcome == "refused" else 0)
            self.assertEqual(self.cebridge(
                "run", self.path("bridge.yaml")).code, 0)
            told = [x.split(":")[0] for x in lines if ": sent (" in x]
            written = [key for key, name in (("r to", "out"),
                                             ("r dead_letter", "letters"))
                       if os.path.exists(self.path(name)) and
                       os.path.getsize(self.path(name))]
            self.assertEqual(told, written, lines)
            self.assertIn(f": {outcome} (", lines[-2 if outcome == "refused"
                                                  else -1])

    def test_nothing_reaches_a_terminal_raw(self):
        lines = self.ingest(event(subject="a\u202eb"))
        self.assertIn('room = "x-a b"', lines[2])

    def test_mistakes(self):
        self.write("bridge.yaml", CONFIG)
        config = self.path("bridge.yaml")
        for arguments, code, words in [
                ((config,), 2, "usage: cebridge explain"),
                ((config, "-", "--route", "x"), 2, 'no route "x"'),
                ((config, "-", "--header", "x"), 2, "NAME=VALUE"),
                ((config, "-", "--content-type", "a/b"), 2, "--plain"),
                ((self.path("none.yaml"), "-"), 2, "none.yaml"),
                ((config, self.path("none")), 1, "No such file")]:
            done = self.cebridge("explain", *arguments, stdin=event().encode())
            self.assertEqual(done.code, code, done)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    harness.main()
