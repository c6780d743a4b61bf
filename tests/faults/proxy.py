# SPDX-License-Identifier: Apache-2.0
"""A network that a test can break: a TCP proxy on loopback."""

import random
import socket
import struct
import threading
import time

NO_LINGER = struct.pack("ii", 1, 0)


def reset(connection):
    """Closes it with RST, as a peer that has crashed."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


class Proxy:
    """Passes on to TARGET (host:port) what comes to its address.

    silence() keeps every connection open and passes nothing, as a cut cable
    does; heal() goes on with what has come meanwhile. cut() resets what there
    is, refuse() lets in nobody either. delay is in seconds, give or take jitter,
    and holds for each direction; the part LOSS of all pieces waits a second
    longer, as a lost segment does until it is sent again. cut_after says how
    many bytes of the peer's answers a connection carries before it is reset;
    None is no limit."""

    def __init__(self, target, port=0):
        host, number = target.rsplit(":", 1)
        self.target = (host, int(number))
        self.delay = self.jitter = self.loss = 0
        self.cut_after = None
        self.passing = threading.Event()
        self.passing.set()
        self.refusing = self.closed = False
        self.lock = threading.Lock()
        self.open = set()
        self.accepted = self.cuts = 0
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", port))
        self.listener.listen(1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def silence(self):
        self.passing.clear()

    def heal(self):
        self.refusing = False
        self.passing.set()

    def cut(self):
        with self.lock:
            cut, self.open = self.open, set()
            self.cuts += len(cut) // 2
        for one in cut:
            reset(one)

    def refuse(self):
        self.refusing = True
        self.cut()

    def close(self):
        self.closed = True
        self.listener.close()
        self.passing.set()
        self.cut()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self.refusing:
                reset(near)
                continue
            try:
                far = socket.create_connection(self.target, 10)
                far.settimeout(None)
            except OSError:
                reset(near)
                continue
            self._join(near, far)

    def _join(self, near, far):
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.lock:
            self.open |= {near, far}
        for pair, limit, see in (
                ((near, far), None, self.asked(near)),
                ((far, near), self.cut_after, self.answered(near))):
            threading.Thread(target=self._pass, args=(*pair, limit, see),
                             daemon=True).start()

    def asked(self, _):
        """What is told of all bytes to the target on a connection."""
        return None

    def answered(self, _):
        """The same for those that come back."""
        return None

    def _pass(self, source, sink, limit, see):
        passed = 0
        try:
            while True:
                data = source.recv(1 << 16)
                self.passing.wait()
                if self.delay:
                    time.sleep(self._travel())
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                passed += len(data)
                if limit is not None and passed > limit:
                    self._end(source, sink)
                    return
                if see:
                    see(data)
                sink.sendall(data)
        except OSError:
            self._end(source, sink)

    def _travel(self):
        lost = random.random() < self.loss
        return self.delay + random.uniform(-self.jitter, self.jitter) + lost

    def _end(self, *pair):
        with self.lock:
            known = self.open & set(pair)
            self.open -= known
            self.cuts += bool(known)
        for one in known:
            reset(one)
