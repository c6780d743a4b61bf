# SPDX-License-Identifier: Apache-2.0
"""A real Kafka and a real mosquitto, and what names their topics."""

import os

import harness
import kafka
from harness import free_port, unique

# mosquitto's own default lets 20 messages be on their way.
MOSQUITTO = ["--fast", "--set", "max_inflight_messages 1000"]


class Brokers:
    def __init__(self, directory, mock):
        if mock:
            os.environ["CE_TEST_KAFKA_KIND"] = "mock"
        self.kafka = harness.Broker("kafka", os.path.join(directory, "kafka"))
        self.mqtt = harness.Broker("mosquitto",
                                   os.path.join(directory, "mosquitto"),
                                   *MOSQUITTO)
        self.is_mock = self.kafka.address("kind") == "mock"

    def stop(self):
        self.mqtt.stop()
        self.kafka.stop()

    def _place(self, kind, partitions):
        if kind == "http":
            return f"http://127.0.0.1:{free_port()}/events"
        topic = unique("bench")
        if kind == "mqtt":
            return f"mqtt://{self.mqtt.address()}/{topic}"
        kafka.create(self.kafka.address(), topic, partitions)
        return f"kafka://{self.kafka.address()}/{topic}"

    def source(self, kind, partitions=1):
        """A new one. Over MQTT each key has a topic of its own."""
        uri, name = self._place(kind, partitions), unique("bench")
        return {"http": uri, "kafka": f"{uri}?group={name}",
                "mqtt": f"{uri}/+?client_id={name}"}[kind]

    def sink(self, kind, partitions=1):
        return self._place(kind, partitions)
