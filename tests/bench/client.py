# SPDX-License-Identifier: Apache-2.0
"""An application that sends over HTTP, beside one that uses bare libcurl. Its
memory is what sending has added to the program."""

import os
import subprocess

from arrivals import Arrivals
from machine import MEASURED

NAMES = ["client:1", "client:64"]


class Client:
    """NAME says how many events are on their way at once."""

    def __init__(self, name, brokers, options):
        self.name, self.brokers, self.options = name, brokers, options
        self.in_flight = name.split(":")[1]
        self.programs = {
            "ours": os.path.join(options.limits, "tests", "client_bench"),
            "limit": os.path.join(options.limits, "http_client")}

    def takes(self, contestant):
        return contestant.name in self.programs

    def measure(self, contestant):
        sink, count = self.brokers.sink("http"), self.options.events
        with Arrivals(self.options.limits, sink, self.options.directory):
            done = subprocess.run(
                ["taskset", "-c", str(MEASURED),
                 self.programs[contestant.name], sink, str(count),
                 self.in_flight], capture_output=True, text=True, check=True)
        seconds, used, added = (float(x) for x in done.stdout.split())
        return {"cpu_us": used * 1e6 / count, "rate": count / seconds,
                "peak_mib": added / 1024}
