"""Waits for a fact instead of sleeping for luck."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

GENEROUS_S = 100.0
"""A busy machine is not the test's matter; what never comes true costs this once."""

_FIRST_S, _MOST_S = 0.01, 0.05
"""Between two looks: a look takes the processor from what it waits for."""


async def until(fact: Callable[[], object | Awaitable[object]], *, equals: object = True) -> None:
    """Return as soon as `fact()` (awaited if need be) equals what is expected."""
    wait_s = _FIRST_S
    async with asyncio.timeout(GENEROUS_S):
        while True:
            found = fact()
            if inspect.isawaitable(found):
                found = await found
            if found == equals:
                return
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 1.2, _MOST_S)
