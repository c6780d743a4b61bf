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
    ("a place of what cannot be read again",
     "routes:\n  r:\n    from: \"-?position=p\"\n    to: file:x\n", 3,
     ["position", "cannot be read again"]),
    ("a time without a unit",
     ROUTE + "    to: file:x\n    retry: {{ base: 100 }}\n", 5, ["100"]),
    ("a size without a unit",
     "routes:\n  r:\n    from: http://127.0.0.1:1/?max_event_bytes=5\n"
     "    to: file:x\n", 3, ["max_event_bytes", "5"]),
    ("an unknown scheme", ROUTE + "    to: amqp://h/t\n", 4,
     ['unknown scheme "amqp"; known are', "kafkas"]),
    ("a scheme with a mistake", ROUTE + "    to: htp://h/t\n", 4,
     ['unknown scheme "htp", did you mean "http"?']),
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
    ("a list behind not",
     ROUTE + "    to: file:x\n    filter: {{ not: [ \"TRUE\" ] }}\n", 5,
     ['"not" has to be one filter']),
    ("an attribute in a wrap", ROUTE + "    to: file:x\n"
     "    wrap: {{ type: t, source: /s, subject: \"{{subject}}\" }}\n", 5,
     ['"subject"', "no event yet"]),
    ("a template as an MQTT topic", ROUTE + "    to: mqtt://h/a/{{subject}}\n",
     4, ['needs "topics"']),
    ("a template as a path", ROUTE + "    to: http://h/a/{{subject}}\n",
     4, ['needs "paths"']),
    ("a template as a host", ROUTE + "    to: http://{{subject}}/a\n",
     4, ["no host has"]),
    ("a template as a Kafka topic", ROUTE + "    to: kafka://h/{{subject}}\n",
     4, ['needs "topics"']),
    ("a Kafka topic with brackets", ROUTE + "    to: \"kafka://h/a[1]\"\n",
     4, ['"a[1]"', "letters, digits"]),
    ("a Kafka topic with a blank", ROUTE + "    to: \"kafka://h/a b\"\n",
     4, ['"a b"', "letters, digits"]),
    ("a Kafka topic that is too long",
     ROUTE + f"    to: kafka://h/{'a' * 250}\n", 4, ["249"]),
    ("a Kafka topic of dots", ROUTE + "    to: kafka://h/..\n", 4,
     ["no topic may be called so"]),
    ("a Kafka source with brackets",
     "routes:\n  r:\n    from: \"kafka://h/a[1]\"\n    to: file:x\n", 3,
     ['"a[1]"']),
    ("a pattern that does not parse",
     "routes:\n  r:\n    from: \"kafka://h/^a(\"\n    to: file:x\n", 3,
     ['"^a("']),
    ("no MQTT topic", ROUTE + "    to: mqtt://h\n", 4, ["no topic"]),
    ("no Kafka topic", ROUTE + "    to: kafka://h\n", 4, ["no topic"]),
    ("a wildcard in a sink", ROUTE + "    to: mqtt://h/a/+\n", 4,
     ["nothing can be published"]),
    ("the same address twice", ROUTE + "    to: file:x\n"
     "  s:\n    from: http://127.0.0.1:{port}/a\n    to: file:y\n", 6,
     ['route "r" listens at the same address']),
    ("the same inbox twice", ROUTE + "    to: file:x\n    inbox: i\n"
     "  s:\n    from: http://127.0.0.1:1/b\n    to: file:y\n    inbox: i\n",
     7, ['route "r" has the same inbox']),
    ("a topic onto itself",
     "routes:\n  r:\n    from: kafka://h/t\n    to: kafka://h/t\n", 4,
     ["its own source"]),
    ("a file onto itself",
     "routes:\n  r:\n    from: file:x\n    to: [ \"-\", \"file:x\" ]\n", 4,
     ["its own source"]),
    ("a name in memory onto itself",
     "routes:\n  r:\n    from: mem://x\n    to: mem://x\n", 4,
     ["its own source"]),
    ("a second document", ROUTE + "    to: file:x\n---\nroutes: {{}}\n", 5,
     ["second document"]),
    ("a route twice",
     ROUTE + "    to: file:x\n  r:\n    from: \"-\"\n    to: file:y\n", 5,
     ['"r"']),
]


# What a check finds by making the endpoints; a run ends at the first of them.
TRIED = [
    ("a password file that is not there",
     ROUTE + "    to: mqtt://h/t?user=u&password_file={dir}/none\n", 4,
     ["password_file: ", "/none: No such file"]),
    ("a token file that is not there",
     "routes:\n  r:\n    from: http://127.0.0.1:{port}/?token_file={dir}/none\n"
     "    to: file:x\n", 3, ["token_file: ", "/none: No such file"]),
    ("certificates that are not there",
     ROUTE + "    to: kafkas://h/t?ca={dir}/none\n", 4,
     ["ca: ", "/none: No such file"]),
    ("a dead letter's certificate that is not there", ROUTE +
     "    to: file:x\n    dead_letter: mqtts://h/t?cert={dir}/none\n", 5,
     ["cert: ", "/none: No such file"]),
    ("an unknown property of librdkafka",
     ROUTE + "    to: kafka://h/t?rdkafka.lingre.ms=5\n", 4,
     ["lingre.ms"]),
    ("a value that librdkafka refuses",
     ROUTE + "    to: kafka://h/t?rdkafka.linger.ms=x\n", 4, ["linger.ms"]),
]


HEAD = "routes:\n  r:\n    from: file:a\n"
MARKED = HEAD + "    to: file:x\n"

# (the text, all that is said)
SHOWN = [
    ("routes:\n  r:\n\tfrom: a\n",
     "3: a tab in the indentation\n    \tfrom: a\n"
     "    ^ YAML takes blanks only\n"),
    (HEAD + "    set: { subject: {topic[1]} }\n",
     "4: a text with braces has no quotes\n"
     "        set: { subject: {topic[1]} }\n"
     "                        ^ quote it: \"{...}\"\n"),
    (MARKED + "    set: { subject: {topic} }\n",
     '5: "subject" has to be a text: quote it, "{topic}"\n'),
    ("routes:\n  r:\n    from: -\n    to: file:x\n",
     '3: "-" begins an item of a list\n        from: -\n'
     '              ^ quote it: "-"\n'),
    (HEAD + "    to file:x\n    dedup: true\n",
     "4: a colon is missing behind the key\n        to file:x\n"
     "                 ^ here, or behind the first word\n"),
    ("routes:\n  r\n    from: file:a\n",
     "2: a colon is missing behind the key\n      r\n"
     "       ^ here, or behind the first word\n"),
    ("routes:\n  - from: file:a\n    to: file:x\n",
     '1: "routes" is a list: each route has a name instead, as in '
     '"ingest: { from: ..., to: ... }"\n'),
    ("routes:\n  r: [\n",
     "2: a '[' is not closed, or a comma is missing\n      r: [\n"
     "          ^ it begins here\n"),
    ("routes:\n  r: { from: file:a\n",
     "2: a '{' is not closed, or a comma is missing\n"
     "      r: { from: file:a\n         ^ it begins here\n"),
    (HEAD + "    to: \"file:x\n",
     "4: a quote is not closed\n        to: \"file:x\n"
     "            ^ it begins here\n"),
    (HEAD + "    to: *nope\n",
     '4: "*" stands for an anchor, and there is no such "&"\n'
     "        to: *nope\n"
     "            ^ quote it, or name the anchor above\n"),
    (HEAD + "     to: file:x\n",
     "4: the line stands deeper than the one above, which has a value\n"
     "         to: file:x\n         ^ begin below the key above\n"),
    (MARKED + "    wrap: type: t\n",
     "5: a second colon in one line\n        wrap: type: t\n"
     "                  ^ quote the value, or begin a new line\n"),
    (HEAD + "    to: `x\n",
     "4: no text begins with this character\n        to: `x\n"
     "            ^ quote it\n"),
    (MARKED + "    filter: type == 'a'\n",
     '5: filter: "=" expected, not "=="\n    type == \'a\'\n'
     "         ^^ CESQL compares with one =\n"),
    (MARKED + "    filter: type = 'a' && id = 'b'\n",
     '5: filter: "AND" expected, not "&&"\n    type = \'a\' && id = \'b\'\n'
     "               ^^ CESQL writes AND\n"),
    (MARKED + "    filter: (type = 'a'\n",
     '5: filter: column 12: expected ")", not the end\n    (type = \'a\'\n'
     "               ^\n"),
    (MARKED + "    retry: { attempts: 5 }\n",
     '5: unknown option "attempts", did you mean "max_attempts"?\n'),
    (HEAD + "    wrap: { type: t, source: /devices/{topic[1]} }\n",
     "4: a text with braces has no quotes\n"
     "        wrap: { type: t, source: /devices/{topic[1]} }\n"
     "                                 ^ quote it: \"{...}\"\n"),
    (MARKED + "    filter: type = com.example\n",
     '5: filter: column 11: "." has no meaning here\n    type = com.example\n'
     "              ^ quote what is a text: '...'\n"),
    (MARKED + "    filter: data.x = 'x'\n",
     '5: filter: column 5: "." has no meaning here\n    data.x = \'x\'\n'
     "        ^ filters see attributes, not data\n"),
    (MARKED + "    filter: { type: com.example }\n",
     '5: filter: "type" is no dialect: write { exact: { type: ... } }\n'),
    (MARKED + "    set: { subject: \"${topic}\" }\n",
     "5: the environment variable topic is not set; a placeholder of a "
     'template has no "$"\n'),
    (MARKED + "    retry: 5\n",
     '5: "retry" has to be a mapping: { base: ... }\n'),
    (MARKED + "    retry: { base: 1sec }\n",
     '5: base: "1sec" is not a time with a unit, such as 100ms, 30s or 5m\n'),
    (MARKED + "    dlq: file:y\n",
     '5: unknown option "dlq", did you mean "dead_letter"?\n'),
    (MARKED + "    upgrade: yes\n", '5: upgrade: "yes" is not true or false\n'),
    (MARKED + "    set: { traceId: x }\n",
     '5: set: "traceId" is not the name of an attribute: it may only have the '
     "characters a-z and 0-9\n"),
    (MARKED + "    dead_letter: true\n",
     '5: "true" is no endpoint; a file is written as file:PATH, others begin '
     "with a scheme such as kafka://\n"),
    (MARKED + "log: json\n",
     '5: log: "json" is a format: write log: { format: json }\n'),
    (MARKED + "grace: 30\n",
     '5: grace: "30" is not a time with a unit, such as 100ms, 30s or 5m\n'),
    (HEAD + "    to:\n", '4: "to" is empty\n'),
    (HEAD + "    to: http//h/x\n",
     '4: "http//h/x" lacks a colon: write http://\n'),
    (HEAD + "    to: http//u:S3cret@h/x\n",
     '4: "http" lacks a colon: write http://\n'),
    (HEAD + "    to: h:1/u:S3cret@h\n",
     '4: "h" has no scheme: write http:, kafka: or mqtt: and // before the '
     "host\n"),
    (HEAD + "    to: http:/h/x\n", '4: the URI has no "//" behind "http:"\n'),
    (HEAD + "    to: localhost:9092/t\n",
     '4: "localhost:9092/t" has no scheme: write http:, kafka: or mqtt: and // '
     "before the host\n"),
    (HEAD + "    to: file://x\n", "4: a file has no host: write file:PATH\n"),
    (HEAD + "    to: { uri: mqtt://h/t, username: u }\n",
     '4: unknown option "username", did you mean "user"?\n'),
    ("routes:\n  r:\n    from: [ file:a ]\n    to: file:b\n",
     '3: "from" is a list, and has to be one endpoint\n'),
    ("routes:\n  r:\n    source: file:a\n    to: file:b\n",
     '3: unknown option "source", did you mean "from"?\n'
     'bridge.yaml:2: route "r" has no "from"\n'),
    ("route:\n  r: {}\n",
     '1: unknown option "route", did you mean "routes"?\n'
     'bridge.yaml:1: there are no routes below "routes"\n'),
    (b"routes:\n  r:\n    from: file:\xe4\n",
     "3: a character is not written in UTF-8\n"),
    ("routes:\n  r:\n    from: { uri: mqtt://h/t, topics: [ 'a,b' ] }\n"
     "    to: file:x\n", "3: an item with a comma\n"),
    ("", '1: a configuration begins with "routes:"\n'),
    ("routes:\n  r:\n    from: { uri: http://h/, token: \"\" }\n"
     "    to: file:x\n", "3: the token is empty\n"),
    ("x-a:\n" + "".join(f"  - &a{n} b\n" for n in range(1001)),
     "1002: more than 1000 anchors\n"),
    # A line that may hold a secret is not shown.
    (HEAD + "    to: { uri: mqtt://h/t, password: \"S3cret }\n",
     "4: a quote is not closed\n"),
    (HEAD + "    to: { uri: mqtt://h/t, user: \"${file:/run/secrets/u} }\n",
     "4: a quote is not closed\n"),
]


# (a command line, all that is said)
COMMANDS = [
    ("relay", 2,
     "SOURCE is missing; usage: cebridge relay [options] SOURCE SINK "
     "[SINK...]"),
    ("relay -", 2,
     "SINK is missing; usage: cebridge relay [options] SOURCE SINK "
     "[SINK...]"),
    ("relay - file:x -x", 2,
     'unknown option "-x"'),
    ("relay - file:x --grace", 2,
     "--grace needs a value"),
    ("relay - file:x --grace 5", 2,
     '--grace: "5" is not a time with a unit, such as 100ms, 30s or 5m'),
    ("relay - file:x --workers 0", 2,
     "--workers: 0 is below 1"),
    ("relay - file:x --set a", 2,
     '--set: "a" is not NAME=VALUE'),
    ("relay - file:x --grace 1s --grace 2s", 2,
     "--grace is given twice"),
    ("relay - file:x --order kye", 2,
     '--order: "kye" is not one of key|none, did you mean "key"?'),
    ("relay - file:x --retry.bsae 1s", 2,
     'unknown option "--retry.bsae", did you mean "--retry.base"?'),
    ("relay - file:x --log-level loud", 2,
     '--log-level: "loud" is not one of error|warning|info|debug'),
    ("relay - x", 2,
     'SINK: "x" is no endpoint; a file is written as file:PATH, others begin '
     'with a scheme such as kafka://'),
    ("relay - mqtt://h/a/+", 2,
     'SINK: topic "a/+": nothing can be published to a filter'),
    ("relay - kafka://h/{id}", 2,
     'SINK: topic "{id}": a template needs "topics", the list of what '
     'it may become ("{{" stands for a brace)'),
    ("relay - file:x --wrap.source /s", 2,
     '--wrap.source: wrap: wrap needs "type"'),
    ("relay - file:x --dedup x", 2,
     '--dedup: dedup: "x" is not a number'),
    ("relay --no-such", 2,
     'unknown option "--no-such"'),
    ("run", 2,
     "usage: cebridge run [options] CONFIG.yaml"),
    ("run a b", 2,
     "usage: cebridge run [options] CONFIG.yaml"),
    ("run none.yaml", 2,
     "none.yaml: No such file or directory"),
    ("check", 2,
     "usage: cebridge check [options] CONFIG.yaml"),
    ("check a b", 2,
     "usage: cebridge check [options] CONFIG.yaml"),
    ("check none.yaml", 2,
     "none.yaml: No such file or directory"),
    ("send", 2,
     "usage: cebridge send [options] SINK [-]"),
    ("send file:x --type", 2,
     "--type needs a value"),
    ("send file:x --ext a --type t --source s", 2,
     '--ext: "a" is not NAME=VALUE'),
    ("request", 2,
     "usage: cebridge request [options] SINK [-]"),
    ("listen", 2,
     "usage: cebridge listen [options] SOURCE"),
    ("listen a b", 2,
     "usage: cebridge listen [options] SOURCE"),
    ("nope", 2,
     'unknown command "nope"'),
    ("relya", 2,
     'unknown command "relya", did you mean "relay"?'),
    ("--relay", 2,
     'unknown command "--relay", did you mean "relay"?'),
    ("run --config a.yaml", 2,
     'unknown option "--config"'),
    ("relay - - --wrap type=t", 2,
     'unknown option "--wrap", did you mean "--wrap.NAME"?'),
    ("relay - - --retry.attempts 5", 2,
     'unknown option "--retry.attempts", did you mean '
     '"--retry.max_attempts"?'),
    ("relay - - --order fifo", 2,
     '--order: "fifo" is not one of key|none'),
    ("relay - - --workers 0", 2,
     "--workers: 0 is below 1"),
    ("relay - localhost:9092/t", 2,
     'SINK: "localhost:9092/t" has no scheme: write http:, kafka: or mqtt: '
     "and // before the host"),
    ("run a.yaml --grace 5", 2,
     '--grace: "5" is not a time with a unit, such as 100ms, 30s or 5m'),
    ("send file:x --type t --source s --time now", 2,
     '--time: attribute "time": not an RFC 3339 timestamp: "now"'),
    ("send file:x --type t --source s --data @none", 2,
     "--data: none: No such file or directory"),
    ("send file:x - --type t", 2,
     '--type describes one event, and "-" takes those of standard input'),
    ("request http://h:1/ - --data x", 2,
     '--data describes one event, and "-" takes those of standard input'),
    ("listen http://h:1/ --from beginning", 2,
     "--from: a source of http cannot do that"),
    ("convert --to yaml", 2,
     '--to: unknown form "yaml"; there are: json, http, avro, protobuf, xml, '
     "batch, protobuf-batch, xml-batch"),
    ("dlq drop file:x --all", 2,
     "drop: file:x: nothing is dropped there; inbox:DIR, Kafka and MQTT can"),
    ("health localhost:9090", 2,
     '"localhost:9090" is no URL like http://127.0.0.1:9090/readyz'),
    ("completion tcsh", 2,
     "usage: cebridge completion bash|zsh|fish"),
    ("schema x", 2,
     "usage: cebridge schema"),
    ("help nope", 2,
     'unknown command "nope"'),
]


class ConfigErrors(harness.Test):
    def test_what_is_wrong_is_said_with_its_line(self):
        for command in ("check", "run"):
            for name, text, line, words in WRONG:
                with self.subTest(f"{command}: {name}"):
                    self.is_refused(command, text, line, words)

    def test_the_place_and_the_remedy_are_shown(self):
        for text, said in SHOWN:
            with self.subTest(text):
                self.write("bridge.yaml", text)
                done = self.cebridge("check", "bridge.yaml",
                                     cwd=self.directory)
                self.assertEqual(done.code, 2, done)
                self.assertEqual(done.stderr, "bridge.yaml:" + said)

    def test_what_is_wrong_with_a_command_line_is_said(self):
        for line, code, said in COMMANDS:
            with self.subTest(line):
                done = self.cebridge(*line.split(), cwd=self.directory)
                self.assertEqual(done.code, code, done)
                self.assertEqual(done.stderr, f"cebridge: {said}\n")

    def test_a_check_tries_what_needs_no_peer(self):
        for name, text, line, words in TRIED:
            with self.subTest(name):
                self.is_refused("check", text, line, words)

    def test_a_key_for_the_user_and_merged_mappings_are_taken(self):
        path = self.write("bridge.yaml", """
x-retry: &retry { base: 1s, cap: 5s }
x-route: &route
  to: file:x
  retry: *retry
routes:
  r:
    <<: *route
    from: file:a
    retry: { <<: *retry, cap: 9s }
""")
        done = self.cebridge("check", path)
        self.assertEqual(done.code, 0, done)

    def is_refused(self, command, text, line, words):
        path = self.write("bridge.yaml", text.format(
            port=free_port(), dir=self.directory))
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

    def test_a_file_that_is_missing_or_has_no_end_is_named(self):
        for path in (self.path("none.yaml"), "/dev/zero"):
            done = self.cebridge("check", path)
            self.assertEqual((done.code, path in done.stderr), (2, True))

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
