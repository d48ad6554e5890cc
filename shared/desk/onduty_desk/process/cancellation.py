"""Cancels tasks reliably, and ends the process within the grace period.

On Python 3.11 a cancellation can get lost: `asyncio.wait_for`, which redis-py uses to send,
swallows one that arrives as it returns (python/cpython#86296).
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any

import structlog

GRACE_S = 10.0
"""From SIGTERM to the end of a process."""

_MARGIN_S = 0.7

_log = structlog.get_logger()


def exit_within_grace() -> None:
    """Exit with code 0 before the grace period is over, whatever still runs.

    Call it at SIGTERM. A frozen Redis can block a thread of RQ's for longer; another process can
    take over all work in flight.
    """
    timer = threading.Timer(GRACE_S - _MARGIN_S, _end_now)
    timer.daemon = True
    timer.start()


def _end_now() -> None:
    try:
        _log.warning("process.cut_short", reason="something did not end within the grace period")
    finally:
        os._exit(0)


async def cancel(*tasks: asyncio.Task[Any], again_after_s: float) -> None:
    """Cancel tasks and return when all have ended; their exceptions stay in them.

    The cancellation is repeated after `again_after_s`, which must be longer than a task's clean-up.
    """
    while under_way := [task for task in tasks if not task.done()]:
        for task in under_way:
            task.cancel()
        await asyncio.wait(under_way, timeout=again_after_s)


async def interruptible(work: Coroutine[None, None, None]) -> None:
    """Await a coroutine that uses Redis, so that a cancellation of the caller is not lost."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait((task,))
    finally:
        await cancel(task, again_after_s=0.2)
    task.result()
