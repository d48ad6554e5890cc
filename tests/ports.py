"""Ports for the servers of a test, which nobody else takes between the choice and the start."""

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path

_LOWEST = 20_000
_FOLDER = Path(tempfile.gettempdir()) / f"onduty-test-ports-{os.getuid()}"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on; it is this process's until that ends.

    It lies below those that outgoing connections get: one of them would take it before the test's
    server does, or while that is started again. A lock keeps other test runs away from it.
    """
    _FOLDER.mkdir(exist_ok=True)
    below = _first_of_outgoing_connections()
    while True:
        port = _LOWEST + secrets.randbelow(below - _LOWEST)
        if _is_ours(port) and _is_free(port):
            return port


def _first_of_outgoing_connections() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:  # not Linux; there it is higher
        return 32_768


def _is_ours(port: int) -> bool:
    lock = os.open(_FOLDER / str(port), os.O_CREAT | os.O_RDWR)  # open, and locked, to the end
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
