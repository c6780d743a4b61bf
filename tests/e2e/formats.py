# SPDX-License-Identifier: Apache-2.0
"""Protobuf, Avro and XML for the tests: enough of each to write an event with
text attributes and data that is text, and to read it."""

import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

from events import Event
from mqtt import read_varint, varint

CE = "http://cloudevents.io/xmlformat/V1"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
FIELDS = {1: "id", 2: "source", 3: "specversion", 4: "type"}
CORE = {"datacontenttype", "dataschema", "subject", "time"}


# --- Protobuf ---

def _field(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def _fields(data):
    """[(number, value)]; a number as such, anything else as bytes."""
    found, at = [], 0
    while at < len(data):
        tag, at = read_varint(data, at)
        value, at = read_varint(data, at)
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        found.append((tag >> 3, value))
    return found


def to_protobuf(event):
    numbers = {name: number for number, name in FIELDS.items()}
    out = b""
    for name, text in event.attributes.items():
        if name in numbers:
            out += _field(numbers[name], text.encode())
        else:
            out += _field(5, _field(1, name.encode()) +
                          _field(2, _field(3, text.encode())))
    return out + (b"" if event.data is None else _field(7, event.data))


def from_protobuf(body):
    attributes, data = {}, None
    for number, value in _fields(body):
        if number in FIELDS:
            attributes[FIELDS[number]] = value.decode()
        elif number == 5:
            entry = dict(_fields(value))
            (_, text), = _fields(entry[2])
            attributes[entry[1].decode()] = text.decode()
        else:
            data = value
    return Event(attributes, data)


# --- Avro ---

def _long(n):
    """Positive numbers: twice that."""
    return varint(n * 2)


def _bytes(value):
    return _long(len(value)) + value


def to_avro(event):
    out = _long(len(event.attributes))
    for name, text in event.attributes.items():
        out += _bytes(name.encode()) + _long(3) + _bytes(text.encode())
    out += _long(0)
    return out + (_long(1) if event.data is None
                  else _long(0) + _bytes(event.data))


class _Avro:
    def __init__(self, data):
        self.data, self.at = data, 0

    def long(self):
        n, self.at = read_varint(self.data, self.at)
        return n >> 1

    def bytes(self):
        length = self.long()
        self.at += length
        return self.data[self.at - length:self.at]


def from_avro(body):
    reader, attributes = _Avro(body), {}
    count = reader.long()
    while count:
        for _ in range(count):
            name = reader.bytes().decode()
            assert reader.long() == 3, f"{name} is no string"
            attributes[name] = reader.bytes().decode()
        count = reader.long()
    data = None if reader.long() else reader.bytes()
    assert reader.at == len(body)
    return Event(attributes, data)


# --- XML ---

def to_xml(event):
    parts = []
    for name, text in event.attributes.items():
        kind = "" if name in CORE or name in FIELDS.values() \
            else ' xsi:type="ce:string"'
        if name != "specversion":
            parts.append(f"<{name}{kind}>{escape(text)}</{name}>")
    if event.data is not None:
        parts.append('<data xsi:type="xs:string">'
                     f"{escape(event.data.decode())}</data>")
    return (f'<event xmlns="{CE}" xmlns:xsi="{XSI}" specversion="1.0">'
            f"{''.join(parts)}</event>").encode()


def from_xml(body):
    root = ET.fromstring(body)
    assert root.tag == f"{{{CE}}}event", root.tag
    attributes, data = {"specversion": root.get("specversion")}, None
    for child in root:
        name = child.tag.removeprefix(f"{{{CE}}}")
        if name == "data":
            assert child.get(f"{{{XSI}}}type") == "xs:string"
            data = (child.text or "").encode()
        else:
            attributes[name] = child.text or ""
    return Event(attributes, data)


CODECS = {
    "protobuf": (to_protobuf, from_protobuf),
    "avro": (to_avro, from_avro),
    "xml": (to_xml, from_xml),
}


# --- batches ---

def batch_of(name, bodies):
    if name == "protobuf":
        return b"".join(_field(1, body) for body in bodies)
    return f'<batch xmlns="{CE}">'.encode() + b"".join(bodies) + b"</batch>"
