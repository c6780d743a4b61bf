#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What deploy/ holds is YAML or JSON, its configurations pass the check, and its
queries name metrics and labels that the bridge has."""

import glob
import json
import os
import re
import shutil
import subprocess
import textwrap
import unittest

import harness
import web
from harness import ROOT, free_port

DEPLOY = os.path.join(ROOT, "deploy")
ALERTS = os.path.join(DEPLOY, "prometheus", "alerts.yaml")
BOARD = os.path.join(DEPLOY, "grafana", "cebridge.json")
SCALER = os.path.join(DEPLOY, "kubernetes", "deliver", "scaledobject.yaml")
OVERLAYS = ("ingest", "deliver")
# A metric with its selector, and what PromQL has in the place of labels.
SELECTOR = re.compile(r"(cebridge_\w+)(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\b(?:by|on|without|ignoring) *\(([^)]*)\)")
SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


def read(*path):
    with open(os.path.join(ROOT, *path)) as file:
        return file.read()


def names(text):
    """The labels of {a="b",c=~"d"} or (a, c)."""
    return set(re.findall(r"(\w+) *(?:[=!]~?|,|$)",
                          re.sub(r'"[^"]*"', "", text)))


def rules():
    """(expression, what its annotations say) of each alert."""
    for part in read(ALERTS).split("- alert: ")[1:]:
        yield re.search(r"expr: (.*)", part).group(1), part


def board_queries():
    board = json.loads(read(BOARD))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"], target["legendFormat"].replace(
                "{{", "{{ $labels.").replace("$labels. ", "$labels.")
    for variable in board["templating"]["list"]:
        hit = re.match(r"label_values\((\w+), (\w+)\)", variable["query"])
        if hit:
            yield f"sum by ({hit[2]}) ({hit[1]})", ""


def queries():
    yield from rules()
    yield from board_queries()
    yield re.search(r"query: (.*)", read(SCALER)).group(1), ""


def documented():
    """{metric: its labels} of the table in the operator's page."""
    found = {}
    for heads, labels in re.findall(r"^\| (`cebridge_[^|]*)\|([^|]*)\|",
                                    read("docs", "operations.md"), re.M):
        for name in re.findall(r"`(\w+)`", heads):
            found[name] = set(re.findall(r"\w+", labels))
    return found


class Deploy(harness.Test):
    def is_yaml(self, text):
        """Asks the program: what begins with "x-" it parses and ignores."""
        config = self.write("doc.yaml", "x-doc:\n" + textwrap.indent(
            text, "  ") + "\nroutes: { r: { from: mem://a, to: mem://b } }\n")
        return self.cebridge("check", config)

    def exported(self):
        """{metric: its labels} of a bridge that runs."""
        admin, port = free_port(), free_port()
        self.run_config(f"""
admin: http://127.0.0.1:{admin}
routes:
  ingest:
    from: http://127.0.0.1:{port}/events
    inbox: {self.path("inbox")}
    to: mem://lines
    dead_letter: file:{self.path("dead")}
  lines:
    from: mem://lines
    to: [ "file:{self.path('a')}", "file:{self.path('b')}" ]
""")
        found = {}
        text = web.request(admin, "GET", "/metrics").body.decode()
        for name, labels in re.findall(r"^(\w+)(?:\{(.*)\})? ", text, re.M):
            found.setdefault(name, set()).update(
                re.findall(r'(\w+)="', labels))
        return found

    def known(self):
        """Those of Kafka are not there without a broker: the page has them."""
        pages = documented()
        return self.exported() | {name: pages[name] for name in pages
                                  if name.startswith("cebridge_kafka_")}

    def test_every_file_is_yaml_or_json(self):
        self.assertNotEqual(self.is_yaml("a: [").code, 0)
        paths = glob.glob(os.path.join(DEPLOY, "**", "*.yaml"),
                          recursive=True)
        self.assertGreaterEqual(len(paths), 10)
        for path in paths:
            with self.subTest(os.path.relpath(path, ROOT)):
                done = self.is_yaml(read(path))
                self.assertEqual(done.code, 0, done)
        json.loads(read(BOARD))

    def test_every_configuration_passes_the_check(self):
        for name in OVERLAYS:
            with self.subTest(name):
                done = self.cebridge("check", os.path.join(
                    DEPLOY, "kubernetes", name, "bridge.yaml"))
                self.assertEqual(done.code, 0, done)
                self.assertIn("at least once", done.stdout + done.stderr)

    def test_queries_name_metrics_and_labels_that_there_are(self):
        known, count = self.known(), 0
        for query, text in queries():
            with self.subTest(query):
                labels = set()
                for metric, selector in SELECTOR.findall(query):
                    count += 1
                    self.assertIn(metric, known)
                    self.assertLessEqual(names(selector), known[metric])
                    labels |= known[metric]
                for grouping in GROUPING.findall(query):
                    self.assertLessEqual(names(grouping), labels)
                self.assertLessEqual(
                    set(re.findall(r"\$labels\.(\w+)", text)), labels)
        self.assertGreater(count, 25)

    def test_the_page_has_every_metric_with_its_labels(self):
        pages = documented()
        for name, labels in self.exported().items():
            with self.subTest(name):
                self.assertEqual(pages[SUFFIX.sub("", name)],
                                 labels - {"le"})

    def test_a_pod_has_time_for_its_end(self):
        text = read(DEPLOY, "kubernetes", "base", "deployment.yaml")
        ends = int(re.search(r"terminationGracePeriodSeconds: (\d+)",
                             text).group(1))
        pause = int(re.search(r'\[sleep, "(\d+)"\]', text).group(1))
        for name in OVERLAYS:
            config = read(DEPLOY, "kubernetes", name, "bridge.yaml")
            grace = int(re.search(r"^grace: (\d+)s$", config, re.M).group(1))
            self.assertGreater(ends, pause + grace, name)

    def test_the_image_has_the_version_and_the_user(self):
        version = self.cebridge("--version")
        tag = re.search(r'newTag: "(.*)"', read(
            DEPLOY, "kubernetes", "base", "kustomization.yaml")).group(1)
        self.assertIn(tag, (version.stdout + version.stderr).split())
        text = read(DEPLOY, "kubernetes", "base", "deployment.yaml")
        user = re.search(r"^USER (\d+):(\d+)$", read("Dockerfile"), re.M)
        self.assertIn(f"runAsUser: {user[1]}\n", text)
        self.assertIn(f"runAsGroup: {user[2]}\n", text)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not there")
    def test_promtool_takes_the_rules(self):
        done = subprocess.run(["promtool", "check", "rules", ALERTS],
                              capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 0, done)

    @unittest.skipUnless(shutil.which("kubectl"), "kubectl is not there")
    def test_kustomize_builds_each_overlay(self):
        for name in OVERLAYS:
            with self.subTest(name):
                done = subprocess.run(
                    ["kubectl", "kustomize", os.path.join(
                        DEPLOY, "kubernetes", name)],
                    capture_output=True, text=True, timeout=30)
                self.assertEqual(done.returncode, 0, done)
                config = re.search(r"name: (cebridge-\w+-\w{10})\n",
                                   done.stdout).group(1)
                self.assertEqual(done.stdout.count(config), 2,
                                 "the pods mount the generated ConfigMap")


if __name__ == "__main__":
    harness.main()
