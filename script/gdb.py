# SPDX-License-Identifier: Apache-2.0
"""Shows the library's types in GDB as a reader thinks of them.

    gdb -x script/gdb.py PROGRAM        or, in a session:  source script/gdb.py

Then `print` shows slices and buffers as text, an event with its attributes and
data, a message with its mode, format and body, a delivery with its number, the
stage that has it and its event, a result as a sentence, and a route with its
endpoints and what is in flight. `print/r` shows the bare struct. The program
need not run: a core dump will do."""

import gdb
import gdb.printing

SHOWN = 200  # bytes of a text; the rest is counted


def text_of(slice_value):
    """The bytes of a ce_slice or ce_buf, or None where it is absent."""
    pointer, length = slice_value["ptr"], int(slice_value["len"])
    if int(pointer) == 0:
        return None
    if length == 0:
        return b""
    inferior = gdb.selected_inferior()
    return bytes(inferior.read_memory(int(pointer), min(length, SHOWN)))


def quoted(slice_value):
    text = text_of(slice_value)
    if text is None:
        return "absent"
    more = int(slice_value["len"]) - len(text)
    shown = text.decode("utf-8", "backslashreplace")
    shown = shown.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f'"{shown}"' + (f" and {more} bytes" if more else "")


def string_of(pointer):
    return pointer.string() if int(pointer) else "none"


def name_of(value, prefix):
    """An enum's constant without its prefix, in lower case."""
    return str(value).replace(prefix, "").lower()


def attrs_of(attrs):
    for i in range(int(attrs["len"])):
        a = attrs["at"][i]
        name = text_of(a["name"]) or b"?"
        yield name.decode("ascii", "backslashreplace"), quoted(a["text"])


def list_of(attrs):
    return ", ".join(f"{name}={text}" for name, text in attrs_of(attrs))


class Slice:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return quoted(self.value)


class Event(Slice):
    def to_string(self):
        v = self.value
        kind = name_of(v["data_kind"], "CE_DATA_")
        data = "" if kind == "none" else f", {kind} data {quoted(v['data'])}"
        return "event " + list_of(v["attrs"]) + data


class Message(Slice):
    def to_string(self):
        v = self.value
        parts = [name_of(v["mode"], "CE_MODE_") + " message"]
        if int(v["format"]):
            parts.append("format " + string_of(v["format"]["name"]))
        for field in ("content_type", "key", "body"):
            if int(v[field]["ptr"]):
                parts.append(f"{field} {quoted(v[field])}")
        if int(v["attrs"]["len"]):
            parts.append(list_of(v["attrs"]))
        return ", ".join(parts)


class Delivery(Slice):
    def to_string(self):
        v = self.value
        parts = [f"delivery {int(v['number'])} in {string_of(v['stage'])}",
                 f"{int(v['depth'])} hooks"]
        if int(v["origin"]["topic"]["ptr"]):
            parts.append("from " + quoted(v["origin"]["topic"]))
        if int(v["defect"]["reason"]):
            parts.append("defect: " + string_of(v["defect"]["reason"]))
        parts += [flag for flag in ("interactive", "abandoned") if v[flag]]
        # The hooks, newest first: the way that the result will take.
        for i in reversed(range(int(v["depth"]))):
            parts.append(f"hook {v['hooks'][i]['settled']}")
        event = v["event"]
        shown = event.dereference() if int(event) else v["message"]
        return ", ".join(parts) + "\n  " + (
            Event if int(event) else Message)(shown).to_string()


class Result(Slice):
    def to_string(self):
        v = self.value
        verdict = name_of(v["verdict"], "CE_").upper()
        parts = [verdict]
        if verdict == "ACK":
            parts.append(name_of(v["fate"], "CE_"))
        parts += [flag for flag in ("malformed", "exhausted") if v[flag]]
        for field, unit in (("code", ""), ("attempts", ""),
                            ("retry_after_ms", " ms")):
            if int(v[field]):
                parts.append(f"{field} {int(v[field])}{unit}")
        reason = v["reason"].string()
        return ", ".join(parts) + (f': "{reason}"' if reason else "")


class Route(Slice):
    def to_string(self):
        v = self.value
        count = int(v["plan"]["sinks"]) if int(v["plan"]) else 0
        parts = [f'route "{v["name"].string()}", {count} sinks']
        for name, at in (("receiver", v["receiver"]),
                         ("inbox", v["lines"]["inbox"])):
            if int(at):
                parts.append(f"{name} at {at}")
        if int(v["sinks"]):
            for i in range(count):
                parts.append(f'sink "{v["sinks"][i]["name"].string()}"')
        return ", ".join(parts)


def printers():
    found = gdb.printing.RegexpCollectionPrettyPrinter("cloudevents")
    for name, printer in (("ce_slice", Slice), ("ce_buf", Slice),
                          ("ce_event", Event), ("ce_message", Message),
                          ("ce_delivery", Delivery), ("ce_result", Result),
                          ("br_route", Route)):
        found.add_printer(name, f"^{name}$", printer)
    return found


gdb.printing.register_pretty_printer(None, printers(), replace=True)
