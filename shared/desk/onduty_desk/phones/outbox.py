"""What waits for the phones: taken under a lease, attempted, settled. Each step is one script."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Literal, Self, cast

import structlog
from redis.asyncio import Redis

from onduty import CustomerMessage
from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.batching import Together
from onduty_desk.lua.loader import script
from onduty_desk.model.keys import ChatId, ConversationId
from onduty_desk.phones.view import View
from onduty_desk.process.redis_clock import RedisClock
from onduty_desk.telegram.pacing import MOST_AHEAD, Pace
from onduty_desk.telegram.transport import READ_TIMEOUT_S

LEASE = timedelta(seconds=READ_TIMEOUT_S + 4)
"""How long a sender has for one card; a dead sender's phone is taken over after this."""

LEAST_LEASE_LEFT = timedelta(seconds=READ_TIMEOUT_S + 1)
"""A request is only begun if it ends, one way or the other, before the lease does."""

MOST_MESSAGES_A_CARD = 20

MOST_LATE = timedelta(milliseconds=10)
"""The pace leaves 29 ms in each second for the jitter of sends; this much of it is for ours."""

Settlement = Literal["sent", "later", "again", "not_taken", "unknown", "given_up"]
Settled = Literal["settled", "given_up", "gone"]

Step = Literal["send", "tell", "draw", "strip", "point", "remove", "catch_up"]
"""What is to be done at a phone: send messages, tell a note, write the card anew, take the buttons
off a message, have it point down to the card, remove one, tell how much waits after an outage."""

StepSettlement = Literal[
    "done", "gone", "later", "again", "not_taken", "unknown", "given_up", "unreachable"
]


_log = structlog.get_logger()


@dataclass(frozen=True)
class Attempt:
    """A card under way, as Redis holds it."""

    id: str
    parts: int
    part: int
    unknowns: int
    """Of how many tries nobody knows what came, although Telegram was there."""
    is_repeat: bool
    """It may be on the phone already."""

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `attempt.lua` wrote."""
        fields = json.loads(text)
        is_repeat = bool(fields["unknowns"] or fields.get("maybe"))
        return cls(fields["id"], fields["parts"], fields["part"], fields["unknowns"], is_repeat)


@dataclass(frozen=True)
class Slot:
    """A send's place in the shared pace, by `time.monotonic`.

    The event loop's own clock stands still while it works off what has come: a send that is late
    because of that would not be noticed.
    """

    begins_at: float
    is_missed_at: float
    """Later, it could be one too many in its second."""


@dataclass(frozen=True)
class Taken:
    """A phone that is ours for the time of a lease, and what is to be done there."""

    chat_id: ChatId
    send_to: ChatId
    """The same, unless Telegram gave the chat another id."""
    lease: str
    conversation_id: ConversationId
    language: str
    slot: Slot
    step: Step
    view: View
    under_way: Attempt | None
    message_ids: tuple[str, ...]
    texts: tuple[str, ...]
    """The messages as JSON, as they were accepted."""

    @property
    def messages(self) -> tuple[CustomerMessage, ...]:
        """The messages, read."""
        return tuple(CustomerMessage.model_validate_json(text) for text in self.texts)


class Outbox:
    """The outboxes of all phones and their timetable."""

    def __init__(self, redis: Redis, pace: Pace, rules: Rules, *, retention: timedelta) -> None:
        self._pace = pace
        self._rules = rules.json
        self._clock = RedisClock()
        self.no_slot_until = 0.0
        """By `time.monotonic`."""
        self.is_telegram_away = False
        """As the last take found it: then nothing is sent, see `Reachability`."""
        self.met: list[str] = []
        """What keys of a wrong type said to the last take."""
        self._take = script(redis, "phones/take")
        self._slot_again = Together(
            script(redis, "phones/slot_again"), *pace.gaps, int(MOST_AHEAD.total_seconds() * 1e6)
        )
        self._attempt = Together(script(redis, "phones/attempt"), _ms(LEAST_LEASE_LEFT))
        retention_s = int(retention.total_seconds())
        self._settle = Together(script(redis, "phones/settle"), retention_s)
        self._settle_step = Together(script(redis, "phones/settle_step"), retention_s)
        self._broke = script(redis, "phones/broke")

    async def take(self, most: int) -> tuple[list[Taken], timedelta | None]:
        """Take up to `most` phones that are due, and say when there is more to take.

        Each comes with a slot of the shared pace, to be waited for. A phone is taken by one sender
        at a time; if that one dies, the lease ends and another takes it. Nothing else waits for a
        phone: None. Asked again before `no_slot_until`, there is nothing for anybody.
        """
        lease = secrets.token_hex(8)
        due_in_ms, no_slot_for_ms, now_us, is_away, phones, set_aside, met = await self._take(
            args=[self._rules, lease, _ms(LEASE), most, MOST_MESSAGES_A_CARD, *self._pace.gaps]
        )
        self._clock.learn(int(now_us), monotonic())
        self.is_telegram_away = is_away == "1"
        self.met = [str(reason) for reason in met]
        for failure in set_aside:
            _log.error("step.set_aside", failure=failure, next_step=f"onduty failed show {failure}")
        taken = [_taken(lease, phone, self._clock) for phone in phones]
        self.no_slot_until = monotonic() + int(no_slot_for_ms) / 1000
        due_in = None if due_in_ms == "-1" else timedelta(milliseconds=int(due_in_ms))
        return taken, due_in

    async def slot_again(self, taken: Taken) -> Slot | None:
        """Return another slot for a send that missed its own; None if there is none in time."""
        answer = await self._slot_again(taken.chat_id)
        if not answer:
            return None
        slot_us, now_us = map(int, answer.split())
        self._clock.learn(now_us, monotonic())
        return _slot(self._clock.here(slot_us))

    async def attempt(
        self, taken: Taken, message_ids: tuple[str, ...], parts: int
    ) -> Attempt | None:
        """Write down that exactly these messages are about to be sent.

        None if they must not be: the lease is nearly over, the operator is off duty, or another
        sender settled this card. Called for a card whose last attempt was never settled, the
        attempt comes back with one more unknown outcome.
        """
        found = await self._attempt(
            taken.chat_id,
            taken.lease,
            taken.under_way.id if taken.under_way else secrets.token_hex(8),
            "under way" if taken.under_way else "new",
            taken.conversation_id,
            parts,
            json.dumps(message_ids),
        )
        return Attempt.from_json(found) if found else None

    async def settle(
        self,
        taken: Taken,
        attempt_id: str,
        settlement: Settlement,
        detail: str = "",
        *,
        pause: timedelta = timedelta(0),
    ) -> Settled:
        """Write down what came of it and look at the phone again after the pause.

        `given_up` also when it was not taken once too often; `gone` if another sender settled this
        card before: then nothing was written.
        """
        settled = await self._settle(
            taken.chat_id,
            taken.lease,
            attempt_id,
            settlement,
            detail,
            _ms(pause),
            taken.view.for_settling,
            taken.language,
            taken.conversation_id,
        )
        return cast("Settled", settled)

    async def broke(self, taken: Taken, reason: str) -> bool:
        """Note that a step raised what nobody expected; say whether it is set aside by now.

        That is after six times: it stands in the failed list, and holds up nothing any more.
        """
        messages = json.dumps(taken.message_ids)
        about = (taken.chat_id, taken.lease, taken.conversation_id, taken.step, reason, messages)
        answer = cast("str", await self._broke(args=about))
        return answer == "set_aside"

    async def settle_step(
        self,
        taken: Taken,
        settlement: StepSettlement,
        sent: int | None = None,
        *,
        pause: timedelta = timedelta(0),
    ) -> None:
        """Write down what came of a step other than a send; `sent` is the message it made."""
        await self._settle_step(
            taken.chat_id,
            taken.lease,
            taken.conversation_id,
            taken.step,
            settlement,
            sent or "",
            _ms(pause),
            taken.view.for_settling,
        )


def _ms(time: timedelta) -> int:
    return int(time.total_seconds() * 1000)


def _slot(begins_at: float) -> Slot:
    return Slot(begins_at, begins_at + MOST_LATE.total_seconds())


def _taken(lease: str, phone: list[str | list[str]], clock: RedisClock) -> Taken:
    chat, conversation, language, send_to, slot_us, step, attempt, view, ids, texts = phone
    assert isinstance(chat, str)  # noqa: S101 - the shapes are those of take.lua
    assert isinstance(attempt, str)  # noqa: S101 - the same
    pairs = list(zip(ids, texts, strict=True))
    known = [(message_id, text) for message_id, text in pairs if text] or pairs
    return Taken(
        chat_id=ChatId(int(chat)),
        send_to=ChatId(int(str(send_to))),
        lease=lease,
        conversation_id=ConversationId(str(conversation)),
        language=str(language),
        slot=_slot(clock.here(int(str(slot_us)))),
        step=cast("Step", step),
        view=View.from_json(str(view)),
        under_way=Attempt.from_json(attempt) if attempt else None,
        message_ids=tuple(message_id for message_id, _ in known),
        texts=tuple(text for _, text in known if text),  # none if all have expired
    )
