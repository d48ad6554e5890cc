"""Customers of a group of its own, and operators who tap whatever buttons they see."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from chaos.copies import CUSTOMER, customer
from chaos.plan import CLAIMING, Plan
from chaos.producers import Accepted
from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import Sandbox, SandboxError

CLAIM = "🙋 I'll answer"
NEWEST = 12
"""Messages with buttons that an operator scrolls back to."""

YOURS = ("It is yours", "Open again, and yours")
ANSWER_WITHIN_S = 5.0
PAUSE_S = 0.2


@dataclass
class Claims:
    """All that happened, as its people know it."""

    plan: Plan
    sandbox: Sandbox
    redis_url: str
    accepted: list[Accepted] = field(default_factory=list)
    yours: Counter[tuple[str, ChatId]] = field(default_factory=Counter)
    """How often an operator was told that a conversation is theirs."""
    taps: Counter[str] = field(default_factory=Counter)
    """By the bot's answer."""

    async def play(self, stopping: asyncio.Event) -> None:
        """Write, tap and speak for the backend until told to stop."""
        async with asyncio.TaskGroup() as people:
            people.create_task(self._write(stopping))
            people.create_task(self._speak_for_the_backend(stopping))
            for chat in (*self.plan.claimers, *self.plan.other_claimers):
                people.create_task(self._tap_about(chat, stopping))

    async def take_one_each(self) -> None:
        """Let everybody claim what waits on their phone, if it is not taken by then."""
        for chat in self.plan.claimers:
            phone = self.sandbox.phone(chat)
            waiting = [m for m in await phone.messages() if CLAIM in m.button_texts]
            if waiting:
                with suppress(SandboxError):  # somebody else's claim has taken the button
                    await phone.tap(waiting[-1].message_id, CLAIM)

    async def _write(self, stopping: asyncio.Event) -> None:
        chance, numbers = self.plan.chance("customers of claims"), Counter[str]()
        async with AsyncSupportDesk(self.redis_url) as desk:
            while not await _over(stopping, chance.uniform(*self.plan.between_words_s)):
                conversation = self._any(chance)
                numbers[conversation] += 1
                number = numbers[conversation]
                name = f"{conversation}-{number}"
                message = CustomerMessage(
                    id=name,
                    conversation_id=conversation,
                    text=f"[{name}] Where is it?",
                    customer_name=customer(conversation),
                    recipient="The Shop",
                    group=CLAIMING,
                )
                while True:
                    try:
                        await desk.notify(message)
                    except DeskUnavailable:
                        await asyncio.sleep(PAUSE_S)
                    else:
                        now = time.time()
                        self.accepted.append(
                            Accepted(name, conversation, number, (name,), now, is_ordered=True)
                        )
                        break

    async def _speak_for_the_backend(self, stopping: asyncio.Event) -> None:
        chance = self.plan.chance("backend")
        async with AsyncSupportDesk(self.redis_url) as desk:
            while not await _over(stopping, chance.uniform(1, 4)):
                say = chance.choice((desk.touch, desk.touch, desk.close))
                with suppress(DeskUnavailable):
                    await say(self._any(chance))

    async def _tap_about(self, chat: ChatId, stopping: asyncio.Event) -> None:
        chance, phone = self.plan.chance(f"thumb {chat}"), self.sandbox.phone(chat)
        while not await _over(stopping, chance.uniform(*self.plan.between_taps_s)):
            shown = [m for m in await phone.messages() if m.buttons and not m.deleted]
            if not shown:
                continue
            card = chance.choice(shown[-NEWEST:])
            try:
                told = await phone.tap(
                    card.message_id, chance.choice(card.button_texts), ANSWER_WITHIN_S
                )
            except SandboxError:
                continue  # the button went while the thumb was on its way
            self.taps[told.text if told.answered else "no answer in time"] += 1
            if told.text in YOURS and (name := CUSTOMER.search(card.text)):
                self.yours[name[1], chat] += 1

    def _any(self, chance: Random) -> str:
        return f"k{chance.randrange(self.plan.claimed_conversations)}"


async def _over(stopping: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await stopping.wait()
    except TimeoutError:
        return False
