"""One event loop for all desks of this process, in a thread of its own.

Blocking calls run there, so that a call returns by its deadline even if a resolver or server hangs.
Host names are resolved there, so that a hanging resolver blocks no thread of another event loop.
"""

import asyncio
import contextlib
import os
import selectors
import threading


class Background:
    """The event loop, started when it is first needed, and again in a forked process."""

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
        """Return when the name is resolved, or could not be; callable from any event loop."""
        with contextlib.suppress(OSError, UnicodeError):
            looking = self.loop().getaddrinfo(host, port)
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(looking, self.loop()))

    def leave_to_parent(self) -> None:
        """Forget the loop in a forked process, where its thread does not run.

        The object is kept alive with its connections: closing them here would close the parent's.
        """
        inherited = [*self._inherited, self.running]
        if self._selector:
            self._selector.close()  # only here
        self.__init__()  # type: ignore[misc]  # the lock may have been held at the fork
        self._inherited = inherited


BACKGROUND = Background()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=BACKGROUND.leave_to_parent)
