# SPDX-License-Identifier: Apache-2.0
"""Who is measured: the bridge, the limit program, and the peers that are
built. Each is a command that takes the URIs of a source and of a sink."""

import contextlib
import os
import subprocess

from machine import end, measured

MIMALLOC = "/usr/lib/x86_64-linux-gnu/libmimalloc.so.2"
# What a peer wants before the names of attributes in MQTT.
PREFIXES = {"sdk-go": "ce-"}
# What a peer speaks, if that is not all: the MQTT of this one has no headers.
SPOKEN = {"redpanda-connect": ["http", "kafka"]}


class Contestant:
    def __init__(self, name, command, environment=None):
        self.name, self.command = name, command
        self.environment = environment or {}
        self.prefix = PREFIXES.get(name, "")
        self.spoken = SPOKEN.get(name, ["http", "kafka", "mqtt"])

    @contextlib.contextmanager
    def relay(self, source, sink, log):
        """The running process; what it says goes to the file LOG."""
        with open(log, "wb") as out:
            process = measured([*self.command, source, sink], stdout=out,
                               stderr=subprocess.STDOUT,
                               env={**os.environ, **self.environment})
        try:
            yield process
        finally:
            end(process)


def limit_environment():
    """The allocator that the bridge is linked with, for the limit too."""
    return {"LD_PRELOAD": MIMALLOC} if os.path.exists(MIMALLOC) else {}


def peers(directory):
    """Those that peers/build.sh has built there."""
    if not os.path.isdir(directory):
        return []
    found = [(name, os.path.join(directory, name, "relay"))
             for name in sorted(os.listdir(directory))]
    return [Contestant(name, [path]) for name, path in found
            if os.access(path, os.X_OK)]


def contestants(program, directory):
    """The limit first, then ours, then the peers."""
    return [Contestant("limit", [os.path.join(directory, "limit")],
                       limit_environment()),
            Contestant("ours", [program, "relay"]),
            *peers(os.path.join(directory, "peers"))]
