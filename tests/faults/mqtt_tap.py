# SPDX-License-Identifier: Apache-2.0
"""Proxies before an MQTT broker that know what passes. A broker that is killed
keeps neither what it has confirmed nor what it was told of its subscribers."""

import re
import threading

from proxy import Proxy

PUBLISH, PUBACK = 3, 4
REFUSED = 0x80


def packets(on_packet):
    """Takes bytes as they come, and calls ON_PACKET(kind, flags, body)."""
    buffer = bytearray()

    def take(data):
        buffer.extend(data)
        while True:
            head = re.match(rb"(?s).[\x80-\xff]{0,3}[\x00-\x7f]", buffer)
            if not head:
                return
            length = sum((byte & 0x7f) << 7 * i
                         for i, byte in enumerate(head[0][1:]))
            if len(buffer) < head.end() + length:
                return
            body = bytes(buffer[head.end():head.end() + length])
            kind, flags = buffer[0] >> 4, buffer[0] & 15
            del buffer[:head.end() + length]
            on_packet(kind, flags, body)

    return take


class Given(Proxy):
    """GIVEN is how many messages the broker has sent to subscribers."""

    def __init__(self, target, port=0):
        self.given, self.counting = 0, threading.Lock()
        super().__init__(target, port)

    def answered(self, _):
        def on_packet(kind, *_):
            if kind == PUBLISH:
                with self.counting:
                    self.given += 1

        return packets(on_packet)


class Tap(Proxy):
    """Of numbered events that pass to the broker. PUBLISHED is how many times an event was, CONFIRMED which events are."""

    def __init__(self, target, port=0):
        self.published, self.confirmed = 0, set()
        self.pending, self.counting = {}, threading.Lock()
        super().__init__(target, port)

    def asked(self, connection):
        pending = self.pending[connection] = {}

        def on_packet(kind, _, body):
            if kind != PUBLISH:
                return
            behind = 2 + int.from_bytes(body[:2], "big")
            number = int(re.search(rb'"seq":(\d+)', body)[1])
            pending[body[behind:behind + 2]] = number
            with self.counting:
                self.published += 1

        return packets(on_packet)

    def answered(self, connection):
        pending = self.pending[connection]

        def on_packet(kind, _, body):
            if kind == PUBACK and (len(body) < 3 or body[2] < REFUSED):
                with self.counting:
                    self.confirmed.add(pending.pop(body[:2]))

        return packets(on_packet)
