# SPDX-License-Identifier: Apache-2.0
"""Checks manifests against the schemas of Kubernetes, and says what is wrong:

    validate.py VERSION FILE...

Labels and selectors come from kustomize; here they are added as it does."""

import sys

import kubernetes_validate
import yaml

LABELS = {"app.kubernetes.io/name": "cebridge"}
# Not a part of Kubernetes: kustomize reads the first, KEDA the second.
OTHERS = ("kustomize.config.k8s.io/", "keda.sh/")


def label(manifest):
    spec = manifest["spec"]
    if "template" in spec:
        spec["selector"] = {"matchLabels": LABELS}
        spec["template"].setdefault("metadata", {})["labels"] = LABELS
    return manifest


def main():
    version, *paths = sys.argv[1:]
    checked = 0
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for manifest in yaml.safe_load_all(file):
                if manifest["apiVersion"].startswith(OTHERS):
                    continue
                checked += 1
                try:
                    kubernetes_validate.validate(label(manifest), version,
                                                 strict=True)
                except kubernetes_validate.ValidationError as wrong:
                    print(f"{path}: {list(wrong.path)}: {wrong.message}")
    print(f"{checked} checked", file=sys.stderr)


main()
