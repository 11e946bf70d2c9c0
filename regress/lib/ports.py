"""Free loopback ports.  They lie below the kernel's ephemeral range, so that
no outgoing connection takes one between the choice and the bind."""

import os
import random
import socket

LOW, HIGH = 10240, 32000

_random = random.Random(os.urandom(8))
_given = set()


def is_free(port, address="127.0.0.1"):
    """Free for TCP and for UDP."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as s:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind((address, port))
            except OSError:
                return False
    return True


def free(address="127.0.0.1"):
    """A port that this process was not given before and nobody uses."""
    for _ in range(1000):
        port = _random.randrange(LOW, HIGH)
        if port not in _given and is_free(port, address):
            _given.add(port)
            return port
    raise RuntimeError("no free port")
