#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an MQTT broker does by its own rules: it takes no message above a size,
drops what waits beyond a number, and lets one client have an id."""

import time

from flow import Event, Flow, harness, numbered, private, wait_until


class Rules(harness.Test):
    def sink_with_limit(self, version):
        """Every 25th of 100 is too large: it becomes a letter, and the others
        do not suffer for it."""
        broker, proxy = private(self, "mqtt", "--set", "max_packet_size 5000")
        one = Flow(self, "kafka", "mqtt", sink_at=proxy.address,
                   options=("--dead-letter", "file:" + self.path("letters")))
        one.arguments[-1] = one.arguments[-1].replace(
            "version=5", f"version={version}")
        if version == "3.1.1":
            one.arguments[-1] += "&mode=structured"
        large = [n for n in range(100) if n % 25 == 7]
        with self.producer() as producer:
            for n in range(100):
                headers, value = numbered(n).to_kafka(False)
                if n in large:
                    value = b'"%s"' % (b"x" * 8000)
                producer.produce(one.name, value, headers, key=b"k")
            producer.flush(30)
        one.start()
        return one, proxy, large

    def refused(self, version):
        one, proxy, large = self.sink_with_limit(version)
        wait_until(lambda: len(self.letters()) >= len(large), 60,
                   lambda: one.bridge.stderr)
        others = [n for n in range(100) if n not in large]
        # What was in flight when the broker hung up arrives twice.
        wait_until(lambda: sorted(set(one.recorder.numbers)) == others, 60,
                   lambda: f"{one.recorder.numbers}\n{one.bridge.stderr}")
        one.stop()
        self.assertEqual(sorted(self.letters()), large)
        self.assertEqual(sorted(set(one.recorder.numbers)), others)
        return proxy.accepted

    def letters(self):
        try:
            # The last one may be on its way.
            lines = self.read("letters").decode().split("\n")[:-1]
        except FileNotFoundError:
            return []
        return [int(Event.from_json(line).id) for line in lines]

    def test_what_is_too_large_is_refused_alone(self):
        """MQTT 5 names the limit when it connects."""
        self.assertEqual(self.refused("5"), 2, "connections")

    def test_the_same_where_the_broker_only_hangs_up(self):
        """In 3.1.1 each that is too large ends the connection with others in
        flight, and then twice alone. The first suspect is a larger one behind
        it, which waits: one time more. A busy machine may hear of an end too
        late to blame anybody, say once for each."""
        self.assertLessEqual(self.refused("3.1.1"), 2 + 4 * (3 + 1) + 1)

    def test_two_with_one_client_id_do_not_fight(self):
        """Each takes the session over at once; then they come back after ever
        longer pauses, and say why."""
        uri = f"mqtt://{harness.MQTT}/{self.topic()}/+?client_id=" + \
            harness.unique("twin")
        twins = [self.start("relay", uri, "file:" + self.path(name),
                            ready=False, env={"XDG_STATE_HOME":
                                              self.path("state-" + name)})
                 for name in ("a", "b")]
        said = "perhaps another client has the same client id"
        for twin in twins:
            twin.wait_for(said, 60, count=3)
        before, end = self.count(twins, said), time.monotonic() + 3
        wait_until(lambda: time.monotonic() > end)
        self.assertLessEqual(self.count(twins, said) - before, 6,
                             "\n".join(t.stderr for t in twins))
        for twin in twins:
            self.assertEqual(twin.stop(), 0)

    def count(self, bridges, pattern):
        return sum(b.stderr.count(pattern) for b in bridges)

    def test_what_a_broker_drops_is_seen_in_the_counters(self):
        """The bridge is away, and the broker keeps 100 messages for it. Nobody
        can bring back the others: the bridge takes what is left, and counts
        it."""
        broker, _ = private(self, "mqtt", "--set", "max_queued_messages 100")
        one = Flow(self, "mqtt", "http",
                   source_at=broker.address()).watched().start()
        one.feed(10)
        one.finish()
        one.stop()
        one.feed(500)
        one.feeders[1].done()
        one.start()
        one.wait(110)
        values = self.assert_balanced(one.admin)
        self.assertEqual(sum(v for (name, _), v in values.items()
                             if name == "cebridge_events_received_total"),
                         one.recorder.count() - 10)
        self.assertLess(one.recorder.count(), 510)
        one.stop()


if __name__ == "__main__":
    harness.main("CE_TEST_KAFKA", "CE_TEST_MQTT")
