"""Two operators answer the same waiting customer at once: whose words go, and who is told."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chaos.copies import customer
from chat_backend import ChatBackend
from onduty import CustomerMessage, SupportDesk
from onduty.events import ConversationClaimed, ReplySent
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, Sandbox

WITHIN_S = 30.0
LOOK_EVERY_S = 0.01
NOT_SENT = "This did not reach the customer\n\n"


@dataclass(frozen=True)
class Round:
    """What came of one: violations in words, how long until both knew, and who was faster."""

    wrong: tuple[str, ...]
    took_s: float
    winner: ChatId | None = None


class AnswerRounds:
    """Rounds among these phones, all on duty, each for a customer of its own."""

    def __init__(
        self,
        sandbox: Sandbox,
        desk: SupportDesk,
        chat: ChatBackend,
        chats: Sequence[ChatId],
        names: Sequence[str],
    ) -> None:
        self._phones = {one: sandbox.phone(one) for one in chats}
        self._names = dict(zip(chats, names, strict=True))
        self._desk = desk
        self._chat = chat

    async def run(self, rounds: int, tell: Callable[[str], None] = lambda _: None) -> list[Round]:
        """Hold so many; the customers write before the first."""
        conversations = [f"both-{number}" for number in range(rounds)]
        messages = [
            CustomerMessage(
                text=f"Where is it? ({name})",
                conversation_id=name,
                customer_name=customer(name),
                recipient="The Shop",
            )
            for name in conversations
        ]
        await asyncio.to_thread(self._desk.notify_many, messages)
        held = []
        for number, name in enumerate(conversations, 1):
            held.append(await self._hold(name, first=number % len(self._phones)))
            if number % 25 == 0:
                tell(f"{number} rounds of {len(self._phones)} who answer at once")
        return held

    async def _hold(self, name: str, first: int) -> Round:
        """Hold one; nobody is the first to write in each."""
        cards = {
            chat: await phone.wait_for(f"({name})", WITHIN_S)
            for chat, phone in self._phones.items()
        }
        began = time.monotonic()
        order = [*self._phones][first:] + [*self._phones][:first]
        sending = [
            self._phones[chat].send(f"{name} by {chat}", reply_to=cards[chat].message_id)
            for chat in order
        ]
        sent = dict(zip(order, await asyncio.gather(*sending), strict=True))
        winner = await self._winner(name)
        if winner is None:
            return Round((f"{name}: nobody's words came",), time.monotonic() - began)
        wrong: list[str] = []
        for chat, phone in self._phones.items():

            def is_known(message: ChatMessage, chat: ChatId = chat) -> bool:
                if chat == winner:
                    is_own = message.message_id == sent[chat]
                    return is_own and "👍" in message.reactions.values()
                return message.from_bot and message.reply_to == sent[chat]

            told = await phone.wait_for(is_known, WITHIN_S)
            why = f"{NOT_SENT}{self._names[winner]} is answering {customer(name)}."
            if chat != winner and (told.text, told.button_texts) != (why, ["Take over and send"]):
                wrong.append(f"{name}: {chat} was told {told.text!r}")
        return Round((*wrong, *self._wrong_events(name, winner)), time.monotonic() - began, winner)

    async def _winner(self, name: str) -> ChatId | None:
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            for event in self._chat.received:
                if isinstance(event, ReplySent) and event.conversation_id == name:
                    return ChatId(event.operator.id)
            await asyncio.sleep(LOOK_EVERY_S)
        return None

    def _wrong_events(self, name: str, winner: ChatId) -> list[str]:
        """One claim and one answer, both the winner's, and the answer in their words."""
        events = [event for event in self._chat.received if event.conversation_id == name]
        kinds = Counter(event.type for event in events)
        expected = {"conversation.claimed": 1, "reply.sent": 1}
        wrong = [f"{name}: {dict(kinds)}"] if kinds != expected else []
        for event in events:
            if isinstance(event, ConversationClaimed | ReplySent) and event.operator.id != winner:
                wrong.append(f"{name}: {event.type} of {event.operator.id}, {winner} answered")
            if isinstance(event, ReplySent) and event.text != f"{name} by {winner}":
                wrong.append(f"{name}: {event.text!r} in the name of {winner}")
        return wrong
