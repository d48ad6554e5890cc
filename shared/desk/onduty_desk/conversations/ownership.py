"""Who owns a conversation: each change is one script, idempotent for its update."""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, cast

from redis.asyncio import Redis

from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import PageNumber, Verb
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.words import TapResult


@dataclass(frozen=True)
class TapOutcome:
    """The result of a tap, and the owner's name where the answer needs it."""

    result: TapResult
    name: str = ""
    """Where there is no room (`group_full`, `limit_full`), the number that is reached."""
    waited_s: float | None = None
    """How long the customer had waited, for a claim of what waited."""


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

    result: Literal[
        "released", "released_alone", "passed", "closed", "nothing", "unavailable", "full"
    ]
    count: int = 0
    to: str = ""


PassResult = Literal[
    "not_asked",
    "offered",
    "moved",
    "off_duty",
    "is_closed",
    "taken",
    "other_group",
    "asks",
    "unavailable",
]


@dataclass(frozen=True)
class PassOutcome:
    """The result of passing a conversation on, and the name that the answer needs."""

    result: PassResult
    name: str = ""
    question: str = "{}"
    """What was asked, as it was stored."""


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
        self._pass_on = script(redis, "conversations/commands/pass_on")
        self._note_pass_said = script(redis, "conversations/commands/note_pass_said")

    async def tap(  # noqa: PLR0913 - the facts of one tap, by name
        self,
        verb: Verb,
        *,
        operator_id: OperatorId,
        name: str,
        chat_id: ChatId,
        message_id: int,
        update_id: int,
        row: int | None = None,
        page: PageNumber | None = None,
    ) -> TapOutcome:
        """Decide a tap on a card, or on a row of a nudge; `page` is what a tap on PAGE turns to.

        Exactly one of several simultaneous claims succeeds; callback data grants no rights; a stale
        button is answered with the current state. The cards to be edited and the event to the chat
        backend are written in the same step.

        A tap can arrive before the message's id is recorded: it is retried for up to 5 s. Then
        the result is "on_its_way".
        """
        about = (self._rules, update_id, operator_id, name, chat_id, message_id, verb)
        tap: list[str | int] = [*about, "" if row is None else row]
        tap += [page.page, page.part] if page else []
        until = asyncio.get_running_loop().time() + _WAIT_FOR_ITS_PLACE_S
        while True:
            result, whose, *waited = await self._tap(args=tap)
            if result != "on_its_way" or asyncio.get_running_loop().time() >= until:
                waited_s = int(waited[0]) / 1000 if waited else None
                return TapOutcome(cast("TapResult", result), str(whose), waited_s)
            await asyncio.sleep(_ASK_EVERY_S)

    async def show_backlog(
        self,
        operator_id: OperatorId,
        most: int,
        *,
        update_id: int | str,
        group: str | None = None,
    ) -> Backlog | None:
        """Send up to `most` cards of what waits, most urgent and oldest first, without a ring.

        It is what waits in all their groups, or in one of them. None if they are off duty. With 0
        it only counts; one update may count first and then send.
        """
        found = await self._backlog(args=[update_id, operator_id, most, group or ""])
        return Backlog(*map(int, found)) if found else None

    async def show_card(
        self,
        conversation_id: ConversationId,
        operator_id: OperatorId,
        *,
        update_id: int,
        is_any: bool = False,
    ) -> Shown:
        """Send a card to the bottom of an operator's chat, without a ring, if they may see it.

        If its owner asks, their lease starts again. With `is_any` the card comes also of what a
        colleague answers, and of what is closed.
        """
        result, name = await self._show_card(
            args=[self._rules, update_id, operator_id, conversation_id, int(is_any)]
        )
        return Shown(cast("ShowResult", result), str(name))

    async def pass_on(
        self, operator_id: OperatorId, message_id: int | None, reason: str, *, update_id: int
    ) -> PassOutcome:
        """Pass on what the operator was asked about, with or without a reason.

        "not_asked" if there is no such question: then a text is for something else. `message_id` is
        the question's, if a button of it was tapped or the text replies to something.
        """
        about = "" if message_id is None else message_id
        answer = await self._pass_on(args=[update_id, operator_id, about, reason])
        result, *rest = answer
        return PassOutcome(cast("PassResult", result), *map(str, rest))

    async def note_pass_said(
        self,
        conversation_id: ConversationId,
        operator_id: OperatorId,
        colleague_id: OperatorId,
        message_id: int,
    ) -> bool:
        """This message says that the colleague is asked; it is deleted when that is over.

        False if it is over already: whoever has sent the message is to delete it.
        """
        about = (conversation_id, operator_id, colleague_id, message_id)
        return bool(await self._note_pass_said(args=about))

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
        """Let those of these that the operator holds wait, and ask a colleague before the others.

        "unavailable" if the colleague is no longer on duty in their group, "full" if they have room
        for none of them; then nothing changes. What they have no room for stays with the operator.
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
