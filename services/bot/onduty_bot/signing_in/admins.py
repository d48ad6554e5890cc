"""Notifies the admins of locks, guessing and exposed phrases, at most once a minute."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from redis.asyncio import Redis

from onduty_bot.answering.incoming import Incoming
from onduty_bot.answering.naming import name_of
from onduty_bot.answering.to_admins import ToAdmins
from onduty_bot.updates.stored import at, number
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.process.outage import Outage
from onduty_desk.roster.logins import MOST_WRONG_TRIES, Locked
from onduty_desk.texts import Words, words
from onduty_desk.texts.times import clock
from onduty_desk.texts.untrusted_text import short_name

EVERY = timedelta(minutes=1)
MOST_NAMES = 10
"""The others are counted: a longer list of names is of no use."""

_LEASE = timedelta(seconds=30)
_GIVE_UP_AFTER = timedelta(minutes=5)
_LOOK_EVERY_S = 2.0

_log = structlog.get_logger()


def who_is(incoming: Incoming) -> str:
    """Return the author's id and names for the admins, as JSON."""
    author = incoming.author
    return json.dumps({"id": author.id, "name": name_of(author), "username": author.username})


class Admins:
    """The people of `ONDUTY_ADMIN_IDS`.

    The scripts that count tries collect the news; any bot process sends them. They never hold what
    somebody wrote.
    """

    def __init__(self, redis: Redis, to_admins: ToAdmins, *, zone: ZoneInfo) -> None:
        self._to_admins = to_admins
        self._zone = zone
        self._news = script(redis, "onduty_bot/signing_in/admins_news")
        self._note_exposed = script(redis, "onduty_bot/signing_in/note_exposed")
        self._wake = asyncio.Event()

    def is_admin(self, user_id: int) -> bool:
        """Whether somebody is one of them."""
        return user_id in self._to_admins.ids

    def note_lock(self, incoming: Incoming, locked: Locked) -> None:
        """Log a lock, and have the admins notified at once."""
        _log.warning("login.locked", operator=incoming.operator_id, until=locked.until.isoformat())
        self._wake.set()

    def who_and_where(self, incoming: Incoming) -> str:
        """Return who wrote a message and in which chat, as JSON."""
        who = json.loads(who_is(incoming))
        who["groups"] = sorted(incoming.exposed)
        if not incoming.is_private:
            who["chat"] = incoming.message.chat.title or str(incoming.chat_id)
        return json.dumps(who)

    async def note_exposed(self, place: str, incoming: Incoming) -> None:
        """Have the admins notified, once, of a phrase in a message that the bot cannot delete."""
        if await self._note_exposed(args=[place, self.who_and_where(incoming)]):
            _log.warning(
                "phrase.exposed",
                groups=sorted(incoming.exposed),
                chat=incoming.chat_id,
                next_step="remove the message and change the phrase",
            )
            self._wake.set()

    async def notify(self, outage: Outage) -> None:
        """Send the news to the admins, until cancelled."""
        while True:
            with outage.reported():
                flat = await self._news(args=["take", in_ms(_LEASE), in_ms(EVERY)])
                if news := dict(zip(flat[::2], flat[1::2], strict=True)):
                    await self._notify(news)
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), _LOOK_EVERY_S)
            except TimeoutError:
                continue

    async def _notify(self, news: dict[str, str]) -> None:
        if not summary(news, words("en"), self._zone):
            _log.error("admins.news_unreadable", names=sorted(news))
            await self._news(args=["unreadable", news["id"]])
            return
        is_notified = await self._to_admins.tell(
            f"guessing:{news['id']}", lambda words: summary(news, words, self._zone)
        )
        began = datetime.fromtimestamp(int(news["id"]) / 1000, UTC)
        is_over = is_notified or datetime.now(UTC) - began > _GIVE_UP_AFTER
        await self._news(args=["told" if is_over else "not_told", news["id"]])


def summary(news: dict[str, str], words: Words, zone: ZoneInfo) -> str:
    """Return one message about everything since the last one."""
    facts = list(_facts(news))
    locked = [fact for fact in facts if at(fact, "what") == "locked"]
    exposed = [fact for fact in facts if at(fact, "what") == "exposed"]
    parts = [
        *_exposed(exposed, words),
        *_locked(locked, int(news.get("more_locked", 0)), words, zone),
    ]
    if count := int(news.get("not_compared", 0)):
        text = words.ngettext(
            "Many accounts are guessing the phrase: {count} try was not checked. Whoever was on "
            "duty in the last 30 days can sign in as usual; others may have to try again.",
            "Many accounts are guessing the phrase: {count} tries were not checked. Whoever was on "
            "duty in the last 30 days can sign in as usual; others may have to try again.",
            count,
        )
        parts.append(text.format(count=count))
    return "\n\n".join(parts)


def _facts(news: dict[str, str]) -> Iterator[object]:
    for name, fact in news.items():
        if ":" in name:
            with suppress(ValueError):  # written by another program: it cannot be read
                yield json.loads(fact)


def _exposed(facts: list[object], words: Words) -> Iterator[str]:
    for fact in facts[:MOST_NAMES]:
        groups = at(fact, "who", "groups")
        names = ", ".join(map(str, groups)) if isinstance(groups, list) else ""
        chat = at(fact, "who", "chat")
        if isinstance(chat, str):
            text = words.gettext("The secret phrase of {groups} is still in the group chat {chat}:")
        else:
            text = words.gettext("The secret phrase of {groups} is still in a chat with me:")
        text = text.format(groups=names, chat=short_name(str(chat)))
        remedy = words.gettext("I cannot remove it. Have it removed, and change the phrase.")
        yield f"{text}\n{_who(fact, words)}\n{remedy}"


def _locked(facts: list[object], more: int, words: Words, zone: ZoneInfo) -> Iterator[str]:
    if not facts:
        return
    count = len(facts) + more
    untils = [number(at(fact, "until_ms")) or 0 for fact in facts]
    until = clock(datetime.fromtimestamp(max(untils) / 1000, UTC), zone)
    if count == 1:
        text = words.gettext(
            "Someone sent {count} wrong secret phrases and cannot sign in until {clock}:"
        ).format(count=MOST_WRONG_TRIES, clock=until)
        yield f"{text}\n\n{_who(facts[0], words)}"
        return
    text = words.ngettext(
        "{count} account sent {tries} wrong secret phrases and cannot sign in until {clock}:",
        "{count} accounts sent {tries} wrong secret phrases each and cannot sign in until {clock}:",
        count,
    ).format(count=count, tries=MOST_WRONG_TRIES, clock=until)
    lines = [_who(fact, words) for fact in facts[:MOST_NAMES]]
    if rest := count - len(lines):
        lines.append(words.ngettext("and {more} more", "and {more} more", rest).format(more=rest))
    yield text + "\n\n" + "\n".join(lines)


def _who(fact: object, words: Words) -> str:
    name, username = at(fact, "who", "name"), at(fact, "who", "username")
    named = short_name(str(name or ""))
    if isinstance(username, str):
        named = f"{named}, @{username}" if named else f"@{username}"
    return words.gettext("{name}, Telegram id {id}").format(name=named, id=at(fact, "who", "id"))
