"""Looks host names up so that nobody waits for longer than they want to.

`getaddrinfo` takes as long as the resolver likes. Here each name is asked for by one thread at a
time, which all who want it share: the shared threads of an event loop stay free for others.
"""

import os
import socket
import threading
from concurrent.futures import Future

Found = list[tuple[int, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]]
"""Addresses to connect to in their order, each with its family."""


class Names:
    """The look-ups that are on their way."""

    def __init__(self) -> None:
        self._asked: dict[tuple[str, int], Future[Found]] = {}
        self._lock = threading.Lock()

    def ask(self, host: str, port: int) -> "Future[Found]":
        """Return what will hold the addresses, or an `OSError`. An IP address is there at once."""
        future: Future[Found] = Future()
        future.set_running_or_notify_cancel()  # others wait for it: nobody can cancel it
        try:
            future.set_result(_look_up(host, port, socket.AI_NUMERICHOST))
        except OSError:
            pass
        else:
            return future
        asking = threading.Thread(
            target=self._look_up, args=(host, port, future), name=f"look up {host}", daemon=True
        )
        with self._lock:
            if known := self._asked.get((host, port)):
                return known
            asking.start()
            self._asked[host, port] = future
        return future

    def _look_up(self, host: str, port: int, future: "Future[Found]") -> None:
        try:
            found: Found | OSError = _look_up(host, port)
        except OSError as error:
            found = error
        with self._lock:  # held until it is noted that it was asked
            del self._asked[host, port]
        if isinstance(found, OSError):
            future.set_exception(found)
        else:
            future.set_result(found)


def _look_up(host: str, port: int, flags: int = 0) -> Found:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError:
        raise OSError(f"{host} is no host name") from None
    return [(family, address) for family, _, _, _, address in found]


NAMES = Names()
"""Of this process; a fork has none of its parent's threads, so it begins anew."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=NAMES.__init__)  # type: ignore[misc]
