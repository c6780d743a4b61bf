#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records that retention removes before they are read are counted."""

import unittest

import harness
import web
from harness import KAFKA, event, free_port, kafka, wait_until

READ, REMOVED, ALL = 20, 60, 100


@unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
class Retention(harness.Test):
    def setUp(self):
        super().setUp()
        if kafka.is_mock(KAFKA):
            self.skipTest("the mock cluster removes no records")
        self.name, self.admin = self.topic(), free_port()
        kafka.create(KAFKA, self.name)
        self.sink = web.Sink()
        self.addCleanup(self.sink.stop)

    def produce(self, first, last):
        with self.producer() as producer:
            for n in range(first, last):
                headers, value = event(id=str(n), subject=str(n)).to_kafka()
                producer.produce(self.name, value, headers, partition=0)
            producer.flush()

    def relay(self):
        uri = self.kafka_uri(self.name, group=self.name)
        return self.start("relay", "--admin", f"http://127.0.0.1:{self.admin}",
                          uri, self.sink.uri)

    def gone(self):
        """None until the group has been looked at."""
        return self.scrape(self.admin).get(
            ("cebridge_kafka_gone_total", "relay"))

    def test_what_went_while_it_was_away_is_counted(self):
        self.produce(0, READ)
        bridge = self.relay()
        self.sink.wait(READ)
        wait_until(lambda: self.gone() == 0)
        self.assertEqual(bridge.stop(), 0, bridge.stderr)
        self.produce(READ, ALL)
        kafka.remove_records(KAFKA, self.name, REMOVED)
        bridge = self.relay()
        self.sink.wait(READ + ALL - REMOVED)
        wait_until(lambda: self.gone() == REMOVED - READ)
        bridge.wait_for(f"{REMOVED - READ} records were removed before they "
                        "were read")
        self.assertEqual([e.id for e in self.sink.events()][READ:],
                         [str(n) for n in range(REMOVED, ALL)])
        self.assertEqual(bridge.stop(), 0, bridge.stderr)


if __name__ == "__main__":
    harness.main()
