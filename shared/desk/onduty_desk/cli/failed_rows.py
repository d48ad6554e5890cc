"""Looks up what `onduty failed` shows of a failure: customer, operator, age, other deliveries."""

import json
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from onduty.wire import message_key
from onduty_desk.failures.failures import Failure
from onduty_desk.model.keys import ConversationId, OperatorId, deliveries_key, messages_key
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.texts.reasons import printable_line, shown_reason
from onduty_desk.texts.times import duration

HEADER = ("ID", "CONVERSATION", "CUSTOMER", "OPERATOR", "AGE", "REASON")
MOST_MESSAGES_SHOWN = 50
_NAME = 24
_ID = 64


@dataclass(frozen=True)
class Row:
    """A failure with the names that belong to it."""

    id: str
    failure: Failure
    customer: str = ""
    operator: str = ""

    @property
    def age_s(self) -> float | None:
        """Seconds since it was given up; None if the record does not say."""
        at_ms = self.failure.get("at_ms")
        return max(0.0, time.time() - at_ms / 1000) if isinstance(at_ms, int | float) else None

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of a line of the list, in the order of `HEADER`."""
        message = self.failure.get("message")
        asked = message.get("conversation_id") if isinstance(message, dict) else None
        return (
            printable_line(self.id, len(self.id)),
            _text(self.failure.get("conversation") or asked, _NAME) or "-",
            printable_line(self.customer, _NAME) or "-",
            printable_line(self.operator, _NAME) or "-",
            age(self.age_s),
            shown_reason(self.failure.get("reason")),
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """What `--json` prints: the record, and the names."""
        return {
            "id": self.id,
            **self.failure,
            "reason": shown_reason(self.failure.get("reason")),
            "customer": self.customer or None,
            "operator_name": self.operator or None,
        }


async def rows_of(redis: Redis, found: Sequence[tuple[str, Failure]]) -> list[Row]:
    """Look up the names that belong to failures; what has expired stays empty."""
    newest = await _answers(
        redis,
        [("ZRANGE", messages_key(_conversation(failure)), "-1", "-1") for _, failure in found],
    )
    ids = [
        (_messages(failure) or last or [""])[0]
        for (_, failure), last in zip(found, newest, strict=True)
    ]
    messages = await _answers(redis, [("GET", message_key(message_id)) for message_id in ids])
    names = await _answers(redis, [("HGET", _operator(failure), "name") for _, failure in found])
    return [
        Row(
            failure_id,
            failure,
            _customer(failure.get("message")) or _customer(message),
            str(name or _text(failure.get("operator") or failure.get("chat"), _NAME)),
        )
        for (failure_id, failure), message, name in zip(found, messages, names, strict=True)
    ]


async def who_got_it(redis: Redis, failure: Failure) -> dict[str, dict[str, str]]:
    """Return the states of a failure's deliveries by message and operator: waiting, sent 17."""
    ids = _messages(failure)
    if not ids:
        key = messages_key(_conversation(failure))
        (ids,) = await _answers(redis, [("ZRANGE", key, f"-{MOST_MESSAGES_SHOWN}", "-1")])
    ids = (ids or [])[:MOST_MESSAGES_SHOWN]
    found = await _answers(redis, [("HGETALL", deliveries_key(message)) for message in ids])
    states = [cast("dict[str, str]", each or {}) for each in found]
    chats = sorted({chat for each in states for chat in each})
    names = await _answers(redis, [("HGET", _key_of(chat), "name") for chat in chats])
    shown = {
        chat: f"{name} ({chat})" if name else chat for chat, name in zip(chats, names, strict=True)
    }
    return {
        message: {shown[chat]: state for chat, state in each.items()}
        for message, each in zip(ids, states, strict=True)
    }


def age(seconds: float | None) -> str:
    """Return an age as text: "12 min", "5 h", "3 days"."""
    if seconds is None:
        return "-"
    return "just now" if seconds < 60 else duration(seconds)  # noqa: PLR2004 - a minute


def shown_json(value: object, *, indent: int | None = None) -> str:
    """Return readable JSON without control characters, which could change a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(
        character
        if character in " \n" or unicodedata.category(character)[0] not in "CZ"
        else json.dumps(character)[1:-1]
        for character in text
    )


async def _answers(redis: Redis, commands: list[tuple[str, ...]]) -> list[Any]:
    """Return the answers to commands sent together; None where a key is of a wrong type."""
    async with redis.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)
        answers = await pipeline.execute(raise_on_error=False) if commands else []
    return [None if isinstance(answer, Exception) else answer for answer in answers]


def _messages(failure: Failure) -> list[str]:
    listed = failure.get("messages")
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def _conversation(failure: Failure) -> ConversationId:
    return ConversationId(_text(failure.get("conversation"), 128))


def _operator(failure: Failure) -> str:
    return _key_of(_text(failure.get("operator") or failure.get("chat"), _ID))


def _key_of(chat: str) -> str:
    return operator_key(cast("OperatorId", chat))


def _customer(message: object) -> str:
    """Return the customer's name in a message, which may be anything."""
    try:
        fields = json.loads(message) if isinstance(message, str) else message
    except (ValueError, RecursionError):
        return ""
    name = fields.get("customer_name") if isinstance(fields, dict) else None
    return name if isinstance(name, str) else ""


def _text(value: object, most: int) -> str:
    return printable_line(str(value), most) if isinstance(value, str | int) else ""
