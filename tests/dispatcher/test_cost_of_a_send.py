"""What a send costs Redis, counted by Redis itself: it is one thread, and the ceiling of a desk."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.phones.outbox import Outbox
from onduty_desk.telegram.pace import Pace
from onduty_dispatcher.wake_ups.routing import Router

OPERATORS = 200
AT_ONCE = 50
LIFTED = Pace(sends_per_second=1e6, sends_per_chat_per_second=1e6)
MOST_COMMANDS_A_SEND = 25

_telegram_messages = count(1)


@pytest.fixture
def rules() -> Rules:
    """Each message rings: a follow-up that is only drawn into the card is no send."""
    return Rules(ring_every=timedelta(0))


@pytest.fixture
def outbox(redis: Redis, rules: Rules) -> Outbox:
    return Outbox(redis, LIFTED, rules, retention=timedelta(days=30))


async def commands(redis: Redis, work: Callable[[], Awaitable[object]]) -> int:
    """Return how many commands something takes, those in scripts included."""
    await redis.config_resetstat()
    await work()
    counted = await redis.info("commandstats")
    del counted["cmdstat_config|resetstat"]
    return sum(command["calls"] for command in counted.values())


async def send_all(outbox: Outbox) -> int:
    """Do what a sender does, without Telegram; return how many were sent."""
    sent = 0
    while True:
        taken, due_in = await outbox.take(AT_ONCE)
        if not taken and due_in is None:
            return sent
        attempts = await asyncio.gather(*(outbox.attempt(one, one.message_ids, 1) for one in taken))
        for one, attempt in zip(taken, attempts, strict=True):
            assert attempt, one
        await asyncio.gather(
            *(
                outbox.settle(one, "done", str(next(_telegram_messages)), attempt_id=attempt.id)
                for one, attempt in zip(taken, attempts, strict=True)
                if attempt
            )
        )
        sent += len(taken)
        await asyncio.sleep(0.002)  # a phone is free again a moment later


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_send_of_a_fan_out_takes_few_commands(
    redis: Redis, outbox: Outbox, router: Router, come_on: ComeOn, push: Push, *, is_first: bool
) -> None:
    """From accepted to sent, the first message of a conversation and a later one."""
    await come_on(*range(1, OPERATORS + 1))
    if not is_first:
        push("Hello", conversation="c1")
        await router.route_accepted()
        assert await send_all(outbox) == OPERATORS

    async def fan_out() -> None:
        push("Is anybody there?", conversation="c1")
        await router.route_accepted()
        assert await send_all(outbox) == OPERATORS

    assert await commands(redis, fan_out) / OPERATORS <= MOST_COMMANDS_A_SEND


async def test_who_has_nothing_to_do_asks_little(
    redis: Redis, outbox: Outbox, router: Router
) -> None:
    """A look that finds nothing is repeated by each dispatcher as long as it runs."""
    await outbox.take(AT_ONCE)
    await router.route_accepted()
    assert await commands(redis, lambda: outbox.take(AT_ONCE)) <= 8
    assert await commands(redis, router.route_accepted) <= 5
