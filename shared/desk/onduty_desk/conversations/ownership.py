"""Who owns a conversation: each change is one script, idempotent for its update."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, cast

from redis.asyncio import Redis

from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.words import TapResult


@dataclass(frozen=True)
class TapOutcome:
    """The result of a tap, and the owner's name where the answer needs it."""

    result: TapResult
    name: str = ""


_WAIT_FOR_ITS_PLACE_S = 5.0
_ASK_EVERY_S = 0.05

ShowResult = Literal["shown", "unknown", "off_duty", "other_group", "is_closed", "taken"]


@dataclass(frozen=True)
class Shown:
    """The result of asking for a card, and the owner's name where the answer needs it."""

    result: ShowResult
    name: str = ""


@dataclass(frozen=True)
class DelegationOutcome:
    """The result of releasing, passing or closing what an operator held."""

    result: Literal["released", "released_alone", "passed", "closed", "nothing", "unavailable"]
    count: int = 0
    to: str = ""


@dataclass(frozen=True)
class Backlog:
    """How much waits in a group, and how much of it one phone shows."""

    shown: int
    """Cards that are on their way to the phone now."""
    unseen: int
    """Waiting conversations of which the phone has no card."""
    waiting: int
    urgent: int


class Conversations:
    """Changes who owns conversations. A repeated update returns the same and changes nothing more.

    Every method raises redis-py's errors when Redis is away; then all of it is done, or nothing.
    """

    def __init__(self, redis: Redis, rules: Rules) -> None:
        self._rules = rules.json
        self._tap = script(redis, "conversations/commands/tap")
        self._backlog = script(redis, "conversations/commands/backlog")
        self._show_card = script(redis, "conversations/commands/show_card")
        self._delegate = script(redis, "conversations/commands/delegate")

    async def tap(  # noqa: PLR0913 - the facts of one tap, by name
        self,
        verb: Verb,
        *,
        operator_id: OperatorId,
        name: str,
        chat_id: ChatId,
        message_id: int,
        update_id: int,
    ) -> TapOutcome:
        """Decide a tap on a card.

        Exactly one of several simultaneous claims succeeds; callback data grants no rights; a stale
        button is answered with the current state. The cards to be edited and the event to the chat
        backend are written in the same step.

        A tap can arrive before the card's message id is recorded: it is retried for up to 5 s. Then
        the result is "on_its_way".
        """
        tap = (self._rules, update_id, operator_id, name, chat_id, message_id, verb)
        until = asyncio.get_running_loop().time() + _WAIT_FOR_ITS_PLACE_S
        while True:
            result, whose = await self._tap(args=tap)
            if result != "on_its_way" or asyncio.get_running_loop().time() >= until:
                return TapOutcome(cast("TapResult", result), str(whose))
            await asyncio.sleep(_ASK_EVERY_S)

    async def show_backlog(
        self, operator_id: OperatorId, most: int, *, update_id: int
    ) -> Backlog | None:
        """Send up to `most` cards of what waits, most urgent and oldest first, without a ring.

        None if they are off duty. With 0 it only counts; one update may count first and then send.
        """
        found = await self._backlog(args=[update_id, operator_id, most])
        return Backlog(*map(int, found)) if found else None

    async def show_card(
        self, conversation_id: ConversationId, operator_id: OperatorId, *, update_id: int
    ) -> Shown:
        """Send a card to the bottom of an operator's chat, without a ring, if they may see it.

        If its owner asks, their lease starts again.
        """
        result, name = await self._show_card(
            args=[self._rules, update_id, operator_id, conversation_id]
        )
        return Shown(cast("ShowResult", result), str(name))

    async def release_all(
        self,
        operator_id: OperatorId,
        conversation_ids: Collection[ConversationId],
        *,
        update_id: int,
    ) -> DelegationOutcome:
        """Release those of these conversations that the operator holds."""
        return await self._delegate_all(operator_id, "", conversation_ids, update_id)

    async def pass_all(
        self,
        operator_id: OperatorId,
        to: OperatorId,
        conversation_ids: Collection[ConversationId],
        *,
        update_id: int,
    ) -> DelegationOutcome:
        """Pass those of these conversations that the operator holds to a colleague, who is rung.

        "unavailable" if the colleague is no longer on duty in their group; then nothing changes.
        """
        return await self._delegate_all(operator_id, to, conversation_ids, update_id)

    async def close_all(
        self,
        operator_id: OperatorId,
        conversation_ids: Collection[ConversationId],
        *,
        update_id: int,
    ) -> DelegationOutcome:
        """Close those of these conversations that the operator holds.

        One with a message that their phone has not shown is released instead.
        """
        return await self._delegate_all(operator_id, "close", conversation_ids, update_id)

    async def _delegate_all(
        self,
        operator_id: OperatorId,
        to: OperatorId | Literal["", "close"],
        conversation_ids: Collection[ConversationId],
        update_id: int,
    ) -> DelegationOutcome:
        these = json.dumps(list(conversation_ids))
        done = await self._delegate(args=[self._rules, update_id, operator_id, to, these])
        return DelegationOutcome(*done)
