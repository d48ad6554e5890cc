"""How long Redis knows a conversation: as long as its customer writes, all of it."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import RETENTION, Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId, deliveries_key
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

NEARLY_OVER_S = 2
AN_HOUR = timedelta(hours=1)


@pytest.fixture
async def desk(redis: Redis, alice_writes: AliceWrites, move_clock: MoveClock) -> Desk:
    """A conversation of nearly a retention ago, with a card on two phones."""
    desk = await alice_writes(1, 2)
    async for key in redis.scan_iter():
        if await redis.ttl(key) > NEARLY_OVER_S:
            await redis.expire(key, NEARLY_OVER_S)
    await move_clock(AN_HOUR)
    return desk


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_customer_who_writes_on_is_not_forgotten(
    redis: Redis, desk: Desk, push: Push, move_clock: MoveClock, when: str
) -> None:
    """Nor that somebody has claimed them, until when, and on which cards that stands."""
    if when == "before":
        await desk.tap(1, Verb.CLAIM)
    push("Still there?")
    await desk.jobs.route()
    if when == "after":
        await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    lasts = [await redis.ttl(key) for key in ("onduty:claims:1", "onduty:due", "onduty:copies:c1")]
    lasts += [await redis.ttl(key) for key in ("onduty:shown:1", "onduty:shown:2")]
    assert min(lasts) >= await redis.ttl("onduty:conversation:c1") - 1
    cards = [await redis.ttl(f"onduty:card:{n}:{(await desk.card(n)).message_id}") for n in (1, 2)]
    assert min(cards) > RETENTION.total_seconds() - 60
    await move_clock(AN_HOUR + timedelta(minutes=3.1))
    await desk.run_timers()
    await desk.quiet()
    assert any("Are you still answering" in card.text for card in await desk.cards(1))


async def test_what_came_while_nobody_was_on_duty_is_forgotten_with_its_conversation(
    redis: Redis,
    router: Router,
    roster: Roster,
    come_on: ComeOn,
    push: Push,
    conversations: Conversations,
) -> None:
    """It has its first delivery by /on, when something older is on its way to that phone still."""
    await come_on(1)
    push("One")
    await router.route_accepted()
    await roster.sign_out(OperatorId(1))
    (two,) = push("Two")
    await router.route_accepted()
    await come_on(1)
    await conversations.show_backlog(OperatorId(1), 5, update_id=5_000)
    assert await redis.hget(deliveries_key(two), "1") == "waiting"
    assert await redis.ttl(deliveries_key(two)) > 0
