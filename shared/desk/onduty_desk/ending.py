"""Ends tasks, surely.

On Python 3.11 a cancellation can get lost: `asyncio.wait_for`, with which redis-py sends, swallows
one that arrives as it returns (python/cpython#86296).
"""

import asyncio
from collections.abc import Coroutine


async def end(*tasks: asyncio.Task[None], again_after_s: float) -> None:
    """Cancel tasks and return when all have ended; what they raise is left in them.

    The cancellation is repeated after `again_after_s`: longer than a task takes to clean up.
    """
    while under_way := [task for task in tasks if not task.done()]:
        for task in under_way:
            task.cancel()
        await asyncio.wait(under_way, timeout=again_after_s)


async def interruptible(work: Coroutine[None, None, None]) -> None:
    """Await something that talks to Redis, so that cancelling the caller is never lost."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,))
    finally:
        await end(task, again_after_s=0.2)
    task.result()
