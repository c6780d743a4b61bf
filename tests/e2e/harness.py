# SPDX-License-Identifier: Apache-2.0
"""Starts and stops cebridge, and what every end-to-end test needs around it.

The environment says where things are: CEBRIDGE (the program), CE_TEST_KAFKA
and CE_TEST_MQTT (host:port of the brokers), CE_TEST_EVENTS (how many events a
volume test sends), CE_TEST_SANITIZED (limits of time and memory do not hold).
"""

import json
import os
import random
import re
import resource
import select
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import kafka
import mqtt
import web
from events import Event
from ports import free_port

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BROKERS = os.path.join(ROOT, "tests", "brokers")
PROGRAM = os.environ.get("CEBRIDGE", "cebridge")
KAFKA = os.environ.get("CE_TEST_KAFKA")
MQTT = os.environ.get("CE_TEST_MQTT")
SANITIZED = bool(os.environ.get("CE_TEST_SANITIZED"))
COUNT = int(os.environ.get("CE_TEST_EVENTS", "10000"))
READY = "cebridge: ready"
SKIPPED = 77
OUTCOMES = ("delivered", "refused", "undelivered", "filtered",
            "dead_lettered", "duplicates")

# Under nohup a program would ignore the signal, as its parent does; one that
# is caught it gets as by default.
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)


def wait_until(condition, timeout=30, what=None):
    """Polls until CONDITION() is true, and returns its value. WHAT is the text
    of the failure, or makes it from what is there then."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            if callable(what):
                what = what()
            raise TimeoutError(what or "the condition did not come true")
        time.sleep(0.01)


def read_until(fd, pattern, timeout=30):
    """What a terminal or a pipe has got when it matches PATTERN."""
    got, deadline = b"", time.monotonic() + timeout
    while not re.search(pattern, text := got.decode(errors="replace")):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            raise TimeoutError(f"no {pattern!r} in {text!r}")
        got += os.read(fd, 1 << 16)
    return text


def unique(prefix="t"):
    letters = random.choices(string.ascii_lowercase + string.digits, k=10)
    return f"{prefix}-{''.join(letters)}"


def make_certificates(*folders):
    """Those of tests/brokers/certificates.sh, each of its own authority."""
    made = [subprocess.Popen([os.path.join(BROKERS, "certificates.sh"), x])
            for x in folders]
    if any([process.wait() for process in made]):
        raise RuntimeError("certificates cannot be made")


class Bridge:
    """One cebridge process. Its stderr is read as it comes; its stdout too,
    unless STDOUT says where it goes. It may open FILES, or as many as we."""

    def __init__(self, *arguments, stdin=None, stdout=None, env=None,
                 cwd=None, files=None):
        self.arguments = [PROGRAM, *map(str, arguments)]
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            self.arguments, stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})}, cwd=cwd,
            preexec_fn=files and (lambda: resource.setrlimit(
                resource.RLIMIT_NOFILE, (files, files))))
        self.changed = threading.Condition()
        self.errors, self.output = [], b""
        self.threads = [threading.Thread(target=self._read_errors,
                                         daemon=True)]
        if self.process.stdout:
            self.threads.append(threading.Thread(target=self._read_output,
                                                 daemon=True))
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def _read_errors(self):
        for line in self.process.stderr:
            with self.changed:
                self.errors.append(line.decode("utf-8", "replace").rstrip())
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def _read_output(self):
        while True:
            more = self.process.stdout.read1(1 << 16)
            with self.changed:
                self.output += more
                self.changed.notify_all()
            if not more:
                return

    @property
    def stderr(self):
        with self.changed:
            return "\n".join(self.errors)

    def lines(self):
        """Whole lines of stdout."""
        with self.changed:
            return self.output.decode().split("\n")[:-1]

    def events(self):
        return [Event.from_json(line) for line in self.lines()]

    def wait_for(self, pattern, timeout=30, count=1):
        """Waits for COUNT lines on stderr that match."""

        def found():
            hits = [x for x in self.errors if re.search(pattern, x)]
            return hits[count - 1] if len(hits) >= count else None

        with self.changed:
            self.changed.wait_for(
                lambda: found() or self.process.poll() is not None, timeout)
            hit = found()
        if hit is None:
            # The last lines of a process that ended may still be on the way.
            if self.process.poll() is not None:
                self.threads[0].join(5)
                hit = found()
        if hit is None:
            raise TimeoutError(f"no {pattern!r} on stderr of "
                               f"{self.arguments}:\n{self.stderr}")
        return hit

    def ready(self, timeout=30):
        self.wait_for(f"^{READY}", timeout)
        return self

    def wait(self, timeout=30):
        """The exit code."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.arguments} does not end:\n"
                               f"{self.stderr}") from None
        for thread in self.threads:
            thread.join(10)
        return code

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, timeout=40):
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join(10)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def status(self, name):
        """A number of KiB from /proc, such as VmRSS or VmHWM."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(rf"{name}:\s+(\d+)", file.read()).group(1))

    def cpu_ms(self):
        """CPU time of all its threads."""
        return self._schedstat(0) / 1e6

    def queued_ms(self):
        """How long its threads have waited for a processor."""
        return self._schedstat(1) / 1e6

    def runs(self):
        """How often its threads have got one."""
        return self._schedstat(2)

    def _schedstat(self, column):
        total = 0
        folder = f"/proc/{self.process.pid}/task"
        for task in os.listdir(folder):
            with open(f"{folder}/{task}/schedstat") as file:
                total += int(file.read().split()[column])
        return total


class Result:
    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    def __repr__(self):
        return f"exit {self.code}\n{self.stdout}\n{self.stderr}"


def cebridge(*arguments, stdin=b"", timeout=30, env=None, cwd=None):
    """Runs it to its end."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)], input=stdin, capture_output=True,
        timeout=timeout, env={**os.environ, **(env or {})}, cwd=cwd)
    return Result(done.returncode, done.stdout.decode("utf-8", "replace"),
                  done.stderr.decode("utf-8", "replace"))


class Test(unittest.TestCase):
    """Gives each test a directory and cleans up what it started."""

    maxDiff = 4000
    longMessage = True

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="cebridge-e2e-")
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.environment = {"XDG_STATE_HOME": self.path("state")}

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        mode = "wb" if isinstance(content, bytes) else "w"
        with open(self.path(name), mode) as file:
            file.write(content)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def count_lines(self, name):
        """Of a file that may not be there yet."""
        if not os.path.exists(self.path(name)):
            return 0
        return self.read(name).count(b"\n")

    def numbers(self, name):
        """The ids of the events in a file. A kill may tear a line; the next
        run ends it."""
        return [int(json.loads(line)["id"])
                for line in self.read(name).decode().splitlines()
                if line.endswith("}")]

    def start(self, *arguments, ready=True, **kw):
        env = {**self.environment, **kw.pop("env", {})}
        bridge = Bridge(*arguments, env=env, **kw)
        self.addCleanup(bridge.kill)
        return bridge.ready() if ready else bridge

    def run_config(self, text, **kw):
        """Starts `cebridge run` on a configuration."""
        return self.start("run", self.write("bridge.yaml", text), **kw)

    def cebridge(self, *arguments, **kw):
        env = {**self.environment, **kw.pop("env", {})}
        return cebridge(*arguments, env=env, **kw)

    scrape = staticmethod(web.scrape)

    def assert_balanced(self, port):
        """Nothing in flight, and what went in came out, on every route."""

        def at_rest():
            values = self.scrape(port)
            return not any(v for (name, _), v in values.items()
                           if name == "cebridge_in_flight") and values

        values = wait_until(at_rest, 30, "events stay in flight")
        routes = {route for _, route in values if route}
        self.assertTrue(routes)
        for route in routes:
            self.assertEqual(
                values["cebridge_events_received_total", route],
                sum(values.get((f"cebridge_events_{kind}_total", route), 0)
                    for kind in OUTCOMES), f"route {route}: {values}")
        return values

    def topic(self, name="events"):
        return unique(f"e2e-{name}")

    def kafka_uri(self, topic, **options):
        return f"kafka://{KAFKA}/{topic}" + query(options)

    def mqtt_uri(self, topic, **options):
        return f"mqtt://{MQTT}/{topic}" + query(options)

    def consumer(self, topic, address=None, **options):
        consumer = kafka.Consumer(address or KAFKA, topic, **options)
        self.addCleanup(consumer.close)
        return consumer

    def producer(self, address=None, **options):
        producer = kafka.Producer(address or KAFKA, **options)
        self.addCleanup(producer.close)
        return producer

    def mqtt_client(self, address=None, **options):
        client = mqtt.Client(address or MQTT, **options)
        self.addCleanup(client.close)
        return client

    def subscriber(self, topic, address=None, **options):
        client = self.mqtt_client(address, **options)
        client.subscribe(topic)
        return client


def query(options):
    if not options:
        return ""
    return "?" + "&".join(f"{k}={v}" for k, v in options.items())


def event(**attributes):
    """A small valid event with an id of its own."""
    data = attributes.pop("data", None)
    made = {"id": unique("id"), "type": "com.example.test",
            "source": "/tests", **attributes}
    return Event({k: v for k, v in made.items() if v is not None}, data)


def main(*needs):
    """Runs the tests of the calling file, or skips them all where a broker
    that they need is not there."""
    missing = [name for name in needs if not os.environ.get(name)]
    if missing:
        print(f"skipped: {', '.join(missing)} is not set")
        sys.exit(SKIPPED)
    unittest.main(module="__main__", verbosity=2)


class Broker:
    """A private broker of a test that must stop it: tests/brokers/KIND.sh."""

    def __init__(self, kind, directory, *options):
        self.script = os.path.join(BROKERS, f"{kind}.sh")
        self.kind, self.directory, self.options = kind, directory, options
        os.makedirs(directory, exist_ok=True)
        self.start()

    def skip_unless_it_keeps(self, test):
        """The mock cluster comes back on another port, without its records."""
        if self.kind == "kafka" and self.address("kind") == "mock":
            test.skipTest("the mock cluster keeps nothing over a restart")

    def _run(self, *arguments):
        log = os.path.join(self.directory, "script.log")
        with open(log, "ab") as out:
            subprocess.run([self.script, *arguments], check=True, stdout=out,
                           stderr=out, stdin=subprocess.DEVNULL, timeout=180)

    def start(self):
        self._run("start", self.directory, *self.options)

    def stop(self):
        self._run("stop", self.directory)

    def kill(self):
        self._run("kill", self.directory)

    def address(self, name="address"):
        with open(os.path.join(self.directory, f"{self.kind}.{name}")) as f:
            return f.read().strip()
