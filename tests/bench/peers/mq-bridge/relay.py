# SPDX-License-Identifier: Apache-2.0
"""A relay made of mq-bridge, whose routes run in its core in Rust; Python only
starts one and waits.

    relay.py SOURCE SINK    of http://, kafka:// and mqtt:// URIs

It copies the names of headers and never maps them: ce-id from HTTP is ce-id in
Kafka, too, where that is no attribute. As a relay of messages it takes part."""

import os
import sys
import urllib.parse

import mq_bridge


def source(uri, query):
    """As many in flight as its batches may hold; what MQTT sends before the
    route is up has room."""
    return {
        "http": lambda: {"url": uri.netloc, "path": uri.path,
                         "concurrency_limit": 1000,
                         "internal_buffer_size": 1000},
        "kafka": lambda: {"url": uri.netloc, "topic": uri.path[1:],
                          "group_id": query["group"],
                          "consumer_options": [["auto.offset.reset",
                                                "earliest"]]},
        "mqtt": lambda: {"url": f"tcp://{uri.netloc}", "topic": uri.path[1:],
                         "client_id": query["client_id"], "qos": 1,
                         "clean_session": False,
                         "session_expiry_interval": 3600,
                         "max_inflight": 1000, "queue_capacity": 100000},
    }[uri.scheme]()


def sink(uri):
    return {
        "http": lambda: {"url": uri.geturl(), "batch_concurrency": 64},
        "kafka": lambda: {"url": uri.netloc, "topic": uri.path[1:],
                          "partition_key": "ce-partitionkey",
                          "create_topic": False,
                          "producer_options": [["linger.ms", "0"],
                                               ["acks", "all"]]},
        "mqtt": lambda: {"url": f"tcp://{uri.netloc}", "topic": uri.path[1:],
                         "client_id": f"relay-{os.getpid()}", "qos": 1,
                         "max_inflight": 1000},
    }[uri.scheme]()


def main():
    come, go = (urllib.parse.urlsplit(uri) for uri in sys.argv[1:])
    query = dict(urllib.parse.parse_qsl(come.query))
    retry = {"max_attempts": 1000000, "initial_interval_ms": 200,
             "max_interval_ms": 1000, "multiplier": 1.5}
    mq_bridge.Route.from_config({
        "startup_timeout_ms": 30000, "batch_size": 128, "concurrency": 1,
        "input": {come.scheme: source(come, query)},
        "output": {"middlewares": [{"retry": retry}],
                   go.scheme: sink(go)},
    }).run()


if __name__ == "__main__":
    main()
