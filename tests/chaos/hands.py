"""Operators who accept, decline and close what Redis says they were sent: no phone is read for it.

So thousands of conversations cost the driver little. What it reads decides nothing about what is
judged.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from chaos.plan import ASSIGNED, Plan, Team
from onduty_desk.model.keys import (
    ChatId,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    copies_key,
    offers_key,
    waiting_key,
)
from onduty_sandbox.client import Sandbox, SandboxError

LOOK_EVERY_S = 0.2
TAP_WITHIN_S = 20.0
AGAIN_AFTER_S = 8.0
"""A tap that came to nothing is tried once more then."""

HOLDS_FOR_S = (0.1, 1.5)
FIRST_IN_LINE = 40

_Wish = tuple[ChatId, ConversationId, str]
"""Who taps what about which conversation."""


@dataclass
class Hands:
    """All operators of a run."""

    plan: Plan
    redis: Redis
    sandbox: Sandbox
    taps: Counter[str] = field(default_factory=Counter)
    """By the bot's answer."""

    def __post_init__(self) -> None:
        self._chance = self.plan.chance("hands")
        self._tapped: dict[_Wish, float] = {}
        self._decided: dict[tuple[ChatId, ConversationId], tuple[str, float]] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def work(self) -> None:
        """Do what there is to be done, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(RedisError, OSError):
                for wish in await self._wishes():
                    await self._begin(wish)
            self._under_way = {task for task in self._under_way if not task.done()}

    async def _wishes(self) -> list[_Wish]:
        wishes: list[_Wish] = []
        for team in self.plan.teams:
            offers = await self._lists([offers_key(OperatorId(chat)) for chat in team.core])
            owned = await self._lists([claims_key(OperatorId(chat)) for chat in team.core])
            for chat, asked, has in zip(team.core, offers, owned, strict=True):
                wishes += self._answers(chat, asked)
                wishes += self._ends(chat, has)
            if team.group != ASSIGNED:
                wishes += await self._claims(team)
        return wishes

    async def _lists(self, keys: Sequence[str]) -> list[list[str]]:
        async with self.redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.zrange(key, 0, -1)
            return cast("list[list[str]]", await pipeline.execute())

    def _answers(self, chat: ChatId, asked: Sequence[str]) -> Iterator[_Wish]:
        for name in map(ConversationId, asked):
            verb, _ = self._decide(chat, name, ("accept", "decline", ""), (88, 9, 3))
            yield chat, name, verb

    def _ends(self, chat: ChatId, owned: Sequence[str]) -> Iterator[_Wish]:
        for name in map(ConversationId, owned):
            verb, at = self._decide(chat, name, ("close", "release"), (93, 7), "ends")
            if at <= time.monotonic():
                yield chat, name, verb

    def _decide(
        self,
        chat: ChatId,
        name: ConversationId,
        verbs: Sequence[str],
        weights: Sequence[int],
        what: str = "",
    ) -> tuple[str, float]:
        """Decide once about each, and when."""
        about = (chat, ConversationId(f"{what}{name}"))
        if about not in self._decided:
            verb = self._chance.choices(verbs, weights)[0]
            at = time.monotonic() + (self._chance.uniform(*HOLDS_FOR_S) if what else 0.0)
            self._decided[about] = (verb, at)
        return self._decided[about]

    async def _claims(self, team: Team) -> list[_Wish]:
        """Somebody, and now and then two at once, of those who were rung."""
        (whole,) = await self._lists([waiting_key(team.group)])
        line = [ConversationId(name) for name in whole[:FIRST_IN_LINE]]
        async with self.redis.pipeline(transaction=False) as pipeline:
            for name in line:
                pipeline.hget(conversation_key(name), "rung")
            rung = cast("list[str | None]", await pipeline.execute())
        wishes: list[_Wish] = []
        for name, whom in zip(line, rung, strict=True):
            chats = team.core if whom == "all" else [ChatId(int(it)) for it in (whom or "").split()]
            some = self._chance.sample(chats, min(len(chats), self._chance.choice((1, 1, 2))))
            wishes += [(chat, name, "claim") for chat in some]
        return wishes

    async def _begin(self, wish: _Wish) -> None:
        chat, name, verb = wish
        now = time.monotonic()
        if not verb or now < self._tapped.get(wish, 0) + AGAIN_AFTER_S:
            return
        copy = await self.redis.hget(copies_key(name), str(chat))
        card = json.loads(copy).get("card") if copy else None
        if card:
            self._tapped[wish] = now
            self._under_way.add(asyncio.create_task(self._tap(chat, int(card), verb)))

    async def _tap(self, chat: ChatId, card: int, verb: str) -> None:
        try:
            told = await self.sandbox.phone(chat).tap(card, verb, TAP_WITHIN_S)
        except (SandboxError, TimeoutError):
            self.taps["the button was not there"] += 1  # not drawn yet, or not any more
        else:
            self.taps[told.text if told.answered else "no answer in time"] += 1
