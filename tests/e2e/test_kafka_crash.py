#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A Kafka source whose process is killed sends again what was in flight, and
nothing else, however long one event has held up the offset."""

import collections
import time
import unittest

import harness
import web
from harness import KAFKA, event, wait_until

EVENTS = 400
SLOW = "7"


@unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
class Crash(harness.Test):
    def setUp(self):
        super().setUp()
        self.is_slow, self.since = True, None
        self.sink = web.Sink(self.answer)
        self.addCleanup(self.sink.stop)
        self.topic_name = self.topic()
        with harness.kafka.Producer(KAFKA) as producer:
            for i in range(EVENTS):
                headers, value = event(id=str(i), subject=str(i)).to_kafka()
                producer.produce(self.topic_name, value, headers, partition=0)
            producer.flush()

    def answer(self, request):
        refuses = self.is_slow and request.event().id == SLOW
        return 503 if refuses else 204

    def counts(self):
        return collections.Counter(e.id for e in self.sink.events())

    def relay(self):
        """A static member: what was killed has its partition again at once."""
        member = {"rdkafka.group.instance.id": "the-only-one"}
        return self.start("relay", self.kafka_uri(self.topic_name, **member),
                          self.sink.uri, "--retry.base", "10ms",
                          "--retry.cap", "50ms")

    def has_all(self):
        return len(self.counts()) == EVENTS

    def have_been_committed(self):
        """A result is committed after 50 ms."""
        if not self.has_all():
            return False
        self.since = self.since or time.monotonic()
        return time.monotonic() > self.since + 1

    def test_one_slow_event_makes_no_other_come_again(self):
        bridge = self.relay()
        wait_until(self.have_been_committed, 30)
        bridge.kill()
        once = self.counts()
        self.is_slow = False
        bridge = self.relay()
        wait_until(lambda: self.counts()[SLOW] > once[SLOW], 30)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        again = [i for i, n in self.counts().items() if n > 1 and i != SLOW]
        self.assertEqual(again, [])


if __name__ == "__main__":
    harness.main()
