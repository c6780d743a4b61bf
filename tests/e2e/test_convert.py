#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cebridge convert: events from one form into another, and what happens to
those that are no events."""

import json
import os
import subprocess

import harness
from events import Event, generate
from harness import event

EVENT = '{"specversion":"1.0","id":"%s","source":"/s","type":"t"}'


def lines(events):
    return b"".join(e.to_json() + b"\n" for e in events)


def parse_http(text):
    head, body = text.split(b"\r\n\r\n", 1)
    start, *headers = head.decode().split("\r\n")
    pairs = [tuple(h.split(": ", 1)) for h in headers]
    return start, pairs, body


class Convert(harness.Test):
    def run_bytes(self, *arguments, stdin=b"", code=0):
        done = subprocess.run(
            [harness.PROGRAM, "convert", *arguments], input=stdin,
            capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done

    def convert(self, *arguments, **kw):
        return self.run_bytes(*arguments, **kw).stdout

    def test_json_stays_the_text_that_it_was(self):
        """JSON-31 CORE-28 CORE-66"""
        text = lines(generate(24))
        self.assertEqual(self.convert(stdin=text), text)

    def test_texts_need_no_lines(self):
        for name, text in (
                ("one after another", EVENT % 1 + EVENT % 2),
                ("pretty-printed", json.dumps(json.loads(EVENT % 1), indent=2)
                 + "\n\n" + json.dumps(json.loads(EVENT % 2), indent=1)),
                ("CRLF", EVENT % 1 + "\r\n\r\n" + EVENT % 2 + "\r\n"),
                ("blanks", "  " + EVENT % 1 + " \t" + EVENT % 2 + "  "),
                ("JSON-17 a byte order mark", "\ufeff" + EVENT % 1 + "\n" +
                 EVENT % 2)):
            with self.subTest(name):
                out = self.convert(stdin=text.encode()).decode()
                self.assertEqual([json.loads(x)["id"]
                                  for x in out.splitlines()], ["1", "2"])

    def test_a_batch_goes_there_and_back(self):
        """JSON-60 JSON-61 JSON-64 CORE-67"""
        events = generate(24)
        batch = self.convert("--to", "batch", stdin=lines(events))
        self.assertEqual(len(json.loads(batch)), 24)
        self.assertEqual(self.convert("--from", "batch", stdin=batch),
                         lines(events))
        twice = b"[" + events[0].to_json() + b"," + events[0].to_json() + b"]"
        self.assertEqual(self.convert("--from", "batch", stdin=twice),
                         lines(events[:1] * 2))

    def test_nothing_becomes_an_empty_batch_and_back(self):
        """JSON-61"""
        self.assertEqual(self.convert("--to", "batch"), b"[]\n")
        for text in (b"[]", b" [ ]\n", b"[]\n[]"):
            self.assertEqual(self.convert("--from", "batch", stdin=text), b"")

    def test_http_binary(self):
        """HTTP-20 HTTP-21 HTTP-23 HTTP-24 HTTP-26 HTTP-40"""
        for one in generate(12):
            with self.subTest(one.id):
                start, headers, body = parse_http(
                    self.convert("--to", "http", stdin=one.to_json()))
                self.assertEqual(start, "POST / HTTP/1.1")
                got = Event.from_http(headers, body)
                want = Event.from_json(one.to_json().decode())
                kind = want.attributes.get("datacontenttype")
                self.assertEqual(got.attributes.get("datacontenttype"), kind)
                self.assertEqual(got.canonical(False), want.canonical(False))
                self.assertEqual(dict(headers)["Content-Length"],
                                 str(len(body)))

    def test_http_structured(self):
        """HTTP-60 JSON-02"""
        one = event(data=b'{"a": 1.50}', datacontenttype="application/json")
        start, headers, body = parse_http(self.convert(
            "--to", "http", "--mode", "structured", stdin=one.to_json()))
        self.assertEqual(start, "POST / HTTP/1.1")
        self.assertEqual(dict(headers)["Content-Type"],
                         "application/cloudevents+json")
        self.assertEqual(body, one.to_json())

    def test_http_is_read_in_all_modes(self):
        """HTTP-01 HTTP-03 HTTP-20 HTTP-47 HTTP-62"""
        whole = EVENT % 1
        batch = f"[{whole},{EVENT % 2}]"
        for name, text, ids in (
                ("request", "POST /x HTTP/1.1\r\nHost: h\r\nce-specversion: 1.0"
                 "\r\nCE-ID: %31\r\nce-source: /s\r\nce-type: t\r\n\r\n", "1"),
                ("response", "HTTP/1.1 200 OK\nce-specversion: 1.0\nce-id: 1\n"
                 "ce-source: /s\nce-type: t\nContent-Type: text/plain\n\nhi",
                 "1"),
                ("structured", "POST / HTTP/1.1\nContent-Type: Application/"
                 f"CloudEvents+JSON\n\n{whole}", "1"),
                ("batch", "POST / HTTP/1.1\nContent-Type: application/"
                 f"cloudevents-batch+json\n\n{batch}", "12"),
                ("two", 2 * ("POST / HTTP/1.1\nContent-Type: application/"
                 f"cloudevents+json\nContent-Length: {len(whole)}\n\n{whole}"),
                 "11")):
            with self.subTest(name):
                out = self.convert("--from", "http", stdin=text.encode())
                got = [json.loads(x) for x in out.splitlines()]
                self.assertEqual([x["id"] for x in got], list(ids))

    def test_what_is_no_http_message_is_named(self):
        """HTTP-05 HTTP-07 HTTP-22 HTTP-27 HTTP-28 HTTP-30 HTTP-48"""
        head = ("POST / HTTP/1.1\nce-specversion: 1.0\nce-id: 1\nce-source: /s"
                "\nce-type: t\n")
        for name, text, why in (
                ("nothing", "hello", "headers do not end"),
                ("start line", "ce-id: 1\n\n", "request line"),
                ("header", head + "x\n\n", "a header is expected"),
                ("folded", head + " x\n\n", "a header is expected"),
                ("gzip", head + "Content-Encoding: gzip\n\n", "encoded"),
                ("chunked", head + "Transfer-Encoding: chunked\n\n",
                 "encoded"),
                ("length", head + "Content-Length: x\n\n", "Content-Length"),
                ("cut", head + "Content-Length: 5\n\nabc", "shorter"),
                ("twice", head + "CE-ID: 1\n\n", "more than once"),
                ("data", head + "ce-data: 1\n\n", "data"),
                ("no name", head + "ce-: 1\n\n", "name"),
                ("UTF-8", head + "ce-x: %C0%A0\n\n", "ce-x"),
                ("other type", head + "Content-Type: a/b\nce-datacontenttype: "
                 "c/d\n\n", "differs"),
                ("no event", "POST / HTTP/1.1\nce-id: 1\n\n",
                 "ce-specversion"),
                ("incomplete", "POST / HTTP/1.1\nce-specversion: 1.0\n\n",
                 "missing"),
                ("format", "POST / HTTP/1.1\nce-specversion: 1.0\nContent-Type"
                 ": application/cloudevents+cbor\n\n", "not supported")):
            with self.subTest(name):
                done = self.run_bytes("--from", "http", stdin=text.encode(),
                                      code=3)
                self.assertEqual(done.stdout, b"")
                self.assertRegex(done.stderr.decode(),
                                 rf"^stdin:\d+: .*{why}")

    def test_an_invalid_event_is_named_and_its_neighbours_are_written(self):
        """JSON-15"""
        good = [EVENT % i for i in range(8)]
        text = "\n".join([
            good[0],
            '{"specversion":"1.0","id":"x","source":"/s","type":',   # 2: cut
            good[1],
            "garbage", "more garbage",                               # 4, 5
            good[2] + " x",                                          # 6
            good[3],
            '{"specversion":"1.0","id":"","source":"/s","type":"t"}',  # 8
            '{"specversion":"1.0","id":"1\x07","source":"/s","type":"t"}',
            '{"a":{"b":[', good[4],                                  # 10
            "5", '"text"', "null",                                   # 12-14
            "{", '  "specversion": "1.0",', '  "id": 1.5',           # 15
            "}", "", good[5], '{"a":"', good[6], "}", good[7]])      # 21, 23
        path = self.write("in.ndjson", text + "\n")
        done = self.run_bytes(path, code=3)
        wanted = [g for i, g in enumerate(good) if i != 2]
        self.assertEqual(done.stdout.decode().splitlines(), wanted)
        named = [int(x.split(":")[1])
                 for x in done.stderr.decode().splitlines()]
        self.assertEqual(named, [2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 21, 23])
        for line in done.stderr.decode().splitlines():
            self.assertTrue(line.startswith(path + ":"), line)

    def test_an_invalid_event_of_a_batch_leaves_its_neighbours(self):
        text = (f"[{EVENT % 1},\n{{}},\n5,\n{EVENT % 2},\n"
                '{"specversion":"0.3","id":"3","source":"/s","type":"t"}]')
        done = self.run_bytes("--from", "batch", stdin=text.encode(), code=3)
        self.assertEqual([json.loads(x)["id"]
                          for x in done.stdout.splitlines()], ["1", "2"])
        self.assertEqual([x.split(":")[1] for x in
                          done.stderr.decode().splitlines()], ["2", "3", "5"])

    def test_a_batch_that_is_no_json_ends_there(self):
        """JSON-15 JSON-62"""
        for name, text, count in (
                ("an object", EVENT % 1, 0), ("nothing", "", 0),
                ("no end", f"[{EVENT % 1}", 1),
                ("no comma", f"[{EVENT % 1} {EVENT % 2}]", 1),
                ("comma at the end", f"[{EVENT % 1},]", 1),
                ("cut", f"[{EVENT % 1},{{\"a\":", 1),
                ("text behind", f"[{EVENT % 1}]x", 1)):
            with self.subTest(name):
                done = self.run_bytes("--from", "batch", stdin=text.encode(),
                                      code=3)
                self.assertEqual(len(done.stdout.splitlines()), count)
                self.assertRegex(done.stderr.decode(), r"^stdin:\d+: no valid")

    def test_a_form_for_one_event_refuses_a_second_one(self):
        text = (EVENT % 1 + "\n" + EVENT % 2).encode()
        done = self.run_bytes("--to", "http", stdin=text, code=2)
        self.assertEqual(done.stdout, b"")
        self.assertIn("batch", done.stderr.decode())
        done = self.run_bytes("--to", "http",
                              stdin=(EVENT % 1 + "\nx\n").encode(), code=3)
        self.assertTrue(done.stdout.startswith(b"POST / HTTP/1.1\r\n"))

    def forms(self):
        """Those of this build."""
        done = self.run_bytes("--from", "?", code=2)
        return done.stderr.decode().strip().split("there are: ")[1].split(", ")

    def test_every_form_goes_there_and_back(self):
        """FMT-01 SDK-01"""
        events = [event(data=b'{"a":1.50}', datacontenttype="application/json",
                        time="2024-05-01T12:00:00Z", note="007"),
                  event(data="\u00e4 <&>".encode(), datacontenttype="text/plain"),
                  event(data=bytes(range(256)), subject="\U0001f600 100%",
                        datacontenttype="application/octet-stream"),
                  event()]
        forms = self.forms()
        self.assertGreaterEqual(len(forms), 6, forms)
        for form in forms:
            many = form == "json" or form.endswith("batch")
            for group in [events] if many else [[e] for e in events]:
                with self.subTest(form):
                    there = self.convert("--to", form, stdin=lines(group))
                    back = self.convert("--from", form, stdin=there)
                    self.assertEqual(
                        [Event.from_json(x).canonical()
                         for x in back.decode().splitlines()],
                        [e.canonical() for e in group])
                    again = self.convert("--from", form, "--to", form,
                                         stdin=there)
                    if form != "xml-batch":  # declares namespaces anew
                        self.assertEqual(again, there)

    def test_a_form_for_one_event_names_the_form_for_many(self):
        two = lines([event(), event()])
        for form in self.forms():
            if form == "json" or form.endswith("batch"):
                continue
            with self.subTest(form):
                done = self.run_bytes("--to", form, stdin=two, code=2)
                self.assertEqual(done.stdout, b"")
                batch = form + "-batch"
                self.assertIn(batch if batch in self.forms() else "batch",
                              done.stderr.decode())

    def test_an_invalid_event_of_a_protobuf_batch_leaves_its_neighbours(self):
        batch = self.convert("--to", "protobuf-batch",
                             stdin=lines([event(id="1"), event(id="2")]))
        size = len(batch) // 2
        broken = b"\x0a\x03\x0a\x01x"
        unknown = b"\x10\x05\x1a\x02ab\x25abcd\x21abcdefgh"
        done = self.run_bytes(
            "--from", "protobuf-batch", code=3,
            stdin=batch[:size] + broken + unknown + batch[size:])
        self.assertEqual([json.loads(x)["id"] for x in
                          done.stdout.splitlines()], ["1", "2"])
        self.assertTrue(done.stderr.startswith(b"stdin:2: "), done.stderr)
        for name, text in (("cut", batch[:-1]), ("key", b"\x0a"),
                           ("group", b"\x0b"), ("long number", b"\xff" * 11)):
            with self.subTest(name):
                self.run_bytes("--from", "protobuf-batch", stdin=text, code=3)

    def test_an_xml_batch_is_read_to_its_end(self):
        """FMT-34"""
        one = ("<e:event specversion='1.0'><e:id>%s</e:id><e:type>t</e:type>"
               "<e:source>/s?a&amp;b</e:source></e:event>")
        head = "<e:batch xmlns:e='http://cloudevents.io/xmlformat/V1'>"
        text = (f"\ufeff<?xml version='1.0'?>\n<!-- > -->{head}\n{one % 1}\n"
                "<e:event specversion='1.0'><e:id>x</e:id></e:event>\n"
                "<e:event specversion='1.0'><![CDATA[</e:event>]]></e:event>\n"
                f"<!-- <e:event> --><?x <e:event> ?>{one % 2}\n"
                "<e:event specversion='1.0'><e:id></e:event></e:event>\n"
                f"{one % 3}</e:batch >\n<!-- end -->\n")
        done = self.run_bytes("--from", "xml-batch", code=3,
                              stdin=text.encode())
        self.assertEqual([json.loads(x)["id"] for x in
                          done.stdout.splitlines()], ["1", "2", "3"])
        self.assertEqual([x.split(":")[1] for x in
                          done.stderr.decode().splitlines()], ["4", "5", "7"])
        for name, broken in (
                ("no batch", one % 1), ("nothing", ""), ("text", "x"),
                ("no end", head), ("cut", head + (one % 1)[:-5]),
                ("text within", head + "x</e:batch>"),
                ("text behind", head + "</e:batch>x"),
                ("another end", head + "</e:batches>"),
                ("foreign", head + "<e:x/></e:batch>"),
                ("FMT-35 document type", "<!DOCTYPE a>" + head + "</e:batch>")):
            with self.subTest(name):
                self.run_bytes("--from", "xml-batch", stdin=broken.encode(),
                               code=3)

    def test_usage_errors_name_what_there_is(self):
        for arguments, why in (
                (["--from", "yaml"], "json, http"),
                (["--to", "Json"], "json, http"),
                (["--mode", "structured"], "--mode"),
                (["--to", "http", "--mode", "batch"], "structured"),
                (["--form", "json"], "--from"),
                (["--max-event-bytes", "5"], "unit")):
            with self.subTest(arguments):
                done = self.run_bytes(*arguments, code=2)
                self.assertEqual(done.stdout, b"")
                self.assertIn(why, done.stderr.decode())
        done = self.run_bytes(stdin=b"[]", code=2)
        self.assertIn("batch", done.stderr.decode())

    def test_files_come_in_their_order(self):
        paths = [self.write(f"{i}", EVENT % i) for i in range(3)]
        out = self.convert(paths[2], paths[0], "-", paths[1],
                           stdin=(EVENT % 9).encode())
        self.assertEqual([json.loads(x)["id"] for x in out.splitlines()],
                         ["2", "0", "9", "1"])

    def test_a_file_that_cannot_be_read_is_a_failure(self):
        for path in (self.path("none"), self.directory):
            done = self.run_bytes(path, code=1)
            self.assertIn(path, done.stderr.decode())

    def test_an_event_that_is_too_large_is_named(self):
        big = event(data=b"x" * 5000, datacontenttype="text/plain").to_json()
        text = b"\n".join([(EVENT % 1).encode(), big, (EVENT % 2).encode()])
        done = self.run_bytes("--max-event-bytes", "4KiB", stdin=text, code=3)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertRegex(done.stderr.decode(), "^stdin:2: .*max_event_bytes")

    def test_a_large_event_may_come_in_small_pieces(self):
        one = event(data=b'["' + b"x}" * (2 << 20) + b'"]',
                    datacontenttype="application/json").to_json() + b"\n"
        bridge = harness.Bridge("convert", stdin=subprocess.PIPE)
        self.addCleanup(bridge.kill)
        for i in range(0, len(one), 4096):
            bridge.process.stdin.write(one[i:i + 4096])
            bridge.process.stdin.flush()
        harness.wait_until(lambda: len(bridge.output) == len(one))
        bridge.process.stdin.close()
        self.assertEqual(bridge.wait(), 0)
        self.assertEqual(bridge.output, one)

    def test_events_come_out_while_the_input_is_open(self):
        bridge = harness.Bridge("convert", stdin=subprocess.PIPE)
        self.addCleanup(bridge.kill)
        for i in range(3):
            bridge.process.stdin.write((EVENT % i + "\n").encode())
            bridge.process.stdin.flush()
            harness.wait_until(lambda: len(bridge.lines()) == i + 1)
        bridge.process.stdin.close()
        self.assertEqual(bridge.wait(), 0)

    def test_a_reader_that_goes_away_ends_it(self):
        process = subprocess.Popen(
            [harness.PROGRAM, "convert"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        process.stdout.close()
        with self.assertRaises(BrokenPipeError), process.stdin:
            for _ in range(1000):
                process.stdin.write((EVENT % 1 + "\n").encode() * 1000)
        self.assertNotEqual(process.wait(30), 0)

    def test_memory_does_not_grow_with_the_input(self):
        one = (EVENT % 1).encode()
        pretty = json.dumps(json.loads(one), indent=2).encode()
        frame = self.convert("--to", "protobuf-batch", stdin=one)
        element = self.convert("--to", "xml", stdin=one).split(b"\n", 1)[1]
        for name, arguments, first, each in (
                ("lines", ["--to", "batch"], one, b"\n" + one),
                ("batch", ["--from", "batch"], b"[" + one, b",\n" + one),
                ("pretty", [], pretty, b"\n" + pretty),
                ("protobuf", ["--from", "protobuf-batch"], frame, frame),
                ("xml", ["--from", "xml-batch"], b"<batch xmlns="
                 b"'http://cloudevents.io/xmlformat/V1'>", element)):
            with self.subTest(name):
                self.check_memory(arguments, first, each)

    def check_memory(self, arguments, first, each):
        with open(os.devnull, "wb") as null:
            bridge = harness.Bridge("convert", *arguments, stdout=null,
                                    stdin=subprocess.PIPE)
        self.addCleanup(bridge.kill)
        block = each * (65536 // len(each))

        def feed(count):
            for _ in range(count):
                bridge.process.stdin.write(block)
            bridge.process.stdin.flush()

        bridge.process.stdin.write(first)
        feed(8 if harness.SANITIZED else 20)
        before = bridge.status("VmHWM")
        if not harness.SANITIZED:
            feed(80)
            self.assertLess(bridge.status("VmHWM"), before + 1024)
        bridge.process.stdin.close()
        bridge.wait()


if __name__ == "__main__":
    harness.main()
