"""`/start`, `/help`, `/status` and `/who`: how the bot works, and who is on duty."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from redis.asyncio import Redis

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.menu import listed
from onduty_bot.answering.naming import groups_of
from onduty_bot.answering.times import lasting_in_words
from onduty_desk.conversations.lists import Lists
from onduty_desk.lua.calling import script
from onduty_desk.replies.replying import Replies
from onduty_desk.roster.operators import Operator, Roster
from onduty_desk.texts.times import clock, day_and_clock
from onduty_desk.texts.untrusted_text import short_name

_MOST_NAMES = 30
"""The others are counted: a message holds 4096 characters."""


class About:
    """Answers these commands; who is on duty is shown to operators on duty only."""

    def __init__(  # noqa: PLR0913 - what it works with, and what the desk is called
        self,
        redis: Redis,
        roster: Roster,
        lists: Lists,
        answers: Answers,
        replies: Replies,
        *,
        groups: Collection[str],
        admin_ids: Collection[int],
        has_topics: bool,
        desk_name: str,
        zone: ZoneInfo,
    ) -> None:
        self._now = script(redis, "process/now")
        self._roster = roster
        self._lists = lists
        self._answers = answers
        self._replies = replies
        self._has_groups = len(groups) > 1
        self._admin_ids = admin_ids
        self._has_topics = has_topics
        self._desk_name = desk_name
        self._zone = zone

    async def start(self, incoming: Incoming) -> None:
        """`/start`. Unblocking the bot sends it too; blocking has signed the operator out."""
        words = incoming.words
        if await self._roster.find(incoming.operator_id):
            now = words.gettext("You are on duty: customers' messages arrive in this chat.")
        else:
            now = words.gettext(
                "You are off duty. Once you are on duty, customers' messages arrive in this chat."
            )
        welcome = words.gettext("Welcome to {name}!").format(name=self._desk_name)
        parts = (welcome, now, self._listed(incoming))
        await self._answers.answer(incoming, "\n\n".join(parts))

    async def help(self, incoming: Incoming) -> None:
        """`/help`."""
        words = incoming.words
        how = words.gettext(
            "Tap “🙋 I'll answer” below a customer's message: everyone sees that it is yours. To "
            "answer, open the link in it; what you write here does not reach customers."
        )
        if await self._replies.are_wanted():
            how = words.gettext(
                "To answer a customer, reply to their message here. 👀 on yours means that it is "
                "on its way, 👍 that it arrived, 👌 that it was read, 😢 that it did not arrive. "
                "If nobody is answering the customer yet, that makes them yours; so does “🙋 I'll "
                "answer”, before you write. Edit your answer to change it, and reply to it with "
                "/undo to take it back."
            )
            if self._has_topics:
                how += " " + words.gettext(
                    "Each customer whom you take gets a topic here: what you write in it is the "
                    "answer."
                )
        await self._answers.answer(
            incoming,
            "\n\n".join(
                (
                    words.gettext(
                        "Send /on and then your team's secret phrase. From then on, customers' "
                        "messages arrive in this chat, until you send /off."
                    ),
                    how,
                    self._listed(incoming),
                )
            ),
        )

    def _listed(self, incoming: Incoming) -> str:
        is_admin = incoming.operator_id in self._admin_ids
        return listed(incoming.words, is_admin=is_admin, has_topics=self._has_topics)

    async def status(self, incoming: Incoming) -> None:
        """`/status`: since when one is on duty, where, how many one answers, and who else is on."""
        operator = await self._roster.find(incoming.operator_id)
        if not operator:
            text = incoming.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(incoming, text)
            return
        now_ms = int(cast("str", await self._now()))
        on_for = datetime.fromtimestamp(now_ms / 1000, UTC) - operator.since
        parts = [self._since(incoming, operator.since, on_for)]
        if self._has_groups:
            parts.append(groups_of(operator.groups, incoming.words))
        if operator.paused_since:
            paused = incoming.words.gettext("You have been paused since {clock}. /pause ends it.")
            parts.append(paused.format(clock=clock(operator.paused_since, self._zone)))
        if held := (await self._lists.held([operator.id]))[operator.id]:
            answering = incoming.words.ngettext(
                "You are answering {count} customer", "You are answering {count} customers", held
            )
            parts.append(answering.format(count=held))
        colleagues = await self._roster.on_duty(operator.groups)
        others = [colleague for colleague in colleagues if colleague.id != operator.id]
        await self._answers.answer(incoming, "\n\n".join([*parts, _others(incoming, others)]))

    def _since(self, incoming: Incoming, since: datetime, on_for: timedelta) -> str:
        written = clock if on_for < timedelta(days=1) else day_and_clock
        return incoming.words.gettext("You have been on duty for {time}, since {clock}.").format(
            time=lasting_in_words(incoming.words, on_for), clock=written(since, self._zone)
        )

    async def who(self, incoming: Incoming) -> None:
        """`/who`: who is on duty in one's groups, and how many each is answering."""
        operator = await self._roster.find(incoming.operator_id)
        if not operator:
            text = incoming.words.gettext("You are off duty. Send /on to start receiving messages.")
            await self._answers.answer(incoming, text)
            return
        on_duty = await self._roster.on_duty(operator.groups)
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
    load = incoming.words.ngettext(
        "{name}: {count} customer", "{name}: {count} customers", held
    ).format(name=name, count=held)
    state = ""
    if operator.paused_since:
        state = incoming.words.gettext("paused")
    elif operator.is_unreachable:
        state = incoming.words.gettext("phone out of reach")
    return f"{load}, {state}" if state else load


def _name(operator: Operator) -> str:
    return short_name(operator.name)


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
