"""Customers of groups of their own, and operators who tap whatever buttons they see."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from chaos.copies import COME_BACK, CUSTOMER, MENU, MUTE, OF_WRITERS, customer, is_list, is_nudge
from chaos.passing_on import pass_on
from chaos.plan import TOPICS, Plan, Team
from chaos.producers import Accepted
from chaos.whims import Whims, over
from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, Sandbox, SandboxError

CLAIM = "🙋 I'll answer"
NEWEST = 12
"""Messages with buttons that an operator scrolls back to."""

YOURS = ("It is yours", "Open again, and yours")
DEAD = "This button does not work any more."
ANSWER_WITHIN_S = 5.0
BEGUN_WITHIN_S = 30.0
PAUSE_S = 0.2
PASSED_ON = 0.2
"""The share of taps on cards that go all the way of passing on."""


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
    dead: set[tuple[int | None, int | None]] = field(default_factory=set)
    """Messages by chat and id whose buttons were of no use, and went with the tap, or may have."""
    passed_on: int = 0
    """How often all questions about it were answered."""
    numbers: Counter[str] = field(default_factory=Counter)
    """How many messages each customer has written."""
    whims: Whims = field(init=False)

    def __post_init__(self) -> None:
        self.whims = Whims(self.plan, self.sandbox)

    async def play(self, stopping: asyncio.Event) -> None:
        """Write, tap and speak for the backend until told to stop."""
        async with asyncio.TaskGroup() as people:
            for team in self.plan.teams:
                people.create_task(self._write(team, stopping))
            people.create_task(self._speak_for_the_backend(stopping))
            people.create_task(self.whims.play(stopping))
            for chat in (*self.plan.claimers, *self.plan.other_claimers):
                people.create_task(self._tap_about(chat, stopping))

    async def take_in_topics(self) -> None:
        """Let each who has topics take somebody, in peace: the first topics are there early."""
        teams = [team for team in self.plan.teams if team.group == TOPICS]
        async with AsyncSupportDesk(self.redis_url) as desk:
            for team in teams:
                for number, chat in enumerate(team.core[: team.conversations]):
                    phone, name = self.sandbox.phone(chat), f"{team.letter}{number}"
                    await self._push(desk, team, name)
                    card = await phone.wait_for(customer(name), BEGUN_WITHIN_S)
                    await phone.tap(card.message_id, CLAIM, BEGUN_WITHIN_S)
                    self.yours[name, chat] += 1

    async def take_one_each(self) -> None:
        """Let everybody claim what waits on their phone, if it is not taken by then."""
        for chat in self.plan.claimers:
            phone = self.sandbox.phone(chat)
            waiting = [m for m in await phone.messages() if CLAIM in m.button_texts]
            if waiting:
                with suppress(SandboxError):  # somebody else's claim has taken the button
                    await phone.tap(waiting[-1].message_id, CLAIM)

    async def _write(self, team: Team, stopping: asyncio.Event) -> None:
        chance = self.plan.chance(f"customers of {team.group}")
        async with AsyncSupportDesk(self.redis_url) as desk:
            while not await over(stopping, chance.uniform(*team.between_words_s)):
                await self._push(desk, team, _any(chance, team))

    async def _push(self, desk: AsyncSupportDesk, team: Team, conversation: str) -> None:
        self.numbers[conversation] += 1
        number = self.numbers[conversation]
        name = f"{conversation}-{number}"
        message = CustomerMessage(
            id=name,
            conversation_id=conversation,
            text=f"[{name}] Where is it?",
            customer_name=customer(conversation),
            recipient="The Shop",
            group=team.group,
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
                return

    async def _speak_for_the_backend(self, stopping: asyncio.Event) -> None:
        chance = self.plan.chance("backend")
        async with AsyncSupportDesk(self.redis_url) as desk:
            while not await over(stopping, chance.uniform(1, 4)):
                say = chance.choice((desk.touch, desk.touch, desk.close))
                with suppress(DeskUnavailable):
                    await say(_any(chance, chance.choice(self.plan.teams)))

    async def _tap_about(self, chat: ChatId, stopping: asyncio.Event) -> None:
        chance, phone = self.plan.chance(f"thumb {chat}"), self.sandbox.phone(chat)
        while not await over(stopping, chance.uniform(*self.plan.between_taps_s)):
            shown = [m for m in await phone.messages() if m.buttons and not m.deleted]
            # A number of a list would bring a card once more, which is counted as a repeat.
            shown = [m for m in shown if not is_list(m) or _is_tapped(m)]
            if not shown:
                continue
            card = chance.choice(shown[-NEWEST:])
            # The reckoning knows no notes and no mutes: an answer must be one, a round go on.
            never = {MUTE, *OF_WRITERS} if self.plan.opens_menus else {MUTE, MENU, *OF_WRITERS}
            may_be = [text for text in card.button_texts if text not in never]
            if not may_be:
                continue
            button = chance.choice(may_be)
            if button == COME_BACK and chat in self.whims.pausing:
                continue  # in their own time
            try:
                if MENU in may_be and chance.random() < PASSED_ON:
                    self.passed_on += await pass_on(phone, card, chance)
                    continue
                told = await phone.tap(card.message_id, button, ANSWER_WITHIN_S)
            except (SandboxError, TimeoutError):
                continue  # the button went while the thumb was on its way
            if told.text == DEAD or not told.answered:
                self.dead.add((chat, card.message_id))
            self.taps[told.text if told.answered else "no answer in time"] += 1
            if told.text in YOURS and (name := CUSTOMER.search(card.text)):
                self.yours[name[1], chat] += 1


def _any(chance: Random, team: Team) -> str:
    return f"{team.letter}{chance.randrange(team.conversations)}"


def _is_tapped(message: ChatMessage) -> bool:
    """Whether a thumb goes there, too: a board, a nudge."""
    return message.pinned or is_nudge(message)
