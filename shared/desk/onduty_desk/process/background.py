"""What a service does beside its work: when it breaks, that is told, and it begins again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from onduty_desk.process.errors import place_of

AGAIN_AFTER_S = 5.0

_log = structlog.get_logger()


async def keep_going(
    work: Callable[[], Awaitable[None]], *, again_after_s: float = AGAIN_AFTER_S
) -> None:
    """Run `work` until it returns or is cancelled, anew after each time that it breaks.

    An odd value in one key, which another program wrote, must neither end the service nor leave it
    without one of its watches.
    """
    while True:
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - whatever it is: told, and begun again
            _log.error("service.broke", reason=place_of(error))
        await asyncio.sleep(again_after_s)
