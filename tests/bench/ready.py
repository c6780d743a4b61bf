# SPDX-License-Identifier: Apache-2.0
"""How soon the bridge is ready when its brokers are there."""

import statistics
import time

import harness

PAIRS = [("http", "kafka"), ("kafka", "http"), ("mqtt", "http"),
         ("http", "mqtt"), ("kafka", "mqtt"), ("http", "http")]


def _once(brokers, pair):
    """Topics and groups are new."""
    with harness.Bridge("relay", brokers.source(pair[0]),
                        brokers.sink(pair[1])) as bridge:
        bridge.ready()
        return (time.monotonic() - bridge.started) * 1000


def _median(brokers, pair, runs):
    """The first one is not counted: a new broker makes its own topics."""
    _once(brokers, pair)
    return statistics.median(_once(brokers, pair) for _ in range(runs))


def slowest(brokers, runs):
    """(ms, pair): the slowest pair's median. The mock cluster lets a new group
    wait for three seconds: no pair begins there."""
    pairs = [pair for pair in PAIRS
             if not brokers.is_mock or pair[0] != "kafka"]
    return max((_median(brokers, pair, runs), pair) for pair in pairs)
