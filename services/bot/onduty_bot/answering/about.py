"""`/start`, `/help`, `/status` and `/who`: how the bot works, and who is on duty."""

from datetime import UTC, datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.menu import listed
from onduty_bot.answering.times import clock, lasting
from onduty_desk.conversations.lists import Lists
from onduty_desk.lua.calling import script
from onduty_desk.roster.operators import Operator, Roster
from onduty_desk.texts.untrusted_text import short_name

_MOST_NAMES = 30
"""The others are counted: a message holds 4096 characters."""


class About:
    """Answers these commands; who is on duty is shown to operators on duty only."""

    def __init__(self, redis: Redis, roster: Roster, lists: Lists, answers: Answers) -> None:
        self._now = script(redis, "process/now")
        self._roster = roster
        self._lists = lists
        self._answers = answers

    async def start(self, incoming: Incoming) -> None:
        """`/start`. Unblocking the bot sends it too; blocking has signed the operator out."""
        words = incoming.words
        if await self._roster.find(incoming.operator_id):
            now = words.gettext("You are on duty: customers' messages arrive in this chat.")
        else:
            now = words.gettext(
                "You are off duty. Once you are on duty, customers' messages arrive in this chat."
            )
        parts = (words.gettext("Welcome to Support_Bot!"), now, listed(words))
        await self._answers.answer(incoming, "\n\n".join(parts))

    async def help(self, incoming: Incoming) -> None:
        """`/help`."""
        words = incoming.words
        await self._answers.answer(
            incoming,
            "\n\n".join(
                (
                    words.gettext(
                        "Send /on and then your team's secret phrase. From then on, customers' "
                        "messages arrive in this chat, until you send /off."
                    ),
                    words.gettext(
                        "Tap “🙋 I'll answer” below a customer's message: everyone sees that it "
                        "is yours. To answer, open the link in it; what you write here does not "
                        "reach customers."
                    ),
                    listed(words),
                )
            ),
        )

    async def status(self, incoming: Incoming) -> None:
        """`/status`: whether and since when one is on duty, and who else is."""
        operator = await self._roster.find(incoming.operator_id)
        if not operator:
            text = incoming.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(incoming, text)
            return
        now_ms = int(cast("str", await self._now()))
        on_for = datetime.fromtimestamp(now_ms / 1000, UTC) - operator.since
        colleagues = await self._roster.on_duty([operator.group])
        others = [colleague for colleague in colleagues if colleague.id != operator.id]
        text = f"{_since(incoming, operator.since, on_for)}\n\n{_others(incoming, others)}"
        await self._answers.answer(incoming, text)

    async def who(self, incoming: Incoming) -> None:
        """`/who`: who is on duty in the group, and how many each is answering."""
        operator = await self._roster.find(incoming.operator_id)
        if not operator:
            text = incoming.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(incoming, text)
            return
        on_duty = await self._roster.on_duty([operator.group])
        held = await self._lists.held([one.id for one in on_duty])
        lines = [_load(incoming, one, held[one.id]) for one in on_duty[:_MOST_NAMES]]
        if more := len(on_duty) - len(lines):
            lines.append(
                incoming.words.ngettext("and {more} more", "and {more} more", more).format(
                    more=more
                )
            )
        head = incoming.words.ngettext("{count} on duty", "{count} on duty", len(on_duty))
        text = "\n".join([head.format(count=len(on_duty)), "", *lines])
        await self._answers.answer(incoming, text)


def _load(incoming: Incoming, operator: Operator, held: int) -> str:
    name = _name(operator)
    if operator.id == incoming.operator_id:
        name = incoming.words.gettext("You")
    return incoming.words.ngettext(
        "{name}: {count} customer", "{name}: {count} customers", held
    ).format(name=name, count=held)


def _name(operator: Operator) -> str:
    return short_name(operator.name)


def _since(incoming: Incoming, since: datetime, on_for: timedelta) -> str:
    return incoming.words.gettext("You have been on duty for {time}, since {clock}.").format(
        time=lasting(incoming.words, on_for),
        clock=clock(since) if on_for < timedelta(days=1) else f"{since:%Y-%m-%d} {clock(since)}",
    )


def _others(incoming: Incoming, others: list[Operator]) -> str:
    if not others:
        return incoming.words.gettext("Nobody else is on duty.")
    names = ", ".join(_name(operator) for operator in others[:_MOST_NAMES])
    if more := max(0, len(others) - _MOST_NAMES):
        words = incoming.words.ngettext(
            "Also on duty: {names} and {more} more", "Also on duty: {names} and {more} more", more
        )
        return words.format(names=names, more=more)
    return incoming.words.gettext("Also on duty: {names}").format(names=names)
