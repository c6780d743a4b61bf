# SPDX-License-Identifier: Apache-2.0
"""The nine routes, and how one run of one contestant is measured."""

import contextlib
import os

from arrivals import Arrivals
from loads import Backlog, Requests
from machine import cpu_us, peak_mib

KINDS = ["http", "kafka", "mqtt"]
NAMES = [f"{source}:{sink}" for source in KINDS for sink in KINDS]


class Route:
    def __init__(self, name, brokers, options):
        self.name, self.brokers, self.options = name, brokers, options
        self.kinds = name.split(":")

    def takes(self, contestant):
        return all(kind in contestant.spoken for kind in self.kinds)

    def measure(self, contestant):
        """The figures of one run."""
        source = self.brokers.source(self.kinds[0])
        sink = self.brokers.sink(self.kinds[1])
        with contextlib.ExitStack() as stack:
            arrivals = self._arrivals(stack, sink)
            process = stack.enter_context(
                contestant.relay(source, sink, self.options.log(contestant)))
            load = self._load(source, contestant, process, arrivals)
            load.warm_up()
            return _figures(load, process.pid)

    def _arrivals(self, stack, sink):
        """Of what HTTP has confirmed nothing needs to be counted, but an HTTP
        sink must be there."""
        if self.kinds[0] == "http" and self.kinds[1] != "http":
            return None
        return stack.enter_context(
            Arrivals(self.options.limits, sink, self.options.directory))

    def _load(self, source, contestant, process, arrivals):
        if self.kinds[0] == "http":
            return Requests(source, self.options.seconds)
        prefix = contestant.prefix if self.kinds[0] == "mqtt" else ""
        return Backlog(os.path.join(self.options.limits, "limit"), source,
                       prefix, self.options.events, process, arrivals)


def _figures(load, pid):
    before = cpu_us(pid)
    count, seconds, latencies = load.run()
    used = cpu_us(pid) - before
    return {"cpu_us": used / count, "rate": count / seconds, **latencies,
            "peak_mib": peak_mib(pid)}
