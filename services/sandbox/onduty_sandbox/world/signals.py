"""Waking those who wait for a change, from code that is not async itself."""

import asyncio


class Signal:
    """Lets any number of tasks wait for the next change; nothing is polled."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def notify(self) -> None:
        """Wake everyone who waits now."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the next change; False when the time is over first."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(timeout_s):
                await future
        except TimeoutError:
            if future in self._waiting:
                self._waiting.remove(future)
            return False
        return True
