# SPDX-License-Identifier: Apache-2.0
"""What the documents name, and what there is: for test_docs.py."""

import functools
import glob
import os
import re
import shlex

import harness
from harness import ROOT

# Named in the documents, and not ours.
FOREIGN = {"acks"}


def documents():
    """Paths from the root. conformance.md is made by a script."""
    paths = glob.glob(os.path.join(ROOT, "*.md")) + glob.glob(
        os.path.join(ROOT, "docs", "*.md")) + glob.glob(
        os.path.join(ROOT, "bindings", "*", "README.md"))
    names = sorted(os.path.relpath(x, ROOT) for x in paths)
    return [x for x in names if not x.endswith("conformance.md")]


def anchors(text):
    """The names of a page's headings, as a link spells them."""
    return {re.sub(r"[^\w -]", "", x.lower()).replace(" ", "-")
            for x in re.findall(r"^#+ (.*)$", text, re.M)}


def is_in(name, known):
    """KNOWN may have families: "rdkafka." for any name that begins so."""
    return name in known or any(x.endswith(".") and name.startswith(x)
                                for x in known)


# --- what documents name ---

def _prose(text):
    """Without code blocks."""
    return re.sub(r"^```\w*\n.*?^```", "", text, flags=re.S | re.M)


def _spans(text):
    return re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", _prose(text))


def words(text):
    """All that stands as code."""
    blocks = re.findall(r"^```.*?^```", text, re.S | re.M)
    return {x.strip("-.").replace("-", "_") for x in re.findall(
        r"[\w.-]+", " ".join([*_spans(text), *blocks]))}


def _blocks(text, *languages):
    return "\n".join(content for language, content in re.findall(
        r"^```(\w*)\n(.*?)^```", text, re.S | re.M) if language in languages)


def commands(text):
    """[command, option...] of each call of cebridge."""
    lines = _blocks(text, "sh").replace("\\\n", " ").splitlines()
    for line in lines + [" ".join(x.split()) for x in _spans(text)]:
        line = re.sub(r"^(\w+=\S+ )+", "", line)
        for call in re.findall(r"(?:^|[/;&|] *)cebridge +([a-z][^|&>;]*)", line):
            words = shlex.split(call, comments=True)
            yield [words[0], *(x.split("=")[0] for x in words[1:]
                               if x.startswith("--"))]


def lone_options(text):
    for span in _spans(text):
        hit = re.match(r"(--[\w.-]+)", span)
        if hit:
            yield hit.group(1)


def settings(text):
    """(name, value) of endpoints' options, alone or in the query of a URI."""
    whole = _blocks(text, "sh", "yaml") + "\n".join(_spans(text))
    for query in re.findall(r"(?:kafkas?|mqtts?|file|mem)://?[^\s`'\"?]*\?"
                            r"([^\s`'\"]+)", whole):
        for pair in query.split("&"):
            yield tuple(pair.split("=", 1))
    for span in _spans(text):
        for pair in span.split("&"):
            hit = re.fullmatch(r"\??([a-z][a-z_]*)=(\S*)", pair)
            if hit and hit.group(1) not in FOREIGN:
                yield hit.groups()


def table_keys(text):
    """The first column of tables whose first head is "key" or "option"."""
    for table in re.findall(r"^\| (?:key|option) \|.*\n\|[-|]+\n"
                            r"((?:\|.*\n)+)", text, re.M):
        for row in table.splitlines():
            for name in re.findall(r"`([^`]+)`", row.split("|")[1]):
                yield name.split("=")[0].removesuffix("NAME")


def messages(text):
    """Spans that look like output: FILE:LINE: ..., cebridge: ..., and
    NOUN "VALUE": ..."""
    for span in _spans(text):
        if re.match(r'[\w.]+:\d+: |cebridge: |[a-z]+( [a-z]+)* "[^"]*"[:,] ',
                    span):
            yield " ".join(span.split())


def files(text):
    for span in _spans(text):
        if re.fullmatch(r"(core|bridge|bindings|formats|tests|docs|script|cmake"
                        r"|\.github)/[\w./-]*", span):
            if not re.search(r"[A-Z]{4}", span) or span.endswith("README.md"):
                yield span


def index(text):
    """(path, [function]) of the table below "Where is it"."""
    part = text.split("## Where is it", 1)[1].split("\n## ", 1)[0]
    found = []
    for path, names in re.findall(r"\(\.\./([\w/.]+\.[ch])\)((?:[, ]*`\w+`)+)",
                                  part):
        found.append((path, re.findall(r"`(\w+)`", names)))
    return found


# --- what there is ---

class Program:
    """What the program says of itself."""

    def __init__(self):
        self.commands = re.findall(r"^  ([a-z]+) +\w",
                                   self._help(), re.M)
        self.texts = {x: self._help(x) for x in self.commands}
        configuration = harness.cebridge("help", "configuration").stdout
        whole = "\n".join([*self.texts.values(), configuration])
        self.endpoint_options = {}
        for name, value in re.findall(r"^    ([\w.]+)=(\S+)", whole, re.M):
            self.endpoint_options.setdefault(
                name.removesuffix("NAME"), set()).add(value)
        self.keys = set(self.endpoint_options) | set(
            re.findall(r"^  ([a-z_]+)(?::| +\w)", configuration, re.M))

    @staticmethod
    def _help(*command):
        done = harness.cebridge(*command, "--help")
        return done.stdout or done.stderr

    def options(self, command=None):
        texts = [self.texts[command]] if command else self.texts.values()
        return {x.removesuffix("NAME") for text in texts
                for x in re.findall(r"^  (--[\w.-]+)", text, re.M)}


@functools.cache
def program():
    return Program()


STRING = r'"((?:[^"\\\n]|\\.)*)"'


@functools.cache
def literals():
    """The texts of the sources; PRIu64 and its like count as text."""
    found = set()
    for folder in ("core", "formats", "bindings", "bridge"):
        for path in glob.glob(os.path.join(ROOT, folder, "**", "*.[ch]"),
                              recursive=True):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"/\*.*?\*/|^#include [^\n]*", "", file.read(),
                              flags=re.S | re.M)
            for run in re.finditer(rf"{STRING}(?:\s*(?:PRI\w+\s*)?{STRING})*",
                                   text):
                found.add("".join(re.findall(STRING, run.group())).replace(
                    '\\"', '"').replace("\\n", " ").strip())
    return found


@functools.cache
def words_of_sources():
    """Texts of one word, such as "nack", and those of choices."""
    return {word for text in literals() for word in text.split("|")
            if re.fullmatch(r"\w+", word)}


@functools.cache
def formats():
    """Messages of two words and more as patterns."""
    found = []
    for text in literals():
        parts = re.split(r"(%[-+ #0]*[\d.*]*(?:[hlzj]*[a-zA-Z]|%))", text)
        plain = "".join(parts[::2])
        if len(re.findall(r"[a-z]{2,}", plain)) < 2 and '"' not in plain:
            continue
        found.append(re.compile("".join(
            "%" if x == "%%" else "(.*)" if i % 2 else re.escape(x)
            for i, x in enumerate(parts)), re.S))
    return found


def is_message(text):
    """Whether a format makes TEXT; what its last placeholder stands for may be
    the message of another one."""
    text = re.sub(r"^[\w./]+:\d+: ", "", text)
    if text in literals() or text.removeprefix("cebridge: ") in literals():
        return True
    for pattern in formats():
        hit = pattern.fullmatch(text)
        if not hit:
            continue
        if not hit.groups() or " " not in hit.groups()[-1]:
            return True
        if hit.end(len(hit.groups())) == len(text) and is_message(
                hit.groups()[-1]):
            return True
    return False
