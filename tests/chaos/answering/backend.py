"""The chat backend of a run: down, slow or wrong at times; it refuses some answers and reports."""

import asyncio
import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from chaos.plan import Plan
from chaos.whims import over
from chat_backend import ChatBackend
from onduty import AsyncSupportDesk, DeskUnavailable
from onduty.events import Event, ReplyDeleted, ReplyEdited, ReplySent

AboutAnswer = ReplySent | ReplyEdited | ReplyDeleted
Mood = Literal["well", "down", "errors", "slow"]
Status = Literal["delivered", "read", "failed"]

STATUSES: tuple[Status, ...] = ("delivered", "read", "failed")
REFUSED_FOR_GOOD = 422
TAKES_S = (0.2, 3.0)
TOO_LONG_S = 11.0
"""Longer than a dispatcher waits for an answer: it is taken, and nobody learns of it."""

REPORTS_AFTER_S = (0.1, 2.0)
PAUSE_S = 0.2


@dataclass(frozen=True)
class Try:
    """A request about an answer, and when it was answered with what; status 0 was cut."""

    at: float
    event: AboutAnswer
    status: int

    @property
    def is_confirmed(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True)
class Report:
    """What the backend has said of an answer; it may be read at any time from then on."""

    at: float
    reply_id: str
    status: Status


@dataclass
class AnsweringBackend:
    """Decides what the backend says to each event, and writes down what it was asked and told."""

    plan: Plan
    chat: ChatBackend
    redis_url: str
    tries: list[Try] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    moods: Counter[Mood] = field(default_factory=Counter)
    mood: Mood = "well"

    def __post_init__(self) -> None:
        self._chance = self.plan.chance("chat backend")
        self._reported: set[str] = set()
        self.chat.answers = self._answer

    async def have_moods(self, stopping: asyncio.Event) -> None:
        """Change them until told to stop; be well then."""
        chance, calm = self.plan.chance("moods"), self.plan.backend_is_well_for_s
        moods: tuple[Mood, ...] = ("down", "errors", "slow")
        while not await over(stopping, chance.uniform(*calm)):
            self.mood = chance.choice(moods)
            self.moods[self.mood] += 1
            await over(stopping, chance.uniform(*self.plan.backend_is_ill_for_s))
            self.mood = "well"

    def be_well(self) -> None:
        """Confirm everything from now on, but for what is refused for good."""
        self.mood = "well"
        self._chance = self.plan.chance("calm")
        self.chat.answers = self._answer_at_last

    async def report_now_and_then(self, stopping: asyncio.Event) -> None:
        """Say of some answers, a little later, what became of them."""
        chance = self.plan.chance("reports")
        async with AsyncSupportDesk(self.redis_url) as desk:
            while not await over(stopping, chance.uniform(*REPORTS_AFTER_S)):
                taken = [one.event for one in self.tries if one.is_confirmed]
                new = [one for one in taken if one.id not in self._reported]
                self._reported |= {one.id for one in new}
                for event in new:
                    if chance.random() < 0.6:
                        status = chance.choices(STATUSES, (3, 4, 2))[0]
                        await self._report(desk, event.reply_id, status)

    async def report_at_last(self) -> None:
        """Say of a third of all answers once more what became of them, when all else is at rest."""
        chance = self.plan.chance("last reports")
        async with AsyncSupportDesk(self.redis_url) as desk:
            for reply_id in sorted({one.event.reply_id for one in self.tries if one.is_confirmed}):
                if chance.random() < 1 / 3:
                    await self._report(desk, reply_id, chance.choice(STATUSES))

    async def _report(self, desk: AsyncSupportDesk, reply_id: str, status: Status) -> None:
        self.reports.append(Report(time.time(), reply_id, status))
        while True:
            try:
                await desk.report(reply_id, status, "" if status != "failed" else "mailbox full")
            except DeskUnavailable:
                await asyncio.sleep(PAUSE_S)
            else:
                return

    async def _answer(self, event: Event) -> int:
        status = 204
        match self.mood:
            case "down":
                status = 0
            case "errors":
                status = 500
            case "slow":
                is_too_long = self._chance.random() < 0.1
                await asyncio.sleep(TOO_LONG_S if is_too_long else self._chance.uniform(*TAKES_S))
            case "well":
                status = self._chance.choices((204, 500, 0), (8, 1, 1))[0]
        return self._note(event, status)

    def _answer_at_last(self, event: Event) -> int:
        return self._note(event, 204)

    def _note(self, event: Event, status: int) -> int:
        if isinstance(event, ReplySent | ReplyEdited | ReplyDeleted):
            if status == 204 and is_refused(event):
                status = REFUSED_FOR_GOOD
                self.chat.received.append(event)  # it knows its number all the same
            self.tries.append(Try(time.time(), event, status))
        return status


def is_refused(event: AboutAnswer) -> bool:
    """Whether the backend will never take it: the same one is always answered the same."""
    return hashlib.sha256(event.id.encode()).digest()[0] % 25 == 0
