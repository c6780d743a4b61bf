#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manifests in deploy/kubernetes obey the schemas of Kubernetes."""

import glob
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

import partners  # noqa: E402

VERSIONS = ("1.31", "1.37")


class Kubernetes(partners.Python):
    name, title = "kubernetes", "Kubernetes"
    sources = ("validate.py", "requirements.txt")
    program = "validate.py"


class Manifests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.command = Kubernetes().command()
        except partners.NotHere as reason:
            raise unittest.SkipTest(str(reason))
        cls.paths = [x for x in glob.glob(os.path.join(
            ROOT, "deploy", "kubernetes", "**", "*.yaml"), recursive=True)
            if os.path.basename(x) != "bridge.yaml"]

    def validate(self, version, paths):
        done = subprocess.run([*self.command, version, *paths], text=True,
                              capture_output=True, timeout=120, check=True)
        self.assertRegex(done.stderr, r"^[1-9]\d* checked$")
        return done.stdout

    def test_they_obey_the_schemas(self):
        self.assertGreaterEqual(len(self.paths), 6)
        for version in VERSIONS:
            with self.subTest(version):
                self.assertEqual(self.validate(version, self.paths), "")

    def test_a_mistake_is_found(self):
        path = os.path.join(ROOT, "deploy", "kubernetes", "base",
                            "deployment.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for right, wrong in (("periodSeconds", "periodSecs"),
                             ("replicas: 2", "replicas: two"),
                             ("readOnlyRootFilesystem", "readonlyRoot")):
            self.assertIn(right, text)
            with self.subTest(wrong), tempfile.NamedTemporaryFile(
                    "w", suffix=".yaml") as file:
                file.write(text.replace(right, wrong))
                file.flush()
                self.assertIn(wrong.split(": ")[-1],
                              self.validate(VERSIONS[-1], [file.name]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
