"""The people of the played hour: customers who write, operators who claim, answer and close."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from bench.hour.plan import SEED, Customer
from chat_backend import ChatBackend
from onduty import AsyncSupportDesk, CustomerMessage
from onduty.events import ConversationClaimed
from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import ChatMessage, Phone, SandboxError

FIND_WITHIN_S = 45.0
DONE_WITHIN_S = 2.0
MOST_TRIES = 6

_Fits = Callable[[ChatMessage], bool]


@dataclass
class People:
    """Everybody, at `speed` times the pace of life."""

    phones: Sequence[Phone]
    desk: AsyncSupportDesk
    backend: ChatBackend
    speed: float
    begun_at: list[int] = field(default_factory=list)
    """The newest message of each chat as it begins."""
    written: int = 0
    not_done: list[str] = field(default_factory=list)
    """What an operator wanted and could not do."""

    def __post_init__(self) -> None:
        # A person does one thing at a time.
        self._hands = [asyncio.Lock() for _ in self.phones]

    async def play(self, customers: Sequence[Customer], for_s: float) -> None:
        """Let the time pass; what is not done by its end stays so."""
        for phone in self.phones:
            self.begun_at.append(max(m.message_id for m in await phone.messages()))
        with suppress(TimeoutError):
            async with asyncio.timeout(for_s / self.speed), asyncio.TaskGroup() as everybody:
                for operator in range(len(self.phones)):
                    everybody.create_task(self._answer_nudges(operator))
                for customer in customers:
                    everybody.create_task(self._serve(customer))
                await asyncio.Event().wait()

    async def _serve(self, customer: Customer) -> None:
        await self._pause(customer.arrives_s)
        async with asyncio.TaskGroup() as meanwhile:
            writing = meanwhile.create_task(self._write(customer, 0))
            await self._pause(customer.claimed_after_s)
            owner = await self._who_claims(customer)
            await self._claim(owner, customer)
            if customer.looked_at_by is not None:
                meanwhile.create_task(self._look(customer.looked_at_by, customer))
            for n, turn in enumerate(customer.turns):
                if n:
                    await self._pause(turn.comes_after_s)
                    await self._write(customer, n)
                await writing
                await self._pause(turn.answered_after_s)
                if customer.is_touched:
                    await self.desk.touch(customer.conversation)
                if n == 0 and customer.released_to is not None:
                    await self._tap(owner, customer, Verb.RELEASE, "conversation.released")
                    owner = customer.released_to
                    await self._pause(15)
                    await self._claim(owner, customer)
            await self._pause(customer.closed_after_s)
            await self._tap(owner, customer, Verb.CLOSE, "conversation.closed")

    async def _write(self, customer: Customer, turn: int) -> None:
        lines = customer.lines(turn)
        for pause_s, text in zip(customer.turns[turn].pauses_s, lines, strict=True):
            await self._pause(pause_s)
            await self.desk.notify(
                CustomerMessage(
                    conversation_id=customer.conversation,
                    text=text,
                    customer_name=customer.name,
                    recipient="The Shop",
                    reply_url=f"https://shop.example/chat/{customer.conversation}",
                )
            )
            self.written += 1

    async def _who_claims(self, customer: Customer) -> int:
        return customer.claimed_by

    async def _claim(self, operator: int, customer: Customer) -> None:
        await self._tap(operator, customer, Verb.CLAIM, "conversation.claimed")

    async def _look(self, operator: int, customer: Customer) -> None:
        await self._pause(40)
        if not await self._shows(operator, customer, Verb.OPEN):
            return
        await self._tap(operator, customer, Verb.OPEN, None)
        await self._pause(12)
        if await self._shows(operator, customer, Verb.BACK):
            await self._tap(operator, customer, Verb.BACK, None)

    async def _shows(self, operator: int, customer: Customer, verb: Verb) -> bool:
        return any(map(self._with_button(operator, customer, verb), await self._all(operator)))

    async def _all(self, operator: int) -> list[ChatMessage]:
        return await self.phones[operator].messages()

    async def _tap(self, operator: int, customer: Customer, verb: Verb, wanted: str | None) -> None:
        """Tap it until the backend is told so; an operator who is refused looks and taps again."""
        phone = self.phones[operator]
        for _ in range(MOST_TRIES):
            async with self._hands[operator]:
                await self._pause(1.5)
                try:
                    fits = self._with_button(operator, customer, verb)
                    card = await phone.wait_for(fits, FIND_WITHIN_S)
                    before = self._events(operator, customer, wanted)
                    await phone.tap(card.message_id, verb)
                except (TimeoutError, SandboxError):  # it is not there, or went under the thumb
                    continue
                if wanted is None:
                    return
                with suppress(TimeoutError):
                    async with asyncio.timeout(DONE_WITHIN_S):
                        while self._events(operator, customer, wanted) == before:  # noqa: ASYNC110 - the backend keeps a list
                            await asyncio.sleep(0.05)
                        return
        self.not_done.append(f"{verb} of {customer.conversation} by {operator + 1}")

    def _events(self, operator: int, customer: Customer, wanted: str | None) -> int:
        return sum(
            event.conversation_id == customer.conversation
            and event.type == wanted
            and (not isinstance(event, ConversationClaimed) or self._is_by(operator, event))
            for event in self.backend.received
        )

    def _is_by(self, operator: int, event: ConversationClaimed) -> bool:
        return event.operator.id == self.phones[operator].user_id

    def _with_button(self, operator: int, customer: Customer, verb: Verb) -> _Fits:
        begun_at = self.begun_at[operator]
        return lambda message: (
            message.message_id > begun_at
            and message.from_bot
            and not message.deleted
            and customer.name in message.text
            and verb in data_of(message)
            and not _keeps(message)
        )

    async def _answer_nudges(self, operator: int) -> None:
        phone, chance = self.phones[operator], Random(f"{SEED} {operator}")  # noqa: S311 - a repeatable draw
        while True:
            nudge = await phone.wait_for(_is_nudge, 3_600)
            await self._pause(chance.uniform(8, 25))
            async with self._hands[operator]:
                with suppress(SandboxError):  # it is over, or of all customers
                    await phone.tap(nudge.message_id, _keeps(nudge)[0])
            await asyncio.sleep(1)

    async def _pause(self, hour_s: float) -> None:
        await asyncio.sleep(hour_s / self.speed)


def data_of(message: ChatMessage) -> list[str]:
    """Return what the buttons say to the bot: verbs."""
    return [button.callback_data or "" for row in message.buttons for button in row]


def _keeps(message: ChatMessage) -> list[str]:
    return [data for data in data_of(message) if data.startswith(Verb.KEEP)]


def _is_nudge(message: ChatMessage) -> bool:
    return message.from_bot and not message.deleted and bool(_keeps(message))
