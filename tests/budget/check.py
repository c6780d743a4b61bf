#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether an event costs as many instructions as its budget says.

    check.py PROGRAM [--show]

A budget belongs to what makes and runs the code: RELEASE-COMPILER-MACHINE.txt
holds those of a Debian release. callgrind counts, so that the figures are the
same from run to run, and on a busy machine. What costs more than the tolerance
above its budget fails. What costs less than that passes, and is named.

--show prints the table of this platform; script/budgets writes it."""

import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 0.03
# The C library chooses its functions by the processor; everywhere the same.
TUNABLES = "glibc.cpu.hwcaps=-AVX2,-AVX,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM"
COUNTED = "budget_counted"


class Skipped(Exception):
    pass


def release():
    try:
        text = pathlib.Path("/etc/os-release").read_text()
    except OSError:
        return "unknown"
    found = re.search(r'^VERSION_CODENAME="?(\w+)', text, re.M)
    return found.group(1) if found else "unknown"


def name_of_platform(program):
    compiler = subprocess.run([program, "compiler"], capture_output=True,
                              text=True, check=True).stdout.strip()
    return f"{release()}-{compiler}-{platform.machine()}"


def run(program, folder):
    """Its first line says how many events, the others name the rows."""
    command = ["valgrind", "--tool=callgrind", "--collect-atstart=no",
               f"--toggle-collect={COUNTED}", f"--dump-after={COUNTED}",
               f"--callgrind-out-file={folder}/counts", program]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True,
                              text=True, timeout=100,
                              env={**os.environ, "GLIBC_TUNABLES": TUNABLES})
    except FileNotFoundError:
        raise Skipped("there is no valgrind") from None
    if done.returncode:
        raise SystemExit(f"{program} failed:\n{done.stderr}")
    return done.stdout.split()


def counted(folder, number):
    """Instructions of one call of COUNTED, from 1."""
    text = pathlib.Path(folder, f"counts.{number}").read_text()
    return int(re.search(r"^totals: (\d+)", text, re.M).group(1))


def measure(program):
    """Instructions for one event, by the names of the rows."""
    with tempfile.TemporaryDirectory(prefix="cloudevents-budget-") as folder:
        events, *names = run(program, folder)
        return {name: (counted(folder, 2 * i + 2) - counted(folder, 2 * i + 1))
                // int(events) for i, name in enumerate(names)}


def read(table):
    lines = [line.split() for line in table.read_text().splitlines()
             if not line.startswith("#")]
    return {name: int(count) for name, count in lines}


def show(name, measured):
    print(f"# {name}: instructions for one event. script/budgets writes this.")
    for row, count in measured.items():
        print(f"{row:20} {count:7}")


def compare(budgets, measured):
    """Lines about what is not as it was, and whether one of them is bad."""
    lines, bad = [], False
    for name in {**budgets, **measured}:
        budget, count = budgets.get(name), measured.get(name)
        if budget is None or count is None:
            lines.append(f"{name}: budget {budget}, measured {count}")
            bad = True
        elif abs(count - budget) > TOLERANCE * budget:
            lines.append(f"{name}: budget {budget}, measured {count} "
                         f"({100 * (count / budget - 1):+.1f} %)")
            bad |= count > budget
    return lines, bad


def main():
    program, shows = os.path.abspath(sys.argv[1]), "--show" in sys.argv[2:]
    name = name_of_platform(program)
    table = HERE / f"{name}.txt"
    if not shows and not table.exists():
        raise Skipped(f"there are no budgets for {name}: "
                      f"tests/budget/{table.name}")
    measured = measure(program)
    if shows:
        show(name, measured)
        return 0
    lines, bad = compare(read(table), measured)
    if lines:
        print("\n".join(lines))
        print(f"to write the table anew: script/budgets {release()}")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Skipped as reason:
        print(f"skipped: {reason}")
        sys.exit(77)
