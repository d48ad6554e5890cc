"""Whatever customers, operators and networks do next: drawn by chance, but from a seed."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random

import structlog

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb, read_data
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, claims_key, conversation_key
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.model.roster_keys import ON_DUTY
from onduty_desk.phones.outbox import LEASE
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Sandbox
from waiting import until

OPERATORS = (1, 2, 3)
CONVERSATIONS = ("c1", "c2")
_updates = count(2_000_000)
_log = structlog.get_logger()


@dataclass
class Story:
    """What has happened so far, and what can happen next."""

    seed: int
    desk: Desk
    conversations: Conversations
    roster: Roster
    sandbox: Sandbox
    push: Push
    come_on: ComeOn
    move_clock: MoveClock
    said: dict[str, list[str]] = field(default_factory=lambda: {c: [] for c in CONVERSATIONS})
    answered: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(CONVERSATIONS, False))
    """Whether the operators have the last word."""
    clock: timedelta = timedelta()

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)  # noqa: S311 - chance, not secrets

    async def go_on(self, steps: int) -> None:
        """Let so much happen."""
        likely = {
            self._a_tap: 14,
            self._a_message: 5,
            self._a_pause: 4,
            self._time: 3,
            self._on: 2.5,
            self._trouble: 2,
            self._off: 1.5,
            self._a_card_asked_for: 1,
            self._a_word_of_the_backend: 1,
            self._passing_on: 1,
        }
        for _ in range(steps):
            (happens,) = self._chance.choices([*likely], [*likely.values()])
            if told := await happens():
                _log.info("story", told=told)

    async def come_to_rest(self) -> None:
        """End all trouble, and let every look and every wait for a last owner be over."""
        await self.sandbox.clear_faults()
        await self.sandbox.latency(0)
        for _ in range(2):
            await self._later(timedelta(seconds=62))
            await self.desk.run_timers()
            await self.desk.quiet()
            await self.desk.jobs.look()
            await self.desk.quiet()
            await self._go_back()

    async def _go_back(self) -> None:
        for operator in OPERATORS:
            for card in await self.desk.cards(operator):
                if {"Back", "No"} & set(card.button_texts):
                    await self.desk.tap(operator, Verb.BACK, card.message_id)
        await self.desk.quiet()

    async def _a_tap(self) -> str:
        operator = self._chance.choice(OPERATORS)
        tappable = [card for card in await self.desk.cards(operator) if card.buttons]
        if not tappable:
            return ""
        card = self._chance.choice(tappable)
        button = self._chance.choice([button for row in card.buttons for button in row])
        verb, page = read_data(button.callback_data) or (None, None)
        number = None
        if verb is None:  # of a row of a nudge
            name, _, row = (button.callback_data or "").partition(":")
            verb, number = Verb(name), int(row)
        tapped = await self.desk.tap(operator, verb, card.message_id, row=number, page=page)
        if tapped.result == "closed":
            await self._note_what_was_unseen(card.text)
        told = f"{tapped.result} {tapped.name}"
        return f"{operator} taps {button.text} on {card.message_id}: {told}"

    async def _note_what_was_unseen(self, text: str) -> None:
        """Closed while a message was on its way: it waits for an answer, whatever was answered."""
        for conversation in CONVERSATIONS:
            key = conversation_key(ConversationId(conversation))
            is_it = f"<{conversation} " in text
            if is_it and await self.desk.redis.hget(key, "state") == "waiting":
                self.answered[conversation] = False

    async def _a_message(self) -> str:
        conversation = self._chance.choice(CONVERSATIONS)
        so_far = self.said[conversation]
        new = [f"<{conversation} {len(so_far) + n}>" for n in range(self._chance.choice((1, 1, 2)))]
        so_far += new
        self.answered[conversation] = False
        priority = "urgent" if self._chance.random() < 0.15 else "normal"
        self.push(*new, conversation=conversation, priority=priority)
        if self._chance.random() < 0.8:
            await self.desk.jobs.route()
        return f"{priority} {new}"

    async def _a_pause(self) -> str:
        await asyncio.sleep(self._chance.choice((0, 0.005, 0.02, 0.05)))
        return ""

    async def _time(self) -> str:
        await self._later(timedelta(seconds=self._chance.choice((0, 0, 5, 20, 61, 190, 310, 700))))
        await self.desk.run_timers()
        return f"at {self.clock}"

    async def _later(self, time: timedelta) -> None:
        """No request is under way for so long; what comes of that is left to chaos."""
        if time > LEASE / 2:
            await self.sandbox.latency(0)
            await until(self._are_under_way, equals=0)
        self.clock += time
        await self.move_clock(self.clock)

    async def _are_under_way(self) -> int:
        keys = [chat_key(ChatId(operator)) for operator in OPERATORS]
        return sum([await self.desk.redis.hexists(key, "lease") for key in keys])

    async def _on(self) -> str:
        operator = self._chance.choice(OPERATORS)
        if await self.desk.redis.zscore(ON_DUTY, str(operator)):
            return ""
        await self.come_on(operator)
        await self.conversations.show_backlog(OperatorId(operator), 9, update_id=next(_updates))
        return f"{operator} on"

    async def _off(self) -> str:
        operator = self._chance.choice(OPERATORS)
        await self.roster.sign_out(OperatorId(operator))
        return f"{operator} off"

    async def _trouble(self) -> str:
        """Each of it ends with one request; what nobody knows the outcome of is left to chaos."""
        operator, kind = self._chance.choice(OPERATORS), self._chance.choice(("429", "500", "slow"))
        if kind == "slow":
            await self.sandbox.latency(self._chance.choice((0, 0.01, 0.03)))
        else:
            method = self._chance.choice(("editMessageText", "sendMessage", "*"))
            await self.sandbox.fault("429" if kind == "429" else "500", method, chat_id=operator)
        return f"{kind} for {operator}"

    async def _a_card_asked_for(self) -> str:
        operator, conversation = self._chance.choice(OPERATORS), self._chance.choice(CONVERSATIONS)
        shown = await self.conversations.show_card(
            ConversationId(conversation),
            OperatorId(operator),
            update_id=next(_updates),
            is_any=self._chance.random() < 0.5,
        )
        return f"{operator} asks for {conversation}: {shown.result}"

    async def _a_word_of_the_backend(self) -> str:
        kind, conversation = self._chance.choice(("close", "touch")), "c1"
        if kind == "touch" and self.said[conversation]:
            self.answered[conversation] = True
        await self.desk.instruct(kind, conversation)
        return f"{kind} {conversation}"

    async def _passing_on(self) -> str:
        operator, to = self._chance.sample(OPERATORS, 2)
        held = await self.desk.redis.zrange(claims_key(OperatorId(operator)), 0, -1)
        passed = await self.conversations.pass_all(
            OperatorId(operator),
            OperatorId(to),
            [ConversationId(str(conversation)) for conversation in held],
            update_id=next(_updates),
        )
        return f"{operator} passes {held} to {to}: {passed.result}"
