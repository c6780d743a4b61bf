# SPDX-License-Identifier: Apache-2.0
"""Flows whose broker no other test knows, so that it may fail."""

from flow import Flow, harness, private
from mqtt_tap import Tap
from proxy import Proxy

LEGS = (("http", "kafka"), ("kafka", "http"), ("http", "mqtt"),
        ("mqtt", "http"))


class Legs(harness.Test):
    def flow(self, source, sink, *options):
        kind = source if source != "http" else sink
        taps = sink == "mqtt"
        self.broker, proxy = private(self, kind,
                                     *(options if kind == "mqtt" else ()),
                                     proxies=Tap if taps else Proxy)
        at = self.broker.address()
        if taps:
            return Flow(self, source, sink, sink_at=proxy.address, tap=proxy)
        return Flow(self, source, sink, feed_at=at,
                    **{"source_at" if source == kind else "sink_at": at})

    def on_each_leg(self, what):
        for source, sink in LEGS:
            with self.subTest(f"{source} to {sink}"):
                what(source, sink)
