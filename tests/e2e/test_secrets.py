#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Secrets of every kind, while nothing works: none of them is in anything that
the program shows, at the most talkative level."""

import json

import harness
import web
from harness import event, free_port, wait_until

# One for each place, so that a leak says where it is from.
SECRETS = [f"s3cret{n:02d}x" for n in range(14)]

CONFIG = """
admin: http://127.0.0.1:{admin}
log: debug
grace: 1s
routes:
  http:
    from: {{ uri: "http://127.0.0.1:{source}/", token: {s[0]} }}
    to:
      - {{ uri: "http://u:{s[1]}@127.0.0.1:{away}/?key={s[2]}" }}
      - {{ uri: "http://127.0.0.1:{away}/", token: {s[3]} }}
      - {{ uri: "http://127.0.0.1:{away}/", user: u, password: {s[4]} }}
    retry: {{ base: 10ms, cap: 20ms, max_attempts: 3 }}
    dead_letter: file:{letters}
  basic:
    from: {{ uri: "http://127.0.0.1:{other}/", user: u, password: {s[5]} }}
    to: {{ uri: "mqtt://u:{s[6]}@127.0.0.1:{away}/t" }}
  kafka:
    from: {{ uri: "kafka://u:{s[7]}@127.0.0.1:{away}/t", sasl: PLAIN,
             group: g }}
    to: file:{out}
  properties:
    from: {{ uri: "kafka://127.0.0.1:{away}/t", group: g,
             rdkafka: {{ security.protocol: sasl_plaintext,
                         sasl.mechanism: PLAIN, sasl.username: u,
                         sasl.password: {s[8]} }} }}
    to: file:{out}
  mqtt:
    from: {{ uri: "mqtt://127.0.0.1:{away}/t", user: u, password: {s[9]} }}
    to: {{ uri: "http://127.0.0.1:{away}/", token: "${{S10}}" }}
    dead_letter: http://u:{s[11]}@127.0.0.1:{away}/
"""

ENDS = ("http://127.0.0.1:1/", "kafka://127.0.0.1:1/t", "mqtt://127.0.0.1:1/t",
        "file:/dev/null")


def keys_of(schema):
    """All names of the schema and of what is in it."""
    if isinstance(schema, list):
        return set().union(*map(keys_of, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(
        *map(keys_of, schema.values()))


def everywhere(key):
    """A configuration that gives KEY a variable wherever a key may stand."""
    routes = []
    for text in ("${S10}", "a:${S10}", "{x ${S10}"):
        pair = f'{key}: "{text}"'
        routes.append(f"from: {ENDS[0]}, to: {ENDS[3]}, {pair}")
        routes += [f'from: {{ uri: "{end}", {pair} }}, to: "{ENDS[3]}"'
                   for end in ENDS]
        routes += [f'from: "{ENDS[3]}", to: {{ uri: "{end}", {pair} }}'
                   for end in ENDS]
    return "\n".join([f'{key}: "${{S10}}"', "routes:"] + [
        f"  r{n}: {{ {route} }}" for n, route in enumerate(routes)])


class Secrets(harness.Test):
    def config(self):
        self.source, self.other, self.admin = (free_port() for _ in range(3))
        return CONFIG.format(s=SECRETS, source=self.source, other=self.other,
                             admin=self.admin, away=free_port(),
                             letters=self.path("letters"),
                             out=self.path("out"))

    def hides(self, name, *texts):
        for secret in SECRETS:
            for text in texts:
                if isinstance(text, str):
                    text = text.encode()
                with self.subTest(name, secret=secret):
                    self.assertNotIn(secret.encode(), text)

    def test_a_bridge_without_a_peer_shows_none(self):
        self.environment["S10"] = SECRETS[10]
        bridge = self.run_config(self.config(), ready=False)
        wait_until(lambda: web.is_open(self.source), what="the source")
        wait_until(lambda: web.is_open(self.admin), what="the admin endpoint")
        bridge.wait_for("Connection refused|no broker|not connected|refused")
        answer = web.post(self.source, event(), target="/", headers=[
            ("Authorization", f"Bearer {SECRETS[0]}")])
        refused = web.post(self.source, event(), target="/", headers=[
            ("Authorization", f"Bearer {SECRETS[12]}")])
        self.assertEqual(refused.status, 401)
        parameter = web.post(self.source, event(),
                             target=f"/?access_token={SECRETS[13]}")
        self.assertEqual(parameter.status, 401)
        self.hides("answers", repr(answer), answer.body, refused.body,
                   str(refused.headers), parameter.body)
        for path in ("/readyz", "/livez", "/metrics", "/"):
            page = web.request(self.admin, "GET", path)
            self.hides(path, page.body, str(page.headers))
        bridge.stop()
        self.assertIn("127.0.0.1", bridge.stderr)
        self.hides("the log", bridge.stderr, bridge.output)
        self.assertIn(b"dlqreason", self.read("letters"))
        self.hides("dead letters", self.read("letters"))

    def test_a_proxy_that_is_none_is_not_shown(self):
        """Its password may hold what a URL may not."""
        for rest in ("p#{}@px:3128", "p {}@px", "{}@@px", "1/{}@px:3128"):
            self.environment["PX"] = "http://u:" + rest.format(SECRETS[0])
            config = self.write("bridge.yaml", "routes:\n  r:\n    from: '-'\n"
                                "    to: { uri: http://h/, proxy: '${PX}' }\n")
            for command in ("check", "run"):
                done = self.cebridge(command, config)
                self.assertEqual(done.code, 2, done)
                self.assertIn('option "proxy"', done.stderr)
                self.hides(rest, done.stdout, done.stderr)

    def test_the_check_shows_none(self):
        self.environment["S10"] = SECRETS[10]
        config = self.write("bridge.yaml", self.config())
        for options in ([], ["--json"], ["--connect"]):
            done = self.cebridge("check", *options, config)
            self.assertIn("at least once", done.stdout)
            self.hides(f"check {options}", done.stdout, done.stderr)

    def test_faults_show_no_value_of_a_variable(self):
        """Whatever key it is given to, alone or within a text."""
        self.environment["S10"] = SECRETS[10]
        told = 0
        for key in sorted(keys_of(json.loads(self.cebridge("schema").stdout))):
            config = self.write("bridge.yaml", everywhere(key))
            done = self.cebridge("check", config)
            self.hides(key, done.stdout, done.stderr)
            told += done.stderr.count("${S10}")
        self.assertGreater(told, 300)

    def test_arguments_show_none(self):
        away = free_port()
        bridge = self.start(
            "relay", f"http://127.0.0.1:{free_port()}/?token={SECRETS[0]}",
            f"http://u:{SECRETS[1]}@127.0.0.1:{away}/?token={SECRETS[2]}",
            "--dead-letter", f"mqtt://u:{SECRETS[3]}@127.0.0.1:{away}/t",
            "--log-level", "debug", ready=False)
        bridge.wait_for("u:|refused|127.0.0.1")
        with open(f"/proc/{bridge.process.pid}/cmdline", "rb") as file:
            shown = file.read()
        self.assertIn(b"relay", shown)
        self.hides("ps", shown)
        bridge.stop()
        self.hides("the log", bridge.stderr)

    def test_one_that_crosses_a_network_in_the_open_is_warned_of(self):
        """0.0.0.0 is this machine, but does not say so."""
        bridge = self.start(
            "relay", f"http://127.0.0.1:{free_port()}/",
            f"http://u:{SECRETS[0]}@0.0.0.0:{free_port()}/", ready=False)
        self.hides("the warning", bridge.wait_for("warning: .*use https://"))


if __name__ == "__main__":
    harness.main()
