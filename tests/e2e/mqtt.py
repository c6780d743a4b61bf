# SPDX-License-Identifier: Apache-2.0
"""An MQTT client for tests: 5 and 3.1.1, QoS 0 and 1, one thread.

It sends exactly what it is told, so that tests can publish what no proper
client would."""

import select
import socket
import struct
import time
from collections import deque

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, DISCONNECT = 8, 9, 14
FORMAT, CONTENT_TYPE, EXPIRY = 0x01, 0x03, 0x02
RESPONSE_TOPIC, CORRELATION = 0x08, 0x09
SESSION_EXPIRY, RECEIVE_MAXIMUM, USER_PROPERTY = 0x11, 0x21, 0x26
WIDTHS = {0x01: 1, 0x02: 4, 0x11: 4, 0x13: 2, 0x17: 1, 0x19: 1, 0x21: 2,
          0x22: 2, 0x23: 2, 0x24: 1, 0x25: 1, 0x27: 4, 0x28: 1, 0x29: 1,
          0x2A: 1}


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">H", len(raw)) + raw


def varint(n):
    out = bytearray()
    while True:
        n, low = divmod(n, 128)
        out.append(low | (128 if n else 0))
        if not n:
            return bytes(out)


def read_varint(data, at):
    shift = value = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        shift += 7
        at += 1
        if not byte & 128:
            return value, at


class Message:
    content_type = reply_to = correlation = expiry = None

    def __init__(self, topic, payload, properties=b"", retain=False):
        self.topic, self.payload = topic, payload
        self.properties = []
        self.retain = retain
        parse_properties(properties, self)


class Client:
    """Connects at once. ADDRESS is host:port."""

    def __init__(self, address, version=5, client_id="", clean=True,
                 user=None, password=None, window=50):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.version, self.window = version, window
        self.buffer = b""
        self.messages = deque()
        self.unacknowledged = set()
        self.next_id = 0
        flags = (2 if clean else 0) | (128 if user else 0)
        flags |= 64 if password else 0
        body = text("MQTT") + bytes([5 if version == 5 else 4, flags])
        body += struct.pack(">H", 0)
        if version == 5:
            expiry = struct.pack(">BI", SESSION_EXPIRY, 0 if clean else 3600)
            body += varint(len(expiry)) + expiry
        body += text(client_id)
        body += text(user) if user else b""
        body += text(password) if password else b""
        try:
            self._log_in(body)
        except (OSError, TimeoutError):
            self.socket.close()
            raise

    def _log_in(self, body):
        self._send(CONNECT << 4, body)
        kind, _, body = self._read(10)
        if kind != CONNACK or body[1] != 0:
            raise ConnectionError(f"refused: {body!r}")

    def close(self):
        try:
            self._send(DISCONNECT << 4, b"")
        except OSError:
            pass
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def subscribe(self, topic, qos=1):
        self.next_id += 1
        body = struct.pack(">H", self.next_id)
        body += b"\0" if self.version == 5 else b""
        self._send(SUBSCRIBE << 4 | 2, body + text(topic) + bytes([qos]))
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            kind, _, body = self._read(10)
            if kind == SUBACK:
                assert body[-1] < 128, "subscription refused"
                return
            self._handle(kind, _, body)
        raise TimeoutError("no SUBACK")

    def publish(self, topic, payload, kind=None, properties=(), qos=1,
                retain=False, reply_to=None, correlation=None):
        """Returns when there is room in the window, not when it is
        acknowledged: flush() waits for that."""
        while qos and len(self.unacknowledged) >= self.window:
            self._handle(*self._read(30))
        body = text(topic)
        if qos:
            self.next_id = self.next_id % 65535 + 1
            self.unacknowledged.add(self.next_id)
            body += struct.pack(">H", self.next_id)
        if self.version == 5:
            extra = b""
            if kind is not None:
                extra += bytes([CONTENT_TYPE]) + text(kind)
            if reply_to is not None:
                extra += bytes([RESPONSE_TOPIC]) + text(reply_to)
            if correlation is not None:
                extra += bytes([CORRELATION]) + text(correlation)
            for name, value in properties:
                extra += bytes([USER_PROPERTY]) + text(name) + text(value)
            body += varint(len(extra)) + extra
        self._send(PUBLISH << 4 | qos << 1 | bool(retain), body + payload)

    def flush(self):
        while self.unacknowledged:
            self._handle(*self._read(30))

    def poll(self, timeout):
        """The next message, or None."""
        deadline = time.monotonic() + timeout
        while not self.messages:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            packet = self._read(left, False)
            if packet:
                self._handle(*packet)
        return self.messages.popleft()

    def _handle(self, kind, flags, body):
        if kind == PUBACK:
            self.unacknowledged.discard(struct.unpack(">H", body[:2])[0])
            if len(body) > 2 and body[2] >= 128:
                raise ConnectionError(f"PUBACK with reason {body[2]:#x}")
        elif kind == PUBLISH:
            self._receive(flags, body)
        elif kind == DISCONNECT:
            raise ConnectionError(f"broker disconnected: {body!r}")

    def _receive(self, flags, body):
        size = struct.unpack(">H", body[:2])[0]
        topic, at = body[2:2 + size].decode(), 2 + size
        if flags & 6:
            packet_id = body[at:at + 2]
            at += 2
            self._send(PUBACK << 4, packet_id)
        properties = b""
        if self.version == 5:
            size, at = read_varint(body, at)
            properties = body[at:at + size]
            at += size
        self.messages.append(
            Message(topic, body[at:], properties, bool(flags & 1)))

    def _send(self, first, body):
        self.socket.sendall(bytes([first]) + varint(len(body)) + body)

    def _packet(self):
        data = self.buffer
        if len(data) < 2:
            return None
        for i in range(1, min(5, len(data))):
            if not data[i] & 128:
                break
        else:
            return None
        size, at = read_varint(data, 1)
        if len(data) < at + size:
            return None
        self.buffer = data[at + size:]
        return data[0] >> 4, data[0] & 15, data[at:at + size]

    def _read(self, timeout, must=True):
        deadline = time.monotonic() + timeout
        while True:
            packet = self._packet()
            if packet:
                return packet
            left = deadline - time.monotonic()
            ready = select.select([self.socket], [], [], max(left, 0))[0]
            if not ready:
                if must:
                    raise TimeoutError("the MQTT broker does not answer")
                return None
            more = self.socket.recv(1 << 16)
            if not more:
                raise ConnectionError("the MQTT broker closed the connection")
            self.buffer += more


def parse_properties(data, message):
    """Sets what the properties of a PUBLISH say."""
    at = 0

    def take():
        nonlocal at
        size = struct.unpack(">H", data[at:at + 2])[0]
        at += 2 + size
        return data[at - size:at]

    while at < len(data):
        name = data[at]
        at += 1
        if name == USER_PROPERTY:
            message.properties.append((take().decode(), take().decode()))
        elif name == CONTENT_TYPE:
            message.content_type = take().decode()
        elif name == RESPONSE_TOPIC:
            message.reply_to = take().decode()
        elif name == CORRELATION:
            message.correlation = take()
        elif name == EXPIRY:
            message.expiry = struct.unpack(">I", data[at:at + 4])[0]
            at += 4
        elif name == 0x0B:
            _, at = read_varint(data, at)
        elif name in WIDTHS:
            at += WIDTHS[name]
        else:
            take()
