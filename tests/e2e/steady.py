# SPDX-License-Identifier: Apache-2.0
"""Honest senders of several servers at the same time, at a steady pace. What
the machine does to one of the servers it does to the others, and how long a
server waited for a processor is not counted."""

import selectors
import socket
import time

import web


class Sender:
    """One connection, with one request at a time. The first is not measured:
    a new connection waits in the system's queue, where nobody is preferred."""

    def __init__(self, port, queued_ms, host, text, tls):
        self.socket = socket.create_connection(("127.0.0.1", port), 10,
                                               (host, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.socket = tls.wrap_socket(self.socket,
                                          server_hostname="localhost")
        self.queued_ms, self.text, self.due = queued_ms, text, 0
        self.excuse = 0
        self.waits, self.got, self.took = False, b"", []
        self.send()
        while not self.receive():
            pass
        self.took.clear()

    def send(self):
        """It may be late because the server has waited before: that is no wait
        of this request either."""
        late = max(time.monotonic() - self.due, 0)
        self.excuse = min(self.excuse, late)
        self.queued = self.queued_ms()
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
            self.excuse += (self.queued_ms() - self.queued) / 1e3
            self.took.append(time.monotonic() - self.due - self.excuse)
        self.waits = False
        return True


class Pace:
    """From each of HOSTS to each of SERVERS, a port and how long its process
    has waited for a processor, a request every PERIOD seconds, or as soon as
    the one before it is answered; with TLS, a context, over https."""

    def __init__(self, servers, hosts, text, period=0.01, tls=None):
        self.count, self.period = len(servers), period
        self.selector = selectors.DefaultSelector()
        self.senders = [Sender(port, queued_ms, host, text, tls)
                        for host in hosts for port, queued_ms in servers]
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
        self.selector.close()
        return [sum((x.took for x in self.senders[n::self.count]), [])
                for n in range(self.count)]
