"""`/start`, `/help` and `/status`: what this is, and who is on duty."""

from datetime import UTC, datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Heard
from onduty_bot.answering.menu import listed
from onduty_bot.answering.times import clock, lasting
from onduty_desk.conversations.lists import Lists
from onduty_desk.lua.loader import script
from onduty_desk.roster.operators import Operator, Roster
from onduty_desk.texts.outside import short_name

_MOST_NAMES = 30
"""The rest is counted: a message holds 4096 characters."""


class About:
    """Explains, and tells operators on duty about each other."""

    def __init__(self, redis: Redis, roster: Roster, lists: Lists, answers: Answers) -> None:
        self._now = script(redis, "process/now")
        self._roster = roster
        self._lists = lists
        self._answers = answers

    async def start(self, heard: Heard) -> None:
        """`/start`, which who unblocks the bot sends too: they are off duty by then."""
        told = heard.words
        if await self._roster.find(heard.operator_id):
            now = told.gettext("You are on duty: customers' messages arrive in this chat.")
        else:
            now = told.gettext(
                "You are off duty. Once you are on duty, customers' messages arrive in this chat."
            )
        parts = (told.gettext("Welcome to Support_Bot!"), now, listed(told))
        await self._answers.answer(heard, "\n\n".join(parts))

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
                        "Tap “🙋 I'll answer” below a customer's message: everyone sees that it "
                        "is yours. To answer, open the link in it; what you write here does not "
                        "reach customers."
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
            await self._answers.answer(heard, text)
            return
        now_ms = int(cast("str", await self._now()))
        on_for = datetime.fromtimestamp(now_ms / 1000, UTC) - operator.since
        colleagues = await self._roster.on_duty([operator.group])
        others = [colleague for colleague in colleagues if colleague.id != operator.id]
        text = f"{_since(heard, operator.since, on_for)}\n\n{_others(heard, others)}"
        await self._answers.answer(heard, text)

    async def who(self, heard: Heard) -> None:
        """`/who`: who is on duty in the group, and how many each is answering."""
        operator = await self._roster.find(heard.operator_id)
        if not operator:
            text = heard.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(heard, text)
            return
        on_duty = await self._roster.on_duty([operator.group])
        held = await self._lists.held([one.id for one in on_duty])
        lines = [_load(heard, one, held[one.id]) for one in on_duty[:_MOST_NAMES]]
        if more := len(on_duty) - len(lines):
            lines.append(
                heard.words.ngettext("and {more} more", "and {more} more", more).format(more=more)
            )
        head = heard.words.ngettext("{count} on duty", "{count} on duty", len(on_duty))
        text = "\n".join([head.format(count=len(on_duty)), "", *lines])
        await self._answers.answer(heard, text)


def _load(heard: Heard, operator: Operator, held: int) -> str:
    name = _name(operator)
    if operator.id == heard.operator_id:
        name = heard.words.gettext("You")
    return heard.words.ngettext(
        "{name}: {count} customer", "{name}: {count} customers", held
    ).format(name=name, count=held)


def _name(operator: Operator) -> str:
    return short_name(operator.name)


def _since(heard: Heard, since: datetime, on_for: timedelta) -> str:
    return heard.words.gettext("You have been on duty for {time}, since {clock}.").format(
        time=lasting(heard.words, on_for),
        clock=clock(since) if on_for < timedelta(days=1) else f"{since:%Y-%m-%d} {clock(since)}",
    )


def _others(heard: Heard, others: list[Operator]) -> str:
    if not others:
        return heard.words.gettext("Nobody else is on duty.")
    names = ", ".join(_name(operator) for operator in others[:_MOST_NAMES])
    if more := max(0, len(others) - _MOST_NAMES):
        told = heard.words.ngettext(
            "Also on duty: {names} and {more} more", "Also on duty: {names} and {more} more", more
        )
        return told.format(names=names, more=more)
    return heard.words.gettext("Also on duty: {names}").format(names=names)
