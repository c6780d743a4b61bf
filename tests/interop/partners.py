# SPDX-License-Identifier: Apache-2.0
"""The partner programs: what each needs, how it is built, what its SDK can.

Each is built once into ${XDG_CACHE_HOME:-~/.cache}/cloudevents-c/interop, in
a folder named after the content of its sources."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
    "cloudevents-c", "interop")


class NotHere(Exception):
    """A toolchain or a registry that this machine does not reach."""


def _run(folder, *command, timeout=300, **environment):
    done = subprocess.run(
        command, cwd=folder, timeout=timeout, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **environment})
    return done.returncode, done.stdout.decode("utf-8", "replace")


def _fetch(folder, *command, **environment):
    code, output = _run(folder, *command, **environment)
    if code:
        last = output.strip().splitlines()[-1:] or ["no output"]
        raise NotHere(f"{command[0]} cannot fetch the SDK: {last[0][:200]}")


def _compile(folder, *command, **environment):
    code, output = _run(folder, *command, **environment)
    if code:
        raise AssertionError(f"{' '.join(command)}:\n{output}")


def _tool(name, *version, at_least=None):
    """Fails where the program is not there or too old."""
    if not shutil.which(name):
        raise NotHere(f"no {name} on this machine")
    if at_least:
        code, output = _run(HERE, name, *version)
        found = re.search(r"(\d+)(?:\.(\d+))?", output)
        numbers = tuple(int(n or 0) for n in found.groups()) if found else ()
        if code or numbers < at_least:
            wanted = ".".join(map(str, at_least))
            raise NotHere(f"{name} {wanted} or newer is needed")


def both(*modes):
    return {"http": modes, "kafka": modes}


class Partner:
    """SEND and RECEIVE: the modes by transport. EXACT: it shows data as the
    bytes that came, so that bytes can be compared. LENIENT: it does not encode
    HTTP headers, so that our source must be told."""

    name = title = None
    exact, lenient = True, False
    send = receive = both("binary", "structured")
    sources = ()

    def command(self):
        """How to call it, once it is built."""
        self.need()
        folder = os.path.join(CACHE, f"{self.name}-{self._digest()}")
        if not os.path.isdir(folder):
            os.makedirs(CACHE, exist_ok=True)
            fresh = tempfile.mkdtemp(prefix=f"{self.name}.", dir=CACHE)
            try:
                for source in self.sources:
                    shutil.copy(os.path.join(HERE, self.name, source), fresh)
                self.build(fresh)
                os.rename(fresh, folder)
            except OSError:
                if not os.path.isdir(folder):
                    raise
            finally:
                shutil.rmtree(fresh, True)
        return self.call(folder)

    def _digest(self):
        whole = hashlib.sha256(self.version().encode())
        for source in self.sources:
            with open(os.path.join(HERE, self.name, source), "rb") as file:
                whole.update(source.encode() + b"\0" + file.read() + b"\0")
        return whole.hexdigest()[:16]

    def version(self):
        """What else the built program depends on."""
        return ""


class Go(Partner):
    name, title = "go", "Go"
    lenient = True
    sources = ("main.go", "go.mod", "go.sum")
    receive = both("binary", "structured", "protobuf")
    send = {**receive, "http": (*receive["http"], "batch")}

    def need(self):
        _tool("go", "version", at_least=(1, 23))

    def build(self, folder):
        _fetch(folder, "go", "mod", "download", GOTOOLCHAIN="local")
        _compile(folder, "go", "build", "-o", "partner", ".",
                 GOTOOLCHAIN="local", GOFLAGS="-mod=readonly -buildvcs=false")

    def call(self, folder):
        return [os.path.join(folder, "partner")]


class JavaScript(Partner):
    name, title = "javascript", "JavaScript"
    sources = ("partner.js", "package.json", "package-lock.json", ".npmrc")
    exact, lenient = False, True
    send = receive = {**Partner.send, "mqtt": ("binary", "structured")}

    def need(self):
        _tool("node", "--version", at_least=(18, 0))
        _tool("npm")

    def build(self, folder):
        _fetch(folder, "npm", "ci", "--omit=dev", "--ignore-scripts")

    def call(self, folder):
        return ["node", os.path.join(folder, "partner.js")]


class Python(Partner):
    name, title = "python", "Python"
    sources = ("partner.py", "requirements.txt")
    program = "partner.py"
    exact = False

    def need(self):
        if sys.version_info < (3, 10):
            raise NotHere("Python 3.10 or newer is needed")

    def version(self):
        return sys.version + sys.prefix

    def build(self, folder):
        _fetch(folder, sys.executable, "-m", "venv", "venv")
        _fetch(folder, "venv/bin/python", "-m", "pip", "install", "--quiet",
               "-r", "requirements.txt")

    def call(self, folder):
        return [os.path.join(folder, "venv", "bin", "python"),
                os.path.join(folder, self.program)]


class Java(Partner):
    name, title = "java", "Java"
    lenient = True
    send = receive = both("binary", "structured", "protobuf")
    sources = ("Partner.java", "pom.xml")

    def need(self):
        for tool in ("java", "javac", "mvn"):
            _tool(tool)
        _tool("javac", "-version", at_least=(17, 0))

    def build(self, folder):
        _fetch(folder, "mvn", "-q", "-B", "dependency:copy-dependencies",
               "-DoutputDirectory=libs", "-DincludeScope=runtime")
        _compile(folder, "javac", "-cp", "libs/*", "-d", "classes",
                 "Partner.java")

    def call(self, folder):
        path = f"{folder}/classes:{folder}/libs/*"
        return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp",
                path, "Partner"]


PARTNERS = [Go(), JavaScript(), Python(), Java()]
