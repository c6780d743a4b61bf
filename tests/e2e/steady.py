# SPDX-License-Identifier: Apache-2.0
"""Honest senders of several servers at the same time, at a steady pace. What
the machine does to one of the servers it does to the others, and how long a
server waited for a processor is not counted."""

import os
import selectors
import socket
import time

import web


class Server:
    """At a port of this machine, with the threads that its process has now."""

    def __init__(self, port, pid):
        self.port, folder = port, f"/proc/{pid}/task"
        self.tasks = [open(f"{folder}/{task}/schedstat", "rb", 0)
                      for task in os.listdir(folder)]

    def queued(self):
        """Seconds that its threads have waited for a processor."""
        texts = (os.pread(x.fileno(), 100, 0) for x in self.tasks)
        return sum(int(x.split()[1]) for x in texts) / 1e9

    def close(self):
        for one in self.tasks:
            one.close()


class Sender:
    """One connection, with one request at a time. The first is not measured:
    a new connection waits in the system's queue, where nobody is preferred."""

    def __init__(self, server, host, text):
        self.socket = socket.create_connection(("127.0.0.1", server.port), 10,
                                               (host, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server, self.text, self.due = server, text, 0
        self.waits, self.got, self.took = False, b"", []
        self.send()
        while not self.receive():
            pass
        self.took.clear()

    def send(self):
        self.queued = self.server.queued()
        self.socket.sendall(self.text)
        self.waits, self.got = True, b""

    def receive(self):
        """Whether that was the rest of an answer."""
        more = self.socket.recv(1 << 16)
        if not more:
            raise ConnectionError("an honest sender is hung up on")
        self.got += more
        parsed = web.parse(self.got)
        if not parsed:
            return False
        if parsed[0].split()[1] == "202":
            queued = self.server.queued() - self.queued
            self.took.append(time.monotonic() - self.due - queued)
        self.waits = False
        return True


class Pace:
    """From each of HOSTS to each of SERVERS a request every PERIOD seconds, or
    as soon as the one before it is answered."""

    def __init__(self, servers, hosts, text, period=0.01):
        self.servers, self.period = servers, period
        self.selector = selectors.DefaultSelector()
        self.senders = [Sender(server, host, text)
                        for host in hosts for server in servers]
        begin = time.monotonic()
        for n, one in enumerate(self.senders):
            one.due = begin + n * period / len(self.senders)
            self.selector.register(one.socket, selectors.EVENT_READ, one)

    def run(self, seconds):
        """For each server the seconds that each request which was accepted in
        this time took, from when it was due."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            for one in self.senders:
                if not one.waits and one.due <= now:
                    one.send()
            due = [x.due for x in self.senders if not x.waits]
            pause = max(min(due, default=end) - time.monotonic(), 0)
            for key, _ in self.selector.select(pause):
                if key.data.receive():
                    key.data.due += self.period
        for one in self.senders:
            one.socket.close()
        for server in self.servers:
            server.close()
        self.selector.close()
        count = len(self.servers)
        return [sum((x.took for x in self.senders[n::count]), [])
                for n in range(count)]
