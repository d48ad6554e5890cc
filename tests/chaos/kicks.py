"""An admin who kicks operators at random, and lets them in again: they give the phrase."""

import asyncio
from dataclasses import dataclass

from chaos.plan import ADMIN, Plan
from chaos.shifts import Shifts
from chaos.whims import Whims, over
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import Phone, Sandbox

BETWEEN_KICKS_S, OUT_FOR_S = (4.0, 12.0), (0.0, 3.0)
BOT_ANSWERS_WITHIN_S = 40.0
TRIES = 5


@dataclass
class Kicks:
    """All of a run. Whoever pauses is left alone: the pause would end with it."""

    plan: Plan
    sandbox: Sandbox
    shifts: Shifts
    whims: Whims
    kicked: int = 0
    unanswered: int = 0

    @property
    def _phones(self) -> list[ChatId]:
        """Of groups that do not ring everyone: there nobody must have kept each card."""
        return [chat for team in self.plan.teams if team.has_whims for chat in team.core]

    async def play(self, stopping: asyncio.Event) -> None:
        """Kick until told to stop; in the end everybody is in again."""
        chance = self.plan.chance("kicks")
        admin = await self.sandbox.add_user(ADMIN, "Chief", language_code="en")
        while not await over(stopping, chance.uniform(*BETWEEN_KICKS_S)):
            chats = [chat for chat in self._phones if chat not in self.whims.pausing]
            if not chats:
                continue
            chat = chance.choice(chats)
            self.whims.pausing.add(chat)  # they do not begin to, meanwhile
            try:
                await self._insist(admin, f"/kick {chat}", f"({chat}) ")
                self.kicked += 1
                await over(stopping, chance.uniform(*OUT_FOR_S))
                await self._insist(admin, f"/unkick {chat}", f"{chat}")
                await self._come_back(chat)
            finally:
                self.whims.pausing.discard(chat)

    async def _insist(self, admin: Phone, command: str, answer: str) -> None:
        """Send it again when nobody answers: the first may have been heard all the same."""
        for _ in range(TRIES):
            sent = await admin.send(command)
            try:
                await admin.wait_for(answer, BOT_ANSWERS_WITHIN_S, after=sent)
            except TimeoutError:
                self.unanswered += 1
            else:
                return

    async def _come_back(self, chat: ChatId) -> None:
        for _ in range(TRIES):
            try:
                await self.shifts.sign_in(self.sandbox.phone(chat))
            except TimeoutError:
                self.unanswered += 1
            else:
                return
