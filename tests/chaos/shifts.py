"""The operators: some are on duty throughout, others come and go."""

import asyncio
import time
from dataclasses import dataclass, field

from chaos.plan import Plan
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, Phone, Sandbox

BOT_ANSWERS_WITHIN_S = 40.0
"""A killed bot's lease, the start of the next, and a few faults on the way of its answer."""

ASKED_AGAIN_AFTER_S = 0.3


@dataclass
class Shifts:
    """Who is on duty when, as the phones themselves were told."""

    sandbox: Sandbox
    plan: Plan
    off: dict[ChatId, list[tuple[float, float]]] = field(default_factory=dict)
    """Told to be off duty at, and asking to come back at."""
    away: set[ChatId] = field(default_factory=set)
    """Who is off duty, or on the way there or back."""
    changes: int = 0
    unanswered: int = 0

    async def sign_in_everybody(self) -> None:
        """Sign in all, those who come and go too."""
        chats = self.plan.phones
        phones = [await self.sandbox.add_user(chat, f"Operator {chat}") for chat in chats]
        await asyncio.gather(*map(self.sign_in, phones))
        if wanted := self.plan.with_topics:
            flat = [phone for phone in phones if phone.user_id not in wanted]
            await asyncio.gather(*map(_switch_topics_off, flat))

    async def come_and_go(self, chat: ChatId, stopping: asyncio.Event) -> None:
        """Go off and on duty until told to stop; end in either state."""
        chance, phone = self.plan.chance(f"shift {chat}"), self.sandbox.phone(chat)
        off_duty = self.off.setdefault(chat, [])
        off_at: float | None = None
        while not await _over(stopping, chance.uniform(*self.plan.shift_s)):
            try:
                if off_at is None:
                    self.away.add(chat)
                    await _sign_out(phone)
                    off_at = time.time()
                else:
                    off_duty.append((off_at, time.time()))
                    off_at = None
                    await self.sign_in(phone)
                    self.away.discard(chat)
                self.changes += 1
            except TimeoutError:
                self.unanswered += 1
        if off_at is not None:
            off_duty.append((off_at, float("inf")))

    async def sign_in(self, phone: Phone) -> None:
        """Send /on, and the phrase if it is asked for; raises TimeoutError."""
        asked = await phone.send("/on")
        wanted = ("Enter team secret phrase:", "You are already an operator", "You are back")
        if await _answer(phone, asked, *wanted) == 0:
            tried = await phone.send(self.plan.phrase_of(ChatId(phone.user_id)))
            await _answer(phone, tried, "You've started receiving messages")


async def _sign_out(phone: Phone) -> None:
    asked = await phone.send("/off")
    # The second: an earlier /off was heard and its answer came too late for us.
    await _answer(phone, asked, "You've stopped receiving messages", "You are not an operator")


async def _switch_topics_off(phone: Phone) -> None:
    """Say so until it is understood: at first nobody has asked yet whether the bot has any."""
    while True:
        asked = await phone.send("/topics off")
        if await _answer(phone, asked, "Customers come here", "This bot has no topics") == 0:
            return
        await asyncio.sleep(ASKED_AGAIN_AFTER_S)


async def _answer(phone: Phone, after: int, *wanted: str) -> int:
    """Wait for one of these answers and return which it was."""

    def fits(message: ChatMessage) -> bool:
        return message.from_bot and any(text in message.text for text in wanted)

    told = await phone.wait_for(fits, BOT_ANSWERS_WITHIN_S, after=after)
    return next(n for n, text in enumerate(wanted) if text in told.text)


async def _over(stopping: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            return await stopping.wait()
    except TimeoutError:
        return False
