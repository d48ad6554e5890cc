"""Phrases outside of signing in: which are noticed, and removed, and who is told of one that stays.

That a message is removed tells its author that it held a phrase; so each one that might is a try,
and after a few of them nothing is noticed for a while.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import cast

from redis.asyncio import Redis

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.commanded import AT_THE_START
from onduty_bot.answering.fallback import Otherwise
from onduty_bot.answering.incoming import Heard
from onduty_bot.signing_in.admins import Admins
from onduty_desk.lua.loader import script
from onduty_desk.roster.logins import LOCK, MOST_WRONG_TRIES

_MS = timedelta(milliseconds=1)


class Noticing:
    """Looks at each message before it is handled, and clears it away afterwards."""

    def __init__(
        self, redis: Redis, answers: Answers, admins: Admins, otherwise: Otherwise
    ) -> None:
        self._notice = script(redis, "onduty_bot/signing_in/notice_phrase")
        self._answers = answers
        self._admins = admins
        self._otherwise = otherwise

    async def look(self, heard: Heard) -> Heard:
        """Return the message as it may be handled: without its phrase, if it is a try too many."""
        if not heard.exposes and AT_THE_START.fullmatch(heard.text.strip()):
            return heard
        is_text = heard.is_private and bool(heard.text)
        is_to_card = is_text and await self._otherwise.is_reply_to_card(heard)
        arguments: list[str | int] = [
            heard.operator_id,
            heard.update_id,
            int(is_text),
            int(is_to_card),
            json.dumps(sorted(heard.exposed)),
            MOST_WRONG_TRIES,
            LOCK // _MS,
            self._admins.who_and_where(heard),
        ]
        match cast("str", await self._notice(args=arguments)):
            case "alike":
                return replace(heard, is_removed=True)
            case "noticed":
                return replace(heard, is_removed=heard.exposes)
            case _:
                return replace(heard, phrase=None, exposed=frozenset())

    async def clear(self, heard: Heard) -> None:
        """Remove a message that may hold a phrase; if that cannot be, tell who has to act."""
        if not heard.is_removed or await self._answers.remove(heard.message):
            return
        place = f"{heard.chat_id}:{heard.message.message_id}"
        if heard.exposes:
            await self._admins.note_exposed(place, heard)
        text = heard.words.gettext(
            "I cannot remove what you wrote. If it holds the secret phrase, remove it yourself, "
            "and ask your admin to change the phrase."
        )
        if heard.is_private:
            await self._answers.answer(heard, text, occasion=f"exposed:{place}")
        else:
            await self._answers.say_once(heard.author.id, f"exposed:{place}", text, to="strangers")
