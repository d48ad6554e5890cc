"""The outboxes and the timetable: phones are taken under a lease, attempted, settled."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Literal, Self, cast

import structlog
from redis.asyncio import Redis

from onduty import CustomerMessage
from onduty_desk.boards.view import BoardView
from onduty_desk.conversations.kept_message import KeptMessage
from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.batching import Batching
from onduty_desk.lua.calling import script
from onduty_desk.lua.durations import in_ms
from onduty_desk.metrics.figures import FIRST_CARDS, LAST_CARDS, SLOT_WAITS
from onduty_desk.model.keys import ChatId, ConversationId
from onduty_desk.model.words import (
    BOARD_STEPS,
    DELETIONS,
    NUDGE_STEPS,
    TOPIC_STEPS,
    Outcome,
    Step,
)
from onduty_desk.nudges.view import NudgeView
from onduty_desk.phones.view import View
from onduty_desk.process.redis_clock import RedisClock
from onduty_desk.telegram.pace import Pace
from onduty_desk.telegram.pacing import MOST_AHEAD
from onduty_desk.telegram.transport import READ_TIMEOUT_S
from onduty_desk.texts import language_of
from onduty_desk.topics.view import TopicView

LEASE = timedelta(seconds=READ_TIMEOUT_S + 4)
"""How long a sender has for one step; after it another takes over a dead sender's phone."""

LEAST_LEASE_LEFT = timedelta(seconds=READ_TIMEOUT_S + 1)
"""A request is begun only if it ends, by an answer or a time-out, before the lease does."""

MOST_MESSAGES_A_CARD = 20

MOST_TAKEN_AT_ONCE = 25
"""A tap waits for Redis meanwhile: two milliseconds for this many phones."""

MOST_LATE = timedelta(milliseconds=10)
"""Of the 29 ms of jitter in each second that the pace allows, this much is for our own delay."""

Settled = Literal["settled", "idle", "given_up", "gone"]

_log = structlog.get_logger()


@dataclass(frozen=True)
class Attempt:
    """A send in progress, as recorded in Redis."""

    id: str
    parts: int
    part: int
    unknowns: int
    """How many tries had an unknown outcome although Telegram was not away."""
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
    """A send's slot of the shared pace, by `time.monotonic`.

    The event loop's own clock is updated only once per iteration, so a send that is late because of
    a long iteration would not be noticed.
    """

    begins_at: float
    is_missed_at: float
    """A send after this time could exceed the limit of its second."""


@dataclass(frozen=True)
class Taken:
    """A phone leased to this process, and the step to do there."""

    chat_id: ChatId
    send_to: ChatId
    """The same id, unless Telegram gave the chat another one."""
    lease: str
    conversation_id: ConversationId
    language: str
    slot: Slot
    step: Step
    view: View
    nudge: NudgeView | None
    """Of a step about the phone's nudge, which is about no single conversation."""
    board: BoardView | None
    """Of a step about the phone's board, which is about no conversation."""
    topic: TopicView | None
    """Of a step about a topic."""
    under_way: Attempt | None
    message_ids: tuple[str, ...]
    texts: tuple[str, ...]
    """The messages as JSON."""

    @property
    def messages(self) -> tuple[CustomerMessage, ...]:
        """The messages, parsed."""
        return tuple(KeptMessage.model_validate_json(text) for text in self.texts)


class Outbox:
    """The outboxes of all phones and their timetable.

    `language` is for phones of which no language is known any more, or one that we lack.
    """

    def __init__(
        self, redis: Redis, pace: Pace, rules: Rules, *, retention: timedelta, language: str = "en"
    ) -> None:
        self._language = language
        self._pace = pace
        self._rules = rules.json
        self._clock = RedisClock()
        self.no_slot_until = 0.0
        """By `time.monotonic`."""
        self.is_telegram_away = False
        """As of the last take: then nothing is sent, see `Reachability`."""
        self.met: list[str] = []
        """Errors of the last take about keys of a wrong type."""
        self._take = script(redis, "phones/steps/take")
        self._slot_again = Batching(
            script(redis, "phones/steps/slot_again"),
            *pace.gaps,
            int(MOST_AHEAD.total_seconds() * 1e6),
        )
        self._attempt = Batching(script(redis, "phones/steps/attempt"), in_ms(LEAST_LEASE_LEFT))
        self._retention_s = int(retention.total_seconds())
        self._settle = Batching(script(redis, "phones/steps/settle"), self._retention_s)
        self._settle_nudge = script(redis, "nudges/settle_nudge")
        self._settle_board = script(redis, "boards/settle_board")
        self._settle_topic = script(redis, "topics/settle_topic")
        self._broke = script(redis, "phones/steps/broke")

    async def take(self, most: int) -> tuple[list[Taken], timedelta | None]:
        """Lease up to `most` phones that are due, and 25; return them, and when the next is due.

        Each has a slot of the shared pace, which must be waited for. One sender at a time has a
        phone; if it dies, the lease ends and another takes the phone. The time is None if no other
        phone is in the timetable. Before `no_slot_until` there is no slot for any phone.
        """
        lease, most = secrets.token_hex(8), min(most, MOST_TAKEN_AT_ONCE)
        due_in_ms, no_slot_for_ms, now_us, is_away, phones, set_aside, met = await self._take(
            args=[self._rules, lease, in_ms(LEASE), most, MOST_MESSAGES_A_CARD, *self._pace.gaps]
        )
        self._clock.learn(int(now_us), monotonic())
        self.is_telegram_away = is_away == "1"
        self.met = [str(reason) for reason in met]
        for failure in set_aside:
            _log.error("step.set_aside", failure=failure, next_step=f"onduty failed show {failure}")
        taken = [_taken(lease, phone, self._clock, self._language) for phone in phones]
        self.no_slot_until = monotonic() + int(no_slot_for_ms) / 1000
        due_in = None if due_in_ms == "-1" else timedelta(milliseconds=int(due_in_ms))
        return taken, due_in

    async def slot_again(self, taken: Taken) -> Slot | None:
        """Return another slot for a send that missed its own; None if none is free in time."""
        answer = await self._slot_again(taken.chat_id)
        if not answer:
            return None
        slot_us, now_us = map(int, answer.split())
        self._clock.learn(now_us, monotonic())
        return _slot(self._clock.here(slot_us))

    async def attempt(
        self, taken: Taken, message_ids: tuple[str, ...], parts: int
    ) -> Attempt | None:
        """Record that exactly these messages are about to be sent.

        None if they must not be sent: the lease is nearly over, the operator is off duty, or
        another sender has settled this card. If the last attempt was never settled, it is returned
        again with one more unknown outcome.
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

    async def settle(  # noqa: PLR0913 - what came of one step, by name
        self,
        taken: Taken,
        outcome: Outcome,
        detail: str = "",
        *,
        attempt_id: str = "",
        part: int | None = None,
        pause: timedelta = timedelta(0),
    ) -> Settled:
        """Record the outcome of a step; the phone is due again after the pause.

        `detail` is the id of the message that a send or a note made, or the reason why it was not
        taken or is given up; `attempt_id` is that of a send, and `part` which of its
        messages this was (None: the next one). Returns `idle` if nothing more is to
        come for the phone; `given_up` also if a send was not taken too often; `gone` if the lease
        was over, or another sender has settled this: what was done is recorded even then.
        """
        if taken.nudge:
            about = (taken.chat_id, taken.lease, taken.step, outcome, detail, in_ms(pause))
            return cast("Settled", await self._settle_nudge(args=[*about, taken.nudge.json]))
        if taken.board:
            about = (taken.chat_id, taken.lease, taken.step, outcome, detail, in_ms(pause))
            answer = await self._settle_board(args=[*about, taken.board.json, taken.language])
            return cast("Settled", answer)
        if taken.topic:
            what = (taken.chat_id, taken.lease, taken.conversation_id, taken.step)
            came = (outcome, detail, in_ms(pause), taken.topic.json, self._retention_s)
            return cast("Settled", await self._settle_topic(args=[*what, *came]))
        settled = await self._settle(
            taken.chat_id,
            taken.lease,
            taken.conversation_id,
            taken.step,
            outcome,
            detail,
            in_ms(pause),
            taken.view.for_settling,
            taken.language,
            attempt_id,
            "" if part is None else part,
        )
        answer, *after = settled.split()
        for which, ms in zip(after[::2], after[1::2], strict=True):
            (FIRST_CARDS if which == "first" else LAST_CARDS).note(int(ms) / 1000)
        return cast("Settled", answer)

    async def broke(self, taken: Taken, reason: str) -> bool:
        """Report that a step raised an unexpected error; return whether it was set aside.

        The sixth error moves it to the failed list, so that it no longer blocks the phone.
        """
        messages = json.dumps(taken.message_ids)
        about = (taken.chat_id, taken.lease, taken.conversation_id, taken.step, reason, messages)
        answer = cast("str", await self._broke(args=about))
        return answer == "set_aside"


def _note_wait(slot_us: int, class_of_phone: str, due_ms: str) -> None:
    SLOT_WAITS.note(max(0.0, slot_us / 1e6 - float(due_ms) / 1e3), class_of_phone)


def _slot(begins_at: float) -> Slot:
    return Slot(begins_at, begins_at + MOST_LATE.total_seconds())


def _taken(
    lease: str, phone: list[str | list[str]], clock: RedisClock, fallback_language: str
) -> Taken:
    chat, conversation, language, send_to, slot_us, step, attempt, view, ids, texts, *due = phone
    assert isinstance(chat, str)  # noqa: S101 - the shapes are those of take.lua
    assert isinstance(attempt, str)  # noqa: S101 - the same
    pairs = list(zip(ids, texts, strict=True))
    is_nudge = step in NUDGE_STEPS
    is_board = step in BOARD_STEPS
    topic, view = str(view).split("\n") if step in TOPIC_STEPS else ("", view)
    if step not in DELETIONS:
        _note_wait(int(str(slot_us)), *map(str, due))
    known = [(message_id, text) for message_id, text in pairs if text] or pairs
    return Taken(
        chat_id=ChatId(int(chat)),
        send_to=ChatId(int(str(send_to))),
        lease=lease,
        conversation_id=ConversationId(str(conversation)),
        language=language_of(str(language), fallback_language),
        slot=_slot(clock.here(int(str(slot_us)))),
        step=cast("Step", step),
        view=View() if is_nudge or is_board else View.from_json(str(view)),
        nudge=NudgeView.from_json(str(view)) if is_nudge else None,
        board=BoardView.from_json(str(view)) if is_board else None,
        topic=TopicView.from_json(topic) if topic else None,
        under_way=Attempt.from_json(attempt) if attempt else None,
        message_ids=tuple(message_id for message_id, _ in known),
        texts=tuple(text for _, text in known if text),  # none if all have expired
    )
