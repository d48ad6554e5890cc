"""Tells the admins of what cannot wait: once, and again only after it was over."""

import asyncio
from datetime import timedelta
from functools import partial
from typing import cast

from redis.asyncio import Redis

from onduty_bot.answering.to_admins import ToAdmins
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.process.outage import Outage
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import Words

LOOK_EVERY_S = 5.0
_LEASE = timedelta(seconds=30)
_REMEMBERED = timedelta(days=7)
"""Longer than one trouble lasts: one of several admins may be told later than the others."""

Trouble = tuple[str, str, int, str | int]
"""Kind, id, how many, and a number about it, see `look_for_trouble.lua`."""


class Troubles:
    """Events that are not confirmed for ten minutes, and a failed list that grows.

    Every bot process looks; one of them tells.
    """

    def __init__(self, redis: Redis, to_admins: ToAdmins) -> None:
        self._to_admins = to_admins
        self._look = script(redis, "onduty_bot/administering/look_for_trouble")

    async def tell(self, outage: Outage, token: TokenWatch) -> None:
        """Look again and again, until cancelled; without admins there is nobody to tell."""
        while self._to_admins.ids:
            await token.wait_until_good()
            with outage.reported():
                for one in await self._look(args=["look", in_ms(_LEASE)]):
                    kind, trouble_id, *_ = trouble = cast("Trouble", tuple(one))
                    is_told = await self._to_admins.tell(
                        f"trouble:{kind}:{trouble_id}",
                        partial(text_of, trouble),
                        remembered=_REMEMBERED,
                    )
                    await self._look(args=["told" if is_told else "not_told", kind, trouble_id])
            await asyncio.sleep(LOOK_EVERY_S)


def text_of(trouble: Trouble, words: Words) -> str:
    """Return what it is, and what to type."""
    kind, _, count, about = trouble
    if kind == "events":
        what = words.ngettext(
            "⚠️ The chat backend has not confirmed what happened to {count} customer, for "
            "{minutes} min by now.",
            "⚠️ The chat backend has not confirmed what happened to {count} customers, for "
            "{minutes} min by now.",
            count,
        ).format(count=count, minutes=int(about) // 60_000)
        cure = words.gettext(
            "Why: event.failed in the dispatchers' log. How much waits: onduty status"
        )
    else:
        what = words.ngettext(
            "⚠️ Something was given up: {count} new entry in the failed list, {total} in all.",
            "⚠️ Something was given up: {count} new entries in the failed list, {total} in all.",
            count,
        ).format(count=count, total=about)
        cure = words.gettext("What and why: onduty failed list")
    return f"{what}\n\n{cure}"
