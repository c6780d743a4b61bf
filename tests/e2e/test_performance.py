#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/performance.md shows what was measured, and the table says what it
means: medians, spreads, and ratios of runs that followed each other."""

import json
import os
import sys

import harness
from harness import ROOT

sys.path.insert(0, os.path.join(ROOT, "tests", "bench"))

import chart
import growth
import table


def result(contestant, run, cpu_us):
    return {"route": "http:kafka", "contestant": contestant, "run": run,
            "cpu_us": cpu_us}


def read(name):
    with open(os.path.join(ROOT, "docs", name)) as file:
        return file.read()


class Table(harness.Test):
    def test_a_ratio_is_the_median_of_the_pairs(self):
        pairs = [(10, 20), (20, 20), (40, 20)]
        results = [result(*one) for run, (limit, ours) in enumerate(pairs)
                   for one in (("limit", run, limit), ("ours", run, ours))]
        self.assertEqual(
            table.row(results, "http:kafka", "cpu_us", ".1f"),
            ["20.0", "20.0 [10.0–40.0]", "1.00 [0.50–2.00]"])

    def test_a_failed_run_has_no_ratio(self):
        results = [result("limit", 0, 10), result("ours", 0, 15),
                   result("ours", 1, 99)]
        self.assertEqual(
            table.ratios(results, "http:kafka", "limit", "cpu_us"), [1.5])

    def test_who_never_came_through_has_a_dash(self):
        results = [result("ours", 0, 15), {**result("peer", 0, 1),
                                           "route": "mqtt:http"}]
        self.assertEqual(table.row(results, "http:kafka", "cpu_us", ".1f"),
                         ["15.0", "–", "–"])


class Growth(harness.Test):
    def test_a_step_has_the_median_and_one_that_failed_a_dash(self):
        found = {1: [{"cpu_us": x} for x in (3, 1, 2)], 1000: []}
        self.assertEqual(growth.markdown(growth.Routes, found),
                         "| routes | CPU µs/event |\n| --: | --: |\n"
                         "| 1 | 2.0 |\n| 1,000 | – |\n")


class Page(harness.Test):
    def setUp(self):
        super().setUp()
        self.results = json.loads(read("performance.json"))["results"]

    def test_it_has_the_table_of_the_results(self):
        self.assertIn(table.markdown(self.results), read("performance.md"))

    def test_it_has_the_latencies_at_constant_rates(self):
        results = json.loads(read("performance-pace.json"))["results"]
        paced = [x for x in results if x["route"].startswith("pace:")]
        for line in list(table.lines(paced))[2:]:
            if line[1] != "events/s":
                self.assertIn(f" | {' | '.join(line[1:])} |",
                              read("performance.md"))

    def test_it_has_the_chart_of_the_results(self):
        self.assertEqual(chart.svg(self.results), read("performance.svg"))


if __name__ == "__main__":
    harness.main()
