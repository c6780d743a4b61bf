# SPDX-License-Identifier: Apache-2.0
"""Ports for what a test starts, also for what it stops and starts again."""

import random
import socket


def free_port():
    """A port that nobody listens on, outside the range that the system gives
    to outgoing connections; another one each time, also beside other tests
    that run at the same time."""
    while True:
        port = random.randrange(10000, 20000)
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0cebridge-test-port-{port}")
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        claim.detach()  # its name is held until the process ends
        return port
