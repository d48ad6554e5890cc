"""Topics, taken and settled by hand: no sender, no Telegram, and a clock that the test moves."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import RETENTION
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.ownership import Conversations, TapOutcome
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, copies_key
from onduty_desk.model.phone_keys import topics_key, topics_phone_key
from onduty_desk.model.words import Outcome, Step
from onduty_desk.phones.outbox import Outbox, Settled, Taken
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.pace import Pace
from onduty_desk.topics.topics import Topics
from onduty_dispatcher.wake_ups.routing import Router

UNHURRIED = Pace(sends_per_second=1e5, sends_per_chat_per_second=1e5)
_updates = count(5_000_000)
_messages = count(1000)


@dataclass
class Hand:
    """Does by hand what bot and dispatchers do."""

    redis: Redis
    outbox: Outbox
    conversations: Conversations
    router: Router
    push: Push
    move: MoveClock
    _moved: timedelta = field(default_factory=timedelta)

    async def pass_time(self, by: timedelta) -> None:
        """Let time pass, by the clock of the scripts."""
        self._moved += by
        await self.move(self._moved)

    async def now_us(self) -> int:
        """Return the time of the scripts, in microseconds."""
        seconds, micros = await self.redis.time()
        return seconds * 1_000_000 + micros + self._moved // timedelta(microseconds=1)

    async def tap(self, operator: int, verb: Verb, message: int) -> TapOutcome:
        """Tap a button of a message."""
        return await self.conversations.tap(
            verb,
            operator_id=OperatorId(operator),
            name=f"Operator {operator}",
            chat_id=ChatId(operator),
            message_id=message,
            update_id=next(_updates),
        )

    async def write(self, text: str, conversation: str = "c1", **fields: Any) -> None:
        """Let the customer write."""
        self.push(text, conversation=conversation, **fields)
        await self.router.route_accepted()

    async def take(self) -> list[Taken]:
        """Take what is due now."""
        return (await self.outbox.take(10))[0]

    async def next(self, chat: int = 1) -> Taken:
        """Take the one step that is due at a phone; what is due at others is done."""
        for _ in range(40):
            found = None
            for taken in await self.take():
                if taken.chat_id == chat:
                    found = taken
                else:
                    await self.settle(taken)
            if found:
                return found
            await self.pass_time(timedelta(milliseconds=100))
        raise AssertionError("nothing is due")

    async def settle(
        self, taken: Taken, outcome: Outcome = "done", detail: str | None = None
    ) -> Settled:
        """Write down what came of a step; what makes a message makes the next one."""
        makes = taken.step in {"send", "send_note", "make_topic", "send_context"}
        if detail is None:
            detail = str(next(_messages)) if makes and outcome == "done" else ""
        attempt_id = ""
        if taken.step == "send":
            attempt = await self.outbox.attempt(taken, taken.message_ids, 1)
            assert attempt
            attempt_id = attempt.id
        return await self.outbox.settle(taken, outcome, detail, attempt_id=attempt_id)

    async def do(
        self, step: Step, outcome: Outcome = "done", detail: str | None = None, *, chat: int = 1
    ) -> Taken:
        """Take what is due at a phone, which is this step, and settle it."""
        taken = await self.next(chat)
        assert taken.step == step, (taken.step, await self.topic())
        await self.settle(taken, outcome, detail)
        return taken

    async def do_all(self) -> list[Step]:
        """Do what is due until nothing is, now or in a moment; return what was done."""
        return [one.step async for one in self.steps()]

    async def steps(self) -> AsyncIterator[Taken]:
        """The same, each step when it is done; the next one of a phone is due a moment later."""
        for _ in range(12):
            await self.pass_time(timedelta(milliseconds=100))
            while taken := await self.take():
                for one in taken:
                    await self.settle(one)
                    yield one

    async def topic(self, chat: int = 1, conversation: str = "c1") -> dict[str, Any]:
        """Return the record of a topic; empty if there is none."""
        found = await self.redis.hget(topics_key(ChatId(chat)), conversation)
        return cast("dict[str, Any]", json.loads(found)) if found else {}

    async def phone(self, chat: int = 1) -> dict[str, str]:
        """Return how topics fare on a phone."""
        return cast("dict[str, str]", await self.redis.hgetall(topics_phone_key(ChatId(chat))))

    async def copy(self, chat: int = 1, conversation: str = "c1") -> dict[str, Any]:
        """Return what a phone shows of a conversation."""
        found = await self.redis.hget(copies_key(ConversationId(conversation)), str(chat))
        return cast("dict[str, Any]", json.loads(found)) if found else {}

    async def claim(self, operator: int = 1, conversation: str = "c1") -> None:
        """Take what waits, by the button of the card."""
        card = (await self.copy(operator, conversation))["card"]
        assert (await self.tap(operator, Verb.CLAIM, card)).result == "claimed"

    async def sign_out(self, operator: int) -> None:
        """Let an operator go off duty."""
        await Roster(self.redis).sign_out(OperatorId(operator), "off")

    async def open_topic(self, operator: int = 1) -> dict[str, Any]:
        """Claim a new customer, and do all that follows; return the topic."""
        await self.write("Hello", customer_name="Alice", recipient="The Shop")
        await self.do_all()
        await self.claim(operator)
        await self.do_all()
        topic = await self.topic(operator)
        assert topic["context"]
        return topic


@pytest.fixture
def rules() -> Rules:
    return Rules(topics=True, buttons_rest=timedelta(0), owner_ring_every=timedelta(0))


@pytest.fixture
def topics(redis: Redis) -> Topics:
    return Topics(redis)


@pytest.fixture
async def hand(
    redis: Redis, rules: Rules, router: Router, push: Push, move_clock: MoveClock, topics: Topics
) -> Hand:
    """The bot has topics, and answers are wanted."""
    await topics.note_enabled(has_topics=True)
    await redis.set(EVENTS_WANTED, "86400")
    outbox = Outbox(redis, UNHURRIED, rules, retention=RETENTION)
    return Hand(redis, outbox, Conversations(redis, rules), router, push, move_clock)


@pytest.fixture
async def on_duty(come_on: ComeOn) -> None:
    """Operators 1 and 2."""
    await come_on(1, 2)
