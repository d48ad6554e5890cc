"""Which question to whom, and why, an operator is asked: one at a time, and the older goes."""

import json
from datetime import datetime, timedelta
from typing import cast

from redis.asyncio import Redis

from onduty_bot.answering.answers import Answers
from onduty_desk.model.bot_keys import pass_asked_key, pass_question_key
from onduty_desk.model.keys import ChatId, OperatorId

ASKED_FOR = timedelta(minutes=10)
"""A text after that is not taken for the reason."""

_KEPT = timedelta(days=1)
"""A question is too old after that, and has no buttons."""


class PassQuestions:
    """Written down by operator. If a bot is killed before it writes, an older question may stay."""

    def __init__(self, redis: Redis, answers: Answers) -> None:
        self._redis = redis
        self._answers = answers

    async def remove_older(self, operator_id: OperatorId, chat_id: ChatId, update_id: int) -> None:
        """Take the question before away, and what it asks: it would be answered by mistake.

        The question of the same update stays: that is handled again.
        """
        update, message = await self._newest(operator_id)
        if update and update != f"{update_id}":
            await self.end(operator_id, int(message))
            await self._answers.delete_by_id(chat_id, int(message))

    async def keep(self, operator_id: OperatorId, update_id: int, message_id: int) -> None:
        """This message asks to whom."""
        asked = f"{update_id}:{message_id}"
        await self._redis.set(pass_question_key(operator_id), asked, ex=_KEPT)

    async def ask_why(
        self, operator_id: OperatorId, question: dict[str, str | int], shown_at: datetime | None
    ) -> None:
        """The next text says why; `shown_at` when that was asked, once it is known.

        What was written before that, while the bot was late, is for something else.
        """
        key = pass_asked_key(operator_id)
        if shown_at is None:
            await self._redis.set(key, json.dumps(question), ex=ASKED_FOR)
            return
        shown = question | {"shown_s": int(shown_at.timestamp())}
        await self._redis.set(key, json.dumps(shown), xx=True, keepttl=True)

    async def asked(self, operator_id: OperatorId) -> dict[str, str | int] | None:
        """Return what their next text says why; None if that is not asked."""
        asked = await self._redis.get(pass_asked_key(operator_id))
        return cast("dict[str, str | int]", json.loads(asked)) if asked else None

    async def end(self, operator_id: OperatorId, message_id: int) -> None:
        """This message asks nothing any more, if it did."""
        asked = await self.asked(operator_id)
        if asked and asked["message"] == message_id:
            await self._redis.delete(pass_asked_key(operator_id))
        _, newest = await self._newest(operator_id)
        if newest == f"{message_id}":
            await self._redis.delete(pass_question_key(operator_id))

    async def _newest(self, operator_id: OperatorId) -> tuple[str, str]:
        """Return the update that asked to whom, and the message that does; empty if none does."""
        found = cast("str | None", await self._redis.get(pass_question_key(operator_id)))
        update, _, message = (found or "").partition(":")
        return update, message
