"""The phones of the simulation: what is due is taken, sent within its slot, and settled."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from redis.asyncio import Redis

from bench.routing.moments import DeskTime
from bench.routing.people import People
from onduty.wire import RETENTION
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import ChatId, ConversationId
from onduty_desk.model.words import BOARD_STEPS, DELETIONS, Step
from onduty_desk.phones.outbox import Attempt, Outbox, Taken
from onduty_desk.process.redis_clock import RedisClock
from onduty_desk.telegram.pace import Pace

LATENCY_S = 0.05
MOST_TAKEN = 100
LOOKS_AGAIN_AFTER_S = 3.0
"""Of a sender with nothing to come; what is new wakes it."""

_CARDS: frozenset[Step] = frozenset({"send", "send_note", "send_summary", "send_nudge"})


class RedisTime(RedisClock):
    """Leaves Redis's times as they are: what a late answer adds to them is no matter here."""

    def learn(self, redis_us: int, here: float) -> None:
        """Do nothing."""

    def here(self, redis_us: int) -> float:
        """Return it in seconds."""
        return redis_us / 1e6


class ExactOutbox(Outbox):
    """An outbox whose slots are in Redis's time."""

    def __init__(self, redis: Redis, rules: Rules) -> None:
        super().__init__(redis, Pace(), rules, retention=RETENTION)
        self._clock = RedisTime()


@dataclass
class Phones:
    """Sends as a dispatcher's sender does, but for the writing of cards and the network."""

    outbox: ExactOutbox
    time: DeskTime
    people: People
    sent: list[tuple[float, ChatId, str]] = field(default_factory=list)
    """When, whither and what: cards, edits, boards."""
    rings: list[tuple[float, ConversationId]] = field(default_factory=list)
    first_free_ring: dict[ConversationId, float] = field(default_factory=dict)
    """When a ring first came to an operator who had room."""
    steps: Counter[str] = field(default_factory=Counter)
    next_look: float = 0.0

    def __post_init__(self) -> None:
        self._messages = count(1)
        self._no_slot_until = 0.0
        self.is_woken = True

    async def look(self) -> None:
        """Take what is due, if there may be a slot."""
        now = self.time.now
        if now < self._no_slot_until or not (self.is_woken or now >= self.next_look):
            return
        self.is_woken = False
        taken, due_in = await self.outbox.take(MOST_TAKEN)
        now = self.time.now
        self._no_slot_until = self.time.of(self.outbox.no_slot_until)
        after_s = due_in.total_seconds() if due_in is not None else LOOKS_AGAIN_AFTER_S
        self.next_look = max(now + min(after_s, LOOKS_AGAIN_AFTER_S), self._no_slot_until)
        for phone in taken:
            self._at_its_slot(phone, self.time.of_redis(phone.slot.begins_at))

    def _at_its_slot(self, taken: Taken, slot: float) -> None:
        async def begin() -> None:
            attempt = None
            if taken.step == "send":
                attempt = await self.outbox.attempt(taken, taken.message_ids, 1)
                if attempt is None:
                    self.is_woken = True
                    return
            self.time.at(slot + LATENCY_S, lambda: self._settle(taken, slot, attempt))

        self.time.at(slot, begin)

    async def _settle(self, taken: Taken, slot: float, attempt: Attempt | None) -> None:
        self.steps[taken.step] += 1
        attempt_id = attempt.id if attempt else ""
        makes_one = taken.step in _CARDS or taken.step == "send_board"
        message = next(self._messages) if makes_one else None
        detail = str(message) if message else ""
        settled = await self.outbox.settle(taken, "done", detail, attempt_id=attempt_id)
        self.is_woken = self.is_woken or settled != "idle"
        if taken.step not in DELETIONS:
            self.sent.append((slot, taken.chat_id, _kind(taken.step)))
        if taken.step in BOARD_STEPS or taken.nudge:
            return
        has_buttons = taken.step not in DELETIONS and taken.step != "remove_keyboard"
        if taken.step in _CARDS and not taken.view.is_silent:
            self.rings.append((slot, taken.conversation_id))
            if self.people.is_free(taken.chat_id):
                self.first_free_ring.setdefault(taken.conversation_id, slot + LATENCY_S)
        verbs = [verb for row in taken.view.verbs for verb in row] if has_buttons else []
        self.people.see(taken.chat_id, taken.conversation_id, message, verbs)


def _kind(step: Step) -> str:
    return "cards" if step in _CARDS else "boards" if step in BOARD_STEPS else "edits"
