"""Operators' notes about customers: written, changed, listed; each call is one script."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self, cast

from redis.asyncio import Redis

from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.note_keys import NOTES_OVER, notes_key, noting_key
from onduty_desk.replies.replying import AnswerOutcome, Written, outcome_of_answer

Kind = Literal["text", "forward", "other"]
"""A text of the operator, one of somebody else, or no text."""

GiveResult = Literal["not_armed", "given", "over", "full", "no_text"]
ChangeResult = Literal["no_note", "off_duty", "not_theirs", "same", "changed", "removed"]


@dataclass(frozen=True)
class Note:
    """What an operator has noted about a customer."""

    author: OperatorId
    name: str
    """What colleagues call them."""
    text: str
    html: str
    at: datetime
    is_edited: bool

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `kept_notes.lua` wrote."""
        fields = json.loads(text)
        at = datetime.fromtimestamp(int(fields["at_s"]), UTC)
        author, is_edited = OperatorId(int(fields["author"])), bool(fields.get("is_edited"))
        return cls(author, fields["name"], fields["text"], fields["html"], at, is_edited)


async def notes_of(redis: Redis, conversation_id: ConversationId) -> list[Note]:
    """Return the notes about a conversation, in the order in which they were written."""
    found = cast("dict[str, str]", await redis.hgetall(notes_key(conversation_id)))
    in_order = sorted(found.values(), key=lambda one: json.loads(one)["n"])
    return [Note.from_json(one) for one in in_order]


@dataclass(frozen=True)
class Given:
    """What came of a text that may be a note, and the message that asked for it."""

    result: GiveResult
    conversation_id: ConversationId
    asked: int | None
    can_be_sent: bool = False
    """Whether it may be sent to the customer instead: not from the topic of another one."""


@dataclass(frozen=True)
class Sent:
    """What came of sending a note to the customer after all."""

    outcome: AnswerOutcome
    conversation_id: ConversationId


@dataclass(frozen=True)
class Over:
    """Somebody was about to write a note about a customer who is not theirs any more."""

    operator_id: OperatorId
    chat_id: ChatId
    conversation_id: ConversationId
    since_ms: int
    asked: int | None


class Notebook:
    """`tap.lua` lets an operator's next text be a note. A repeated update changes nothing more."""

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self._redis = redis
        self._rules = rules.json
        self._give = script(redis, "noting/give_note")
        self._asked = script(redis, "noting/note_asked")
        self._cancel = script(redis, "noting/cancel_note")
        self._change = script(redis, "noting/change_note")
        self._send = script(redis, "noting/send_note")

    async def asked(
        self, operator_id: OperatorId, conversation_id: ConversationId, message_id: int
    ) -> int | None:
        """A message has asked for the note; return the one that asked before, if there is one."""
        before = await self._asked(args=[operator_id, conversation_id, message_id])
        return int(before) if before else None

    async def give(self, written: Written, kind: Kind, *, update_id: int) -> Given:
        """Take a text for a note if it is to be one; then the next one is none."""
        place: list[str | int] = [
            written.operator_id,
            written.name,
            written.chat_id,
            written.message_id,
        ]
        said: list[str | int] = [
            written.text,
            written.html,
            int(written.at.timestamp()),
            written.first_name,
            written.thread or "",
        ]
        result, conversation, asked, *can_be_sent = await self._give(
            args=[update_id, *place, kind, *said]
        )
        return Given(
            cast("GiveResult", result),
            ConversationId(str(conversation)),
            int(asked) if asked else None,
            can_be_sent=can_be_sent == ["1"],
        )

    async def cancel(self, operator_id: OperatorId, message_id: int) -> ConversationId | None:
        """Let the next text be no note; None if this message asks for nothing any more."""
        found = await self._cancel(args=[operator_id, message_id])
        return ConversationId(str(found)) if found else None

    async def change(  # noqa: PLR0913 - the facts of one change, by name
        self,
        operator_id: OperatorId,
        chat_id: ChatId,
        message_id: int,
        *,
        text: str,
        html: str,
        update_id: int,
    ) -> ChangeResult:
        """Change the text of a note; only its author may, on duty."""
        arguments: list[str | int] = [
            update_id,
            operator_id,
            chat_id,
            message_id,
            "edit",
            text,
            html,
        ]
        return cast("ChangeResult", await self._change(args=arguments))

    async def remove(
        self, operator_id: OperatorId, chat_id: ChatId, message_id: int, *, update_id: int
    ) -> ChangeResult:
        """Take a note back; only its author may, on duty."""
        arguments: list[str | int] = [update_id, operator_id, chat_id, message_id, "remove", "", ""]
        return cast("ChangeResult", await self._change(args=arguments))

    async def send(  # noqa: PLR0913 - the facts of one tap, by name
        self,
        operator_id: OperatorId,
        name: str,
        first_name: str,
        chat_id: ChatId,
        message_id: int,
        *,
        update_id: int,
    ) -> Sent:
        """Send it to the customer; nothing is sent, and it stays a note, by any other result."""
        who: list[str | int] = [operator_id, name, chat_id, message_id, first_name]
        found = await self._send(args=[self._rules, update_id, *who])
        result, whose, conversation, *waited = found
        outcome = outcome_of_answer([result, whose, *waited])
        return Sent(outcome, ConversationId(str(conversation)))

    async def over(self, most: int) -> list[Over]:
        """Return who is to be told that it is over, the longest since first."""
        found = []
        since = cast(
            "list[tuple[str, float]]",
            await self._redis.zrange(NOTES_OVER, 0, most - 1, withscores=True),
        )
        for operator, since_ms in since:
            key = noting_key(OperatorId(int(operator)))
            fields = await self._redis.hmget(key, "conversation", "chat", "asked")
            conversation, chat, asked = cast("list[str | None]", fields)
            found.append(
                Over(
                    OperatorId(int(operator)),
                    ChatId(int(chat or 0)),
                    ConversationId(conversation or ""),
                    int(since_ms),
                    int(asked) if asked else None,
                )
            )
        return found

    async def mark_told(self, over: Over) -> None:
        """They were told of it; of one that has ended since then they will be."""
        score = await self._redis.zscore(NOTES_OVER, str(over.operator_id))
        if score is not None and int(score) <= over.since_ms:
            await self._redis.zrem(NOTES_OVER, str(over.operator_id))
