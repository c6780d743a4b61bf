#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A check finds what librdkafka says only when it makes a client."""

import harness

WEB = "http://127.0.0.1:1/"

# (source, sink, more keys of the route, what is said, or None)
ROUTES = [
    ("file:a", "kafka://h/t?rdkafka.acks=1", "", None),
    ("file:a", "kafka://h/t?rdkafka.retries=0", "",
     ":4: kafka://h/t: `retries` must be set >= 1"),
    ("file:a", "kafka://h/t?rdkafka.retries=0", "order: none", None),
    (WEB, "kafka://h/t?rdkafka.retries=0", "", None),
    (WEB, "kafka://h/t?rdkafka.retries=0", "inbox: i", ":4: kafka://h/t: "),
    (WEB, "file:x", "dead_letter: kafka://h/t?rdkafka.retries=0", None),
    ("file:a", "kafka://h/t?rdkafka.message.timeout.ms=1", "",
     "`message.timeout.ms` must be greater than `linger.ms`"),
    ("file:a", "kafkas://h/t?ca=/dev/null", "", ":4: kafkas://h/t: TLS"),
    ("kafkas://h/t?ca=/dev/null", "file:x", "", ":3: kafkas://h/t: TLS"),
    ("kafka://h/t?rdkafka.session.timeout.ms=600000", "file:x", "",
     "must be >= `session.timeout.ms`"),
]


class CheckKafka(harness.Test):
    def check(self, source, sink, more):
        path = self.write("bridge.yaml", "routes:\n  r:\n"
                          f"    from: {source}\n    to: {sink}\n    {more}\n")
        return self.cebridge("check", path)

    def test_a_client_is_made_as_a_run_would(self):
        for source, sink, more, said in ROUTES:
            with self.subTest(source=source, sink=sink, more=more):
                done = self.check(source, sink, more)
                self.assertEqual(done.code, 2 if said else 0, done)
                self.assertIn(said or "", done.stderr)


if __name__ == "__main__":
    harness.main()
