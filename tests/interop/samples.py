# SPDX-License-Identifier: Apache-2.0
"""The events that go to and come from each SDK. The id names the difficulty."""

from events import Event

JSON = "application/json"


def _sample(name, data=None, **attributes):
    return Event({"id": name, "type": "com.example.sample",
                  "source": "/interop", **attributes}, data)


SAMPLES = [
    _sample("minimal"),
    # Data.
    _sample("json", '{"name": "Gr\u00fc\u00dfe", "list": [1, true, null]}'
            .encode(), datacontenttype=JSON),
    _sample("json-fraction", b'{"price": 1.50}', datacontenttype=JSON),
    _sample("json-big-number", b'{"n": 1234567890123456789012}',
            datacontenttype=JSON),
    _sample("json-text", b'"a text"', datacontenttype=JSON),
    _sample("json-array", b'[1, "two"]', datacontenttype=JSON),
    _sample("json-vendor", b'{"a": 1}',
            datacontenttype='application/vnd.example+json; v="1"'),
    _sample("json-charset", b'{"a": 1}',
            datacontenttype="application/json; charset=utf-8"),
    _sample("json-implied", b'{"a": 1}'),
    _sample("text", b"50% of \xe2\x82\xac 10\n", datacontenttype="text/plain"),
    _sample("xml", "<a b='1'>\u00fc</a>".encode(),
            datacontenttype="application/xml"),
    _sample("bytes", bytes(range(256)),
            datacontenttype="application/octet-stream"),
    _sample("no-data", datacontenttype="text/plain"),
    _sample("empty-data", b"", datacontenttype="text/plain"),
    # Text that HTTP headers must encode.
    _sample("space", subject="two  words"),
    _sample("quotes", subject='say "hi"'),
    _sample("percent", subject="100% sure"),
    _sample("percent-digits", subject="a%41b"),
    _sample("latin", subject="Gr\u00fc\u00dfe"),
    _sample("euro", subject="10\u20ac"),
    _sample("emoji", subject="\U0001f600"),
    _sample("punctuation", subject="a/b?c=d&e;f,(g)[h]{i}|~^'\\+"),
    # Extensions.
    _sample("numeric-text", number="007", one="1", flag="true"),
    _sample("typed", count=42, negative=-2147483648, flag=True),
    _sample("partition-key", partitionkey="key-1"),
    _sample("long", note="0123456789abcdef" * 250),
    # Other attributes.
    _sample("time", time="2024-05-01T12:34:56.789Z"),
    _sample("time-seconds", time="2024-05-01T12:34:56Z"),
    _sample("time-offset", time="2024-05-01T12:34:56.789+02:00"),
    _sample("time-nanoseconds", time="2024-05-01T12:34:56.123456789Z"),
    _sample("schema", dataschema="https://example.com/schema?x=1&y=%20"),
    _sample("urn", source="urn:example:a:1"),
]
