#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The conformance features of the CloudEvents project, run against cebridge.

They are Gherkin files in $CE_SPEC_DIR/conformance, by default beside the tree;
without them nothing is run, and the test says so. CONF-02, CONF-03, CONF-05."""

import json
import os
import re
import sys

import harness
import kafka
import web
from harness import KAFKA, ROOT, SKIPPED, free_port, unique

FOLDER = os.path.join(os.environ.get("CE_SPEC_DIR") or
                      os.path.join(ROOT, "..", "shared", "spec"),
                      "conformance")
SCENARIOS = {"http": 4, "kafka": 3}


class Step:
    def __init__(self, text):
        self.text, self.quoted, self.rows = text, [], []

    def string(self):
        """The text in quotes, less the indent of the quotes."""
        indent = len(self.quoted[0]) - len(self.quoted[0].lstrip())
        return "\n".join(line[indent:] for line in self.quoted[1:])

    def table(self):
        return dict(self.rows[1:])


def cells(line):
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def parse_steps(lines):
    steps, quoted = [], False
    for line in lines:
        text = line.strip()
        if text == '"""':
            quoted = not quoted
            if quoted:
                steps[-1].quoted = [line]
        elif quoted:
            steps[-1].quoted.append(line)
        elif text.startswith("|"):
            steps[-1].rows.append(cells(line))
        elif text:
            steps.append(Step(text))
    return steps


def scenarios(name):
    """(title, steps) of each scenario and of each example of an outline."""
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        text = file.read()
    for part in re.split(r"^\s*Scenario(?: Outline)?:", text, flags=re.M)[1:]:
        body, _, examples = part.partition("Examples:")
        rows = [cells(x) for x in examples.splitlines() if "|" in x]
        for values in rows[1:] or [()]:
            filled = body
            for key, value in zip(rows[0] if rows else (), values):
                filled = filled.replace(f"<{key}>", value)
            title, *lines = filled.split("\n")
            yield title.strip(), parse_steps(lines)


class Features(harness.Test):
    def check(self, steps, source, send):
        """Sends what is given to a listening cebridge, and compares what it
        prints with what is asked for."""
        bridge = self.start("listen", source, "--count", "1")
        send({step.text: step for step in steps})
        self.assertEqual(bridge.wait(), 0, bridge.stderr)
        members = json.loads(bridge.lines()[0])
        data = members.pop("data")
        for step in steps:
            if step.text == "Then the attributes are:":
                self.assertEqual(members, step.table())
            elif step.text == ("And the data is equal to the following "
                               "JSON:"):
                self.assertEqual(data, json.loads(step.string()))
            else:
                self.assertTrue(step.text.startswith(("Given", "When", "And "
                                                      "Kafka")), step.text)

    def test_http(self):
        port = free_port()

        def send(given):
            head, _, body = given["Given an HTTP request"].string() \
                .partition("\n\n")
            request = head.replace("\n", "\r\n") + "\r\n\r\n" + body
            answer = web.raw(port, request.encode())
            self.assertEqual(answer.status, 202, answer)

        ran = 0
        for title, steps in scenarios("http-protocol-binding.feature"):
            with self.subTest(title):
                self.check(steps, f"http://127.0.0.1:{port}/someresource",
                           send)
            ran += 1
        self.assertEqual(ran, SCENARIOS["http"])

    def test_kafka(self):
        ran = 0
        for title, steps in scenarios("kafka-protocol-binding.feature"):
            topic = unique("features")
            kafka.create(KAFKA, topic)

            def send(given):
                headers = given["And Kafka headers:"].table()
                payload = given["Given a Kafka message with payload:"]
                with self.producer() as producer:
                    producer.produce(topic, payload.string().encode(),
                                     [(k, v.encode())
                                      for k, v in headers.items()])
                    producer.flush()

            with self.subTest(title):
                self.check(steps, self.kafka_uri(topic, group=topic), send)
            ran += 1
        self.assertEqual(ran, SCENARIOS["kafka"])


if __name__ == "__main__":
    if not os.path.isdir(FOLDER):
        print(f"not run: no {FOLDER}")
        sys.exit(SKIPPED)
    harness.main("CE_TEST_KAFKA")
