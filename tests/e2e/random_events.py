# SPDX-License-Identifier: Apache-2.0
"""Random valid events from a seed: text from all over Unicode, JSON with
numbers that no float holds, bytes, times with any fraction and offset."""

import base64
import random
import string

from events import Event

LOWER = string.ascii_lowercase + string.digits
MARKS = " \"%'\\<>&;,=:/?#[]{}|~^`+@!$()*-._"
TYPES = [
    "application/json", "application/json; charset=utf-8",
    'application/vnd.example.v1+json;a="b c;\\"d"', "TEXT/Json",
    "text/plain", 'text/plain; charset="utf-8"',
    "text/plain;charset=ISO-8859-1", "application/xml",
    "application/octet-stream", "image/svg+xml",
]
SCALARS = ["null", "true", "false", "1.50", "-0", "1E400", "0.1", "1e-7",
           "12345", "123456789012345678901234567890.10"]
ESCAPES = ["\\n", "\\u00e4", "\\ud83d\\ude00", "\\/", '\\"', "a", " ",
           "\u00e4"]
SPACES = ["", "", " ", "\n", "\t ", "\r\n"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, list_):
        return self.random.choice(list_)

    def below(self, count):
        return self.random.randrange(count)

    def character(self):
        kind = self.below(8)
        if kind < 2:
            return self.pick(MARKS)
        if kind == 2:
            return chr(0xA0 + self.below(0x60))
        if kind > 4:
            return chr(0x20 + self.below(0x5F))
        code = 0x100 + self.below(0xFF00) if kind == 3 \
            else 0x10000 + self.below(0x100000)
        bad = 0xD800 <= code < 0xE000 or 0xFDD0 <= code < 0xFDF0 \
            or code & 0xFFFE == 0xFFFE
        return "\u20ac" if bad else chr(code)

    def text(self, least=0):
        count = least + self.below(2000 if self.chance(1) else 30)
        return "".join(self.character() for _ in range(count))

    def uri(self):
        tail = "".join(self.pick(LOWER + "-._~!$&'()*+,;=:@/")
                       for _ in range(self.below(30)))
        return self.pick(["https://example.com/", "urn:example:", "mailto:",
                          "HTTP://[::1]:8080/"]) + tail + \
            ("%20%C3%bc?x=%41" if self.chance(30) else "")

    def time(self):
        fraction = ""
        if self.chance(60):
            digits = range(1 + self.below(12))
            fraction = "." + "".join(self.pick(string.digits) for _ in digits)
        return (f"{1 + self.below(9998):04}-{1 + self.below(12):02}-"
                f"{1 + self.below(28):02}T{self.below(24):02}:"
                f"{self.below(60):02}:{self.below(60):02}{fraction}"
                + self.pick(["Z", "+02:00", "-11:30", "-00:00", "+23:59"]))

    def extension(self):
        kind = self.below(8)
        if kind == 0:
            return str(self.pick([0, -1, 2147483647, -2147483648, 42]))
        if kind == 1:
            return self.pick(["true", "false", "", " ", "007", "1", "null"])
        if kind == 2:
            return base64.b64encode(self.bytes()[:40]).decode()
        if kind == 3:
            return self.uri()
        return self.time() if kind == 4 else self.text()

    def bytes(self):
        return self.random.randbytes(self.below(20000 if self.chance(1)
                                                else 200))

    def json(self, depth=0):
        kind = self.below(4 if depth < 4 else 2)
        if kind == 0:
            return self.pick(SCALARS)
        if kind == 1:
            return '"' + "".join(self.pick(ESCAPES)
                                 for _ in range(self.below(8))) + '"'
        items = [self.pick(SPACES) + (f'"k{i}":' if kind == 3 else "")
                 + self.json(depth + 1) for i in range(self.below(5))]
        inner = ",".join(items) + self.pick(SPACES)
        return f"[{inner}]" if kind == 2 else "{" + inner + "}"

    def data(self):
        kind = self.below(4)
        if kind == 0:
            return None
        if kind == 1:
            return self.bytes()
        if kind == 2:
            return self.json().encode()
        return "".join("\n\r\t\x01\x7f"[self.below(5)] if self.chance(10)
                       else self.character()
                       for _ in range(self.below(40))).encode()

    def event(self, number):
        attributes = {"id": f"{number}-{self.text()}",
                      "type": self.text(1), "source": "/" + self.uri()}
        if self.chance(50):
            attributes["subject"] = self.text(1)
        if self.chance(50):
            attributes["time"] = self.time()
        if self.chance(20):
            attributes["dataschema"] = self.uri()
        if self.chance(75):
            attributes["datacontenttype"] = self.pick(TYPES)
        for _ in range(self.below(5)):
            name = self.pick("x5") + "".join(self.pick(LOWER)
                                             for _ in range(self.below(20)))
            attributes[name] = self.extension()
        return Event(attributes, self.data())

    def events(self, count):
        return [self.event(i) for i in range(count)]
