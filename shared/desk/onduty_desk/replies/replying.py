"""Operators' answers: each call is one script, and idempotent for its update."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Literal, cast

from redis.asyncio import Redis

from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import (
    REPLIES_FAILED,
    ChatId,
    ConversationId,
    OperatorId,
    reply_key,
)
from onduty_desk.model.trace_keys import last_reply_key
from onduty_desk.model.words import AnswerResult, ChangeResult

Way = Literal["take_over", "reopen", "to", "shown"]
Verb = Literal["edit", "undo", "again"]
_OF_A_FAILURE = (
    *("author", "conversation", "reason", "event", "kind", "unsent", "failure"),
    *("thread", "text"),
)

JOB_GONE = "its RQ job is gone, and nobody knows whether it was done"
"""The reason of an answer that may have arrived."""


@dataclass(frozen=True)
class Written:
    """What an operator has written, and where."""

    operator_id: OperatorId
    name: str
    """What colleagues call them."""
    first_name: str
    """What the customer calls them, unless they have chosen another name."""
    chat_id: ChatId
    message_id: int
    text: str
    html: str
    at: datetime
    thread: int = 0
    """The topic in which it stands; 0: outside of any."""


@dataclass(frozen=True)
class AnswerOutcome:
    """What came of an answer, and the name or number that the operator is told."""

    result: AnswerResult
    name: str = ""
    waited_s: float | None = None
    """How long the customer had waited, if it was claimed by it."""

    @property
    def is_accepted(self) -> bool:
        """Whether it goes to the customer: it is sent, or will be."""
        return self.result in {"sent", "delayed"}

    @property
    def sent_in_s(self) -> int | None:
        """In how many seconds it is sent, if it is delayed."""
        return ceil(int(self.name) / 1000) if self.result == "delayed" else None


@dataclass(frozen=True)
class FailedReply:
    """An answer that failed, whose author is not told yet."""

    chat_id: ChatId
    message_id: int
    author: OperatorId
    conversation_id: ConversationId
    reason: str
    event_id: str
    kind: str
    """The type of that event; `reply.sent` if the customer has nothing of it, whatever it was."""
    is_by_desk: bool
    """Whether the reason is the desk's own, of a delivery; else it is what the backend has said."""
    at_ms: int
    """When it failed: the same event may be reported again, after it was reported delivered."""
    thread: int = 0
    """The topic in which it stands."""
    text: str = ""


class Replies:
    """Sends, changes and takes back operators' answers. A repeated update changes nothing more."""

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self._redis = redis
        self._rules = rules.json
        self._answer = script(redis, "replies/commands/answer")
        self._send_held = script(redis, "replies/commands/send_held")
        self._offer = script(redis, "replies/commands/offer")
        self._change = script(redis, "replies/commands/change")
        self._told = script(redis, "replies/settle_failure_told")
        self._note_failure_said = script(redis, "replies/note_failure_said")

    async def answer(
        self, written: Written, replied_to: int, quote: str, *, update_id: int
    ) -> AnswerOutcome:
        """Send it to the customer whose topic it is in or whose message is replied to, and claim.

        Of several who answer at once what nobody owns, exactly one does. With `delayed` it is sent
        after a while, by `DelayedReplies`. Nothing is sent by any other result; with `taken` and
        `may_reopen` it is held for `send_held`.
        """
        arguments: list[str | int] = [self._rules, update_id, *_who(written), replied_to]
        told = [*_said(written), quote, written.thread or ""]
        return outcome_of_answer(await self._answer(args=[*arguments, *told]))

    async def send_held(  # noqa: PLR0913 - the facts of one tap, by name
        self,
        way: Way,
        operator_id: OperatorId,
        name: str,
        chat_id: ChatId,
        message_id: int,
        *,
        first_name: str,
        update_id: int,
        number: int = 0,
    ) -> AnswerOutcome:
        """Send what is held, in the way that its author has agreed to; `number` is for "to"."""
        place: list[str | int] = [operator_id, name, chat_id, message_id, way]
        arguments = [self._rules, update_id, *place, number, first_name]
        return outcome_of_answer(await self._send_held(args=arguments))

    async def offer(self, written: Written, *, update_id: int) -> list[ConversationId]:
        """Hold it, and return the conversations to choose from; none if there is no choice."""
        told = [*_said(written), written.thread or ""]
        found = await self._offer(args=[update_id, *_who(written), *told])
        return [ConversationId(str(one)) for one in found]

    async def change(  # noqa: PLR0913 - the facts of one change, by name
        self,
        verb: Verb,
        operator_id: OperatorId,
        chat_id: ChatId,
        message_id: int,
        *,
        update_id: int,
        text: str = "",
        html: str = "",
    ) -> ChangeResult:
        """Change an answer, take it back, or send one again that failed; only its author may."""
        place: list[str | int] = [operator_id, chat_id, message_id]
        arguments = [self._rules, update_id, *place, verb, text, html]
        return cast("ChangeResult", await self._change(args=arguments))

    async def are_wanted(self) -> bool:
        """Whether somebody brings answers to the backend; else nothing is ever sent."""
        return bool(await self._redis.exists(EVENTS_WANTED))

    async def text_of(self, chat_id: ChatId, message_id: int) -> str:
        """Return the words of a reply as they read now; empty if it is not known."""
        key = reply_key(chat_id, message_id)
        return cast("str | None", await self._redis.hget(key, "text")) or ""

    async def conversation_of(self, chat_id: ChatId, message_id: int) -> ConversationId | None:
        """Return whose customer an answer is for, if that is known."""
        found = await self._redis.hget(reply_key(chat_id, message_id), "conversation")
        return ConversationId(str(found)) if found else None

    async def newest_in(self, chat_id: ChatId, thread: int) -> int:
        """Return the newest answer that was written in a topic; 0 if there is none."""
        return int(await self._redis.get(last_reply_key(chat_id, thread)) or 0)

    async def is_reply(self, chat_id: ChatId, message_id: int) -> bool:
        """Whether an operator's message is an answer, or held to become one."""
        return bool(await self._redis.exists(reply_key(chat_id, message_id)))

    async def failed(self, most: int) -> list[FailedReply]:
        """Return answers that failed and whose author is not told, the oldest first."""
        found = []
        waiting = await self._redis.zrange(REPLIES_FAILED, 0, most - 1, withscores=True)
        for place, at_ms in cast("list[tuple[str, float]]", waiting):
            chat, _, message = place.rpartition(":")
            key = reply_key(ChatId(int(chat)), int(message))
            fields = cast(
                "list[str | None]",
                await self._redis.hmget(key, *_OF_A_FAILURE),
            )
            author, conversation, reason, event, kind, unsent, failure, thread, text = (
                field or "" for field in fields
            )
            found.append(
                FailedReply(
                    ChatId(int(chat)),
                    int(message),
                    OperatorId(int(author or 0)),
                    ConversationId(conversation),
                    reason,
                    event,
                    "reply.sent" if unsent else kind,
                    failure.startswith("event-"),
                    int(at_ms),
                    int(thread or 0),
                    text,
                )
            )
        return found

    async def note_failure_said(self, reply: FailedReply, said: int) -> bool:
        """This message says that it failed; it is deleted when that is not so any more.

        False if it is not so already: whoever has sent the message is to delete it.
        """
        about = (reply.chat_id, reply.message_id, reply.event_id, said)
        return bool(await self._note_failure_said(args=about))

    async def mark_told(self, reply: FailedReply) -> None:
        """Its author was told; if it has failed anew meanwhile, they will be told of that."""
        place = f"{reply.chat_id}:{reply.message_id}"
        await self._told(args=[place, reply.event_id, reply.at_ms])


def _who(written: Written) -> list[str | int]:
    return [written.operator_id, written.name, written.chat_id, written.message_id]


def _said(written: Written) -> list[str | int]:
    return [written.text, written.html, int(written.at.timestamp()), written.first_name]


def outcome_of_answer(answer: list[str | int]) -> AnswerOutcome:
    """Read what a script returns of an answer."""
    result, name, *waited = answer
    waited_s = int(waited[0]) / 1000 if waited else None
    return AnswerOutcome(cast("AnswerResult", result), str(name), waited_s)
