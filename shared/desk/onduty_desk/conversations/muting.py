"""Customers who are muted: whoever writes there rings nobody."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, ValidationError
from redis.asyncio import Redis

from onduty.wire import message_key
from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import (
    ChatId,
    ConversationId,
    OperatorId,
    conversation_key,
    messages_key,
)
from onduty_desk.model.note_keys import MUTED

Result = Literal["muted", "undone", "unknown", "not_theirs", "off_duty", "already", "not_muted"]
Verb = Literal["mute", "undo"]


@dataclass(frozen=True)
class Muted:
    """A conversation that is muted."""

    conversation_id: ConversationId
    customer_name: str
    by: str
    since: datetime
    written_since: int
    """Messages of its customer that nobody has seen."""


class _Named(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    customer_name: str = ""


class Muting:
    """A repeated update returns the same and changes nothing more."""

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self._redis = redis
        self._rules = rules.json
        self._mute = script(redis, "conversations/commands/mute")

    async def by_card(  # noqa: PLR0913 - the facts of one call, by name
        self,
        verb: Verb,
        operator_id: OperatorId,
        name: str,
        chat_id: ChatId,
        message_id: int,
        *,
        is_admin: bool,
        update_id: int,
    ) -> tuple[Result, ConversationId]:
        """Mute the conversation that a message shows, or undo that: its owner may, and an admin."""
        place: list[str | int] = [operator_id, name, chat_id, message_id, verb, int(is_admin)]
        result, found = await self._mute(args=[self._rules, update_id, *place])
        return cast("Result", result), ConversationId(str(found))

    async def undo(self, conversation_id: ConversationId) -> Result:
        """Undo it, from a shell: what was written meanwhile waits, as if it had come now."""
        arguments = [self._rules, "", "", "", conversation_id, "", "undo", "1"]
        result, _ = await self._mute(args=arguments)
        return cast("Result", result)

    async def muted(self) -> list[Muted]:
        """Return those that are muted, the longest first."""
        found = []
        for member in cast("list[str]", await self._redis.zrange(MUTED, 0, -1)):
            conversation_id = ConversationId(member)
            fields = await self._redis.hmget(
                conversation_key(conversation_id),
                *("state", "muted_ms", "muted_by", "muted_seq", "last_seq"),
            )
            state, since_ms, by, seq, last = cast("list[str | None]", fields)
            if state != "closed" or since_ms is None:
                continue  # it has expired, or an older version has reopened it
            since = datetime.fromtimestamp(int(since_ms) / 1000, UTC)
            written = int(last or 0) - int(seq or 0)
            name = await self._customer(conversation_id)
            found.append(Muted(conversation_id, name, by or "", since, written))
        return found

    async def _customer(self, conversation_id: ConversationId) -> str:
        newest = cast("list[str]", await self._redis.zrevrange(messages_key(conversation_id), 0, 0))
        text = await self._redis.get(message_key(newest[0])) if newest else None
        try:
            return _Named.model_validate_json(text).customer_name if text else ""
        except ValidationError:
            return ""
