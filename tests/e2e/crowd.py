#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A crowd of hostile connections of one address, a process of its own.

`crowd.py PORT KIND` says "on" when COUNT connections stand, and is ended with
its stdin. What the bridge ends comes back at once. It runs at the lowest
priority: hostile clients have machines of their own, and take no time from the
processor that the bridge and the honest senders share."""

import gzip
import os
import resource
import selectors
import socket
import ssl
import struct
import sys
import time

ADDRESS = "127.0.0.2"
COUNT = 1000
HEAD = (b"POST /events HTTP/1.1\r\nHost: h\r\nce-specversion: 1.0\r\n"
        b"ce-id: 1\r\nce-type: t\r\nce-source: /s\r\n")
NO_EVENT = b"POST /events HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = gzip.compress(b"x" * 5000000)
BATCH = (b"[" + 999 * b'{"specversion":"1.0","id":"1","type":"t","source":"/"},'
         + b'{"specversion":"1.0","id":"1","type":"t","source":"/"}]')


def lengthy(head, body):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


# What each connection begins with, whether a byte follows now and then, whether
# it asks again when it is answered, whether it ends its side at once.
KINDS = {
    "silent": (b"", False, False, False),
    "slow heads": (HEAD, True, False, False),
    "slow heads with long queries": (
        HEAD.replace(b"/events", b"/events?" + b"&".join(1000 * [b"a"])), True,
        False, False),
    "slow bodies": (HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 30000,
                    True, False, False),
    "slow chunks": (CHUNKED + b"F4240\r\n" + b"x" * 30000, True, False, False),
    "announced lengths": (HEAD + b"Content-Length: 1048576\r\n\r\n", False,
                          False, False),
    "refused requests": (NO_EVENT, False, True, False),
    "nobody's paths": (NO_EVENT.replace(b"/events", b"/nothing"), False, True,
                       False),
    "too long requests": (HEAD + b"Content-Length: 9999999\r\n\r\n", False,
                          True, False),
    "malformed heads": (b"POST /events HTTP/1.1\r\nHost h\r\n\r\n", False, True,
                        False),
    "long heads": (HEAD + b"x: " + b"a" * 120000, False, True, False),
    "long lines between chunks": (CHUNKED + b"1\r\nx\r\n1;" + b"a" * 200000,
                                  False, True, False),
    "large events": (lengthy(HEAD, b"x" * 100000), False, True, False),
    "packed events": (lengthy(HEAD + b"Content-Encoding: gzip\r\n", PACKED),
                      False, True, False),
    "batches": (lengthy(b"POST /events HTTP/1.1\r\nHost: h\r\nContent-Type: "
                        b"application/cloudevents-batch+json\r\n", BATCH),
                False, True, False),
    "half closed": (HEAD + b"Content-Length: 10\r\n\r\nxx", False, False, True),
}
# Of an https source: connections that end when their handshake is done.
HANDSHAKES = "handshakes"
# A reset: connections that wait for their end would use up the ports.
RESET = struct.pack("ii", 1, 0)


class Crowd:
    count = COUNT

    def __init__(self, port, kind):
        self.port = port
        self.text, self.dribbles, self.repeats, self.halves = KINDS[kind]
        self.selector = selectors.DefaultSelector()
        self.selector.register(0, selectors.EVENT_READ)
        self.left = {}
        self.answers = 0

    def open(self):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        one.bind((ADDRESS, 0))
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", self.port))
        self.left[one] = self.text
        self.selector.register(one, selectors.EVENT_READ |
                               selectors.EVENT_WRITE)

    def close(self, one):
        self.selector.unregister(one)
        del self.left[one]
        one.close()

    def write(self, one):
        left = self.left[one]
        self.left[one] = left[one.send(left) if left else 0:]
        if self.left[one]:
            return
        self.selector.modify(one, selectors.EVENT_READ)
        if self.halves:
            one.shutdown(socket.SHUT_WR)

    def read(self, one):
        answer = one.recv(1 << 16)
        self.answers += 1
        if not answer or not self.repeats:
            raise ConnectionError
        self.left[one] = self.text
        self.write(one)

    def turn(self):
        for key, events in self.selector.select(0.1):
            if key.fileobj == 0:
                return False
            try:
                if events & selectors.EVENT_WRITE:
                    self.write(key.fileobj)
                if events & selectors.EVENT_READ:
                    self.read(key.fileobj)
            except OSError:
                self.close(key.fileobj)
                self.open()
        return True

    def dribble(self):
        for one in list(self.left):
            try:
                if not self.left[one]:
                    one.send(b"x")
            except OSError:
                pass  # its end is read

    def stands(self):
        return not any(self.left.values())

    def run(self):
        for _ in range(self.count):
            self.open()
        said, next_byte = False, time.monotonic()
        while self.turn():
            if not said and (self.stands() or self.answers > self.count):
                print("on", flush=True)
                said = True
            if self.dribbles and time.monotonic() > next_byte:
                next_byte = time.monotonic() + 0.1
                self.dribble()


class Handshakes(Crowd):
    count = 200

    def __init__(self, port, _):
        super().__init__(port, "silent")
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def wrap(self, one):
        self.selector.unregister(one)
        del self.left[one]
        one = self.context.wrap_socket(one, do_handshake_on_connect=False)
        self.left[one] = b"a handshake"
        self.selector.register(one, selectors.EVENT_WRITE)

    def write(self, one):
        if not isinstance(one, ssl.SSLSocket):
            self.wrap(one)
            return
        self.selector.modify(one, selectors.EVENT_READ)
        self.read(one)

    def read(self, one):
        try:
            one.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.answers += 1
        raise ConnectionError


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.setpriority(os.PRIO_PROCESS, 0, 19)
    kind = Handshakes if sys.argv[2] == HANDSHAKES else Crowd
    c = kind(int(sys.argv[1]), sys.argv[2])
    c.run()
    print(c.answers)


if __name__ == "__main__":
    main()
