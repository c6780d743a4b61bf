#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A wrong configuration: file, line, what and a suggestion; exit 2; and
nothing is opened before it is right."""

import harness
from harness import free_port

ROUTE = "routes:\n  r:\n    from: http://127.0.0.1:{port}/a\n"

# (what it is, text, line, words that the message must hold)
WRONG = [
    ("an unknown key of a route", ROUTE + "    to: file:x\n    retyr: {{}}\n",
     5, ['"retyr"', 'did you mean "retry"']),
    ("an unknown key of retry",
     ROUTE + "    to: file:x\n    retry: {{ bse: 100ms }}\n", 5,
     ['"bse"', 'did you mean "base"']),
    ("an unknown key at the top", "adnim: http://127.0.0.1:{port}\n", 1,
     ['"adnim"', 'did you mean "admin"']),
    ("an unknown parameter", ROUTE + "    to: kafka://h:1/t?aks=all\n", 4,
     ['"aks"']),
    ("an unknown parameter in the mapping",
     ROUTE + "    to:\n      uri: mqtt://h:1/t\n      qso: 1\n", 6,
     ['"qso"', 'did you mean "qos"']),
    ("a value out of range", ROUTE + "    to: mqtt://h:1/t?qos=5\n", 4,
     ["qos", "5"]),
    ("options that cannot keep the promise together",
     "routes:\n  r:\n    from: mqtt://h:1/t?version=3.1.1&qos=2\n"
     "    to: file:x\n", 3, ["qos=2", "version=3.1.1", "lose"]),
    ("a time without a unit",
     ROUTE + "    to: file:x\n    retry: {{ base: 100 }}\n", 5, ["100"]),
    ("a size without a unit",
     "routes:\n  r:\n    from: http://127.0.0.1:1/?max_event_bytes=5\n"
     "    to: file:x\n", 3, ["max_event_bytes", "5"]),
    ("an unknown scheme", ROUTE + "    to: amqp://h/t\n", 4, ["amqp"]),
    ("no sink", "routes:\n  r:\n    from: http://127.0.0.1:{port}/a\n", 2,
     ['"to"']),
    ("no source", "routes:\n  r:\n    to: file:x\n", 2, ['"from"']),
    ("no routes", "admin: http://127.0.0.1:{port}\n", None, ["routes"]),
    ("broken YAML", "routes:\n  r: [\n", None, []),
    ("a filter that does not parse",
     ROUTE + "    to: file:x\n    filter: \"type =\"\n", 5, ["filter"]),
    ("two dialects in one filter",
     ROUTE + "    to: file:x\n    filter:\n"
     "      {{ exact: {{ type: a }}, prefix: {{ type: b }} }}\n", None,
     ["exact"]),
    ("a template that does not parse",
     ROUTE + "    to: file:x\n    set: {{ subject: \"{{topic\" }}\n", 5, []),
    ("a wrap without type",
     ROUTE + "    to: file:x\n    wrap: {{ source: /s }}\n", 5, ["type"]),
    ("an unset variable",
     ROUTE + "    to: \"http://h/${{CE_NOT_SET_ANYWHERE}}\"\n", 4,
     ["CE_NOT_SET_ANYWHERE"]),
    ("a route twice",
     ROUTE + "    to: file:x\n  r:\n    from: \"-\"\n    to: file:y\n", 5,
     ['"r"']),
]


class ConfigErrors(harness.Test):
    def test_what_is_wrong_is_said_with_its_line(self):
        for command in ("check", "run"):
            for name, text, line, words in WRONG:
                with self.subTest(f"{command}: {name}"):
                    self.is_refused(command, text, line, words)

    def is_refused(self, command, text, line, words):
        path = self.write("bridge.yaml", text.format(port=free_port()))
        done = self.cebridge(command, path)
        self.assertEqual(done.code, 2, done)
        self.assertEqual(done.stdout, "")
        self.assertIn(f"bridge.yaml:{line}:" if line else "bridge.yaml:",
                      done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse(harness.os.path.exists(self.path("x")))

    def test_nothing_is_opened_before_all_is_right(self):
        text = (ROUTE + "    to: file:{dir}/made\n    inbox: {dir}/inbox\n"
                "  s:\n    from: \"-\"\n    to: mqtt://h:1/t?qso=1\n")
        path = self.write("bridge.yaml",
                          text.format(port=free_port(), dir=self.directory))
        self.assertEqual(self.cebridge("run", path).code, 2)
        self.assertEqual(harness.os.listdir(self.directory), ["bridge.yaml"])

    def test_a_missing_file_is_named(self):
        done = self.cebridge("check", self.path("none.yaml"))
        self.assertIn(done.code, (1, 2))
        self.assertIn("none.yaml", done.stderr)

    def test_check_states_the_guarantee_of_each_route(self):
        path = self.write("bridge.yaml", (
            "routes:\n"
            "  safe:\n"
            "    from: http://127.0.0.1:1/a\n"
            "    to: kafka://127.0.0.1:1/t\n"
            "  unsafe:\n"
            "    from: mqtt://127.0.0.1:1/t?inbox=off\n"
            "    to: kafka://127.0.0.1:1/t\n"))
        done = self.cebridge("check", path)
        self.assertEqual(done.code, 0, done)
        said = done.stdout + done.stderr
        for route, promise in (("safe", "at least once"),
                               ("unsafe", "at most once")):
            line = [x for x in said.splitlines() if route in x.split(":")[0]
                    .split() or x.startswith(route)]
            self.assertTrue(line, said)
            self.assertIn(promise, line[0].replace("-", " "))

    def test_a_secret_is_one_value_and_is_never_shown(self):
        secret = "S3cr&tTAIL"
        for sink, code in (("https://h/?token=${TOKEN}", 0),
                           ("mqtt://u:${TOKEN}@h/t", 0),
                           ("kafka://h:1/t?linger=${TOKEN}", 2),
                           ("kafka://${TOKEN}/t", 2),
                           ("${TOKEN}", 2)):
            with self.subTest(sink):
                path = self.write("bridge.yaml", f"""
routes:
  r:
    from: "-"
    to: "{sink}"
""")
                done = self.cebridge("check", path, env={"TOKEN": secret})
                self.assertEqual(done.code, code, done)
                for part in secret.split("&"):
                    self.assertNotIn(part, done.stdout + done.stderr)

    def test_options_of_relay_are_checked_too(self):
        for arguments, word in (
                (["--bachoff", "1s", "-", "file:x"], "bachoff"),
                (["--retry.bsae", "1s", "-", "file:x"], "bsae"),
                (["-"], "SINK"),
                (["-", "nonsense://x"], "nonsense"),
                (["--filter", "type =", "-", "file:x"], "filter")):
            with self.subTest(word):
                done = self.cebridge("relay", *arguments, cwd=self.directory)
                self.assertEqual(done.code, 2, done)
                self.assertIn(word, done.stderr)


if __name__ == "__main__":
    harness.main()
