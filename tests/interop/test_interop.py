#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The official SDKs and cebridge read what the other sends.

For each language a partner program (README.md) runs the SDK. What it sends
must arrive with us unchanged, and what we send it must read; where an SDK does
otherwise, deviations.py says so, exactly."""

import base64
import json
import os
import subprocess
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), "e2e"), HERE]

import harness  # noqa: E402
import kafka  # noqa: E402
import web  # noqa: E402
from deviations import ANY, REFUSED, RULES, UNREAD, UNSENT  # noqa: E402
from deviations import Case, Outcome, expected  # noqa: E402
from events import Event, tells_empty  # noqa: E402
from harness import KAFKA, MQTT, free_port, unique, wait_until  # noqa: E402
from partners import PARTNERS, NotHere  # noqa: E402
from samples import SAMPLES  # noqa: E402

SUMMARY = os.environ.get("CE_TEST_SUMMARY")
built = {}  # name of the partner: a future with its command
left_out = {}  # transport: why
if os.environ.get("CE_TEST_KAFKA_KIND") == "mock":
    left_out["kafka"] = "the mock cluster serves librdkafka only"


def to_json(event):
    data = event.data
    return {"attributes": event.attributes, "data": None if data is None
            else base64.b64encode(data).decode()}


def from_json(line):
    data = line["data"]
    event = Event({}, None if data is None else base64.b64decode(data))
    event.attributes = line["attributes"]
    return event


class Receiver:
    """A partner that receives. GOT: {(URI, id): event}."""

    def __init__(self, command, uris):
        self.process = subprocess.Popen(
            [*command, "receive", *uris], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.got, self.ready = {}, False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            if line == b"ready\n":
                self.ready = True
                continue
            line = json.loads(line)
            if "error" not in line:
                event = from_json(line)
                self.got[line["from"], event.id] = event

    def is_there(self):
        if self.process.poll() is not None:
            raise AssertionError("the partner ended")
        return self.ready

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.thread.join(10)
        self.process.stdout.close()


class Place:
    """One URI, used in one mode; the mode "protobuf" is structured."""

    def __init__(self, partner, transport, mode):
        self.transport, self.mode = transport, mode
        self.options = {}
        if transport == "http":
            self.uri = f"http://127.0.0.1:{free_port()}/events"
            return
        topic = unique(f"interop-{partner.name}")
        self.uri = f"{transport}://" + (
            f"{KAFKA}/{topic}" if transport == "kafka" else f"{MQTT}/{topic}")
        if transport == "kafka":
            kafka.create(KAFKA, topic)

    def as_sink(self):
        if self.mode == "protobuf":
            return self.uri + "?mode=structured&format=protobuf"
        return f"{self.uri}?mode={self.mode}"

    def as_source(self, partner):
        options = {}
        if self.transport == "kafka":
            options["group"] = unique()
        if self.transport == "http" and partner.lenient:
            options["lenient"] = "true"
        return self.uri + harness.query(options)


class Interoperability:
    partner = None

    def setUp(self):
        super().setUp()
        try:
            self.command = built[self.partner.name].result()
        except NotHere as reason:
            self.skipTest(str(reason))

    def places(self, modes):
        return [Place(self.partner, transport, mode)
                for transport in modes if transport not in left_out
                for mode in modes[transport]]

    # What the partner sends ------------------------------------------------

    def test_what_it_sends_arrives_unchanged(self):
        places = self.places(self.partner.send)
        sink = web.Sink()
        self.addCleanup(sink.stop)
        lines = ["routes:"]
        for i, place in enumerate(places):
            lines += [f"  r{i}:",
                      f'    from: "{place.as_source(self.partner)}"', "    to:",
                      f'      - "file:{self.path(str(i))}"',
                      f'      - "http://127.0.0.1:{sink.port}/{i}?mode=binary"']
        bridge = self.run_config("\n".join(lines) + "\n")
        outcomes = self.send(places)
        wrong = []
        for i, place in enumerate(places):
            got = self.arrived(i, self.expected_ids("send", place), sink)
            wrong += self.compare("send", place, {**got, **outcomes[place]})
        self.assert_none(wrong)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)

    def send(self, places):
        """{place: {id: the outcome of what was not sent}}."""
        done = subprocess.run(
            [*self.command, "send", *(f"{p.uri}={p.mode}" for p in places)],
            input=json.dumps([to_json(e) for e in SAMPLES]).encode(),
            stdout=subprocess.PIPE, timeout=120, check=True)
        by_uri = {p.uri: p for p in places}
        outcomes = {p: {} for p in places}
        for line in map(json.loads, done.stdout.splitlines()):
            if line["error"] is not None:
                refused = "400" in line["error"]
                outcomes[by_uri[line["to"]]][line["id"]] = \
                    REFUSED if refused else UNSENT
        return outcomes

    def arrived(self, i, ids, sink):
        """{id: the event as JSON, with the bytes of its data as they were}."""

        def in_file():
            lines = self.read(str(i)).split(b"\n")[:-1] \
                if os.path.exists(self.path(str(i))) else []
            return {e.id: e for e in map(Event.from_json, map(bytes.decode,
                                                              lines))}

        def over_http():
            return {e.id: e for e in (r.event() for r in list(sink.requests)
                                      if r.target == f"/{i}"
                                      and r.header("ce-id"))}

        def whole():
            return ids <= set(in_file())

        self.in_time(whole)
        self.in_time(lambda: set(in_file()) <= {
            r.event().id for r in list(sink.requests) if r.target == f"/{i}"})
        got = in_file()
        for id, event in over_http().items():
            if id in got:
                got[id].raw = event.data or b""
        return got

    # What we send ----------------------------------------------------------

    def test_what_we_send_it_reads(self):
        places = self.places(self.partner.receive)
        receiver = Receiver(self.command, [p.uri for p in places])
        self.addCleanup(receiver.close)
        wait_until(receiver.is_there, 30, "the partner is not ready")
        source = self.write("samples.ndjson", b"".join(
            e.to_json() + b"\n" for e in SAMPLES))
        lines = ["routes:"]
        for i, place in enumerate(places):
            lines += [f"  r{i}:", f'    from: "file:{source}"',
                      f'    to: "{place.as_sink()}"',
                      "    retry: { base: 50ms, cap: 1s, max_attempts: 8 }",
                      f"    dead_letter: file:{self.path('dead')}"]
        bridge = self.run_config("\n".join(lines) + "\n", ready=False)
        self.assertEqual(bridge.wait(60), 0, bridge.stderr)
        wrong = []
        for place in places:
            ids = self.expected_ids("receive", place)
            self.in_time(lambda: all((place.uri, id) in receiver.got
                                     for id in ids))
            wrong += self.compare("receive", place, {
                e.id: receiver.got.get((place.uri, e.id), UNREAD)
                for e in SAMPLES})
        self.assert_none(wrong)

    # Both ------------------------------------------------------------------

    def assert_none(self, wrong):
        if wrong:
            self.fail(f"{len(wrong)} differences:\n" + "\n".join(wrong[:20]))

    def case(self, direction, place):
        return Case(self.partner.name, direction, place.transport, place.mode)

    def expected_ids(self, direction, place):
        case = self.case(direction, place)
        return {e.id for e in SAMPLES
                if not isinstance(expected(case, e), Outcome)}

    def in_time(self, condition):
        """Waits; what is still missing then, the comparison tells."""
        try:
            wait_until(condition, 20)
        except TimeoutError:
            pass

    def compare(self, direction, place, got):
        """Everything that is otherwise than expected, as sentences."""
        case = self.case(direction, place)
        wrong = []
        for e in SAMPLES:
            want, have = expected(case, e), got.get(e.id, "nothing arrived")
            if isinstance(want, Outcome) or isinstance(have, str):
                if have != want:
                    shown = [x if isinstance(x, str) else x.canonical()
                             for x in (have, want)]
                    wrong.append(f"{e.id}: {shown[0]}; expected {shown[1]}")
            else:
                wrong += self.differences(case, want, have)
        return [f"{direction} {case.transport} {case.mode} {x}" for x in wrong]

    def differences(self, case, want, have):
        tells = tells_empty(case.transport, case.mode != "binary")
        a, b = want.canonical(tells), have.canonical(tells)
        for name, value in a[0].items():
            if value == ANY and name in b[0]:
                b[0][name] = ANY
        if a != b:
            return [f"{want.id}: {b}; expected {a}"]
        raw = getattr(have, "raw", have.data or b"")
        if self.partner.exact and case.mode == "binary" \
                and raw != (want.data or b""):
            return [f"{want.id}: the bytes {raw}; expected {want.data}"]
        return []


for each in PARTNERS:
    globals()[each.title] = type(each.title, (Interoperability, harness.Test),
                                 {"partner": each})


class Deviations(unittest.TestCase):
    def test_each_is_documented(self):
        path = os.path.join(harness.ROOT, "docs", "interoperability.md")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for name in {rule.name for rule in RULES}:
            self.assertIn(f"`{name}`", text)

    def test_each_changes_something(self):
        modes = {p.name: {"send": p.send, "receive": p.receive}
                 for p in PARTNERS}
        for rule in RULES:
            cases = [Case(rule.sdk, direction, transport, mode)
                     for direction, by in modes[rule.sdk].items()
                     for transport in by for mode in by[transport]]
            self.assertTrue(
                any(rule.change(e) is not e for case in cases
                    if rule.applies(case) for e in SAMPLES), rule.name)


def tell():
    """One line that says what ran and what did not."""
    words = []
    for partner in PARTNERS:
        reason = built[partner.name].exception()
        words.append(partner.name if reason is None else
                     f"{partner.name} NOT RUN ({reason})")
    words += [f"{name} NOT RUN ({why})" for name, why in left_out.items()]
    text = ", ".join(words)
    print(f"interoperability: {text}", file=sys.stderr)
    if SUMMARY:
        with open(SUMMARY, "w", encoding="utf-8") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    with ThreadPoolExecutor() as pool:
        for each in PARTNERS:
            built[each.name] = pool.submit(each.command)
    tell()
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
