"""Tells the admins of customers who wait in vain: at once, once, with the commands to type."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import cast

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.to_admins import ToAdmins
from onduty_desk.conversations.message_fields import MessageFields
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.process.outage import Outage
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import Words
from onduty_desk.texts.times import lasting
from onduty_desk.texts.untrusted_text import short_name

_LEASE = timedelta(seconds=30)
_AT_MOST_EACH = timedelta(seconds=10)
"""What happens in between is told together."""
_PAUSE_S = 1.0

MOST_CUSTOMERS = 10
"""The others are counted: a longer list of names is of no use."""

_log = structlog.get_logger()

News = Sequence[str]
"""`unattended`, group, why, how many wait there; or `escalated`, group, the newest message of the
customer as JSON, for how many ms they have waited."""


class WaitingNews:
    """The scripts that find it collect it; any bot process sends it."""

    def __init__(self, redis: Redis, to_admins: ToAdmins) -> None:
        self._to_admins = to_admins
        self._news = script(redis, "onduty_bot/administering/waiting_news")

    async def tell(self, outage: Outage, token: TokenWatch) -> None:
        """Send the news to the admins, until cancelled."""
        while True:
            await token.wait_until_good()
            with outage.reported():
                found = await self._news(args=["take", in_ms(_LEASE), in_ms(_AT_MOST_EACH)])
                if found:
                    news_id, *news = found
                    is_told = await self._tell(news_id, cast("list[News]", news))
                    await self._news(args=["told" if is_told else "not_told", news_id])
            await asyncio.sleep(_PAUSE_S)

    async def _tell(self, news_id: str, news: Sequence[News]) -> bool:
        for one in news:
            _log.warning("admins.news", about=one[0], group=one[1])
        return await self._to_admins.tell(f"news:{news_id}", partial(text_of, news))


def text_of(news: Sequence[News], words: Words) -> str:
    """Return one message about all of it."""
    facts = [_unattended(one, words) for one in news if one[0] == "unattended"]
    waiting = [_escalated(one, words) for one in news if one[0] == "escalated"]
    facts += waiting[:MOST_CUSTOMERS]
    if (more := len(waiting) - MOST_CUSTOMERS) > 0:
        facts.append(words.ngettext("and {more} more", "and {more} more", more).format(more=more))
    what_to_do = words.gettext(
        "/on: answer them yourself\n/queue: who waits\n/team: who is on duty"
    )
    return "\n".join(facts) + f"\n\n{what_to_do}"


def _escalated(news: News, words: Words) -> str:
    _, group, message, waited_ms = news
    name = short_name(MessageFields.read(message).customer_name, words.gettext("Customer"))
    time = lasting(words, timedelta(milliseconds=int(waited_ms)))
    text = words.gettext("⏫ {customer} has waited for {time} in {group}.")
    return text.format(customer=name, time=time, group=short_name(group))


def _unattended(news: News, words: Words) -> str:
    _, group, reason, waiting = news
    count = int(waiting)
    if reason == "paused":
        text = words.ngettext(
            "⚠️ {group}: all who are on duty pause, and {count} customer waits.",
            "⚠️ {group}: all who are on duty pause, and {count} customers wait.",
            count,
        )
    elif reason == "unreachable":
        text = words.ngettext(
            "⚠️ {group}: who is on duty cannot be reached or pauses, and {count} customer waits.",
            "⚠️ {group}: who is on duty cannot be reached or pauses, and {count} customers wait.",
            count,
        )
    else:
        text = words.ngettext(
            "⚠️ {group}: nobody is on duty, and {count} customer waits.",
            "⚠️ {group}: nobody is on duty, and {count} customers wait.",
            count,
        )
    return text.format(group=short_name(group), count=count)
