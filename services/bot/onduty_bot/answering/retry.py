"""Retries a request to Telegram until it is done, however long Telegram is away."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter

from onduty_desk.telegram.bot import IF_IT_LASTS
from onduty_desk.telegram.outcomes import as_timedelta
from onduty_desk.telegram.token import TokenWatch

_LONGEST_PAUSE_S = 30.0

_log = structlog.get_logger()


async def retry_until_done(
    request: Callable[[], Awaitable[bool]], trouble: str, token: TokenWatch, *, if_refused: str
) -> None:
    """Repeat a request until it is done; the first failure is logged as the event `trouble`.

    It waits while the token is refused. A request that Telegram refuses is logged as an error, with
    `if_refused` as the next step, and not repeated.
    """
    pause_s = 0.5
    while True:
        try:
            await request()
        except InvalidToken:
            await token.wait_until_good()
        except BadRequest as error:
            _log.error(trouble, reason=error.message, next_step=if_refused)
            return
        except RetryAfter as error:
            pause_s = as_timedelta(error.retry_after).total_seconds()
        except NetworkError as error:
            if pause_s < 1:
                _log.warning(trouble, reason=error.message, next_step=IF_IT_LASTS)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        else:
            return
        await asyncio.sleep(pause_s)
