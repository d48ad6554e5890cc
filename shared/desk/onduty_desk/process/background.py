"""Runs a service's background tasks: an error is logged, and the task starts again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from onduty_desk.process.errors import place_of

AGAIN_AFTER_S = 5.0

_log = structlog.get_logger()


async def keep_going(
    work: Callable[[], Awaitable[None]], *, again_after_s: float = AGAIN_AFTER_S
) -> None:
    """Run `work` until it returns or is cancelled; start it again after each error.

    An invalid value that another program wrote into a key must neither end the service nor one of
    its background tasks.
    """
    while True:
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - any error is logged, and the task starts again
            _log.error("service.broke", reason=place_of(error))
        await asyncio.sleep(again_after_s)
