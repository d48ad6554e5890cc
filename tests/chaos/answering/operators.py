"""Operators who reply to cards, change and take back what they wrote, and tap what they are asked.

What they know of it is written down as they do it; nothing here asks the desk.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from chaos.answering.in_topics import ASKED_FOR_A_NOTE, NOTE, InTopics, Way
from chaos.answering.written import Answer, Note, text_of
from chaos.copies import CUSTOMER, is_list
from chaos.plan import Plan
from chaos.whims import over
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, Phone, Sandbox, SandboxError

TO, INSTEAD = "To ", "Send to customer instead"
NEWEST_CARDS, NEWEST_OWN = 10, 6
ANSWER_WITHIN_S = 5.0


@dataclass
class Answering:
    """All operators who tap, as they answer."""

    plan: Plan
    sandbox: Sandbox
    is_away: Callable[[ChatId], bool] = lambda _: False
    """Whether an operator is off duty, or about to be or to come back."""
    written: list[Answer] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """What they did, and what the bot said to a tap."""

    def __post_init__(self) -> None:
        self.in_topics = InTopics(
            *(self.sandbox, self.is_away, self.written, self.notes, self.done)
        )

    async def play(self, stopping: asyncio.Event) -> None:
        """Go on until told to stop."""
        async with asyncio.TaskGroup() as people:
            for chat in (*self.plan.claimers, *self.plan.other_claimers):
                people.create_task(self._answer_about(chat, stopping))

    async def _answer_about(self, chat: ChatId, stopping: asyncio.Event) -> None:
        chance, phone = self.plan.chance(f"answers {chat}"), self.sandbox.phone(chat)
        own: list[Answer] = []
        ways = self._ways(chat)
        while not await over(stopping, chance.uniform(*self.plan.between_answers_s)):
            shown = await phone.messages()
            way = chance.choices([*ways], [*ways.values()])[0]
            with suppress(SandboxError, TimeoutError):  # it went while the thumb was on its way
                await way(phone, chance, shown, own)

    def _ways(self, chat: ChatId) -> dict[Way, int]:
        """Return what an operator may do next, and how often they do."""
        ways: dict[Way, int] = {
            self._reply: 6,
            self._change: 2,
            self._undo: 1,
            self._tap: 4,
            self._write: 1,
            self._note: 4,
        }
        return ways | (self.in_topics.ways if chat in self.plan.with_topics else {})

    async def _reply(
        self, phone: Phone, chance: Random, shown: list[ChatMessage], own: list[Answer]
    ) -> None:
        cards = [m for m in shown if customer_of(m)]
        if cards:
            card = chance.choice(cards[-NEWEST_CARDS:])
            await self._send(phone, own, card, {customer_of(card)})

    async def _write(
        self, phone: Phone, _: Random, __: list[ChatMessage], own: list[Answer]
    ) -> None:
        """Write what is no reply to anything: it is asked for whom it is.

        Off duty it would be a try at the phrase, and five of them lock whoever comes back.
        """
        if not self.is_away(ChatId(phone.user_id)):
            await self._send(phone, own, None, set())

    async def _note(
        self, phone: Phone, chance: Random, shown: list[ChatMessage], _: list[Answer]
    ) -> None:
        """Write what is asked for then, as a reply to a card: it goes to no customer."""
        cards = [m for m in shown if NOTE in m.button_texts and not m.deleted]
        if not cards or not self.plan.opens_menus:
            return
        card = chance.choice(cards)
        await phone.tap(card.message_id, NOTE, ANSWER_WITHIN_S)
        await phone.wait_for(ASKED_FOR_A_NOTE, 2 * ANSWER_WITHIN_S, after=shown[-1].message_id)
        mark = f"{phone.user_id}-{len(self.notes) + 1}"
        sent = await phone.send(f"(note {mark})", reply_to=card.message_id)
        self.notes.append(Note(ChatId(phone.user_id), sent, mark))
        self.done["wrote a note"] += 1

    async def _send(
        self, phone: Phone, own: list[Answer], card: ChatMessage | None, whom: set[str]
    ) -> None:
        mark = f"{phone.user_id}-{len(own) + 1}"
        sent = await phone.send(text_of(mark, 0), reply_to=card.message_id if card else None)
        topic = card.topic if card else None
        own.append(Answer(ChatId(phone.user_id), sent, mark, whom, topic=topic))
        self.written.append(own[-1])
        self.done["replied to a card" if card else "wrote to nobody"] += 1

    async def _change(
        self, phone: Phone, chance: Random, _: list[ChatMessage], own: list[Answer]
    ) -> None:
        """Correct one of the newest; not off duty, for the same reason."""
        if own and not self.is_away(ChatId(phone.user_id)):
            one = chance.choice(own[-NEWEST_OWN:])
            one.versions += 1
            await phone.edit(one.message_id, text_of(one.mark, one.versions))
            self.done["changed one"] += 1

    async def _undo(
        self, phone: Phone, chance: Random, _: list[ChatMessage], own: list[Answer]
    ) -> None:
        if own:
            one = chance.choice(own[-NEWEST_OWN:])
            await phone.send("/undo", reply_to=one.message_id)
            one.is_undone = True
            self.done["took one back"] += 1

    async def _tap(
        self, phone: Phone, chance: Random, shown: list[ChatMessage], own: list[Answer]
    ) -> None:
        mine = {one.message_id: one for one in own}
        asked = [m for m in shown if m.reply_to in mine and m.buttons and not m.deleted]
        if not asked:
            return
        about = chance.choice(asked)
        button = chance.choice(about.button_texts)
        whom = about.text if button == INSTEAD else button if button.startswith(TO) else ""
        if name := CUSTOMER.search(whom):
            mine[about.reply_to or 0].for_customers.add(name[1])
        told = await phone.tap(about.message_id, button, ANSWER_WITHIN_S)
        said = CUSTOMER.sub("the customer", told.text) if told.answered else "no answer in time"
        self.done[f"{CUSTOMER.sub('the customer', button)}: {said}"] += 1


def customer_of(message: ChatMessage) -> str:
    """Return the conversation that a card shows; empty if it is none."""
    name = CUSTOMER.search(message.text)
    is_card = message.from_bot and not message.deleted and not is_list(message)
    return name[1] if name and is_card else ""
