# SPDX-License-Identifier: Apache-2.0
"""How the cost of an event grows with what there is more of: connections, room
for their heads, bytes, attributes, routes, and records of an inbox. Of ours
alone."""

import contextlib
import os
import resource
import shutil
import statistics
import subprocess
import time

import web
from arrivals import Arrivals
from harness import free_port, wait_until
from loads import Requests
from machine import MEASURED, cpu_us, end, measured, peak_mib

FIGURES = [("cpu_us", "CPU µs/event", ".1f"), ("rate", "events/s", ",.0f"),
           ("peak_mib", "peak MiB", ".1f"), ("own_mib", "own MiB", ".1f"),
           ("put_us", "CPU µs to put", ".1f"),
           ("settle_us", "CPU µs to read and settle", ".1f"),
           ("open_ms", "CPU ms to open", ".1f")]


def own_mib(pid):
    """Without the pages of files, which others may share."""
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.split(":") for line in file)
    return int(fields["RssAnon"].split()[0]) / 1024


class Confirmed:
    """Counts the events that sinks have confirmed, as the program says: who
    reads a topic beside it may be behind."""

    def __init__(self):
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"

    def count(self):
        try:
            values = web.scrape(self.port)
        except ConnectionRefusedError:  # it has just been started
            return 0
        return sum(value for (name, _), value in values.items()
                   if name == "cebridge_events_delivered_total")


def flow(load, confirmed, pid, seconds):
    """What events cost while all connections are there and have had a turn:
    what came before is not counted."""
    load.wait()
    wrk = load.start(3600)
    try:
        enough = confirmed.count() + 3 * load.connections + 100
        wait_until(lambda: confirmed.count() >= enough, 120)
        count, used, begin = confirmed.count(), cpu_us(pid), time.monotonic()
        wait_until(lambda: time.monotonic() - begin >= seconds, seconds + 1)
        count, used = confirmed.count() - count, cpu_us(pid) - used
        return {"cpu_us": used / max(count, 1),
                "rate": count / (time.monotonic() - begin),
                "peak_mib": peak_mib(pid), "own_mib": own_mib(pid)}
    finally:
        end(wrk)


class Axis:
    def __init__(self, brokers, options):
        self.brokers, self.options = brokers, options

    def steps(self):
        return self.STEPS


class _Route(Axis):
    """One route from HTTP to TO."""

    TO, QUERY = "http", ""

    def shape(self, step):
        return {}

    def connections(self, step):
        return 64

    def query(self, step):
        return self.QUERY

    def takes(self, sink):
        """Who is there for what comes."""
        if sink.startswith("http:"):
            return Arrivals(self.options.limits, sink, self.options.directory)
        return contextlib.nullcontext()

    def measure(self, step):
        source = self.brokers.source("http")
        sink = self.brokers.sink(self.TO)
        load = Requests(source, 0, self.connections(step), self.shape(step))
        confirmed = Confirmed()
        with self.takes(sink), \
                running([self.options.program, "relay", "--admin",
                         confirmed.uri, source + self.query(step), sink],
                        self.options.directory) as process:
            return flow(load, confirmed, process.pid, self.options.seconds)


class Connections(_Route):
    NAME, STEPS = "connections", [1, 10, 100, 1000, 10000]
    TO = "kafka"
    # All come from one address, which may have all but a sixteenth.
    QUERY = "?max_connections=12000&max_in_flight=10000"

    def connections(self, step):
        return step

    def steps(self):
        """Each connection is a descriptor here and one there."""
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        return [step for step in self.STEPS if step + 1000 < most]


class Heads(_Route):
    """By the size of the buffer that each of 1,000 connections has."""

    NAME, STEPS = "max_header_bytes in KiB", [8, 16, 32, 72]
    TO = "kafka"

    def connections(self, step):
        return 1000

    def query(self, step):
        return f"?max_header_bytes={step}KiB"


class Bytes(_Route):
    """Up to what a topic takes, which by default is a million with headers.
    More connections would have more under way than a source lets in."""

    NAME, STEPS = "bytes of data", [300, 3000, 30000, 300000, 900000]
    TO = "kafka"

    def connections(self, step):
        return 16

    def shape(self, step):
        return {"LOAD_BYTES": str(step)}


class Attributes(_Route):
    NAME, STEPS = "attributes", [8, 20, 40, 60]

    def shape(self, step):
        return {"LOAD_ATTRIBUTES": str(step)}


class Routes(Axis):
    """As many routes from HTTP to HTTP, which share a port; their events come
    in turns."""

    NAME, STEPS = "routes", [1, 10, 100, 1000]

    def measure(self, step):
        source = f"http://127.0.0.1:{free_port()}/events-"
        sink = self.brokers.sink("http")
        confirmed = Confirmed()
        file = os.path.join(self.options.directory, "routes.yaml")
        with open(file, "w") as out:
            out.write(f"admin: {confirmed.uri}\nroutes:\n")
            for i in range(step):
                out.write(f"  r{i}: {{ from: '{source}{i}', to: '{sink}' }}\n")
        load = Requests(source, 0, shape={"LOAD_PATHS": str(step)})
        with Arrivals(self.options.limits, sink, self.options.directory), \
                running([self.options.program, "run", file],
                        self.options.directory) as process:
            return flow(load, confirmed, process.pid, self.options.seconds)


class Records(Axis):
    """An inbox that is filled, opened again, and emptied."""

    NAME, STEPS = "records", [1000, 10000, 100000, 1000000, 10000000]

    def steps(self):
        return [step for step in self.STEPS if step <= self.options.records]

    def measure(self, step):
        folder = os.path.join(self.options.directory, "inbox")
        program = os.path.join(self.options.limits, "tests", "inbox_bench")
        try:
            done = subprocess.run(
                ["taskset", "-c", str(MEASURED), program, folder, str(step)],
                capture_output=True, text=True, check=True)
        finally:
            shutil.rmtree(folder, True)
        put, opened, settle, own = (float(x) for x in done.stdout.split())
        return {"put_us": put, "settle_us": settle, "open_ms": opened,
                "own_mib": own / 1024}


AXES = [Connections, Heads, Bytes, Attributes, Routes, Records]
NAMES = [f"grow:{axis.NAME.split()[0]}" for axis in AXES]


@contextlib.contextmanager
def running(command, directory):
    with open(os.path.join(directory, "growth.log"), "wb") as log:
        process = measured(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        end(process)


def markdown(axis, found):
    """Medians."""
    seen = {name for runs in found.values() for run in runs for name in run}
    shown = [x for x in FIGURES if x[0] in seen]
    lines = [[axis.NAME, *(title for _, title, _ in shown)],
             ["--:"] * (len(shown) + 1)]
    for step, runs in found.items():
        cells = [format(statistics.median(run[name] for run in runs), form)
                 if runs else "–" for name, _, form in shown]
        lines.append([f"{step:,}", *cells])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
