# SPDX-License-Identifier: Apache-2.0
"""What the SDKs do otherwise than the specification says, exactly.

A rule says for which cases an event differs, and how; the tests expect just
that, so that a healed SDK fails them too. docs/interoperability.md lists each
rule by its name, with what to do about it."""

import json
import re
from collections import namedtuple
from datetime import datetime, timezone

from events import Event, percent_encode

Case = namedtuple("Case", "sdk direction transport mode")


class Rule(namedtuple("Rule", "name sdk where change")):
    def applies(self, case):
        return case.sdk == self.sdk and all(
            getattr(case, field) in (wanted if isinstance(wanted, tuple)
                                     else (wanted,))
            for field, wanted in self.where.items())



RULES = []

# An attribute that must be there, with a value that nobody can foretell.
ANY = "(any value)"


class Outcome(str):
    """Instead of an event: what becomes of it."""


REFUSED = Outcome("our HTTP source answers 400")
UNSENT = Outcome("the SDK or its client does not send it")
UNREAD = Outcome("the SDK cannot read it")


def rule(name, sdk, **where):
    """WHERE: direction, transport, mode; each a value, a tuple, or any."""

    def add(change):
        RULES.append(Rule(name, sdk, where, change))
        return change

    return add


def copy(event, data=..., **attributes):
    """The event with other attributes, without those that are None; itself
    when nothing is other."""
    made = Event({}, event.data if data is ... else data)
    changed = {**event.attributes, **attributes}
    made.attributes = {k: v for k, v in changed.items() if v is not None}
    same = (made.data, made.attributes) == (event.data, event.attributes)
    return event if same else made


def instant(text):
    """Whole seconds as a datetime, the fraction as digits, the offset."""
    hit = re.match(r"(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$", text)
    zone = hit.group(3).replace("Z", "+00:00")
    return datetime.fromisoformat(hit.group(1) + zone), hit.group(2) or ""


def utc(text, digits=None):
    """The same time in UTC; with DIGITS, the fraction has so many."""
    when, fraction = instant(text)
    if digits is not None:
        fraction = fraction[:digits].ljust(digits, "0")
    plain = when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return plain + ("." + fraction if fraction else "") + "Z"


def microseconds(text):
    """What Python's datetime keeps."""
    _, fraction = instant(text)
    kept = "." + fraction[:6].ljust(6, "0") if fraction else ""
    return re.sub(r"(\.\d+)?(Z|[+-]\d\d:\d\d)$", kept + r"\2", text)


def timed(event, change):
    text = event.attributes.get("time")
    return copy(event, time=change(text)) if text else event


# --- ours: what the bindings and formats say about events on the way ---


def on_the_way(case, event):
    if case.mode == "protobuf":
        # It has instants, not texts.
        event = timed(event, utc)
    implied = event.data is not None \
        and "datacontenttype" not in event.attributes
    if implied and case.direction == "receive" \
            and case.mode in ("binary", "protobuf"):
        # Structured JSON without a content type implies this one.
        return copy(event, datacontenttype="application/json")
    return event


# --- several ---


def raw_headers(name, sdk):
    """HTTP header values neither percent-encoded nor decoded."""

    @rule(name, sdk, direction="send", transport="http", mode="binary")
    def send(event):
        # Read as the binding says, raw text is something else.
        return {
            "quotes": copy(event, subject="say hi"),
            "percent-digits": copy(event, subject="aAb"),
            "schema": REFUSED,
        }.get(event.id, event)

    @rule(name, sdk, direction="receive", transport="http", mode="binary")
    def receive(event):
        return copy(event, **{
            k: percent_encode(v) for k, v in event.attributes.items()
            if isinstance(v, str) and k != "datacontenttype"})


raw_headers("go-http-encoding", "go")
raw_headers("java-http-encoding", "java")
raw_headers("javascript-http-encoding", "javascript")


# --- Go ---


@rule("go-time", "go")
def go_time(event):
    return timed(event, utc)


@rule("go-empty-data", "go", transport="kafka", mode="binary")
def go_empty_data(event):
    return copy(event, data=event.data or None)


@rule("go-protobuf-no-data", "go", direction="send", mode="protobuf")
def go_protobuf_no_data(event):
    return copy(event, data=event.data or b"")


@rule("go-protobuf-text", "go", direction="receive", mode="protobuf")
def go_protobuf_text(event):
    if event.id == "xml":
        return copy(event, data=b"<string>&lt;a b=&#39;1&#39;&gt;\xc3\xbc"
                                b"&lt;/a&gt;</string>")
    if event.data is None or not event.is_json():
        return event
    return copy(event, data=json.dumps(event.data.decode()).encode())


@rule("go-vendor-json", "go", direction="receive", mode="structured")
def go_vendor_json(event):
    return UNREAD if event.id == "json-vendor" else event


@rule("go-kafka-attributes", "go", direction="receive", transport="kafka",
      mode="binary")
def go_kafka_attributes(event):
    return copy(event, kafkaoffset=ANY, kafkapartition=ANY, kafkatopic=ANY)


# --- Java ---


@rule("java-empty-data", "java", direction="receive", transport="kafka",
      mode="binary")
def java_empty_data(event):
    return copy(event, data=event.data or None)


@rule("java-http-encoding", "java", direction="send", transport="http",
      mode="binary")
def java_http_client(event):
    # Java's own HTTP client cannot write other characters.
    return {"latin": copy(event, subject="Gr??e"), "euro": UNSENT,
            "emoji": UNSENT}.get(event.id, event)


@rule("java-vendor-json", "java", direction="receive", mode="structured")
def java_vendor_json(event):
    return UNREAD if event.id == "json-vendor" else event


@rule("java-numbers", "java", direction="receive", mode="structured")
def java_numbers(event):
    if event.id == "json-fraction":
        return copy(event, data=b'{"price":1.5}')
    return event


@rule("java-implied-json", "java", direction="receive", mode="structured")
def java_implied_json(event):
    if event.id == "json-implied":
        return copy(event, datacontenttype="application/json")
    return event


# --- Python ---


@rule("python-time-added", "python")
def python_time_added(event):
    return event if "time" in event.attributes else copy(event, time=ANY)


@rule("python-time-microseconds", "python")
def python_time_microseconds(event):
    kept = event.attributes.get("time") in (None, ANY)
    return event if kept else timed(event, microseconds)


@rule("python-numbers", "python")
def python_numbers(event):
    if event.id == "json-fraction":
        return copy(event, data=b'{"price":1.5}')
    return event


@rule("python-json-values", "python", direction="send", mode="binary")
def python_json_values(event):
    # Only objects are written as JSON.
    return {"json-text": copy(event, data=b"a text"),
            "json-array": copy(event, data=b"[1, 'two']")}.get(event.id, event)


@rule("python-booleans", "python", direction="send", mode="binary")
def python_booleans(event):
    return copy(event, flag="True") if event.id == "typed" else event


@rule("python-empty-data", "python", direction="send", transport="kafka",
      mode="binary")
def python_writes_empty_data(event):
    return copy(event, data=event.data or b"")


@rule("python-empty-data", "python", direction="receive", transport="kafka",
      mode="binary")
def python_reads_no_data(event):
    return copy(event, data=event.data or None)


# --- JavaScript ---


@rule("javascript-http-encoding", "javascript", direction="send",
      transport="http", mode="binary")
def javascript_http_client(event):
    # Node.js writes Latin-1, and refuses other characters.
    return {"latin": REFUSED, "euro": UNSENT,
            "emoji": UNSENT}.get(event.id, event)


@rule("javascript-time-missing", "javascript", direction="receive",
      transport="kafka", mode="structured")
def javascript_time_missing(event):
    return event if "time" in event.attributes else UNREAD


@rule("javascript-time-added", "javascript")
def javascript_time_added(event):
    return event if "time" in event.attributes else copy(event, time=ANY)


def javascript_time(event):
    kept = event.attributes.get("time") in (None, ANY)
    return event if kept else timed(event, lambda text: utc(text, 3))


rule("javascript-time-milliseconds", "javascript",
     transport="http")(javascript_time)
rule("javascript-time-milliseconds", "javascript", transport="kafka",
     mode="structured")(javascript_time)
rule("javascript-time-milliseconds", "javascript", direction="receive",
     transport="kafka", mode="binary")(javascript_time)
rule("javascript-time-milliseconds", "javascript", direction="send",
     transport="mqtt", mode="structured")(javascript_time)


@rule("javascript-numbers", "javascript", transport=("http", "kafka"))
@rule("javascript-numbers", "javascript", transport="mqtt", direction="send")
@rule("javascript-numbers", "javascript", transport="mqtt", mode="structured",
      direction="receive")
def javascript_numbers(event):
    return {"json-fraction": copy(event, data=b'{"price":1.5}'),
            "json-big-number": copy(event, data=b'{"n":1.2345678901234568e+21}')
            }.get(event.id, event)


@rule("javascript-json-text", "javascript", direction="send", mode="binary")
def javascript_json_text(event):
    return copy(event, data=b"a text") if event.id == "json-text" else event


@rule("javascript-content-type-added", "javascript", direction="send",
      transport="http", mode="binary")
def javascript_content_type_added(event):
    if "datacontenttype" in event.attributes:
        return event
    return copy(event, datacontenttype="application/json; charset=utf-8")


@rule("javascript-kafka-no-data", "javascript", direction="receive",
      transport="kafka", mode="binary")
def javascript_kafka_no_data(event):
    return event if event.data else UNREAD


@rule("javascript-empty-data", "javascript", direction="receive",
      transport="http", mode="structured")
def javascript_empty_data(event):
    return copy(event, data=event.data or None)


@rule("javascript-vendor-json", "javascript", direction="receive",
      transport=("http", "kafka"), mode="binary")
def javascript_vendor_json(event):
    # It hands JSON of such types over as text.
    if event.id == "json-vendor":
        return copy(event, data=json.dumps(event.data.decode()).encode())
    return event


@rule("javascript-mqtt-content-type", "javascript", direction="receive",
      transport="mqtt", mode="binary")
def javascript_mqtt_content_type(event):
    # Not knowing the type it does not parse, and numbers stay as they are.
    return copy(event, datacontenttype=None)


def expected(case, event):
    """The event that must arrive, or an Outcome."""
    event = on_the_way(case, event)
    for one in RULES:
        if not isinstance(event, Outcome) and one.applies(case):
            event = one.change(event)
    return event
