"""A desk in small: push, route, and look at the phones' outboxes."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from onduty import CustomerMessage, SupportDesk
from onduty_desk.failures import Failures
from onduty_desk.keys import OperatorId
from onduty_desk.roster import Roster
from onduty_desk.rules import Rules
from onduty_desk.scripts import source
from onduty_desk.telegram.pacing import Pace
from onduty_dispatcher.outbox import Outbox
from onduty_dispatcher.routing import Router

RETENTION = timedelta(days=30)
RULES = Rules(ring_every=timedelta(0))
"""Every message rings."""
UNHURRIED = Pace(sends_per_second=1e5, sends_per_chat_per_second=1e5)

Push = Callable[..., list[str]]
ComeOn = Callable[..., Awaitable[None]]
Emit = Callable[..., Awaitable[None]]
Lua = Callable[[str], str]


@pytest.fixture
def push(redis_url: str) -> Push:
    """Push texts of one conversation, return their ids."""
    desk = SupportDesk(redis_url)

    def push_texts(*texts: str, conversation: str = "c1", **fields: str) -> list[str]:
        return desk.notify_many(
            CustomerMessage.model_validate(
                {
                    "text": text,
                    "customer_name": "Alice",
                    "recipient": "The Shop",
                    "conversation_id": conversation,
                    **fields,
                }
            )
            for text in texts
        )

    return push_texts


@pytest.fixture
def roster(redis: Redis) -> Roster:
    return Roster(redis)


@pytest.fixture
def router(redis: Redis) -> Router:
    return Router(redis, Failures(redis), RULES, groups=["support", "sales"], retention=RETENTION)


@pytest.fixture
def outbox(redis: Redis) -> Outbox:
    return Outbox(redis, UNHURRIED, RULES, retention=RETENTION)


@pytest.fixture
def come_on(roster: Roster) -> ComeOn:
    """Put operators on duty."""
    updates = iter(range(1, 1_000_000))

    async def sign_in(*operators: int, group: str = "support", language: str = "en") -> None:
        for operator in operators:
            await roster.sign_in(
                OperatorId(operator),
                name=f"Operator {operator}",
                language=language,
                group=group,
                fingerprint="f",
                update_id=next(updates),
            )

    return sign_in


@pytest.fixture
def lua() -> Lua:
    """Put Lua behind what all scripts of the desk share."""
    shared = source("now").removesuffix("return ms(now_ms())\n")
    return lambda text: f"{shared}\n{text}"


@pytest.fixture
def emit(redis: Redis, lua: Lua) -> Emit:
    """Call `emit` as a script does; the event's own fields are a Lua table."""

    async def call(conversation: str, kind: str, fields: str = "{}") -> None:
        await redis.eval(lua(f"emit(ARGV[1], ARGV[2], {fields})"), 0, conversation, kind)

    return call
