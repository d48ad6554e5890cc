"""What operators do in the topics of their chat: they just type, take back, note, delete.

What they know of it is written down as they do it; nothing here asks the desk.
"""

from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from chaos.answering.written import Answer, Note, text_of
from chaos.copies import CUSTOMER
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage, Phone, Sandbox, SandboxError
from onduty_sandbox.client.topics import TopicOnPhone

NOTE, ASKED_FOR_A_NOTE = "📝 Note", "📝 Your next message in this chat is a note"
WITHIN_S = 5.0
NEWEST_TOPICS, MOST_LINES = 3, 3
SEEN = frozenset({"👀", "👍", "👌"})
"""On what is on its way, or has arrived."""

Way = Callable[[Phone, Random, list[ChatMessage], list[Answer]], Coroutine[None, None, None]]


@dataclass
class InTopics:
    """All of a run who have topics."""

    sandbox: Sandbox
    is_away: Callable[[ChatId], bool]
    written: list[Answer]
    """All answers of the run, those of others, too."""
    notes: list[Note]
    done: Counter[str]
    deleted: set[tuple[int, int]] = field(default_factory=set)
    """Topics that operators have deleted, by chat and id; nobody is told of it."""

    @property
    def ways(self) -> dict[Way, int]:
        """What they may do next, and how often they do."""
        return {
            self.write: 20,
            self.take_back_at_once: 2,
            self.note: 4,
            self.delete: 5,
            self.switch_on: 2,
        }

    async def write(
        self, phone: Phone, chance: Random, __: list[ChatMessage], own: list[Answer]
    ) -> None:
        """Just type, a few lines at once."""
        if topic := await self._any(phone, chance):
            for _ in range(chance.randint(1, MOST_LINES)):
                await self._send(phone, own, topic)

    async def take_back_at_once(
        self, phone: Phone, chance: Random, _: list[ChatMessage], own: list[Answer]
    ) -> None:
        """Type, see that it is on its way, and /undo, which replies to nothing."""
        topic = await self._any(phone, chance)
        if not topic:
            return
        one = await self._send(phone, own, topic)
        await phone.wait_for(
            lambda m: m.message_id == one.message_id and bool(SEEN & {*m.reactions.values()}),
            WITHIN_S,
        )
        await phone.send("/undo", topic=topic.id)
        one.is_undone = True
        self.done["took the newest of a topic back"] += 1

    async def note(
        self, phone: Phone, chance: Random, shown: list[ChatMessage], _: list[Answer]
    ) -> None:
        """Ask for a note below the message with the buttons, and type it in the topic."""
        there = [m for m in shown if m.topic and NOTE in m.button_texts and not m.deleted]
        if not there:
            return
        about = chance.choice(there)
        await phone.tap(about.message_id, NOTE, WITHIN_S)
        await phone.wait_for(ASKED_FOR_A_NOTE, 2 * WITHIN_S, after=shown[-1].message_id)
        mark = f"{phone.user_id}-{len(self.notes) + 1}"
        sent = await phone.send(f"(note {mark})", topic=about.topic)
        self.notes.append(Note(ChatId(phone.user_id), sent, mark))
        self.done["wrote a note in a topic"] += 1

    async def delete(
        self, phone: Phone, chance: Random, shown: list[ChatMessage], own: list[Answer]
    ) -> None:
        """Delete a topic in which nothing of one's own is under way: that would be gone with it."""
        open_ = {one.topic for one in own if not _is_over(one, shown)}
        done = [one for one in await self._there(phone) if one.id not in open_]
        if not done:
            return
        topic = chance.choice(done)
        await phone.delete_topic(topic.id)
        self.deleted.add((phone.user_id, topic.id))
        self.done["deleted a topic"] += 1

    async def switch_on(self, phone: Phone, *_: object) -> None:
        """Say that topics are wanted: whoever is flat for a while has them back."""
        await phone.send("/topics on")
        self.done["said /topics on"] += 1

    async def begin_anew(self) -> None:
        """Let those who deleted some press Start: what is theirs comes back."""
        for chat in sorted({chat for chat, _ in self.deleted}):
            with suppress(SandboxError):
                await self.sandbox.phone(chat).start()
                self.done["pressed Start"] += 1

    async def _any(self, phone: Phone, chance: Random) -> TopicOnPhone | None:
        """Off duty, what is written where nobody knows the topic would be a try at the phrase."""
        if self.is_away(ChatId(phone.user_id)):
            return None
        there = await self._there(phone)
        return chance.choice(there[-NEWEST_TOPICS:]) if there else None

    async def _there(self, phone: Phone) -> list[TopicOnPhone]:
        return [one for one in await phone.topics() if CUSTOMER.search(one.name)]

    async def _send(self, phone: Phone, own: list[Answer], topic: TopicOnPhone) -> Answer:
        whose = CUSTOMER.search(topic.name)
        mark = f"{phone.user_id}-{len(own) + 1}"
        sent = await phone.send(text_of(mark, 0), topic=topic.id)
        whom = {whose[1]} if whose else set()
        one = Answer(ChatId(phone.user_id), sent, mark, whom, topic=topic.id)
        own.append(one)
        self.written.append(one)
        self.done["wrote in a topic"] += 1
        return one


def _is_over(answer: Answer, shown: list[ChatMessage]) -> bool:
    """Whether its author knows what became of it."""
    mine = next((m for m in shown if m.message_id == answer.message_id), None)
    is_told = any(m.from_bot and m.reply_to == answer.message_id for m in shown)
    has_come = mine is not None and bool({"👍", "👌"} & {*mine.reactions.values()})
    return is_told or has_come
