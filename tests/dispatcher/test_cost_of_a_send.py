"""What a send costs Redis, counted by Redis itself: it is one thread, and the ceiling of a desk."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.words import Step
from onduty_desk.phones.outbox import Outbox, Taken
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


async def do_all(outbox: Outbox) -> Counter[Step]:
    """Do what a sender does, without Telegram; return how often it did what."""
    done = Counter[Step]()
    while True:
        taken, due_in = await outbox.take(AT_ONCE)
        if not taken and due_in is None:
            return done
        await asyncio.gather(*(do(outbox, one) for one in taken))
        done.update(one.step for one in taken)
        await asyncio.sleep(0.002)  # a phone is free again a moment later


async def do(outbox: Outbox, one: Taken) -> None:
    if one.step != "send":
        await outbox.settle(one, "done")
        return
    attempt = await outbox.attempt(one, one.message_ids, 1)
    assert attempt, one
    await outbox.settle(one, "done", str(next(_telegram_messages)), attempt_id=attempt.id)


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_send_of_a_fan_out_takes_few_commands(
    redis: Redis, outbox: Outbox, router: Router, come_on: ComeOn, push: Push, *, is_first: bool
) -> None:
    """From accepted to sent; a later one is sent and drawn, and the card before it goes."""
    await come_on(*range(1, OPERATORS + 1))
    if not is_first:
        push("Hello", conversation="c1")
        await router.route_accepted()
        assert await do_all(outbox) == {"send": OPERATORS}
    steps: tuple[Step, ...] = ("send",) if is_first else ("send", "edit", "delete")

    async def fan_out() -> None:
        push("Is anybody there?", conversation="c1")
        await router.route_accepted()
        assert await do_all(outbox) == dict.fromkeys(steps, OPERATORS)

    assert await commands(redis, fan_out) / OPERATORS / len(steps) <= MOST_COMMANDS_A_SEND


async def test_who_has_nothing_to_do_asks_little(
    redis: Redis, outbox: Outbox, router: Router
) -> None:
    """A look that finds nothing is repeated by each dispatcher as long as it runs."""
    await outbox.take(AT_ONCE)
    await router.route_accepted()
    assert await commands(redis, lambda: outbox.take(AT_ONCE)) <= 8
    assert await commands(redis, router.route_accepted) <= 5
