#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bridge beside the limit program, which is what the client libraries reach
when nothing else is done, and beside peers. All run in turns against the same
brokers; what counts is the ratio of their CPU time per event, then that of
their rates. After that, how soon the bridge is ready.

    bench.py PROGRAM DIR [OPTION...]      script/bench says which

DIR holds the limit program and what else is built for this. Who is measured
has core 0; brokers, load and sinks have core 1.
"""

import argparse
import functools
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

import client
import contestants
import cores
import growth
import harness
import machine
import pace
import ready
import routes
import table
import workers
from brokers import Brokers

RATIO = 2
READY_MS = 300
OTHERS = ["codec", "ready"]
USUAL = [*routes.NAMES, *pace.NAMES, *client.NAMES, *OTHERS]
NAMES = [*USUAL, *growth.NAMES, workers.NAME]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("limits")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--events", type=int, default=40000)
    parser.add_argument("--routes", type=lambda text: text.split(","),
                        default=USUAL)
    parser.add_argument("--growth", dest="routes", action="store_const",
                        const=growth.NAMES)
    parser.add_argument("--workers", dest="routes", action="store_const",
                        const=[workers.NAME])
    parser.add_argument("--records", type=int, default=1000000)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--mock", action="store_true")
    options = parser.parse_args()
    for name in set(options.routes) - set(NAMES):
        parser.error(f"unknown route {name}; there are {', '.join(NAMES)}")
    if workers.NAME in options.routes and not cores.are_possible():
        parser.error(f"--workers needs to write below {cores.ROOT}")
    return options


class Bench:
    def __init__(self, options):
        self.options = options
        harness.PROGRAM = options.program
        options.directory = tempfile.mkdtemp(prefix="cloudevents-bench-")
        options.log = self.log
        os.environ["XDG_STATE_HOME"] = options.directory
        self.brokers = Brokers(options.directory, options.mock)
        self.contestants = contestants.contestants(options.program,
                                                   options.limits)
        self.machine, self.results = machine.facts(), []
        self.is_complete = True  # without peers

    def close(self):
        self.brokers.stop()
        shutil.rmtree(self.options.directory, True)

    def log(self, contestant):
        """What it says, for who looks while it runs."""
        return os.path.join(self.options.directory, f"{contestant.name}.log")

    def one(self, route, contestant, run):
        try:
            figures = route.measure(contestant)
        except (RuntimeError, TimeoutError, OSError,
                subprocess.SubprocessError) as error:
            say(f"{route.name} {contestant.name}: {error}")
            self.is_complete &= contestant.name not in ("ours", "limit")
            return
        rounded = {name: round(x, 3) for name, x in figures.items()}
        say(f"{route.name} {contestant.name} {rounded}")
        self.results.append({"route": route.name, "run": run,
                             "contestant": contestant.name, **rounded})

    def compare(self, route):
        for run in range(self.options.runs):
            for contestant in self.contestants:
                if route.takes(contestant):
                    self.one(route, contestant, run)
        self.save()

    def attempt(self, title, measure, *arguments):
        """What MEASURE returns, or None."""
        try:
            figures = measure(*arguments)
        except (RuntimeError, TimeoutError, OSError,
                subprocess.SubprocessError) as error:
            say(f"{title}: {error}")
            self.is_complete = False
            return None
        say(f"{title}: {figures}")
        return figures

    def in_turns(self, steps, title, measure):
        """What MEASURE finds of each step. In turns, so that what else the
        machine does meets all of them."""
        found = {step: [] for step in steps}
        for _ in range(self.options.runs):
            for step in found:
                figures = self.attempt(f"{step} {title}", measure, step)
                if figures:
                    found[step].append(figures)
        return found

    def grow(self):
        """Prints a table for each axis that was asked for."""
        for name, kind in zip(growth.NAMES, growth.AXES):
            if name in self.options.routes:
                axis = kind(self.brokers, self.options)
                found = self.in_turns(axis.steps(), axis.NAME, axis.measure)
                print(growth.markdown(axis, found), flush=True)

    def multiply(self):
        """Prints what several workers carry, if that was asked for."""
        if workers.NAME not in self.options.routes:
            return
        some = workers.Workers(self.brokers, self.options)
        found = {route: self.in_turns(workers.COUNTS, f"workers, {route}",
                                      functools.partial(some.rate, route))
                 for route in routes.NAMES}
        print(workers.markdown(found), flush=True)

    def save(self):
        """After each route, so that an interrupted run has results."""
        if self.options.json:
            with open(self.options.json, "w") as file:
                file.write(self.text())

    def text(self):
        """JSON, with a line for each result."""
        results = ",\n".join(map(json.dumps, self.results))
        return (f'{{"machine": {json.dumps(self.machine)},\n'
                f'"results": [\n{results}\n]}}\n')

    def is_fast(self):
        """Whether all was measured, and ours needs no more than RATIO times
        the CPU time of the limit on its worst route."""
        found = [table.ratios(self.results, route, "limit", "cpu_us")
                 for route in table.routes(self.results)]
        worst = max((statistics.median(x) for x in found if x), default=0)
        return self.is_complete and worst <= RATIO


def say(text):
    print(text, file=sys.stderr, flush=True)


def chosen(bench):
    for name in bench.options.routes:
        if name in routes.NAMES:
            yield routes.Route(name, bench.brokers, bench.options)
        elif name in client.NAMES:
            yield client.Client(name, bench.brokers, bench.options)
        elif name in pace.NAMES:
            yield pace.Pace(name, bench.brokers, bench.options, bench.results)


def run(bench):
    """Whether all is as fast as it must be."""
    for route in chosen(bench):
        bench.compare(route)
    if bench.results:
        print(table.markdown(bench.results))
    bench.grow()
    bench.multiply()
    if "ready" not in bench.options.routes:
        return bench.is_fast()
    ms, pair = ready.slowest(bench.brokers, bench.options.runs)
    print(f"ready after {ms:.0f} ms ({' to '.join(pair)}, the slowest)")
    return bench.is_fast() and ms < READY_MS


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = parse()
    if "codec" in options.routes:
        subprocess.run(["taskset", "-c", str(machine.MEASURED), os.path.join(
            options.limits, "tests", "json_bench")], check=True)
    machine.take_core()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    bench = Bench(options)
    try:
        return 0 if run(bench) else 1
    finally:
        bench.close()


if __name__ == "__main__":
    sys.exit(main())
