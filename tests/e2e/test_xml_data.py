#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Data that is XML says the same in whatever envelope: names keep their
namespaces, and so do the prefixes in values."""

import io
import json
import random
import subprocess
import xml.sax
from xml.sax.saxutils import quoteattr

import harness

CE = "http://cloudevents.io/xmlformat/V1"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
URIS = ["urn:a", "urn:b", "urn:c", 'urn:"&<', CE]
PREFIXES = ["", "p", "q", "ce2"]


class Infoset(xml.sax.ContentHandler):
    """The elements below INSIDE (or all) with their names taken apart, and
    the namespaces behind prefixes in values and texts."""

    def __init__(self, inside):
        super().__init__()
        self.inside, self.depth, self.found, self.scope = inside, 0, [], {}

    def startPrefixMapping(self, prefix, uri):
        self.scope.setdefault(prefix or "", []).append(uri or "")

    def endPrefixMapping(self, prefix):
        self.scope[prefix or ""].pop()

    def meant(self, value, is_type=False):
        prefix = value.split(":")[0] if ":" in value else ""
        if not is_type and (":" not in value or prefix not in PREFIXES):
            return value
        return ((self.scope.get(prefix) or [""])[-1], value.split(":")[-1])

    def startElementNS(self, name, qname, attributes):
        if self.depth or not self.inside:
            self.found.append(("start", name[0] or "", name[1], sorted(
                ((k[0] or "", k[1]),
                 str(self.meant(v, k == (XSI, "type"))))
                for k, v in attributes.items())))
        if self.depth or not self.inside or name == self.inside:
            self.depth += 1

    def endElementNS(self, name, qname):
        if self.depth:
            self.depth -= 1
            self.found.append(("end", name[1]) if self.depth or
                              not self.inside else None)

    def characters(self, text):
        if self.depth:
            self.found.append(("text", self.meant(text)))


def infoset(text, inside=None):
    parser, handler = xml.sax.make_parser(), Infoset(inside)
    parser.setFeature(xml.sax.handler.feature_namespaces, True)
    parser.setContentHandler(handler)
    parser.parse(io.BytesIO(text.encode()))
    return [x for x in handler.found if x is not None]


class Maker:
    """Random elements, some of whose namespaces are declared around them."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def declare(self, scope):
        made = {}
        for prefix in PREFIXES:
            if self.random.random() < 0.3:
                made[prefix] = self.random.choice(
                    URIS + [""] if not prefix else URIS)
        scope.update(made)
        return made

    def value(self, scope):
        known = [p for p in scope if p]
        if known and self.random.random() < 0.5:
            return self.random.choice(known) + ":n"
        return self.random.choice(["v", "a b", "1", "http://x/"])

    def element(self, outside, depth=0):
        scope = dict(outside)
        made = self.declare(scope)
        prefix = self.random.choice([""] + [p for p in scope if p])
        name = (prefix + ":" if prefix else "") + self.random.choice("abc")
        head = "<" + name + declarations(made)
        known = [p for p in scope if p]
        if self.random.random() < 0.3:
            head += f' xmlns:i="{XSI}" i:type=' + quoteattr(
                self.random.choice([p + ":t" for p in known] + ["t"]))
        if self.random.random() < 0.4:
            head += " k=" + quoteattr(self.value(scope))
        inner = "".join(self.element(scope, depth + 1) for _ in
                        range(self.random.randrange(3) if depth < 3 else 0))
        if not inner and self.random.random() < 0.4:
            return head + "/>"
        return f"{head}>{inner or self.value(scope)}</{name}>"


def declarations(made):
    return "".join(f" xmlns{':' + p if p else ''}={quoteattr(u)}"
                   for p, u in made.items())


def document(data, made, is_batch, around):
    """DATA in an event whose AROUND declares MADE."""
    at = {x: declarations(made) if x == around else ""
          for x in ("batch", "event", "data")}
    event = (f'<ce:event xmlns:ce="{CE}" xmlns:xs="{XS}" xmlns:xsi="{XSI}"'
             f'{at["event"]} specversion="1.0"><ce:id>1</ce:id><ce:source>/s'
             f'</ce:source><ce:type>t</ce:type><ce:data xsi:type="xs:any"'
             f'{at["data"]}>{data}</ce:data></ce:event>')
    if not is_batch:
        return event
    return f'<ce:batch xmlns:ce="{CE}"{at["batch"]}>{event}</ce:batch>'


class XmlData(harness.Test):
    def convert(self, form, to, text):
        done = subprocess.run(
            [harness.PROGRAM, "convert", "--from", form, "--to", to],
            input=text.encode(), capture_output=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""), text)
        return done.stdout.decode()

    def data_of(self, text):
        return [json.loads(x)["data"] for x in text.splitlines()]

    def test_data_without_a_namespace_gets_none(self):
        one = harness.event(data=b"<a><b/></a>",
                            datacontenttype="application/xml")
        for form in ("xml", "xml-batch"):
            with self.subTest(form):
                text = self.convert("json", form, one.to_json().decode())
                self.assertEqual(infoset(text, (CE, "data")),
                                 infoset("<a><b/></a>"))
                self.assertEqual(self.data_of(self.convert(form, "json", text)),
                                 ["<a><b/></a>"])

    def test_data_that_stands_alone_keeps_its_bytes(self):
        maker = Maker(1)
        texts = [maker.element({}) for _ in range(300)] + [
            "<a>ce:id xs:any xsi:type p:x</a>", '<a k="ce:x"/>']
        events = "".join(harness.event(
            data=t.encode(), datacontenttype="application/xml")
            .to_json().decode() + "\n" for t in texts)
        batch = self.convert("json", "xml-batch", events)
        self.assertEqual([x for x in infoset(batch, (CE, "data"))],
                         [x for t in texts for x in infoset(t)])
        self.assertEqual(self.data_of(self.convert("xml-batch", "json", batch)),
                         texts)

    def test_data_takes_along_what_is_declared_around_it(self):
        maker = Maker(2)
        for i in range(60):
            made = {"p": "urn:outer"}
            maker.declare(made)
            data = maker.element(made)
            for form, around in (("xml", "event"), ("xml", "data"),
                                 ("xml-batch", "batch"),
                                 ("xml-batch", "event")):
                text = document(data, made, form == "xml-batch", around)
                with self.subTest(text=text):
                    want = infoset(text, (CE, "data"))
                    [got] = self.data_of(self.convert(form, "json", text))
                    self.assertEqual(infoset(got), want)
                    other = "xml" if form == "xml-batch" else "xml-batch"
                    kept = self.convert(form, other, text)
                    self.assertEqual(infoset(kept, (CE, "data")), want)

    def test_a_type_without_a_declaration_is_text(self):
        data = f'<a xmlns:i="{XSI}" i:type="xs:int">1</a>'
        one = harness.event(data=data.encode(),
                            datacontenttype="application/xml")
        text = self.convert("json", "xml", one.to_json().decode())
        self.assertIn('xsi:type="xs:string"', text)
        self.assertEqual(self.data_of(self.convert("xml", "json", text)),
                         [data])


if __name__ == "__main__":
    harness.main()
