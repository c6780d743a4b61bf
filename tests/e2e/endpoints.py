# SPDX-License-Identifier: Apache-2.0
"""The five kinds of endpoint, as sources to feed and as sinks to read, for
tests that run over every pair of them."""

import os
import time

import kafka
import mqtt
import web
from events import Event, tells_empty
from harness import KAFKA, MQTT, free_port, unique

KINDS = ("http", "kafka", "mqtt5", "mqtt311", "file")
ONLY_STRUCTURED = ("mqtt311", "file")
VERSION = {"mqtt5": 5, "mqtt311": 4}


def structured(kind, event):
    """How EVENT is sent by a source of this kind."""
    return kind in ONLY_STRUCTURED or event.structured


class Source:
    """URI says what the bridge shall read; feed() makes events appear there.
    Sources that need the events beforehand get them from prepare()."""

    def __init__(self, kind, directory, kafka_address=None,
                 mqtt_address=None, follow=False):
        self.kind = kind
        self.name = unique(f"from-{kind}")
        self.kafka = kafka_address or KAFKA
        self.mqtt = mqtt_address or MQTT
        if kind == "http":
            self.port = free_port()
            self.uri = f"http://127.0.0.1:{self.port}/events"
        elif kind == "kafka":
            self.uri = f"kafka://{self.kafka}/{self.name}?group={self.name}"
        elif kind == "file":
            self.path = os.path.join(directory, self.name + ".ndjson")
            self.uri = f"file:{self.path}" + ("?follow=true" if follow else "")
        else:
            version = "5" if kind == "mqtt5" else "3.1.1"
            self.uri = f"mqtt://{self.mqtt}/{self.name}?version={version}"

    def prepare(self, events):
        if self.kind == "file":
            with open(self.path, "ab") as file:
                for one in events:
                    file.write(one.to_json() + b"\n")
        elif self.kind == "kafka":
            with kafka.Producer(self.kafka) as producer:
                for one in events:
                    headers, value = one.to_kafka(one.structured)
                    producer.produce(self.name, value, headers)
                producer.flush()

    def send(self, events, timeout=120):
        """Makes events appear at a source that is being read already."""
        self.prepare(events)
        self.feed(events, timeout)

    def feed(self, events, timeout=120):
        if self.kind == "http":
            load = web.post_all(self.port, events, timeout=timeout)
            if load.refused:
                raise AssertionError(f"refused: {load.refused[:3]}")
        elif self.kind in VERSION:
            with mqtt.Client(self.mqtt, VERSION[self.kind]) as client:
                for one in events:
                    form = one.to_mqtt(structured(self.kind, one))
                    client.publish(self.name, form[2], form[0], form[1])
                client.flush()


class Sink:
    """URI says where the bridge shall write; read() gives what arrived."""

    def __init__(self, kind, directory, kafka_address=None,
                 mqtt_address=None):
        self.kind = kind
        self.name = unique(f"to-{kind}")
        self.got = []
        if kind == "http":
            self.server = web.Sink()
            self.uri = self.server.uri
            self.close = self.server.stop
        elif kind == "kafka":
            address = kafka_address or KAFKA
            self.client = kafka.Consumer(address, self.name)
            self.uri = f"kafka://{address}/{self.name}"
            self.close = self.client.close
        elif kind == "file":
            self.path = os.path.join(directory, self.name + ".ndjson")
            self.uri = f"file:{self.path}"
            self.close = lambda: None
        else:
            address = mqtt_address or MQTT
            version = "5" if kind == "mqtt5" else "3.1.1"
            self.client = mqtt.Client(address, VERSION[kind])
            self.client.subscribe(self.name)
            self.uri = f"mqtt://{address}/{self.name}?version={version}"
            self.close = self.client.close

    def read(self, ids, timeout=120):
        """What arrived, once all IDS are there."""
        missing = set(ids) - {e.id for e in self.got}
        deadline = time.monotonic() + timeout
        while missing:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(missing)} of {len(ids)} events did "
                                   f"not arrive: {sorted(missing)[:5]}")
            missing.difference_update(e.id for e in self._more(0.2))
        return self.rest()

    def rest(self):
        """What arrived until now."""
        while self._more(0.2):
            pass
        return self.got

    def _more(self, timeout):
        fresh = getattr(self, "_" + self.kind)(timeout)
        self.got.extend(fresh)
        return fresh

    def _http(self, timeout):
        with self.server.changed:
            known = len(self.got)
            self.server.changed.wait_for(
                lambda: len(self.server.requests) > known, timeout)
            return [r.event() for r in self.server.requests[known:]]

    def _kafka(self, timeout):
        record = self.client.poll(timeout)
        return [Event.from_kafka(record.headers, record.value)] if record \
            else []

    def _mqtt5(self, timeout):
        message = self.client.poll(timeout)
        return [Event.from_mqtt(message.content_type, message.properties,
                                message.payload)] if message else []

    _mqtt311 = _mqtt5

    def _file(self, timeout):
        deadline = time.monotonic() + timeout
        while True:
            with open(self.path, "rb") if os.path.exists(self.path) \
                    else open(os.devnull, "rb") as file:
                file.seek(getattr(self, "offset", 0))
                data = file.read()
            end = data.rfind(b"\n") + 1
            if end or time.monotonic() > deadline:
                self.offset = getattr(self, "offset", 0) + end
                return [Event.from_json(line.decode())
                        for line in data[:end].split(b"\n")[:-1]]
            time.sleep(0.01)


def differences(events, got, source, sink, once=True):
    """Sentences about what arrived otherwise than it was sent. Without ONCE
    duplicates are no difference: at least once is the promise."""
    wrong = []
    found = {}
    for one in got:
        if found.setdefault(one.id, one) is not one and once:
            wrong.append(f"{one.id} arrived twice")
    for one in events:
        out = structured(source, one)
        tells = tells_empty(source, out) and tells_empty(
            sink, out or sink in ONLY_STRUCTURED)
        if one.id not in found:
            wrong.append(f"{one.id} did not arrive")
            continue
        want = one.canonical(tells)
        have = found[one.id].canonical(tells)
        if want != have:
            how = "structured" if out else "binary"
            wrong.append(f"{one.id} ({how}): sent {want}, arrived {have}")
    return wrong
