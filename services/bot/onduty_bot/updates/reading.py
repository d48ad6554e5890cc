"""Calls getUpdates and returns the updates as JSON, so that an invalid one stops no other."""

import re
from contextlib import suppress
from datetime import timedelta

from telegram.error import NetworkError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from onduty_bot.updates.intake import Odd
from onduty_bot.updates.stored import ALLOWED_UPDATES
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.reading import NestedTooDeep, as_far_as_it_goes

LONG_POLL = timedelta(seconds=15)
"""Shorter than the 30 s without a bot after which the service clock stops."""

_ANSWER_WITHIN_S = 5.0
_MOST = 100
_UPDATE_ID = re.compile(rb'"update_id"\s*:\s*(\d{1,15})')


async def read_updates(bot: Bot, offset: int | None) -> list[object]:
    """Return the next updates as they came, with `Odd` for one that cannot be parsed.

    python-telegram-bot would build objects of the whole batch, and log all of it if that fails.
    Raises its errors; an answer without updates is a `NetworkError`.
    """
    with suppress(NestedTooDeep):
        return _batch(await _ask(bot, offset, _MOST))
    try:  # To find out which of them it is, one at a time is read.
        return _batch(await _ask(bot, offset, 1))
    except NestedTooDeep as nested:
        found = _UPDATE_ID.search(nested.body)
        return [Odd("it is nested too deep to be read", int(found[1]) if found else None, "nested")]


async def _ask(bot: Bot, offset: int | None, limit: int) -> bytes:
    parameters: dict[str, object] = {
        "limit": limit,
        "timeout": int(LONG_POLL.total_seconds()),
        "allowed_updates": list(ALLOWED_UPDATES),
    }
    if offset is not None:
        parameters["offset"] = offset
    data = RequestData([RequestParameter(name, value, None) for name, value in parameters.items()])
    # `post` would log an answer that is no JSON, and it may hold what people wrote.
    return await bot.request._request_wrapper(  # noqa: SLF001 - `post` calls it
        f"{bot.base_url}/getUpdates",
        "POST",
        data,
        read_timeout=LONG_POLL.total_seconds() + _ANSWER_WITHIN_S,
    )


def _batch(payload: bytes) -> list[object]:
    match as_far_as_it_goes(payload):
        case {"ok": True, "result": list(batch)}:
            return batch
    raise NetworkError("the answer to getUpdates holds no updates")
