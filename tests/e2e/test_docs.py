#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The README and docs/ are true: configurations pass the check, examples stand
in the README as they are, commands work as they are printed, and what is named
(commands, options, keys, messages, files, functions) exists."""

import glob
import os
import re
import runpy
import shlex
import subprocess
import unittest

import facts
import harness
import web
from harness import KAFKA, MQTT, ROOT, event, free_port


def read(*path):
    with open(os.path.join(ROOT, *path)) as file:
        return file.read()


def blocks(text):
    """(the comment before a code block, its language, its content)."""
    return re.findall(r"<!-- (.+?) -->\n```(\w+)\n(.*?)```", text, re.S)


def command(name):
    """A command of the README by its mark."""
    for mark, _, content in blocks(read("README.md")):
        if mark == f"run: {name}":
            return content.strip()
    raise KeyError(name)


class Readme(harness.Test):
    def test_it_opens_with_the_two_commands(self):
        first = re.search(r"```sh\n(.*?)```", read("README.md"), re.S)
        names = [line.split()[0] for line in first.group(1).splitlines()]
        self.assertEqual(names, ["script/demo", "script/test"])
        for name in names + ["script/bench"]:
            self.assertTrue(os.access(os.path.join(ROOT, name), os.X_OK))

    def test_every_code_block_is_marked(self):
        text = read("README.md")
        marked = len(blocks(text))
        whole = len(re.findall(r"^```\w+$", text, re.M))
        self.assertEqual(marked, whole - 1, "all but the first")

    def test_examples_stand_in_it_as_they_are(self):
        shown = [mark for mark, _, _ in blocks(read("README.md"))
                 if not mark.startswith("run: ")]
        self.assertGreaterEqual(len(shown), 4)
        for mark, _, content in blocks(read("README.md")):
            if mark in shown:
                with self.subTest(mark):
                    self.assertEqual(content, read(mark))

    def test_links_lead_somewhere(self):
        for path in facts.documents():
            text = read(path)
            for target, part in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)",
                                           text):
                to = os.path.normpath(os.path.join(
                    ROOT, os.path.dirname(path), target)) if target else path
                with self.subTest(f"{path}: {target} {part}"):
                    self.assertTrue(os.path.exists(os.path.join(ROOT, to)))
                    if part:
                        self.assertIn(part, facts.anchors(read(to)))

    def test_the_presets_that_install_it_are_there(self):
        presets = read("CMakePresets.json")
        text = command("start") + command("install")
        for name in re.findall(r"--preset (\w+)", text):
            self.assertIn(f'"name": "{name}"', presets)

    def run_shell(self, text, env=None):
        folder = os.path.dirname(harness.PROGRAM)
        return subprocess.run(
            ["sh", "-c", text], capture_output=True, timeout=60, env={
                **os.environ, **self.environment, **(env or {}),
                "PATH": folder + os.pathsep + os.environ["PATH"]})

    def test_the_quick_start_works_as_printed(self):
        build, path, *rest = command("start").splitlines()
        self.assertIn("cmake --build --preset release", build)
        self.assertIn("build/release/bridge", path)
        self.assertEqual(len(rest), 3, "five lines")
        text = "\n".join(rest).replace("8080", str(free_port()))
        done = self.run_shell(text)
        self.assertEqual(done.returncode, 0, done.stderr)
        got = harness.Event.from_json(done.stdout.decode())
        self.assertEqual(got.attributes["type"], "com.example.hello")
        self.assertEqual(got.data, b"hello")

    @unittest.skipUnless(KAFKA and MQTT, "brokers are not there")
    def test_relay_works_as_printed(self):
        topic, out = self.topic(), self.topic("hello")
        reader = self.subscriber(out)
        producer = self.producer()
        text = command("relay")
        self.assertIn("localhost:9092/events", text)
        text = text.replace("localhost:9092/events",
                            f"{KAFKA}/{topic}?group={topic}")
        text = text.replace("localhost:1883/hello", f"{MQTT}/{out}")
        for kind in ("com.example.other", "com.example.hello"):
            headers, value = event(type=kind).to_kafka()
            producer.produce(topic, value, headers, partition=0)
        producer.flush()
        self.start(*shlex.split(text)[1:])
        message = reader.poll(30)
        self.assertIsNotNone(message)
        self.assertEqual(dict(message.properties)["subject"],
                         "com.example.hello")


class Tree(harness.Test):
    def test_no_file_is_longer_than_500_lines(self):
        for kind in ("c", "h", "py", "sh", "cmake"):
            for path in glob.glob(os.path.join(ROOT, "**", f"*.{kind}"),
                                  recursive=True):
                name = os.path.relpath(path, ROOT)
                if name.startswith("build"):
                    continue
                with self.subTest(name):
                    self.assertLessEqual(read(name).count("\n"), 500)


class Conformance(harness.Test):
    def test_every_binding_says_which_modes_it_has(self):
        """SDK-05"""
        for name in ("http", "kafka", "mqtt"):
            text = read("bindings", name, "README.md").lower()
            for word in ("binary", "structured"):
                with self.subTest(f"{name}: {word}"):
                    self.assertIn(word, text)

    def test_every_format_says_what_it_has(self):
        """SDK-05"""
        text = read("docs", "formats.md")
        for kind in ("application/cloudevents+json",
                     "application/cloudevents-batch+json",
                     "application/cloudevents+protobuf",
                     "application/cloudevents+avro",
                     "application/cloudevents+xml"):
            self.assertIn(kind, text)

    def test_the_page_is_current(self):
        done = subprocess.run(
            [os.path.join(ROOT, "script", "conformance"), "--check"],
            capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)


class Pages(harness.Test):
    """docs/*.md: what they show is compiled, what they name exists."""

    def pages(self):
        for path in sorted(glob.glob(os.path.join(ROOT, "docs", "*.md"))):
            yield os.path.basename(path), read("docs", path)

    def test_code_stands_in_an_example(self):
        shown = 0
        for name, text in self.pages():
            marked = [x for x in blocks(text) if x[1] == "c"]
            self.assertEqual(len(marked), len(re.findall("^```c$", text, re.M)),
                             f"{name}: code without the file it is from")
            for mark, _, content in marked:
                shown += 1
                with self.subTest(f"{name}: {mark}"):
                    self.assertIn(content, read(mark))
        self.assertGreaterEqual(shown, 3)

    def test_functions_are_in_the_headers(self):
        known = set(re.findall(r"\w+", "".join(
            read(path) for path in glob.glob(os.path.join(
                ROOT, "core", "include", "cloudevents", "*.h")))))
        for name, text in self.pages():
            named = set(re.findall(
                r"`(ce_(?:client|event|result|server|sql|trace|transport)_\w+)`",
                text))
            with self.subTest(name):
                self.assertEqual(sorted(named - known), [])

    def test_tests_of_the_go_package_are_there(self):
        text = read("docs", "from-the-go-package.md")
        named = re.findall(r"(core/\w+/\w+)(?: `(\w+)`)?", text)
        self.assertGreater(len(named), 20)
        for path, function in named:
            with self.subTest(path):
                area, noun = path.rsplit("/", 1)
                source = read("tests", area, f"test_{noun}.c")
                self.assertIn(f"TEST({function}" if function else "TESTS(",
                              source)


class Proofs(harness.Test):
    """Tests that are named as a proof exist."""

    def source(self, name):
        """Of a test by its name or its file; None for what is no test."""
        area, _, noun = name.removeprefix("tests/").rpartition("/")
        noun = noun.removesuffix(".py").removeprefix("test_")
        for kind in ("c", "py"):
            path = os.path.join("tests", area, f"test_{noun}.{kind}")
            if os.path.exists(os.path.join(ROOT, path)):
                return read(path)
        self.assertFalse(area and os.path.isdir(os.path.join(
            ROOT, "tests", area)), f"no test {name}")
        return None

    def check(self, *page):
        """Returns how many names of functions there are."""
        text, count = read(*page), 0
        # `area/noun`: `one`, `another`
        for name, functions in re.findall(
                r"`([\w/.]+/[\w.]+)`(?::((?:,? `\w+`)+))?", text):
            source = self.source(name)
            for function in re.findall(r"\w+", functions):
                with self.subTest(f"{name}: {function}"):
                    self.assertRegex(source or "", rf"\b{function}\b")
                    count += 1
        return count

    def test_of_what_is_delivered(self):
        self.assertGreater(self.check("docs", "delivery.md"), 10)

    def test_of_each_fault(self):
        self.assertGreater(self.check("tests", "faults", "README.md"), 40)


class Facts(harness.Test):
    """What the documents name exists."""

    def each(self, finder):
        """Every (document, found) of FINDER; there have to be some. The
        changes also name what is gone."""
        found = [(path, x) for path in facts.documents()
                 if path != "CHANGELOG.md" for x in finder(read(path))]
        self.assertGreater(len(found), 3)
        return found

    def test_commands_have_these_options(self):
        for path, words in self.each(facts.commands):
            with self.subTest(f"{path}: {' '.join(words)}"):
                name, *rest = words
                self.assertIn(name, facts.program().commands)
                options = facts.program().options(name)
                for word in rest:
                    self.assertTrue(facts.is_in(word, options), word)

    def test_options_named_alone_are_those_of_a_command(self):
        whole = facts.program().options()
        for path, name in self.each(facts.lone_options):
            with self.subTest(f"{path}: {name}"):
                self.assertTrue(facts.is_in(name, whole))

    def test_options_of_endpoints_have_these_values(self):
        table = facts.program().endpoint_options
        for path, (name, value) in self.each(facts.settings):
            with self.subTest(f"{path}: {name}={value}"):
                self.assertTrue(facts.is_in(name, table))
                choices = table.get(name, set())
                if "|" in "".join(choices) and value.islower():
                    self.assertIn(value, "|".join(choices).split("|"))

    def test_every_option_is_described(self):
        program, described = facts.program(), set().union(*(
            facts.words(read(path)) for path in facts.documents()
            if path != "CHANGELOG.md"))
        for name in sorted(program.options() | program.keys):
            name = name.strip("-.").replace("-", "_")
            with self.subTest(name):
                self.assertTrue(name in described or
                                name.split(".")[-1] in described)

    def test_tables_of_keys_name_keys(self):
        known = facts.program().keys
        for path, name in self.each(facts.table_keys):
            with self.subTest(f"{path}: {name}"):
                self.assertTrue(facts.is_in(name, known))

    def test_words_of_the_configuration_are_in_the_sources(self):
        known = facts.program().keys | facts.words_of_sources()
        text = read("docs", "configuration.md")
        for name in sorted(set(re.findall(r"`([a-z][a-z_]+)`", text))):
            with self.subTest(name):
                self.assertTrue(name.removeprefix("cebridge_") in known)

    def test_messages_are_in_the_sources(self):
        for path, message in self.each(facts.messages):
            with self.subTest(f"{path}: {message}"):
                self.assertTrue(facts.is_message(message))
                hit = re.search(r'did you mean "(\w+)"', message)
                if hit:
                    self.assertTrue(hit.group(1) in facts.program().keys)

    def test_files_are_in_the_tree(self):
        for path, name in self.each(facts.files):
            with self.subTest(f"{path}: {name}"):
                self.assertTrue(os.path.exists(os.path.join(ROOT, name)))

    def test_the_floors_are_those_of_the_script(self):
        text = read("docs", "architecture.md").split("## Floors", 1)[1]
        shown = re.findall(r"^\| `([\w/]+)/` \|", text, re.M)
        self.assertEqual(shown, runpy.run_path(
            os.path.join(ROOT, "script", "layers"))["FLOORS"])

    def test_the_drawing_is_that_of_the_source(self):
        part = read("docs", "architecture.md").split("## The chain", 1)[1]
        drawing = re.search(r"```\n(.*?)```", part, re.S).group(1)
        self.assertGreater(drawing.count("->"), 10)
        source = "\n".join(x.removeprefix(" *   ").rstrip(" *") for x in read(
            "bridge", "run", "route.c").splitlines()[:40])
        self.assertIn(drawing, source)

    def test_the_index_leads_to_functions(self):
        text = read("docs", "architecture.md")
        rows = facts.index(text)
        for what in ("415", "401", "PUBACK", "offset", "percent",
                     "Retry-After", "dead letter", "id of a wrapped",
                     "a stage", "a key", "a format", "a transport", "a test"):
            self.assertIn(what, text.split("## Where is it", 1)[1])
        self.assertGreaterEqual(len(rows), 8)
        for path, functions in rows:
            for name in functions:
                with self.subTest(f"{path}: {name}"):
                    self.assertRegex(read(path), rf"(?m)^\w[^;\n]*\b{name}\(")


class Limits(harness.Test):
    """docs/security.md: its tables say what the program says."""

    def tables(self):
        """(heading, rows of cells) of each table of limits."""
        text = read("docs", "security.md").split("## Limits", 1)[1]
        for part in text.split("\n## ")[0].split("\n### ")[1:]:
            rows = re.findall(r"^\| (.*) \|$", part, re.M)[1:]
            yield part.splitlines()[0], [x.split(" | ") for x in rows]

    def presets(self, heading):
        """{option: its default} of one end of a transport, or of a route."""
        kind, _, end = heading.lower().partition(" ")
        text = facts.program().texts["relay"] if not end else harness.cebridge(
            "relay", "--help", kind.rstrip("s")).stdout
        options = re.split(r"\n  --", text)
        if end:
            text = text.split(f"  as a {end.rstrip('s')}:\n", 1)[1]
            options = re.split(r"(?:^|\n)    (?=[a-z]\w*=)",
                               text.split("\n  as a ")[0])
        return {re.match(r"[\w-]*", x).group().replace("-", "_"):
                (re.findall(r"\(([^()]*)\)$", x.rstrip()) or ["none"])[0]
                for x in options}

    def test_every_option_has_the_default_of_the_table(self):
        checked = 0
        for heading, rows in self.tables():
            presets = self.presets(heading) if "," not in heading else {}
            for option, preset, *_ in rows:
                if not re.fullmatch(r"`\w+`", option):
                    continue
                with self.subTest(f"{heading}: {option}"):
                    self.assertEqual(presets[option.strip("`")],
                                     preset.strip("`"))
                    checked += 1
        self.assertGreater(checked, 20)

    def test_what_shows_a_limit_is_there(self):
        known = read("docs", "operations.md")
        for heading, rows in self.tables():
            for name in re.findall(r"`(\w+)`", " ".join(
                    x[-1] for x in rows if len(x) > 3)):
                with self.subTest(f"{heading}: {name}"):
                    self.assertIn(f"`{name}`", known)


class Examples(harness.Test):
    def test_every_configuration_passes_the_check(self):
        paths = glob.glob(os.path.join(ROOT, "docs", "examples", "**",
                                       "*.yaml"), recursive=True)
        self.assertGreaterEqual(len(paths), 5)
        for path in paths:
            with self.subTest(os.path.relpath(path, ROOT)):
                done = self.cebridge("check", path)
                self.assertEqual(done.code, 0, done)

    def test_every_configuration_in_the_documents_passes_the_check(self):
        for path in glob.glob(os.path.join(ROOT, "docs", "*.md")):
            text = read(path)
            found = re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M)
            for i, content in enumerate(found):
                if "routes:" not in content:
                    continue
                with self.subTest(f"{os.path.basename(path)} {i}"):
                    done = self.cebridge(
                        "check", self.write("bridge.yaml", content))
                    self.assertEqual(done.code, 0, done)

    def test_plain_records_become_events_as_the_example_says(self):
        """docs/examples/wrap.yaml, with HTTP in the place of the topics."""
        port = free_port()
        sink = web.Sink()
        self.addCleanup(sink.stop)
        text = read("docs", "examples", "wrap.yaml")
        text = re.sub(r"from: .*", f"from: http://127.0.0.1:{port}/", text)
        text = re.sub(r"to: kafka.*", f"to: {sink.uri}", text)
        text = re.sub(r"source: .*", "source: /legacy", text)
        text = re.sub(r"dead_letter: .*",
                      f"dead_letter: file:{self.path('dead')}", text)
        self.run_config(text)
        answer = web.request(port, target="/", headers=[
            ("Content-Type", "application/json")],
            body=b'{"orderId":"o-1","total":1.50}')
        self.assertEqual(answer.status, 202, answer)
        got = sink.wait(1)[0].event()
        self.assertEqual(got.attributes["type"], "com.example.order")
        self.assertEqual(got.attributes["subject"], "o-1")
        self.assertEqual(got.data, b'{"orderId":"o-1","total":1.50}')

    @unittest.skipUnless(KAFKA, "CE_TEST_KAFKA is not set")
    def test_a_wrapped_record_has_the_same_id_each_time(self):
        topic = self.topic()
        producer = self.producer()
        producer.produce(topic, b'{"orderId":"1"}', partition=0)
        producer.flush()
        ids = []
        for group in "ab":
            bridge = self.run_config(
                f"routes:\n  r:\n    from: {self.kafka_uri(topic)}"
                f"?group={topic}{group}\n"
                "    wrap: { type: t, source: /s }\n"
                f"    to: \"file:{self.path('out' + group)}\"\n")
            path = self.path("out" + group)
            harness.wait_until(lambda: os.path.exists(path)
                               and self.read("out" + group).endswith(b"\n"))
            bridge.stop()
            ids.append(harness.Event.from_json(
                self.read("out" + group).decode()).id)
        self.assertEqual(ids, [f"{topic}-0-0"] * 2)


if __name__ == "__main__":
    harness.main()
