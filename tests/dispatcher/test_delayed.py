"""Dispatchers send delayed answers at their moment, whichever of them lives."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from time import monotonic

from redis.asyncio import Redis

from desk_at_work.delays import sending_delayed
from desk_at_work.fixtures import AliceWrites
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ChatId, OperatorId, card_key
from onduty_desk.replies.replying import Replies, Written
from waiting import until


async def answered(redis: Redis, text: str, *, after_s: float, message: int = 20) -> None:
    """Let operator 1 answer."""
    await redis.set(card_key(ChatId(1), 7), "c1")
    one = OperatorId(1)
    written = Written(
        one, "Operator 1", "Operator", ChatId(1), message, text, text, datetime.now(UTC)
    )
    rules = Rules(send_after=timedelta(seconds=after_s))
    outcome = await Replies(redis, rules).answer(written, 7, "", update_id=900 + message)
    assert outcome.result == "delayed"


async def sent(redis: Redis) -> list[str]:
    events = [str(one) for one in await redis.lrange("onduty:events:c1", 0, -1)]
    return [one.partition('"text":"')[2].partition('"')[0] for one in events if "reply.sent" in one]


async def test_it_is_sent_at_its_moment(redis: Redis, alice_writes: AliceWrites) -> None:
    """Not only when somebody looks each second."""
    await redis.set(EVENTS_WANTED, 3600)
    desk = await alice_writes(1)
    await desk.tap(1, Verb.CLAIM)
    async with sending_delayed(redis) as sending:
        await asyncio.sleep(0.1)
        began = monotonic()
        await answered(redis, "Hello", after_s=0.3)
        sending.wake()
        await until(lambda: sent(redis), equals=["Hello"])
        assert 0.29 < monotonic() - began < 0.95


async def test_of_several_one_sends_it_and_the_rest_go_on(
    redis: Redis, alice_writes: AliceWrites
) -> None:
    """Some end before its moment, and one starts after it."""
    await redis.set(EVENTS_WANTED, 3600)
    desk = await alice_writes(1)
    await desk.tap(1, Verb.CLAIM)
    async with AsyncExitStack() as dispatchers:
        for _ in range(3):
            await dispatchers.enter_async_context(sending_delayed(redis))
        await answered(redis, "One", after_s=0.2)
        await until(lambda: sent(redis), equals=["One"])
        await answered(redis, "Two", after_s=0.5, message=21)
    await asyncio.sleep(0.6)
    assert await sent(redis) == ["One"]
    async with sending_delayed(redis), sending_delayed(redis):
        await until(lambda: sent(redis), equals=["One", "Two"])
