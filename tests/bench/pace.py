# SPDX-License-Identifier: Apache-2.0
"""How long events take from HTTP to Kafka when they come at a constant rate: a
share of what ours reached in this run, the same for everybody. An event that
has to wait for a connection takes longer; nothing is left out."""

import os
import statistics
import subprocess

import table
from loads import Requests

ROUTE = "http:kafka"
NAMES = ["pace:10", "pace:50", "pace:80"]


class Pace:
    """NAME says how many per cent."""

    def __init__(self, name, brokers, options, results):
        self.name, self.brokers, self.options = name, brokers, options
        self.share = int(name.split(":")[1]) / 100
        self.results = results

    def takes(self, contestant):
        return True

    def measure(self, contestant):
        source, sink = (self.brokers.source("http"),
                        self.brokers.sink("kafka"))
        with contestant.relay(source, sink, self.options.log(contestant)):
            Requests(source, self.options.seconds).warm_up()
            return self._paced(source)

    def _paced(self, source):
        rate = self._rate()
        done = subprocess.run(
            [os.path.join(self.options.limits, "limit"),
             f"paced:{rate * self.options.seconds}:{rate}", source],
            capture_output=True, text=True, check=True, timeout=120)
        p50, p99, p999 = (int(x) / 1e3 for x in done.stdout.split())
        return {"rate": rate, "p50_ms": p50, "p99_ms": p99, "p999_ms": p999}

    def _rate(self):
        reached = table.values(self.results, ROUTE, "ours", "rate")
        if not reached:
            raise RuntimeError(f"{ROUTE} must be measured before")
        return int(statistics.median(reached.values()) * self.share)
