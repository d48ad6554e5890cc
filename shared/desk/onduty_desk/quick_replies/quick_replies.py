"""Quick replies of the groups: kept by admins, filled in for a customer, held until sent."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Literal, Self, cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.roster_keys import quick_replies_key

MOST = 20
"""Of a group: each is a button of one message."""

MOST_OF_A_TITLE = 40
MOST_OF_A_TEXT = 2000
"""Filled in it is still one Telegram message."""

CUSTOMER, OPERATOR = "{customer}", "{operator}"
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")

Result = Literal["added", "changed", "removed", "full", "unknown"]
Verb = Literal["add", "change", "remove"]


@dataclass(frozen=True)
class QuickReply:
    """What its button says, and what is sent."""

    title: str
    text: str

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `json` wrote."""
        fields = json.loads(text)
        return cls(fields["title"], fields["text"])

    @property
    def json(self) -> str:
        """For Redis."""
        return json.dumps({"title": self.title, "text": self.text}, ensure_ascii=False)

    @property
    def wrong_braces(self) -> str | None:
        """The first of its braces that would not be filled in; None if there is no such one."""
        known = {CUSTOMER, OPERATOR}
        return next((one for one in _BRACES.findall(self.text) if one not in known), None)

    def filled(self, *, customer: str, operator: str) -> str:
        """Return what is sent; names are put in as they are, whatever braces they hold."""
        names = {CUSTOMER: customer, OPERATOR: operator}
        return re.sub(r"\{customer\}|\{operator\}", lambda found: names[found[0]], self.text)


class QuickReplies:
    """Each change is one script; a repeated update changes nothing more, and returns the same."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._change = script(redis, "quick_replies/change_quick_reply")
        self._hold = script(redis, "quick_replies/hold_quick_reply")

    async def of(self, group: str) -> dict[int, QuickReply]:
        """Return those of a group by their numbers, in order."""
        found = cast("dict[str, str]", await self._redis.hgetall(quick_replies_key(group)))
        numbered = {int(number): QuickReply.from_json(text) for number, text in found.items()}
        return dict(sorted(numbered.items()))

    async def change(
        self,
        verb: Verb,
        group: str,
        *,
        number: int | None = None,
        quick_reply: QuickReply | None = None,
        update_id: int,
    ) -> tuple[Result, int | None]:
        """Add, change or remove one; return what came of it, and its number."""
        written = quick_reply.json if quick_reply else ""
        numbered = "" if number is None else number
        arguments: list[str | int] = [update_id, group, verb, numbered, written, MOST]
        result, at, _ = cast("tuple[str, str, str]", await self._change(args=arguments))
        return cast("Result", result), int(at) if at else None

    async def hold(  # noqa: PLR0913, PLR0917 - what is held, by name
        self,
        text: str,
        conversation_id: ConversationId,
        operator_id: OperatorId,
        first_name: str,
        chat_id: ChatId,
        message_id: int,
        *,
        at: datetime,
        thread: int = 0,
    ) -> bool:
        """Hold a text that a message shows, until its operator sends it; no if it was sent."""
        said: list[str | int] = [text, escape(text, quote=False), int(at.timestamp()), first_name]
        place: list[str | int] = [operator_id, chat_id, message_id, conversation_id]
        return bool(await self._hold(args=[*place, *said, thread or ""]))
