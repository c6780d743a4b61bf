#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the program writes about itself for others to read: manual pages, and
completion in real shells."""

import os
import pty
import re
import shutil
import subprocess
import unittest

import facts
import harness

FOLDER = os.path.dirname(os.path.abspath(harness.PROGRAM))
ENVIRONMENT = {**os.environ, "TERM": "dumb",
               "PATH": FOLDER + os.pathsep + os.environ["PATH"]}


def needs(*programs):
    missing = [x for x in programs if not shutil.which(x)]
    return unittest.skipIf(missing, f"{' '.join(missing)} is not installed")


class Pages(harness.Test):
    def pages(self):
        yield "cebridge", self.cebridge("help", "--man").stdout
        for topic in [*facts.program().commands, "configuration"]:
            done = self.cebridge("help", "--man", topic)
            self.assertEqual((done.code, done.stderr), (0, ""), done)
            yield topic, done.stdout

    @needs("mandoc")
    def test_they_are_well_formed(self):
        for name, text in self.pages():
            with self.subTest(name):
                done = subprocess.run(["mandoc", "-T", "lint"], input=text,
                                      capture_output=True, text=True,
                                      timeout=20)
                # A page has no date, so that each build makes the same one.
                said = [x for x in done.stdout.splitlines()
                        if "missing date" not in x]
                self.assertEqual(said, [])

    @needs("mandoc")
    def test_they_say_what_help_says(self):
        for topic in ("relay", "dlq", "configuration"):
            page = subprocess.run(
                ["mandoc", "-T", "ascii", "-O", "width=200"],
                input=self.cebridge("help", "--man", topic).stdout,
                capture_output=True, text=True, timeout=20).stdout
            page = re.sub(r".\x08", "", page)
            shown, said = (
                {x.lower().rstrip(":.") for x in
                 re.findall(r"[\w{}/.:-]+", text)}
                for text in (page, self.cebridge("help", topic).stdout))
            with self.subTest(topic):
                self.assertEqual(said - shown, set())

    def test_a_topic_that_is_none_gets_the_nearest(self):
        done = self.cebridge("help", "rely")
        self.assertEqual((done.code, done.stderr), (
            2, 'cebridge: unknown command "rely", did you mean "relay"?\n'))


# The words behind "cebridge", and what may stand in place of the last one.
WORDS = [
    (["va"], ["validate"]),
    (["--v"], ["--version"]),
    (["relay", "--retry.m"], ["--retry.max_attempts", "--retry.max_age"]),
    (["relay", "--order", ""], ["key", "none"]),
    (["relay", "--order=n"], ["--order=none"]),
    (["relay", "kafka"], ["kafka://", "kafkas://"]),
    (["relay", "-"], ["-"]),
    (["relay", "file:"], ["file:"]),
    (["relay", "file:x"], []),
    (["relay", "mqtt://h/t?clean"], ["mqtt://h/t?clean="]),
    (["relay", "mqtt://h/t?qos=1&clean="],
     ["mqtt://h/t?qos=1&clean=true", "mqtt://h/t?qos=1&clean=false"]),
    (["relay", "-", "http://h?batch_e"], ["http://h?batch_events="]),
    (["relay", "http://h?batch_e"], []),
    (["relay", "--dead-letter", "mqtt"], ["mqtt://", "mqtts://"]),
    (["relay", "-", "--dead-letter", "file:x", "-", "mem"], ["mem://"]),
    (["dlq", ""], ["list", "show", "replay", "drop"]),
    (["dlq", "replay", "file:x", "mqtts"], ["mqtts://"]),
    (["dlq", "list", "file:x", ""], []),
    (["convert", "--to", "xml"], ["xml", "xml-batch"]),
    (["completion", ""], ["bash", "zsh", "fish"]),
    (["help", "he"], ["health", "help"]),
    (["help", "relay", "k"], ["kafka"]),
    (["help", "conf"], ["configuration"]),
    (["run", ""], []),
    (["send", "--type", ""], []),
    (["nonsense", ""], []),
]


class Completion(harness.Test):
    def test_words(self):
        for words, expected in WORDS:
            with self.subTest(words):
                done = self.cebridge("completion", "--words", "--", *words)
                self.assertEqual((done.code, done.stderr), (0, ""))
                self.assertEqual([x.split("\t")[0] for x in
                                  done.stdout.splitlines()], expected)

    def test_a_shell_that_is_none(self):
        for words in ([], ["tcsh"], ["bash", "zsh"], ["--words"]):
            done = self.cebridge("completion", *words)
            self.assertEqual(done.code, 2, words)
            self.assertIn("usage: cebridge completion bash|zsh|fish",
                          done.stderr)

    # What is typed, and the words that the command gets.
    TYPED = [
        ("cebridge lis\tx\n", ["listen", "x"]),
        ("cebridge relay --dead-l\tx\n", ["relay", "--dead-letter", "x"]),
        ("cebridge relay kafkas\tx\n", ["relay", "kafkas://x"]),
        ("cebridge relay 'mqtt://h/t?qos=1&cli\ta'\n",
         ["relay", "mqtt://h/t?qos=1&client_id=a"]),
        ("cebridge run onl\tx\n", ["run", "only.yaml", "x"]),
        ("cebridge relay file:onl\tx\n", ["relay", "file:only.yaml", "x"]),
    ]

    def type(self, shell, setup):
        """Types each line in an interactive shell; the command prints what it
        gets, and asks the program for completion only."""
        self.write("only.yaml", "")
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.directory)
            os.execvpe(shell[0], shell, ENVIRONMENT)
        try:
            os.write(terminal, setup.encode())
            os.write(terminal, b"cebridge() { printf '<%s>' \"$@\" :; echo; }\n")
            os.write(terminal, b"cebridge begun\n")
            self.expect(terminal, ["begun"])
            for typed, words in self.TYPED:
                with self.subTest(typed):
                    os.write(terminal, typed.encode())
                    self.expect(terminal, words)
        finally:
            os.close(terminal)
            os.kill(pid, 9)
            os.waitpid(pid, 0)

    def expect(self, terminal, words):
        self.assertIn("".join(f"<{x}>" for x in [*words, ":"]),
                      harness.read_until(terminal, "<:>"))

    @needs("bash")
    def test_bash(self):
        self.type(["bash", "--norc", "--noprofile", "-i"],
                  "source <(command cebridge completion bash)\n")

    @needs("zsh")
    def test_zsh(self):
        self.type(["zsh", "-f", "-i"],
                  "autoload -U compinit; compinit -u -D\n"
                  "source <(command cebridge completion zsh)\n")

    @needs("fish")
    def test_fish(self):
        self.write("only.yaml", "")
        script = "\n".join(
            ["command cebridge completion fish | source", f"cd {self.directory}"] +
            [f"complete -C \"{x}\"" for x in (
                "cebridge lis", "cebridge relay --dead-l",
                "cebridge relay kafkas", "cebridge relay 'mqtt://h/t?cli",
                "cebridge run onl", "cebridge relay file:onl")])
        done = subprocess.run(["fish", "--no-config", "-c", script],
                              env={**ENVIRONMENT, "HOME": self.directory},
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        self.assertEqual([x.split("\t")[0] for x in done.stdout.splitlines()], [
            "listen", "--dead-letter", "kafkas://", "mqtt://h/t?client_id=",
            "only.yaml", "file:only.yaml"])


if __name__ == "__main__":
    harness.main()
