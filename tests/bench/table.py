#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The results of a run as one Markdown table: ours beside the limit and each
peer, with ratios.

    table.py RESULTS.json

A cell is the median and, in brackets, the smallest and the largest. A ratio is
the median of those of the pairs: ours and the other, measured one after the
other."""

import json
import statistics
import sys

FIGURES = [("cpu_us", "CPU µs/event", ".1f"), ("rate", "events/s", ",.0f"),
           ("p50_ms", "p50 ms", ".2f"), ("p99_ms", "p99 ms", ".2f"),
           ("p999_ms", "p99.9 ms", ".2f"), ("peak_mib", "peak MiB", ".1f")]
TITLES = {"http": "HTTP", "kafka": "Kafka", "mqtt": "MQTT"}


def title(route):
    first, second = route.split(":")
    if first == "client":
        return f"Client, {second} in flight"
    if first == "pace":
        return f"HTTP → Kafka at {second} %"
    return f"{TITLES[first]} → {TITLES[second]}"


def names(results):
    """Ours, the limit, and the peers as they came."""
    seen = list(dict.fromkeys(x["contestant"] for x in results))
    order = {"ours": 0, "limit": 1}
    return sorted(seen, key=lambda name: order.get(name, 2))


def routes(results):
    return list(dict.fromkeys(x["route"] for x in results))


def values(results, route, name, figure):
    """By the number of the run."""
    return {x["run"]: x[figure] for x in results
            if x["route"] == route and x["contestant"] == name and figure in x}


def ratios(results, route, name, figure):
    """Ours divided by the other, pair by pair."""
    ours = values(results, route, "ours", figure)
    others = values(results, route, name, figure)
    return [ours[run] / others[run] for run in ours if others.get(run)]


def cell(numbers, form):
    if not numbers:
        return "–"
    low, high = format(min(numbers), form), format(max(numbers), form)
    middle = format(statistics.median(numbers), form)
    return middle if low == high else f"{middle} [{low}–{high}]"


def columns(results):
    heads = []
    for name in names(results):
        heads.append(name)
        if name != "ours":
            heads.append(f"ours ÷ {name}")
    return heads


def row(results, route, figure, form):
    cells = []
    for name in names(results):
        numbers = values(results, route, name, figure).values()
        cells.append(cell(numbers, form))
        if name != "ours":
            cells.append(cell(ratios(results, route, name, figure), ".2f"))
    return cells


def rows(results, route):
    first = title(route)
    for figure, name, form in FIGURES:
        if values(results, route, "ours", figure):
            yield [first, name, *row(results, route, figure, form)]
            first = ""


def lines(results):
    heads = ["route", "", *columns(results)]
    yield heads
    yield ["---", "---", *["--:"] * (len(heads) - 2)]
    for route in routes(results):
        yield from rows(results, route)


def markdown(results):
    return "".join(f"| {' | '.join(line)} |\n" for line in lines(results))


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(markdown(json.load(file)["results"]), end="")
