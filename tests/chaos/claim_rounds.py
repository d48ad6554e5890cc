"""Everybody taps "I'll answer" at once on their copies of one card: who wins, and what they see."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chaos.copies import customer
from onduty import CustomerMessage, SupportDesk
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, Sandbox, TapAnswer

OWNERS_BUTTONS = ["☑️ Close", "↩️ Release", "⋯"]
OTHERS_BUTTONS = ["👀 Open"]
CLAIM, RELEASE = "🙋 I'll answer", "↩️ Release"
CARDS_WITHIN_S = 30.0
COPIES_WITHIN_S = 30.0
A_DISPATCHER_LOOKS_WITHIN_S = 1.0


@dataclass(frozen=True)
class Race:
    """What came of one: violations in words, and how long it took."""

    wrong: tuple[str, ...]
    answers_s: tuple[float, ...]
    right_in_s: float = 0.0
    """From the taps until the last copy was as it must be."""
    winner: int = 0
    card: int = 0
    """The winner's."""


def allowed_s(copies: int, per_second: float, per_chat_per_second: float) -> float:
    """Return how long pacing may take to draw so many copies of a card that has just come."""
    return copies / per_second + 1 / per_chat_per_second + A_DISPATCHER_LOOKS_WITHIN_S


class ClaimRounds:
    """Races among these phones, all on duty; every second is for what the last winner released."""

    def __init__(
        self, sandbox: Sandbox, desk: SupportDesk, chats: Sequence[ChatId], names: Sequence[str]
    ) -> None:
        self._phones = [sandbox.phone(chat) for chat in chats]
        self._names = names
        self._desk = desk

    async def run(self, rounds: int, tell: Callable[[str], None] = lambda _: None) -> list[Race]:
        """Hold so many races."""
        races: list[Race] = []
        for number in range(rounds):
            conversation = f"race-{number // 2}"
            if number % 2 == 0:
                await asyncio.to_thread(self._push, conversation)
            elif (last := races[-1]).card:
                await self._phones[last.winner].tap(last.card, RELEASE)
            races.append(await self._race(conversation))
            if number % 10 == 9:
                tell(f"{number + 1} races of {len(self._phones)} operators")
        return races

    def _push(self, conversation: str) -> None:
        self._desk.notify(
            CustomerMessage(
                text="Where is it?",
                conversation_id=conversation,
                customer_name=customer(conversation),
                recipient="The Shop",
            )
        )

    async def _race(self, conversation: str) -> Race:
        # The card, or the newer call to it that says that the customer waits again.
        offers = await self._shown(
            lambda _, m: m.button_texts[:1] == [CLAIM] and customer(conversation) in m.text,
            CARDS_WITHIN_S,
        )
        began = time.monotonic()
        answers = await asyncio.gather(
            *(self._tap(n, offer.message_id) for n, offer in enumerate(offers))
        )
        winners = [n for n, (answer, _) in enumerate(answers) if answer.text == "It is yours"]
        times = tuple(took_s for _, took_s in answers)
        if len(winners) != 1:
            return Race((f"{conversation}: won by {winners}",), times)
        winner = winners[0]
        told, whose = f"{self._names[winner]} is answering", customer(conversation)
        wrong = [
            f"{conversation}: {self._names[n]} was told {answer.text!r}"
            for n, (answer, _) in enumerate(answers)
            if n != winner and answer.text != told
        ]

        def is_right(n: int, message: ChatMessage) -> bool:
            first = message.text.partition("\n")[0]
            if n == winner:
                shown = (first, [one for one in message.button_texts if one != "📝 Note"])
                return shown == (f"🟢 {whose} · waits for your answer", OWNERS_BUTTONS)
            return (message.text, message.button_texts) == (f"👤 {whose} · {told}", OTHERS_BUTTONS)

        cards = await self._shown(is_right, COPIES_WITHIN_S)
        right_in_s = time.monotonic() - began
        return Race(tuple(wrong), times, right_in_s, winner, cards[winner].message_id)

    async def _shown(
        self, fits: Callable[[int, ChatMessage], bool], within_s: float
    ) -> list[ChatMessage]:
        """Wait until every phone shows such a message, and return them."""
        return await asyncio.gather(
            *(
                phone.wait_for(
                    lambda message, n=n: not message.deleted and fits(n, message),  # type: ignore[misc]
                    within_s,
                )
                for n, phone in enumerate(self._phones)
            )
        )

    async def _tap(self, n: int, message_id: int) -> tuple[TapAnswer, float]:
        began = time.monotonic()
        return await self._phones[n].tap(message_id, CLAIM), time.monotonic() - began
