"""What takes the shop a while: a storm, or starting again. One at a time, and the page looks on."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import ClientError
from redis.exceptions import RedisError

from onduty import DeskUnavailable
from onduty_demo.starting.supervise import GONE
from onduty_desk.process.cancellation import cancel
from onduty_sandbox.client import SandboxError

What = Literal["storm", "again"]
_TROUBLE = (ClientError, SandboxError, TimeoutError, DeskUnavailable, RedisError, *GONE)


class UnderWay:
    """The task, how far it is, and why the last one did not come to its end."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._what: What | None = None
        self._number = 0
        self._phase = ""
        self._failed: str | None = None

    def state(self) -> dict[str, str | int | None]:
        """Say what is under way and how far, or how the last one ended; each has its number."""
        return {
            "what": self._what if self._task is not None else None,
            "number": self._number,
            "phase": self._phase,
            "failed": self._failed,
        }

    def say(self, phase: str) -> None:
        """Tell how far it is."""
        self._phase = phase

    async def begin(self, what: What, work: Callable[[], Awaitable[None]]) -> None:
        """Do this from now on; what was under way ends."""
        await self.end()
        self._what, self._failed, self._phase = what, None, ""
        self._number += 1
        self._task = asyncio.create_task(self._do(work))

    async def end(self) -> None:
        """End what is under way, wherever it is."""
        if self._task is not None:
            await cancel(self._task, again_after_s=1.0)
            self._task = None

    async def _do(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except _TROUBLE as error:
            why = str(error).partition("\n")[0] or "it took too long"
            sentence = {"storm": "The storm did not come", "again": "It could not start again"}
            self._failed = f"{sentence[self._what or 'again']}: {why}. Try it once more."
            print(self._failed, flush=True)  # noqa: T201 - its log
        self._task = None
