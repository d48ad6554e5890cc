"""Detects phrases outside of a login: deletes the message, or notifies who has to act.

Deleting a message reveals to its author that it held a phrase. So each message that might hold one
counts as a try, and after a few tries nothing is detected for a while.
"""

import json
from dataclasses import replace
from typing import cast

from redis.asyncio import Redis

from onduty_bot.answering.answers import Answers
from onduty_bot.answering.commanded import ADMIN_COMMANDS, AT_THE_START, command_of
from onduty_bot.answering.incoming import Incoming
from onduty_bot.conversations.writing import Writing
from onduty_bot.signing_in.admins import Admins
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.roster.logins import LOCK, MOST_WRONG_TRIES


class Noticing:
    """Checks each message before it is handled; deletes it afterwards if it may hold a phrase."""

    def __init__(self, redis: Redis, answers: Answers, admins: Admins, writing: Writing) -> None:
        self._notice = script(redis, "onduty_bot/signing_in/notice_phrase")
        self._answers = answers
        self._admins = admins
        self._writing = writing

    async def look(self, incoming: Incoming) -> Incoming:
        """Return the message for its handler; after too many tries without its phrase."""
        if not incoming.exposes and self._is_command(incoming):
            return incoming
        is_text = incoming.is_private and bool(incoming.text)
        is_to_card = is_text and await self._writing.is_reply_to_card(incoming)
        arguments: list[str | int] = [
            incoming.operator_id,
            incoming.update_id,
            int(is_text),
            int(is_to_card),
            json.dumps(sorted(incoming.exposed)),
            MOST_WRONG_TRIES,
            in_ms(LOCK),
            self._admins.who_and_where(incoming),
            int(is_to_card or self._is_apart(incoming)),
        ]
        match cast("str", await self._notice(args=arguments)):
            case "alike":
                return replace(incoming, is_removed=True)
            case "noticed":
                return replace(incoming, is_removed=incoming.exposes)
            case _:
                return replace(incoming, phrase=None, exposed=frozenset())

    def _is_command(self, incoming: Incoming) -> bool:
        """Whether it is a command and nothing else; an admin's, with what it is about."""
        if AT_THE_START.fullmatch(incoming.text.strip()):
            return True
        is_of_admins = command_of(incoming.message) in ADMIN_COMMANDS
        return is_of_admins and self._admins.is_admin(incoming.author.id)

    def _is_apart(self, incoming: Incoming) -> bool:
        return command_of(incoming.message) is not None or incoming.glance.is_find_answer

    async def clear(self, incoming: Incoming) -> None:
        """Delete a message that may hold a phrase; if that is impossible, notify who has to act."""
        if not incoming.is_removed or await self._answers.delete(incoming.message):
            return
        place = f"{incoming.chat_id}:{incoming.message.message_id}"
        if incoming.exposes:
            await self._admins.note_exposed(place, incoming)
        text = incoming.words.gettext(
            "I cannot remove what you wrote. If it holds the secret phrase, remove it yourself, "
            "and ask your admin to change the phrase."
        )
        if incoming.is_private:
            await self._answers.answer(incoming, text, occasion=f"exposed:{place}")
        else:
            await self._answers.send_once(
                incoming.author.id, f"exposed:{place}", text, to="strangers"
            )
