"""`/start`, `/help` and `/status`: what this is, and who is on duty."""

from datetime import UTC, datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from onduty_bot.answers import Answers
from onduty_bot.heard import Heard
from onduty_bot.menu import listed
from onduty_bot.times import clock, lasting
from onduty_desk.roster import Operator, Roster
from onduty_desk.scripts import script

_MOST_NAMES = 30
"""The rest is counted: names are up to 129 characters, a message holds 4096."""


class About:
    """Explains, and tells operators on duty about each other."""

    def __init__(self, redis: Redis, roster: Roster, answers: Answers) -> None:
        self._now = script(redis, "now")
        self._roster = roster
        self._answers = answers

    async def start(self, heard: Heard) -> None:
        """`/start`."""
        told = heard.words
        await self._answers.answer(
            heard,
            "\n\n".join(
                (
                    told.gettext("Welcome to Support_Bot!"),
                    told.gettext("While you are on duty, customers' messages arrive in this chat."),
                    listed(told),
                )
            ),
        )

    async def help(self, heard: Heard) -> None:
        """`/help`."""
        told = heard.words
        await self._answers.answer(
            heard,
            "\n\n".join(
                (
                    told.gettext(
                        "Send /on and then your team's secret phrase. From then on, customers' "
                        "messages arrive in this chat, until you send /off."
                    ),
                    told.gettext(
                        "To answer a customer, open the link in their message. What you write "
                        "here does not reach customers."
                    ),
                    listed(told),
                )
            ),
        )

    async def status(self, heard: Heard) -> None:
        """`/status`; who is on duty is told only to those who are on duty themselves."""
        operator = await self._roster.find(heard.operator_id)
        if not operator:
            text = heard.words.gettext("You are off duty. Send /on to start receiving messages.")
            return await self._answers.answer(heard, text)
        now_ms = int(cast("str", await self._now()))
        on_for = datetime.fromtimestamp(now_ms / 1000, UTC) - operator.since
        colleagues = await self._roster.on_duty([operator.group])
        others = [colleague for colleague in colleagues if colleague.id != operator.id]
        text = f"{_since(heard, operator.since, on_for)}\n\n{_others(heard, others)}"
        return await self._answers.answer(heard, text)


def _since(heard: Heard, since: datetime, on_for: timedelta) -> str:
    return heard.words.gettext("You have been on duty for {time}, since {clock}.").format(
        time=lasting(heard.words, on_for),
        clock=clock(since) if on_for < timedelta(days=1) else f"{since:%Y-%m-%d} {clock(since)}",
    )


def _others(heard: Heard, others: list[Operator]) -> str:
    if not others:
        return heard.words.gettext("Nobody else is on duty.")
    names = ", ".join(operator.name for operator in others[:_MOST_NAMES])
    if more := max(0, len(others) - _MOST_NAMES):
        told = heard.words.ngettext(
            "Also on duty: {names} and {more} more", "Also on duty: {names} and {more} more", more
        )
        return told.format(names=names, more=more)
    return heard.words.gettext("Also on duty: {names}").format(names=names)
