#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The CPU time per event of each route as an SVG chart: a bar for the median,
a line from the smallest to the largest.

    chart.py RESULTS.json >CHART.svg
"""

import json
import statistics
import sys

import table

LEFT, WIDTH, BAR, GAP = 150, 470, 14, 16
COLORS = ["#1f6feb", "#8b949e", "#d29922", "#a371f7", "#3fb950", "#f85149"]
STYLE = ("text{font:12px sans-serif;fill:#1f2328}.r{font-weight:bold}"
         "path{stroke:#1f2328}"
         "@media(prefers-color-scheme:dark){text{fill:#e6edf3}"
         "path{stroke:#e6edf3}}")


def bars(results):
    """(route, contestant, the figures of its runs)."""
    for route in table.routes(results):
        for name in table.names(results):
            numbers = list(table.values(results, route, name,
                                        "cpu_us").values())
            if numbers:
                yield route, name, numbers


def text(x, y, content, kind=""):
    return f'<text x="{x:.0f}" y="{y}" class="{kind}">{content}</text>'


def bar(y, numbers, scale, color):
    middle, low, high = (LEFT + f(numbers) * scale
                         for f in (statistics.median, min, max))
    return [f'<rect x="{LEFT}" y="{y}" width="{middle - LEFT:.1f}" '
            f'height="{BAR - 2}" fill="{color}"/>',
            f'<path d="M{low:.1f} {y + BAR / 2 - 1}H{high:.1f}"/>',
            text(high + 6, y + 10, f"{statistics.median(numbers):.1f}")]


def legend(colors):
    x, parts = LEFT, []
    for name, color in colors.items():
        parts += [f'<rect x="{x}" y="26" width="12" height="12" '
                  f'fill="{color}"/>', text(x + 17, 36, name)]
        x += 90
    return parts


def draw(results):
    """The parts of the picture and its height."""
    colors = dict(zip(table.names(results), COLORS))
    scale = WIDTH / max(max(numbers) for *_, numbers in bars(results))
    parts, y, last = legend(colors), 40, None
    for route, name, numbers in bars(results):
        if route != last:
            y += GAP
            parts.append(text(8, y + 11, table.title(route), "r"))
        parts += bar(y, numbers, scale, colors[name])
        y, last = y + BAR, route
    return parts, y + GAP


def svg(results):
    parts, height = draw(results)
    head = text(8, 18, "CPU time per event, µs (less is better)", "r")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="700" '
        f'height="{height}" viewBox="0 0 700 {height}">',
        f"<style>{STYLE}</style>", head, *parts, "</svg>", ""])


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(svg(json.load(file)["results"]), end="")
