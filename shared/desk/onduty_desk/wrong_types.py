"""Finds keys that somebody else has overwritten with another type: Redis does not say which."""

from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis

from onduty import Priority
from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.keys import (
    BOT,
    CLOCK,
    DUE,
    EVENTS_DUE,
    EVENTS_WANTED,
    FAILED,
    FAILURES,
    ON_DUTY,
    POLLER,
    PROCESSES,
    SET_ASIDE,
    SIGNED_OUT,
    UPDATE_CHATS,
    ChatId,
    ConversationId,
    OperatorId,
    chat_key,
    claims_key,
    conversation_key,
    copies_key,
    cursor_key,
    events_key,
    events_trying_key,
    messages_key,
    operator_key,
    outbox_key,
    redraws_key,
    shown_key,
    timetable_key,
)

_GLOBAL = {
    ACCEPTED: "zset",
    BOT: "string",
    CLOCK: "string",
    DUE: "zset",
    EVENTS_DUE: "zset",
    EVENTS_WANTED: "string",
    FAILED: "zset",
    FAILURES: "hash",
    ON_DUTY: "zset",
    POLLER: "string",
    PROCESSES: "zset",
    SET_ASIDE: "list",
    SIGNED_OUT: "hash",
    UPDATE_CHATS: "zset",
    **{timetable_key(what): "zset" for what in (*Priority, "edits")},
    **{f"onduty:pace:{what}": "string" for what in ("slot", "pause", "turn")},
    "onduty:pace:refusals": "zset",
}


@dataclass(frozen=True)
class WrongType:
    """A key that is not what the desk writes there."""

    name: str
    found: str
    wanted: str

    def __str__(self) -> str:
        return f"{self.name} is a {self.found} and must be a {self.wanted}"


async def wrong_global_types(redis: Redis) -> list[WrongType]:
    """Return the keys of the whole desk that are of a wrong type."""
    return await _wrong(redis, _GLOBAL)


async def wrong_types_of(redis: Redis, conversation_id: ConversationId) -> list[WrongType]:
    """Return the keys of a conversation that are of a wrong type."""
    return await _wrong(
        redis,
        {
            conversation_key(conversation_id): "hash",
            messages_key(conversation_id): "zset",
            cursor_key(conversation_id): "hash",
            copies_key(conversation_id): "hash",
            inbox_key(conversation_id): "list",
            events_key(conversation_id): "list",
            events_trying_key(conversation_id): "hash",
        },
    )


async def wrong_types_at(redis: Redis, chat_id: ChatId) -> list[WrongType]:
    """Return the keys of a phone that are of a wrong type."""
    operator = OperatorId(chat_id)
    return await _wrong(
        redis,
        {
            chat_key(chat_id): "hash",
            outbox_key(chat_id): "zset",
            redraws_key(chat_id): "zset",
            shown_key(chat_id): "zset",
            operator_key(operator): "hash",
            claims_key(operator): "zset",
        },
    )


async def _wrong(redis: Redis, wanted: Mapping[str, str]) -> list[WrongType]:
    async with redis.pipeline(transaction=False) as together:
        for key in wanted:
            together.type(key)
        found = await together.execute()
    return [
        WrongType(key, is_, must)
        for (key, must), is_ in zip(wanted.items(), found, strict=True)
        if is_ not in {must, "none"}
    ]
