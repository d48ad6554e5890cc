"""Operators of the simulation: who is idle sees a ring after seconds, takes it, is done later."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from bench.routing.moments import DeskTime
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId

HELD = 5
"""Conversations that one operator answers at the same time; the capacity of the group."""

SEES_AFTER_S = (2.0, 8.0)
ANSWERS_FOR_S = (60.0, 170.0)
"""Two minutes by and large; less than the three after which a silent owner is asked."""

NEXT_AFTER_S = (1.0, 2.0)
"""Who finds that a colleague was quicker, taps the next."""

AGAIN_AFTER_S = 2.0
"""A tap that came to nothing, because a button had just changed, is repeated."""


@dataclass(frozen=True)
class Ways:
    """How quick operators are; each time is drawn between two."""

    sees_after_s: tuple[float, float] = SEES_AFTER_S
    answers_for_s: tuple[float, float] = ANSWERS_FOR_S


@dataclass
class People:
    """All operators, with what their phones show."""

    conversations: Conversations
    time: DeskTime
    chance: Random
    ways: Ways
    claimed_at: dict[ConversationId, float] = field(default_factory=dict)
    claimed_by: list[tuple[float, OperatorId]] = field(default_factory=list)
    closed: int = 0
    results: Counter[str] = field(default_factory=Counter)
    """What came of their taps."""
    has_tapped: bool = False

    def __post_init__(self) -> None:
        self._cards: dict[int, dict[ConversationId, tuple[int, Verb]]] = defaultdict(dict)
        self._owned: dict[int, dict[ConversationId, int]] = defaultdict(dict)
        self._will_look: set[int] = set()
        self._updates = count(1)

    def is_free(self, operator: int) -> bool:
        """Whether they can take one more."""
        return len(self._owned[operator]) < HELD

    def see(
        self, chat: ChatId, conversation: ConversationId, message: int | None, verbs: Iterable[Verb]
    ) -> None:
        """A phone shows a card: with a new message, or with other buttons, or none."""
        cards, owned, verbs = self._cards[chat], self._owned[chat], set(verbs)
        if conversation in owned and message:
            owned[conversation] = message
        wanted = verbs & {Verb.ACCEPT, Verb.CLAIM}
        message = message or cards.get(conversation, (None, ""))[0]
        if not wanted or not message or conversation in owned:
            cards.pop(conversation, None)
            return
        cards[conversation] = message, Verb.ACCEPT if Verb.ACCEPT in wanted else Verb.CLAIM
        self._look_soon(chat)

    def _look_soon(self, operator: int, within_s: tuple[float, float] | None = None) -> None:
        if self._cards[operator] and self.is_free(operator) and operator not in self._will_look:
            self._will_look.add(operator)
            after_s = self.chance.uniform(*(within_s or self.ways.sees_after_s))
            self.time.at(self.time.now + after_s, lambda: self._look(operator))

    async def _look(self, operator: int) -> None:
        """Take what has been on the phone the longest."""
        self._will_look.discard(operator)
        cards = self._cards[operator]
        if cards and self.is_free(operator):
            conversation, (message, verb) = next(iter(cards.items()))
            cards.pop(conversation)
            within_s = NEXT_AFTER_S
            if await self._tap(operator, message, verb) == "claimed":
                now, within_s = self.time.now, self.ways.sees_after_s
                self._owned[operator][conversation] = message
                self.claimed_at[conversation] = now
                self.claimed_by.append((now, OperatorId(operator)))
                after_s = self.chance.uniform(*self.ways.answers_for_s)
                self.time.at(now + after_s, lambda: self._close(operator, conversation))
            self._look_soon(operator, within_s)

    async def _close(self, operator: int, conversation: ConversationId) -> None:
        message = self._owned[operator][conversation]
        if await self._tap(operator, message, Verb.CLOSE) == "just_changed":
            again_at = self.time.now + AGAIN_AFTER_S
            self.time.at(again_at, lambda: self._close(operator, conversation))
            return
        del self._owned[operator][conversation]
        self.closed += 1
        self._look_soon(operator)

    async def _tap(self, operator: int, message: int, verb: Verb) -> str:
        self.has_tapped = True
        tapped = await self.conversations.tap(
            verb,
            operator_id=OperatorId(operator),
            name=f"Operator {operator}",
            chat_id=ChatId(operator),
            message_id=message,
            update_id=next(self._updates),
        )
        self.results[f"{verb} {tapped.result}"] += 1
        return tapped.result
