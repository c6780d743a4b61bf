# SPDX-License-Identifier: Apache-2.0
"""How much several workers carry, each with a slow processor of its own
(cores.py)."""

import contextlib
import os
import statistics

import table
from arrivals import Arrivals
from cores import Cores
from growth import Confirmed, running
from loads import Backlog, Requests

NAME = "workers"
COUNTS = [1, 2, 4]
# Enough for several readers.
PARTITIONS = 8


def shared(uri):
    """What workers take their part of."""
    if uri.startswith("http:"):
        return f"{uri}?reuse_port=true"
    if uri.startswith("kafka:"):
        return uri
    place, topic = uri.split("?")[0].removeprefix("mqtt://").split("/", 1)
    return f"mqtt://{place}/$share/bench/{topic}?inbox=off"


class Workers:
    def __init__(self, brokers, options):
        self.brokers, self.options = brokers, options

    def rate(self, route, count):
        """Events a second."""
        kinds = route.split(":")
        confirmed = Confirmed()
        source = self.brokers.source(kinds[0], PARTITIONS)
        sink = self.brokers.sink(kinds[1], PARTITIONS)
        command = [self.options.program, "relay", "--workers", str(count),
                   "--admin", confirmed.uri, shared(source), sink]
        with contextlib.ExitStack() as stack:
            cores = stack.enter_context(Cores(count))
            if kinds[1] == "http":
                stack.enter_context(Arrivals(self.options.limits, sink,
                                             self.options.directory))
            process = stack.enter_context(
                running(command, self.options.directory))
            load = self._load(source, kinds, process, confirmed)
            load.warm_up()
            cores.take(process.pid)
            events, seconds, _ = load.run()
            return events / seconds

    def _load(self, source, kinds, process, confirmed):
        if kinds[0] == "http":
            return Requests(source, self.options.seconds)
        return Backlog(os.path.join(self.options.limits, "limit"), source, "",
                       self.options.events, process, confirmed)


def _cells(rates):
    medians = [statistics.median(rates[count]) if rates[count] else None
               for count in COUNTS]
    shown = [format(x, ",.0f") if x else "–" for x in medians]
    ratios = [format(x / medians[0], ".2f") if x and medians[0] else "–"
              for x in medians[1:]]
    return shown + ratios


def markdown(found):
    """Medians."""
    lines = [["route", *(f"{n} workers, events/s" for n in COUNTS),
              *(f"{n} ÷ 1" for n in COUNTS[1:])],
             ["---"] + ["--:"] * (2 * len(COUNTS) - 1)]
    lines += [[table.title(route), *_cells(rates)]
              for route, rates in found.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
