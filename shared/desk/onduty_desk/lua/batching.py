"""Runs a script once for all who call it at about the same time.

A round trip costs a sender more than the script itself: with three hundred sends under way, one
call each for writing down the attempt and its outcome was a third of all the work.
"""

import asyncio

from redis.commands.core import AsyncScript

MOST_AT_ONCE = 100
"""A script blocks Redis while it runs: about 3 ms for this many."""


class Batching:
    """One script that takes any number of entries and answers each.

    While one call is under way, the entries of the next one gather: the busier the process, the
    more go together, and an idle one waits for nobody. An entry whose part of the script fails
    fails alone; a Redis that is away fails all that were in the call.
    """

    def __init__(self, script: AsyncScript, *shared_arguments: str | int) -> None:
        self._script = script
        self._shared_arguments = shared_arguments
        self._waiting: list[tuple[tuple[str | int, ...], asyncio.Future[str]]] = []
        self._calling: asyncio.Task[None] | None = None

    async def __call__(self, *entry: str | int) -> str:
        """Return the script's answer to this entry; raises what Redis answered or the client."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, answer))
        if self._calling is None:
            self._calling = asyncio.create_task(self._call_for_all())
        return await answer

    async def _call_for_all(self) -> None:
        while self._waiting:
            batch = self._waiting[:MOST_AT_ONCE]
            del self._waiting[:MOST_AT_ONCE]
            arguments = [argument for entry, _ in batch for argument in entry]
            try:
                answers = await self._script(args=[*self._shared_arguments, *arguments])
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait for it
                answers = [error] * len(batch)
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if waiting.done():
                    continue
                if isinstance(answer, Exception):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer)
        self._calling = None
