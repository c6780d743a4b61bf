# SPDX-License-Identifier: Apache-2.0
"""Where it is measured: cores, what a process has used, and the versions of
everything that takes part."""

import ctypes
import os
import platform
import re
import subprocess
import time

MEASURED, OTHERS = 0, 1  # the core of a contestant, and that of all the rest
PACKAGES = ["librdkafka1", "libmicrohttpd12", "libcurl4", "libpaho-mqtt1.3",
            "liblmdb0", "libmimalloc2.0", "mosquitto"]
_libc = ctypes.CDLL(None, use_errno=True)


def take_core():
    """For this process and for all that it starts without saying else."""
    os.sched_setaffinity(0, {OTHERS})


def measured(command, **kw):
    """Starts COMMAND on the core that it has for itself."""
    return subprocess.Popen(["taskset", "-c", str(MEASURED), *command],
                            stdin=subprocess.DEVNULL, **kw)


def cpu_us(pid):
    """Of all its threads, also of those that have ended."""
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessLookupError(pid)
    return time.clock_gettime(clock.value) * 1e6


def peak_mib(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmHWM:\s+(\d+)", file.read()).group(1)) / 1024


def end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _processor():
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*:\s*(.*)", file.read())
    return found.group(1) if found else platform.machine()


def _packages():
    done = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES],
        capture_output=True, text=True)
    return dict(line.split() for line in done.stdout.splitlines()
                if len(line.split()) == 2)


def facts():
    """With the load before the first run: of others on the same machine."""
    return {"processor": _processor(), "cores": os.cpu_count(),
            "kernel": platform.release(), "load": os.getloadavg()[0],
            "packages": _packages()}
