# SPDX-License-Identifier: Apache-2.0
"""Counts the events that have come to a sink."""

import os
import struct
import subprocess

from harness import wait_until
from machine import end


class Arrivals:
    """A program that counts in a file: an HTTP sink, or a reader of the topic
    that the sink writes to."""

    def __init__(self, limits, uri, directory):
        self.file = os.path.join(directory, "arrivals")
        if os.path.exists(self.file):
            os.unlink(self.file)
        if uri.startswith("http:"):
            port = uri.split("/")[2].split(":")[1]
            command = [os.path.join(limits, "acceptor"), port, self.file]
        else:
            command = [os.path.join(limits, "limit"), uri,
                       f"count:{self.file}"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def __enter__(self):
        wait_until(lambda: os.path.exists(self.file) and
                   os.path.getsize(self.file) == 8)
        return self

    def __exit__(self, *_):
        end(self.process)

    def count(self):
        with open(self.file, "rb") as file:
            return struct.unpack("=Q", file.read(8))[0]
