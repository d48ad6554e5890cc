"""Operators who pause and come back, and set limits of their own, at random."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from random import Random

from chaos.plan import Plan
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, Phone, Sandbox

BOT_ANSWERS_WITHIN_S = 40.0
BETWEEN_WHIMS_S = (2.0, 10.0)
PAUSES_FOR_S = (1.0, 6.0)
PAUSED, BACK = "You are paused", "You are back"
LIMITS = ("1", "2", "3", "off")


@dataclass
class Whims:
    """Who paused when, as the phones themselves were told."""

    plan: Plan
    sandbox: Sandbox
    between_s: tuple[float, float] = BETWEEN_WHIMS_S
    pauses: defaultdict[str, list[tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """Told that they are paused at, and asking to come back at."""
    pausing: set[ChatId] = field(default_factory=set)
    """Who pauses now, or is about to."""
    limits: int = 0
    unanswered: int = 0

    async def play(self, stopping: asyncio.Event) -> None:
        """Go on until told to stop; end in either state."""
        async with asyncio.TaskGroup() as people:
            for team in self.plan.teams:
                for chat in team.core if team.has_whims else ():
                    people.create_task(self._have(chat, stopping))

    async def _have(self, chat: ChatId, stopping: asyncio.Event) -> None:
        chance, phone = self.plan.chance(f"whims {chat}"), self.sandbox.phone(chat)
        while not await over(stopping, chance.uniform(*self.between_s)):
            if chance.random() < 1 / 3:
                await phone.send(f"/limit {chance.choice(LIMITS)}")
                self.limits += 1
                continue
            if chat in self.pausing:
                continue  # an admin is about to kick them
            self.pausing.add(chat)
            try:
                await self._pause(phone, chance, stopping)
            except TimeoutError:
                # Its answer may come later, and would be taken for that to the next.
                self.unanswered += 1
                return
            finally:
                self.pausing.discard(chat)

    async def _pause(self, phone: Phone, chance: Random, stopping: asyncio.Event) -> None:
        asked = await phone.send("/pause")
        if await _answer(phone, asked) == BACK:
            return  # they were taken to be away
        told_at = time.time()
        await over(stopping, chance.uniform(*PAUSES_FOR_S))
        self.pauses[str(phone.user_id)].append((told_at, time.time()))
        await _answer(phone, await phone.send("/pause"))


async def _answer(phone: Phone, after: int) -> str:
    def fits(message: ChatMessage) -> bool:
        return message.from_bot and message.text.startswith((PAUSED, BACK))

    told = await phone.wait_for(fits, BOT_ANSWERS_WITHIN_S, after=after)
    return PAUSED if told.text.startswith(PAUSED) else BACK


async def over(stopping: asyncio.Event, within_s: float) -> bool:
    """Wait for so long at most; return whether it is time to stop."""
    try:
        async with asyncio.timeout(within_s):
            return await stopping.wait()
    except TimeoutError:
        return False
