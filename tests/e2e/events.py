# SPDX-License-Identifier: Apache-2.0
"""CloudEvents as the tests see them, with codecs of their own.

Nothing here is shared with the library under test: an event goes out through
these encoders, comes back through these decoders, and must be equal."""

import base64
import json
import re
from urllib.parse import unquote_to_bytes

JSON_TYPE = re.compile(r"^[^;]*[/+]json\s*(;|$)", re.I)
STRUCTURED = "application/cloudevents+json"


class Number(str):
    """A JSON number that is compared by its text: 1.50 is not 1.5."""


def parse_json(text):
    return json.loads(text, parse_float=Number, parse_int=Number)


def text_of(value):
    """The canonical text of an attribute value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Event:
    """Attributes (text, or int and bool for typed JSON) and data as bytes.
    STRUCTURED says how it shall be sent where there is a choice."""

    structured = False

    def __init__(self, attributes, data=None):
        self.attributes = {"specversion": "1.0", **attributes}
        self.data = data

    @property
    def id(self):
        return self.attributes["id"]

    def is_json(self):
        kind = self.attributes.get("datacontenttype")
        return kind is None or bool(JSON_TYPE.match(kind))

    def canonical(self, tells_empty=True):
        """What must be equal on both sides. Without TELLS_EMPTY no data and
        empty data are the same."""
        data = self.data
        if not tells_empty and data == b"":
            data = None
        if data and self.is_json():
            try:
                data = ("json", repr(parse_json(data.decode())))
            except ValueError:
                pass  # whatever the type says, these bytes must be equal
        attributes = {k: text_of(v) for k, v in self.attributes.items()}
        return attributes, data

    # Encoders -------------------------------------------------------------

    def to_json(self):
        parts = [
            f"{json.dumps(k)}:{json.dumps(v, ensure_ascii=False)}"
            for k, v in self.attributes.items()
        ]
        if self.data is not None:
            parts.append(self._json_data())
        return ("{" + ",".join(parts) + "}").encode()

    def _json_data(self):
        if self.data and self.is_json():
            return '"data":' + self.data.decode()
        try:
            text = json.dumps(self.data.decode(), ensure_ascii=False)
            return '"data":' + text
        except UnicodeDecodeError:
            return f'"data_base64":"{base64.b64encode(self.data).decode()}"'

    def to_http(self, structured=False):
        """A list of headers and the body."""
        if structured:
            return [("Content-Type", STRUCTURED)], self.to_json()
        headers = [
            ("ce-" + k, percent_encode(text_of(v)))
            for k, v in self.attributes.items()
            if k != "datacontenttype"
        ]
        if "datacontenttype" in self.attributes:
            headers.append(("Content-Type", self.attributes["datacontenttype"]))
        return headers, self.data or b""

    def to_kafka(self, structured=False):
        """A list of headers and the value (None: a null value)."""
        if structured:
            return [("content-type", STRUCTURED.encode())], self.to_json()
        headers = [
            ("ce_" + k, text_of(v).encode())
            for k, v in self.attributes.items()
            if k != "datacontenttype"
        ]
        if "datacontenttype" in self.attributes:
            kind = self.attributes["datacontenttype"].encode()
            headers.append(("content-type", kind))
        return headers, self.data

    def to_mqtt(self, structured=False):
        """The content type (or None), user properties, and the payload."""
        if structured:
            return STRUCTURED, [], self.to_json()
        properties = [
            (k, text_of(v))
            for k, v in self.attributes.items()
            if k != "datacontenttype"
        ]
        kind = self.attributes.get("datacontenttype")
        return kind, properties, self.data or b""

    # Decoders -------------------------------------------------------------

    @staticmethod
    def from_json(text):
        members = parse_json(text)
        data = None
        attributes = {}
        for name, value in members.items():
            if name == "data_base64":
                data = base64.b64decode(value)
            elif name != "data":
                attributes[name] = value
        event = Event(attributes, data)
        event.attributes = attributes
        if "data" in members:
            event.data = _data_bytes(event, members["data"])
        return event

    @staticmethod
    def from_http(headers, body):
        """HEADERS is a list of pairs."""
        fields = {k.lower(): v for k, v in headers}
        kind = fields.get("content-type")
        if kind and kind.startswith("application/cloudevents"):
            return Event.from_json(body.decode())
        attributes = {
            k[3:]: percent_decode(v)
            for k, v in fields.items()
            if k.startswith("ce-")
        }
        return _binary(attributes, kind, body)

    @staticmethod
    def from_kafka(headers, value):
        fields = dict(headers)
        kind = fields.pop("content-type", b"").decode() or None
        if kind and kind.startswith("application/cloudevents"):
            return Event.from_json(value.decode())
        attributes = {
            k[3:]: v.decode() for k, v in fields.items() if k.startswith("ce_")
        }
        return _binary(attributes, kind, value)

    @staticmethod
    def from_mqtt(kind, properties, payload):
        if "specversion" not in dict(properties):
            return Event.from_json(payload.decode())
        return _binary(dict(properties), kind, payload)


def _binary(attributes, kind, data):
    if kind is not None:
        attributes["datacontenttype"] = kind
    event = Event({}, data)
    event.attributes = attributes
    return event


def _data_bytes(event, value):
    if event.is_json():
        return _dump(value).encode() if value != "" else b""
    return value.encode() if isinstance(value, str) else _dump(value).encode()


def _dump(value):
    """JSON text with the numbers as they were written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        members = (f"{json.dumps(k)}:{_dump(v)}" for k, v in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_dump(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def percent_encode(text):
    """The HTTP binding's rule: everything but printable ASCII, and of that
    space, quote and percent."""
    return "".join(
        chr(b) if 0x21 <= b <= 0x7E and b not in b'"%' else f"%{b:02X}"
        for b in text.encode()
    )


def percent_decode(text):
    return unquote_to_bytes(text).decode()


def tells_empty(transport, structured):
    """Whether no data and empty data differ there."""
    return structured or transport == "kafka"


# Generators ---------------------------------------------------------------

# Each makes the part of an event that is difficult: (extra attributes, data).
DIFFICULT = [
    ({"datacontenttype": "application/json"}, b'{"price":1.50,"e":1E+2}'),
    (
        {"datacontenttype": "application/json"},
        b'{"n":1234567890123456789012345678901234567890.10}',
    ),
    ({"subject": "Gr\u00fc\u00dfe \u20ac \U0001f600"}, None),
    (
        {"subject": '100% "sure" %41', "datacontenttype": "text/plain"},
        b"50% of \xe2\x82\xac 10",
    ),
    (
        {"datacontenttype": "application/octet-stream"},
        bytes(range(256)),
    ),
    ({"datacontenttype": "text/plain"}, b""),
    (
        {"time": "2024-05-01T12:34:56.1234567890+02:00", "note": "007"},
        None,
    ),
    (
        {"datacontenttype": "application/vnd.example+json; charset=utf-8"},
        '["\u00e4", "line\\nbreak", {"": null}, true]'.encode(),
    ),
    (
        {
            "dataschema": "https://example.com/schema?x=1&y=%20",
            "datacontenttype": "application/xml",
        },
        "<a b='1'>\n  \u00fc &amp; </a>".encode(),
    ),
    (
        {"sequence": 2147483647, "flag": True, "partitionkey": "k\u00e4se"},
        None,
    ),
    ({"datacontenttype": "application/json"}, b'"a text"'),
    (
        {
            "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736"
            "-00f067aa0ba902b7-01",
            "averyveryverylongextensionname": "kept",
            "datacontenttype": "application/json",
        },
        b"[" + b"1," * 2000 + b"0.10]",
    ),
]


def generate(count, prefix="e"):
    """COUNT events with distinct ids that walk through everything difficult,
    structured and binary by turns."""
    made = []
    for i in range(count):
        extra, data = DIFFICULT[i % len(DIFFICULT)]
        one = Event({"id": f"{prefix}-{i}", "type": "com.example.test",
                     "source": f"/tests/{i % 7}", **extra}, data)
        one.structured = i // len(DIFFICULT) % 2 == 0
        made.append(one)
    return made
