#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The schema for editors accepts what the program accepts, and refuses what an
editor can know to be wrong."""

import functools
import glob
import json
import os
import re
import unittest

import harness
import test_config_errors
from harness import ROOT

try:
    import jsonschema
    import yaml
except ImportError:
    jsonschema = None

# What can be known from keys and values alone. Of the others an editor would
# have to read URIs, expressions, templates, or the system.
SEEN = {
    "an unknown key of a route", "an unknown key of retry",
    "an unknown key at the top", "an unknown parameter in the mapping",
    "a time without a unit", "an unknown scheme", "a scheme with a mistake",
    "no sink", "no source", "no routes", "two dialects in one filter",
    "a wrap without type", "a list behind not",
}


class Loader(yaml.SafeLoader if jsonschema else object):
    """Keys are texts, and a time is no date."""

    yaml_implicit_resolvers = {
        first: [x for x in rows if not x[0].endswith((":timestamp", ":null"))]
        for first, rows in (yaml.SafeLoader.yaml_implicit_resolvers.items()
                            if jsonschema else ())}


def named(tree):
    if isinstance(tree, dict):
        return {str(k): named(v) for k, v in tree.items()}
    return [named(x) for x in tree] if isinstance(tree, list) else tree


@functools.cache
def validator():
    schema = json.loads(harness.cebridge("schema").stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def errors(text):
    return [x.message for x in validator().iter_errors(
        named(yaml.load(text, Loader)))]


def configurations():
    """(where it stands, text) of all that the documents show."""
    for path in glob.glob(os.path.join(ROOT, "docs", "examples", "**", "*.yaml"),
                          recursive=True) + [
            os.path.join(ROOT, "packaging", "bridge.yaml")]:
        with open(path, encoding="utf-8") as file:
            yield os.path.relpath(path, ROOT), file.read()
    for path in glob.glob(os.path.join(ROOT, "docs", "*.md")):
        with open(path, encoding="utf-8") as file:
            found = re.findall(r"^```yaml\n(.*?)^```", file.read(), re.S | re.M)
        for text in found:
            if re.search("^routes:", text, re.M):
                yield os.path.relpath(path, ROOT), text


RIGHT = """
x-shared: &kafka
  client_id: bridge
admin: { uri: "unix:/run/admin", token: t }
grace: 1m
log: { level: debug, format: json }
routes:
  one.two-3:
    from: { uri: "mqtt://h/a/#", qos: "${QOS}", topics: [ a, b ] }
    to:
      - { uri: "kafka://h/t", name: k, rdkafka: { linger.ms: 5 }, <<: *kafka }
      - { uri: "kafka://h/t", rdkafka.linger.ms: 5, timeout: 1s }
      - "${TARGET}"
      - "-"
    wrap: { type: t, source: /s, id: "{key}", extension1: 1 }
    filter: [ "a = 1", { any: [ { exact: { type: t } }, { not: "b" } ] } ]
    set: { subject: "{topic[1]}", n: 1 }
    dedup: 1000
    retry: { base: 1s, max_attempts: "${N:-3}", statuses: { 409: retry } }
    dead_letter: file:x
    inbox_refused: 1GiB
    upgrade: "${UP}"
    workers: "1"
"""

ROUTE = "routes: {{ r: {{ from: {}, to: {} }} }}\n"
WRONG = [
    ("a number out of range", ROUTE.format("file:a", "file:b, workers: 0")),
    ("a word that is none of them", ROUTE.format("file:a", "file:b, order: no")),
    ("a size without a unit",
     ROUTE.format("{ uri: 'http://h', max_event_bytes: 5 }", "file:b")),
    ("an option of the other role",
     ROUTE.format("{ uri: 'kafka://h/t', key: a }", "file:b")),
    ("an option of another transport",
     ROUTE.format("file:a", "{ uri: 'kafka://h/t', qos: 1 }")),
    ("a mapping without a URI", ROUTE.format("file:a", "{ qos: 1 }")),
    ("no sinks", ROUTE.format("file:a", "[]")),
    ("a list of sources", ROUTE.format("[ file:a ]", "file:b")),
    ("a name of a route", "routes: { 'a b': { from: file:a, to: file:b } }\n"),
    ("an unknown level", "log: loud\n" + ROUTE.format("file:a", "file:b")),
    ("an attribute with a capital letter",
     ROUTE.format("file:a", "file:b, set: { Subject: a }")),
    ("a status of success",
     ROUTE.format("file:a", "file:b, retry: { statuses: { 40: retry } }")),
    ("an unknown dialect",
     ROUTE.format("file:a", "file:b, filter: { contains: { a: b } }")),
]


@unittest.skipUnless(jsonschema, "python3-jsonschema is not installed")
class Schema(harness.Test):
    def test_it_accepts_what_the_documents_show(self):
        found = list(configurations())
        self.assertGreater(len(found), 10)
        for where, text in found:
            with self.subTest(where):
                self.assertEqual(errors(text), [])

    def test_it_accepts_every_kind_of_value(self):
        done = self.cebridge("check", self.write("right.yaml", RIGHT), env={
            "QOS": "1", "TARGET": "file:y", "UP": "true"})
        self.assertEqual(done.code, 0, done)
        self.assertEqual(errors(RIGHT), [])

    def test_it_refuses_what_the_check_refuses(self):
        rows = {what: text.format(port=1, dir="/") for what, text, *_ in
                test_config_errors.WRONG}
        self.assertEqual(SEEN - set(rows), set())
        for what in SEEN:
            with self.subTest(what):
                self.assertNotEqual(errors(rows[what]), [])

    def test_what_it_refuses_is_wrong(self):
        for what, text in WRONG:
            with self.subTest(what):
                self.assertNotEqual(errors(text), [])
                done = self.cebridge("check", self.write("wrong.yaml", text))
                self.assertEqual(done.code, 2, done)

    def test_keys_are_explained(self):
        schema = validator().schema
        route = schema["properties"]["routes"]["additionalProperties"]
        self.assertEqual(sorted(route["required"]), ["from", "to"])
        for name, part in schema["definitions"].items():
            for key, value in part.get("properties", {}).items():
                if key not in ("uri", "name"):
                    with self.subTest(f"{name}: {key}"):
                        self.assertIn("description", value)


if __name__ == "__main__":
    harness.main()
