#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bridge beside the limit programs: what the client libraries reach when
nothing else is done. Both run in turns against the same peers; what counts is
the ratio of their CPU time per event, then that of their rates. After that,
how soon the bridge is ready when its brokers are there.

    bench.py PROGRAM LIMITS_DIR [--runs N] [--seconds N] [--events N] [--mock]

The measured program has core 0 for itself; broker, load and sink have core 1.
Kafka is a real one. With --mock it is librdkafka's mock cluster, whose answers
cost little and take no time: it hides how a program deals with those that do.
"""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))

import harness
import kafka
import web
from harness import free_port, unique, wait_until

RATIO = 2
READY_MS = 300
CONNECTIONS = 64
IN_FLIGHT = 64
PAIRS = [("http", "kafka"), ("kafka", "http"), ("mqtt", "http"),
         ("http", "mqtt"), ("kafka", "mqtt"), ("http", "http")]
MIMALLOC = "/usr/lib/x86_64-linux-gnu/libmimalloc.so.2"
HEADERS = [
    ("ce_specversion", b"1.0"), ("ce_type", b"com.example.order.created"),
    ("ce_source", b"/shops/eu-west-1/checkout"),
    ("ce_id", b"b3a1c2d4-77aa-4c0e-9f51-1d2e3f405162"),
    ("ce_time", b"2024-05-01T12:34:56.789Z"), ("ce_subject", b"order/123456"),
    ("ce_dataschema", b"https://example.com/schemas/order.json"),
    ("ce_partitionkey", b"customer-98765"),
    ("content-type", b"application/json"),
]
BODY = b'{"orderId":123456,"note":"' + b"x" * 270 + b'"}'


def pinned(core, command, **kw):
    return subprocess.Popen(["taskset", "-c", str(core), *command],
                            stdin=subprocess.DEVNULL, **kw)


def cpu_us(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e3


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024


def end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def limit_environment():
    """The allocator that the bridge is linked with, for the limit too."""
    if os.path.exists(MIMALLOC):
        return {**os.environ, "LD_PRELOAD": MIMALLOC}
    return dict(os.environ)


class Bench:
    def __init__(self, options):
        self.options = options
        harness.PROGRAM = options.program
        self.directory = tempfile.mkdtemp(prefix="cloudevents-bench-")
        os.environ["XDG_STATE_HOME"] = self.directory
        if options.mock:
            os.environ["CE_TEST_KAFKA_KIND"] = "mock"
        self.script = os.path.join(harness.BROKERS, "kafka.sh")
        self.broker("start")
        self.kafka = self.read("kafka.address")
        self.is_mock = self.read("kafka.kind") == "mock"
        if self.is_mock:
            print("Kafka is the mock cluster")

    def broker(self, command):
        subprocess.run(["taskset", "-c", "1", self.script, command,
                        self.directory], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def read(self, name):
        with open(os.path.join(self.directory, name)) as file:
            return file.read().strip()

    def close(self):
        self.broker("stop")
        shutil.rmtree(self.directory, True)

    def limit(self, name):
        return os.path.join(self.options.limits, name)

    def run(self, command, ours):
        """A process that is being measured, on core 0."""
        env = dict(os.environ) if ours else limit_environment()
        return pinned(0, command, env=env, stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL)

    # HTTP to Kafka --------------------------------------------------------

    def ingest(self, limit):
        """Beside the program LIMIT."""
        return lambda ours: self.take_in(ours, limit)

    def take_in(self, ours, limit):
        """(CPU us per event, events per second, p50 ms, p99 ms, MiB)."""
        port, topic = free_port(), unique("bench")
        kafka.create(self.kafka, topic)
        command = [self.options.program, "relay",
                   f"http://127.0.0.1:{port}/events",
                   f"kafka://{self.kafka}/{topic}"] if ours else \
            [self.limit(limit), str(port), self.kafka, topic]
        process = self.run(command, ours)
        try:
            wait_until(lambda: self.accepts(port))
            self.wrk(port, 1)
            before = cpu_us(process.pid)
            count, micros, p50, p99, errors = self.wrk(
                port, self.options.seconds)
            used = cpu_us(process.pid) - before
            if errors:
                print(f"  {errors} requests failed", file=sys.stderr)
            return (used / count, count / (micros / 1e6), p50 / 1e3,
                    p99 / 1e3, peak_mib(process.pid))
        finally:
            end(process)

    def accepts(self, port):
        try:
            headers = [(k.replace("_", "-"), v.decode()) for k, v in HEADERS]
            return web.request(port, headers=headers,
                               body=BODY).status == 202
        except OSError:
            return False

    def wrk(self, port, seconds):
        done = subprocess.run(
            ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}",
             f"-d{seconds}s", "--timeout", "10s", "-s",
             os.path.join(HERE, "load.lua"),
             f"http://127.0.0.1:{port}/events"],
            capture_output=True, text=True, check=True)
        found = re.search(r"RESULT (.*)", done.stdout)
        return [int(x) for x in found.group(1).split()]

    # Kafka to HTTP --------------------------------------------------------

    def preload(self):
        self.topic = unique("bench")
        kafka.create(self.kafka, self.topic)
        with kafka.Producer(self.kafka) as producer:
            for i in range(self.options.events):
                # Of one key only one event is on its way at a time.
                key = b"customer-%d" % (i % 1000)
                headers = [(name, key if name == "ce_partitionkey" else value)
                           for name, value in HEADERS]
                producer.produce(self.topic, BODY, headers, key=key)
            producer.flush(60)

    def egress(self, ours):
        """The same for what is consumed, without latencies."""
        port, count = free_port(), self.options.events
        sink = pinned(1, [self.limit("http_sink"), str(port),
                          str(count // 10), str(count)],
                      stdout=subprocess.PIPE)
        uri = f"http://127.0.0.1:{port}/events"
        command = [self.options.program, "relay",
                   f"kafka://{self.kafka}/{self.topic}?group={unique('g')}",
                   uri] if ours else \
            [self.limit("kafka_to_http"), self.kafka, self.topic, uri,
             str(IN_FLIGHT)]
        process = self.run(command, ours)
        try:
            self.wait_for_mark(sink)
            before, begin = cpu_us(process.pid), time.monotonic()
            self.wait_for_mark(sink)
            used, seconds = (cpu_us(process.pid) - before,
                             time.monotonic() - begin)
            measured = count - count // 10
            return (used / measured, measured / seconds, 0, 0,
                    peak_mib(process.pid))
        finally:
            end(process)
            end(sink)

    def wait_for_mark(self, sink):
        if not sink.stdout.readline():
            raise RuntimeError("the sink ended")

    # The application API --------------------------------------------------

    def client(self, in_flight):
        """The same for an application that sends, beside bare libcurl; the
        memory is what sending has added to the program."""
        def measure(ours):
            port, count = free_port(), self.options.events
            sink = pinned(1, [self.limit("http_sink"), str(port), "0", "0"],
                          stdout=subprocess.DEVNULL)
            program = os.path.join(self.options.limits, "tests",
                                   "client_bench") if ours else \
                self.limit("http_client")
            try:
                wait_until(lambda: self.accepts(port))
                done = subprocess.run(
                    ["taskset", "-c", "0", program,
                     f"http://127.0.0.1:{port}/events", str(count),
                     str(in_flight)],
                    capture_output=True, text=True, check=True)
            finally:
                end(sink)
            seconds, used, added = (float(x) for x in done.stdout.split())
            return (used * 1e6 / count, count / seconds, 0, 0, added / 1024)
        return measure

    # Readiness ------------------------------------------------------------

    def ready(self):
        """The slowest pair's median, in ms. Its topic and group are new; the
        mock cluster lets a new group wait for three seconds."""
        mosquitto = harness.Broker("mosquitto",
                                   os.path.join(self.directory, "mosquitto"))
        try:
            mqtt = mosquitto.address()
            slowest = max((statistics.median(
                self.time_until_ready(mqtt, pair)
                for _ in range(self.options.runs)), pair) for pair in PAIRS
                if not self.is_mock or pair[0] != "kafka")
        finally:
            mosquitto.stop()
        print(f"\nready after {slowest[0]:.0f} ms "
              f"({slowest[1][0]} to {slowest[1][1]}, the slowest)")
        return slowest[0]

    def time_until_ready(self, mqtt, pair):
        topic = unique("bench")
        kafka.create(self.kafka, topic)
        uris = {"http": f"http://127.0.0.1:{free_port()}/events",
                "kafka": f"kafka://{self.kafka}/{topic}",
                "mqtt": f"mqtt://{mqtt}/{topic}"}
        source, sink = (uris[kind] for kind in pair)
        if pair[0] == "kafka":
            source += f"?group={topic}"
        with harness.Bridge("relay", source, sink) as bridge:
            bridge.ready()
            return (time.monotonic() - bridge.started) * 1000

    # ----------------------------------------------------------------------

    def compare(self, name, measure):
        pairs = []
        for _ in range(self.options.runs):
            pairs.append((measure(False), measure(True)))
        limit, ours = ([statistics.median(column) for column in zip(*side)]
                       for side in zip(*pairs))
        ratios = [ours_[0] / limit_[0] for limit_, ours_ in pairs]
        print(f"\n{name}: {statistics.median(ratios):.2f} times the limit's "
              f"CPU per event [{min(ratios):.2f}-{max(ratios):.2f}], "
              f"{ours[1] / limit[1]:.2f} times its rate")
        print(f"{'':8}{'CPU us/event':>14}{'events/s':>12}{'p50 ms':>9}"
              f"{'p99 ms':>9}{'peak MiB':>10}")
        for title, row in (("limit", limit), ("ours", ours)):
            print(f"{title:8}{row[0]:14.2f}{row[1]:12.0f}{row[2]:9.2f}"
                  f"{row[3]:9.2f}{row[4]:10.1f}")
        return statistics.median(ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("limits")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--events", type=int, default=40000)
    parser.add_argument("--mock", action="store_true")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(parser.parse_args())
    try:
        ingest = bench.compare(
            f"HTTP to Kafka, {CONNECTIONS} connections",
            bench.ingest("mhd_to_kafka"))
        # For interest: what somebody could gain who writes HTTP anew.
        bench.compare(
            f"HTTP to Kafka, {CONNECTIONS} connections, the limit without "
            "libmicrohttpd", bench.ingest("http_to_kafka"))
        bench.preload()
        egress = bench.compare("Kafka to HTTP", bench.egress)
        clients = [bench.compare(f"Client over HTTP, {count} in flight",
                                 bench.client(count))
                   for count in (1, IN_FLIGHT)]
        ready = bench.ready()
    finally:
        bench.close()
    worst = max(ingest, egress, *clients)
    return 0 if worst <= RATIO and ready < READY_MS else 1


if __name__ == "__main__":
    sys.exit(main())
