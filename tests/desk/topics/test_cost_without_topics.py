"""What topics cost a desk that has none: nothing for a send, and at most one look for a claim."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk.topics.conftest import UNHURRIED, Hand
from desk_at_work.at_work import RETENTION
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.phones.outbox import Outbox
from onduty_desk.topics.topics import Topics

pytestmark = pytest.mark.usefixtures("on_duty")

Commands = dict[str, int]
_numbers = count(1)


async def commands(redis: Redis, work: Callable[[], Awaitable[object]]) -> Commands:
    """Return how often which command is called, those in scripts included."""
    await redis.config_resetstat()
    await work()
    counted = await redis.info("commandstats")
    del counted["cmdstat_config|resetstat"]
    return {name: one["calls"] for name, one in counted.items()}


async def of_a_claim_and_a_send(redis: Redis, hand: Hand, topics: bool) -> list[Commands]:  # noqa: FBT001 - it is what differs
    """Count those of a claim with all that follows, and of the next message."""
    rules = Rules(topics=topics, buttons_rest=timedelta(0), owner_ring_every=timedelta(0))
    hand.conversations = Conversations(redis, rules)
    hand.outbox = Outbox(redis, UNHURRIED, rules, retention=RETENTION)
    conversation = f"c{next(_numbers)}"
    await hand.write("Hello", conversation)
    await hand.do_all()
    claim = await commands(redis, lambda: hand.claim(1, conversation))
    draw = await commands(redis, hand.do_all)
    await hand.write("And?", conversation)
    return [claim, draw, await commands(redis, hand.do_all)]


def _more(these: Commands, those: Commands) -> Commands:
    """Compare; how long keys live is prolonged whenever a second has passed."""
    names = (these.keys() | those.keys()) - {"cmdstat_expire"}
    more = {name: these.get(name, 0) - those.get(name, 0) for name in names}
    return {name: calls for name, calls in more.items() if calls}


@pytest.mark.parametrize("has_topics", [None, False])
async def test_a_bot_without_topics_costs_one_look_for_a_claim(
    redis: Redis, hand: Hand, topics: Topics, *, has_topics: bool | None
) -> None:
    """And with ONDUTY_TOPICS=off not even that; no key of topics is written."""
    await redis.delete("onduty:topics-enabled")
    if has_topics is not None:
        await topics.note_enabled(has_topics=has_topics)
    await of_a_claim_and_a_send(redis, hand, topics=False)  # scripts are loaded
    without = await of_a_claim_and_a_send(redis, hand, topics=False)
    auto = await of_a_claim_and_a_send(redis, hand, topics=True)
    assert [_more(*pair) for pair in zip(auto, without, strict=True)][1:] == [{}, {}]
    assert _more(auto[0], without[0]) == {"cmdstat_get": 1}
    assert [key async for key in redis.scan_iter("onduty:topic*")] in (
        [],
        ["onduty:topics-enabled"],
    )
