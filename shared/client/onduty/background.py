"""One event loop for all desks of this process, in a thread of its own.

Blocking calls run there, so that none outlasts its time, whatever a resolver or a server does; and
names are looked up there, so that a resolver that hangs takes no shared thread of another loop.
"""

import asyncio
import contextlib
import os
import selectors
import threading


class Background:
    """The loop, begun when it is first needed; a fork begins another."""

    def __init__(self) -> None:
        self._beginning = threading.Lock()
        self._selector: selectors.BaseSelector | None = None
        self._inherited: list[object] = []
        self.running: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop of this process."""
        with self._beginning:
            if not self.running:
                self._selector = selectors.DefaultSelector()
                loop = asyncio.SelectorEventLoop(self._selector)
                threading.Thread(target=loop.run_forever, name="onduty", daemon=True).start()
                self.running = loop
            return self.running

    async def look_up(self, host: str, port: int) -> None:
        """Return when the resolver has said something of this name, from any loop."""
        with contextlib.suppress(OSError, UnicodeError):
            looking = self.loop().getaddrinfo(host, port)
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(looking, self.loop()))

    def leave_to_parent(self) -> None:
        """Forget the loop, in a fork, where its thread is not.

        It is kept, with its connections: what closes them here could take them from the parent's.
        """
        inherited = [*self._inherited, self.running]
        if self._selector:
            self._selector.close()  # only here
        self.__init__()  # type: ignore[misc]  # the lock may have been held
        self._inherited = inherited


BACKGROUND = Background()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=BACKGROUND.leave_to_parent)
