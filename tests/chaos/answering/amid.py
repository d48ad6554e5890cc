"""The answers of a run: played amid everything else, judged when all has come to rest."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from redis.asyncio import Redis

from chaos.answering.backend import AnsweringBackend
from chaos.answering.judging import Evidence, JudgedAnswers, judge_answers
from chaos.answering.operators import Answering
from chaos.plan import Plan
from chat_backend import ChatBackend
from onduty_desk.model.event_keys import EVENTS_DUE
from onduty_desk.model.keys import REACTIONS, REPLIES_FAILED, REPORTS, ChatId
from onduty_sandbox.client import ChatMessage, Sandbox

AT_REST_WITHIN_S = 90.0
"""A reaction that came to nothing in an outage is tried again after up to 40 s."""

LOOK_EVERY_S = 0.25
SOON_MS = 1000
"""What is due later is a second try, or one that is made to be sure."""


@dataclass
class Answers:
    """Who answers, and whom: the operators, the chat backend, and what is said of it in the end."""

    plan: Plan
    sandbox: Sandbox
    is_away: Callable[[ChatId], bool]
    chat: ChatBackend
    redis_url: str
    judged: JudgedAnswers = field(default_factory=JudgedAnswers)
    left: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.operators = Answering(self.plan, self.sandbox, self.is_away)
        self.backend = AnsweringBackend(self.plan, self.chat, self.redis_url)

    @property
    def done(self) -> Counter[str]:
        """What people and backend did, by its kind."""
        tries = Counter(f"{it.event.type} answered {it.status}" for it in self.backend.tries)
        reports = Counter(f"reported {it.status}" for it in self.backend.reports)
        moods = Counter({f"backend {mood}": n for mood, n in self.backend.moods.items()})
        return self.operators.done + tries + reports + moods

    def play(self, stopping: asyncio.Event) -> list[Coroutine[None, None, None]]:
        """Return all that goes on until told to stop; nothing if nobody answers in this run."""
        if not self.plan.has_answers:
            return []
        return [
            self.operators.play(stopping),
            self.backend.have_moods(stopping),
            self.backend.report_now_and_then(stopping),
        ]

    async def judge(self, redis: Redis, folder: Path) -> None:
        """Wait until what is shown is true, let the backend say more, and judge it all.

        The evidence stays in `folder`.
        """
        await self._come_to_rest(redis)
        calm_at = time.time()
        await self.backend.report_at_last()
        self.left = await self._come_to_rest(redis)
        deadline = time.monotonic() + AT_REST_WITHIN_S
        while True:
            evidence = await self._evidence(calm_at)
            self.judged = judge_answers(evidence)
            wrong = (
                *(self.judged.untrue_reactions, self.judged.untold),
                *(self.judged.lost, self.judged.notes_lost),
            )
            if not any(wrong) or time.monotonic() > deadline:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        _keep(evidence, folder)

    async def _come_to_rest(self, redis: Redis) -> Mapping[str, int]:
        deadline = time.monotonic() + AT_REST_WITHIN_S
        while True:
            left = {
                "events to tell": await redis.zcard(EVENTS_DUE),
                "reports to read": await redis.llen(REPORTS),
                "reactions to set": await redis.zcount(REACTIONS, 0, time.time() * 1000 + SOON_MS),
                "failures to tell": await redis.zcard(REPLIES_FAILED),
            }
            if not any(left.values()) or time.monotonic() > deadline:
                return left
            await asyncio.sleep(LOOK_EVERY_S)

    async def _evidence(self, calm_at: float) -> Evidence:
        operators = self.operators
        noted = {note.chat for note in operators.notes}
        chats = sorted(noted | {answer.chat for answer in operators.written})
        phones: dict[int, list[ChatMessage]] = {}
        for chat in chats:
            phones[chat] = await self.sandbox.messages(chat)
        reactions = await self.sandbox.log(method="setMessageReaction")
        backend = self.backend
        return Evidence(
            operators.written,
            backend.tries,
            backend.reports,
            calm_at,
            phones,
            reactions,
            operators.notes,
        )


def _keep(evidence: Evidence, folder: Path) -> None:
    tries = [
        {"at": it.at, "status": it.status, **it.event.model_dump(mode="json")}
        for it in evidence.tries
    ]
    written = [{**asdict(it), "for_customers": sorted(it.for_customers)} for it in evidence.written]
    kept = {
        "tries": tries,
        "written": written,
        "reports": [asdict(it) for it in evidence.reports],
        "reactions": [asdict(it) for it in evidence.reactions],
        "phones": [asdict(it) for shown in evidence.phones.values() for it in shown],
    }
    for name, entries in kept.items():
        (folder / f"answers-{name}.jsonl").write_text("\n".join(map(json.dumps, entries)))
