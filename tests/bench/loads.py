# SPDX-License-Identifier: Apache-2.0
"""The two kinds of load. Each is warmed up, and then runs once: it returns how
many events arrived in how many seconds, and latencies where it knows them."""

import os
import re
import signal
import subprocess
import time

import web
from harness import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
CONNECTIONS = 64
EVENT = [("ce-specversion", "1.0"), ("ce-type", "probe"),
         ("ce-source", "/probe"), ("ce-id", "1")]


class Requests:
    """wrk with 64 connections, or others: each sends its next event when the
    last one is confirmed. SHAPE is what load.lua takes from the
    environment."""

    def __init__(self, uri, seconds, connections=CONNECTIONS, shape=None):
        self.uri, self.seconds = uri, seconds
        self.connections = connections
        self.environment = {**os.environ, **(shape or {})}

    def warm_up(self):
        self.wait()
        self._wrk(1)

    def wait(self):
        """Until there is somebody who takes events."""
        wait_until(self._accepts)

    def _accepts(self):
        port = int(self.uri.split("/")[2].split(":")[1])
        path = "/" + self.uri.split("/", 3)[3].split("?")[0]
        if "LOAD_PATHS" in self.environment:
            path += "0"
        try:
            return web.request(port, target=path,
                               headers=EVENT).status in (200, 202)
        except OSError:
            return False

    def run(self):
        count, micros, p50, p99, p999, errors = self._wrk(self.seconds)
        if errors:
            raise RuntimeError(f"{errors} requests failed")
        latencies = {"p50_ms": p50 / 1e3, "p99_ms": p99 / 1e3,
                     "p999_ms": p999 / 1e3}
        return count, micros / 1e6, latencies

    def start(self, seconds):
        return subprocess.Popen(
            ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s",
             "--timeout", "10s", "-s", os.path.join(HERE, "load.lua"),
             self.uri], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=self.environment)

    def _wrk(self, seconds):
        process = self.start(seconds)
        text = process.communicate()[0]
        found = re.search(r"RESULT (.*)", text)
        if not found:
            raise RuntimeError(f"wrk: {text}")
        return [int(x) for x in found.group(1).split()]


class Backlog:
    """COUNT events that wait in the broker: written while the contestant is
    stopped, so that writing takes no time from it. What counts is the time
    from its going on until the last one has arrived."""

    def __init__(self, limit, source, prefix, count, process, arrivals):
        self.command = [limit, source, prefix]
        self.count, self.process, self.arrivals = count, process, arrivals

    def _write(self, count):
        limit, source, prefix = self.command
        subprocess.run([limit, f"made:{count}:{prefix}", source], check=True,
                       timeout=120)

    def _wait(self, count, timeout=120):
        def arrived():
            if self.process.poll() is not None:
                raise RuntimeError("it has ended")
            return self.arrivals.count() >= count
        wait_until(arrived, timeout, f"less than {count} events arrived")

    def warm_up(self):
        wait_until(self._probe)
        before = self.arrivals.count()
        self._write(self.count // 10)
        self._wait(before + self.count // 10)

    def _probe(self):
        """Whether it has subscribed: what is written before is not for it."""
        self._write(1)
        try:
            self._wait(1, timeout=0.5)
            return True
        except TimeoutError:
            return False

    def run(self):
        before = self.arrivals.count()
        self.process.send_signal(signal.SIGSTOP)
        try:
            self._write(self.count)
        finally:
            self.process.send_signal(signal.SIGCONT)
        begin = time.monotonic()
        self._wait(before + self.count)
        return self.count, time.monotonic() - begin, {}
