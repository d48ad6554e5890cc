"""Replies to cards, with nobody who sends: what the scripts keep."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.events.queue import EventQueue
from onduty_desk.model.keys import ChatId, OperatorId, card_key
from onduty_desk.replies.reacting import Reactions
from onduty_desk.replies.replying import AnswerOutcome, Replies, Written
from onduty_dispatcher.wake_ups.routing import Router

Answer = Callable[..., Awaitable[AnswerOutcome]]
CARD = 7


@pytest.fixture
def replies(redis: Redis, rules: Rules) -> Replies:
    return Replies(redis, rules)


@pytest.fixture
def reactions(redis: Redis) -> Reactions:
    return Reactions(redis, per_second=1000)


@pytest.fixture
async def answer(
    redis: Redis,
    replies: Replies,
    push: Push,
    come_on: ComeOn,
    router: Router,
    event_queue: EventQueue,
) -> Answer:
    """Two are on duty, and a customer waits; let one of them reply to the card."""
    await event_queue.take(1)
    await come_on(1, 2)
    push("Hello?")
    await router.route_accepted()
    for chat in (1, 2):
        await redis.set(card_key(ChatId(chat), CARD), "c1")
    updates = count(500)

    async def reply(
        text: str = "Hello",
        *,
        by: int = 1,
        message: int = 20,
        update: int | None = None,
        other: Rules | None = None,
    ) -> AnswerOutcome:
        name = f"Operator {by}"
        written = Written(
            OperatorId(by), name, name, ChatId(by), message, text, text, datetime.now(UTC)
        )
        update_id = next(updates) if update is None else update
        by_bot = Replies(redis, other) if other else replies
        return await by_bot.answer(written, CARD, "", update_id=update_id)

    return reply
