# SPDX-License-Identifier: Apache-2.0
"""HTTP for tests: a sink that records, and sources that can be rude."""

import json
import re
import selectors
import socket
import ssl
import threading
import time
from collections import deque

from events import Event
from ports import free_port


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target = method, target
        self.headers, self.body = headers, body

    def header(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    def event(self):
        return Event.from_http(self.headers, self.body)


class Response:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def header(self, name):
        return Request.header(self, name)

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def parse(data):
    """(start line, headers, body, bytes used), or None while incomplete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    lines = data[:end].decode("latin-1").split("\r\n")
    headers, size = [], 0
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers.append((name, value.strip()))
        if name.lower() == "content-length":
            size = int(value)
    if len(data) < end + 4 + size:
        return None
    return lines[0], headers, data[end + 4:end + 4 + size], end + 4 + size


class Sink:
    """Answers every request and keeps it.

    ANSWER takes a Request and returns a status, or (status, headers, body),
    or None to stay silent. A stopped sink refuses connections; started again
    it has the same port. CONNECTIONS counts all that were made, OPEN those that
    stand."""

    def __init__(self, answer=None, tls=None):
        self.answer = answer or (lambda request: 202)
        self.tls = tls
        self.requests = []
        self.changed = threading.Condition()
        self.port = free_port()
        self.connections = 0
        self.open = 0
        self.thread = None
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def uri(self):
        scheme = "https" if self.tls else "http"
        host = "localhost" if self.tls else "127.0.0.1"
        return f"{scheme}://{host}:{self.port}/events"

    def start(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(1024)
        self.wake, self.bell = socket.socketpair()
        self.thread = threading.Thread(target=self._run, args=(listener,),
                                       daemon=True)
        self.thread.start()

    def stop(self):
        if self.thread:
            self.bell.send(b"x")
            self.thread.join()
            self.bell.close()
            self.thread = None

    def wait(self, count, timeout=30):
        """The requests, once there are COUNT."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.requests) >= count, timeout)
            if len(self.requests) < count:
                raise TimeoutError(
                    f"{len(self.requests)} of {count} requests came")
            return list(self.requests)

    def events(self):
        with self.changed:
            return [request.event() for request in self.requests]

    def _run(self, listener):
        with selectors.DefaultSelector() as selector:
            selector.register(listener, selectors.EVENT_READ)
            selector.register(self.wake, selectors.EVENT_READ)
            buffers = {}
            running = True
            while running:
                for key, _ in selector.select():
                    if key.fileobj is self.wake:
                        running = False
                    elif key.fileobj is listener:
                        self._accept(selector, listener, buffers)
                    elif not self._serve(key.fileobj, buffers):
                        selector.unregister(key.fileobj)
                        del buffers[key.fileobj]
                        key.fileobj.close()
                        self.open = len(buffers)
            listener.close()
            self.wake.close()
            for connection in buffers:
                connection.close()

    def _accept(self, selector, listener, buffers):
        connection, _ = listener.accept()
        self.connections += 1
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            connection.settimeout(10)
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except (OSError, ssl.SSLError):
                connection.close()
                return
        buffers[connection] = b""
        self.open = len(buffers)
        selector.register(connection, selectors.EVENT_READ)

    def _serve(self, connection, buffers):
        try:
            more = connection.recv(1 << 16)
            while more and self.tls and connection.pending():
                more += connection.recv(connection.pending())
        except OSError:
            return False
        if not more:
            return False
        buffers[connection] += more
        while True:
            parsed = parse(buffers[connection])
            if not parsed:
                return True
            line, headers, body, used = parsed
            buffers[connection] = buffers[connection][used:]
            method, target, _ = line.split(" ", 2)
            request = Request(method, target, headers, body)
            answer = self.answer(request)
            with self.changed:
                self.requests.append(request)
                self.changed.notify_all()
            try:
                if answer is not None:
                    connection.sendall(_answer(answer))
            except OSError:
                return False


def _answer(answer):
    status, headers, body = (
        answer if isinstance(answer, tuple) else (answer, [], b""))
    lines = [f"HTTP/1.1 {status} Test"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def head(method, target, headers, body, host="localhost"):
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def connect(port, timeout=10, tls=None):
    connection = socket.create_connection(("127.0.0.1", port), timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tls:
        return tls.wrap_socket(connection, server_hostname="localhost")
    return connection


def is_open(port):
    """Whether somebody listens there."""
    try:
        connect(port).close()
    except OSError:
        return False
    return True


def raw(port, request, timeout=30, tls=None, closes=False):
    """Sends bytes as they are; the first answer. With CLOSES it waits until
    the peer has closed the connection after it, and raises if it does not."""
    with connect(port, timeout, tls) as connection:
        try:
            connection.sendall(request)
        except OSError:
            pass
        answer = read_response(connection)
        if closes:
            read_to_end(connection)
        return answer


def read_to_end(connection):
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionError:
        pass


def read_response(connection):
    data = b""
    while not parse(data):
        more = connection.recv(1 << 16)
        if not more:
            raise ConnectionError(f"closed without an answer: {data!r}")
        data += more
    line, headers, body, _ = parse(data)
    return Response(int(line.split()[1]), headers, body)


def request(port, method="POST", target="/events", headers=(), body=b"",
            timeout=30, tls=None):
    with connect(port, timeout, tls) as connection:
        connection.sendall(head(method, target, headers, body))
        return read_response(connection)


def scrape(port):
    """The metrics: {(name, route): the sum over its other labels}."""
    answer = request(port, "GET", "/metrics")
    if answer.status != 200:
        raise ValueError(f"/metrics: {answer}")
    found = {}
    for line in answer.body.decode().splitlines():
        hit = re.match(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if hit:
            route = re.search(r'route="([^"]*)"', hit.group(2) or "")
            key = hit.group(1), route.group(1) if route else None
            found[key] = found.get(key, 0) + float(hit.group(3))
    return found


def post(port, event, structured=False, target="/events", headers=(), **kw):
    fields, body = event.to_http(structured)
    return request(port, "POST", target, list(fields) + list(headers), body,
                   **kw)


def status(port, event, **kw):
    """Of the answer to an event; None where nobody takes it."""
    try:
        return post(port, event, **kw).status
    except OSError:
        return None


class Load:
    """Posts EVENTS over CONNECTIONS connections, each with one request at a
    time, and again whatever is answered 503 or not at all, as a proper client
    does. Answers other than 2xx and 503 are kept in REFUSED."""

    def __init__(self, port, requests, connections=32, target="/events",
                 pause=0.1):
        self.port, self.pause, self.target = port, pause, target
        self.waiting = deque(requests)
        self.total = len(self.waiting)
        self.connections = min(connections, self.total)
        self.later = []
        self.accepted = self.repeated = 0
        # Connections that were kept, and ended with a request on its way. A
        # new one may end before the server has seen it.
        self.resets = 0
        self.kept = set()
        self.refused = []

    def run(self, timeout=120, until=None):
        """Returns when all are accepted or refused, or UNTIL() is true."""
        deadline = time.monotonic() + timeout
        self.selector = selectors.DefaultSelector()
        self.busy = {}
        for _ in range(self.connections):
            self._open()
        while self.accepted + len(self.refused) < self.total:
            if until and until():
                break
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{self.accepted} of {self.total} were accepted, "
                    f"{self.repeated} repeated, {self.refused[:3]}")
            self._turn()
        for connection in list(self.busy):
            self._drop(connection)
        self.selector.close()
        return self

    def _turn(self):
        now = time.monotonic()
        while self.later and self.later[0][0] <= now:
            self.waiting.append(self.later.pop(0)[1])
        while len(self.busy) < self.connections and self.waiting:
            if not self._open():
                break
        for key, _ in self.selector.select(0.05):
            self._receive(key.fileobj)

    def _open(self):
        if not self.waiting:
            return True
        try:
            connection = connect(self.port)
        except OSError:
            self._repeat(self.waiting.popleft())
            return False
        self.selector.register(connection, selectors.EVENT_READ)
        self._send(connection)
        return True

    def _send(self, connection):
        if not self.waiting:
            self.busy[connection] = [None, b""]
            self._drop(connection)
            return
        one = self.waiting.popleft()
        self.busy[connection] = [one, b""]
        headers, body = one
        try:
            connection.sendall(head("POST", self.target, headers, body))
        except OSError:
            self._drop(connection)

    def _receive(self, connection):
        state = self.busy[connection]
        try:
            more = connection.recv(1 << 16)
        except OSError:
            more = b""
        if not more:
            self._drop(connection)
            return
        state[1] += more
        parsed = parse(state[1])
        if not parsed:
            return
        line, headers, body, _ = parsed
        status = int(line.split()[1])
        one, state[0] = state[0], None
        self.kept.add(connection)
        if 200 <= status < 300:
            self.accepted += 1
        elif status in (503, 504):
            self._repeat(one)
        else:
            self.refused.append(Response(status, headers, body))
        if any(k.lower() == "connection" and v.lower() == "close"
               for k, v in headers):
            self._drop(connection)
        else:
            self._send(connection)

    def _repeat(self, one):
        self.repeated += 1
        self.later.append((time.monotonic() + self.pause, one))

    def _drop(self, connection):
        one = self.busy.pop(connection)[0]
        self.selector.unregister(connection)
        connection.close()
        if one:
            self.resets += connection in self.kept
            self._repeat(one)
        self.kept.discard(connection)


def post_all(port, events, **kw):
    requests = [e.to_http(e.structured) for e in events]
    run = {k: kw.pop(k) for k in ("timeout", "until") if k in kw}
    return Load(port, requests, **kw).run(**run)
