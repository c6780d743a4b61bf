# SPDX-License-Identifier: Apache-2.0
"""More processors than the machine has: each is a group of threads that
together get SHARE of the processor that is measured. What two threads of two
groups do at the same time is twice what one group could do."""

import collections
import glob
import os

SHARE = 0.15
PERIOD_US = 10000
# Control groups, version 1: a thread is in a group of its own.
ROOT = "/sys/fs/cgroup/cpu"


def are_possible():
    return os.access(os.path.join(ROOT, "tasks"), os.W_OK)


def _write(group, name, value):
    with open(os.path.join(group, name), "w") as file:
        file.write(str(value))


def _threads(pid):
    """Their ids by their name, oldest first."""
    found = collections.defaultdict(list)
    for path in glob.glob(f"/proc/{pid}/task/*/comm"):
        with open(path) as file:
            found[file.read()].append(int(path.split("/")[-2]))
    return [sorted(ids) for ids in found.values()]


class Cores:
    def __init__(self, count):
        self.groups = [os.path.join(ROOT, f"cloudevents-bench-{i}")
                       for i in range(count)]

    def __enter__(self):
        for group in self.groups:
            os.makedirs(group, exist_ok=True)
            _write(group, "cpu.cfs_period_us", PERIOD_US)
            _write(group, "cpu.cfs_quota_us", int(PERIOD_US * SHARE))
        return self

    def __exit__(self, *_):
        for group in self.groups:
            os.rmdir(group)

    def take(self, pid):
        """What each worker has once is spread over the groups: its loop, and
        the threads of its clients."""
        for ids in _threads(pid):
            for i, thread in enumerate(ids):
                _write(self.groups[i % len(self.groups)], "tasks", thread)
