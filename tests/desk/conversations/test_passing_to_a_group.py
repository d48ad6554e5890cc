"""Passing a customer on to another group: into its line at once, and until the close."""

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, Push
from onduty.events import ConversationDelegated, parse_event
from onduty_desk.conversations.finding import Finder
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import OperatorId, conversation_key, waiting_key

from .passing_on import is_in_one_place, pass_on
from .three_phones import C1, events


@pytest.fixture
async def desk(redis: Redis, at_work: Desk, come_on: ComeOn, push: Push) -> Desk:
    """Two of support, of whom the first answers Alice; the third is of sales."""
    await redis.set(EVENTS_WANTED, 3600)
    await come_on(1, 2)
    await come_on(3, group="sales")
    push("Hello?")
    await at_work.jobs.route()
    await at_work.quiet()
    await at_work.tap(1, Verb.CLAIM)
    await at_work.quiet()
    return at_work


async def test_it_waits_in_that_group_and_rings_there(redis: Redis, desk: Desk) -> None:
    """With the reason; nobody of the first group has a card of it any more."""
    assert (await pass_on(desk, 1, group="sales", reason="wants to buy")).result == "moved"
    await desk.quiet()
    (card,) = await desk.cards(3)
    assert card.text == (
        "🤝 Alice · passed on by Operator 1\n“wants to buy”\nHello?\nAlice writes to The Shop"
    )
    assert not card.silent
    assert card.button_texts == ["🙋 I'll answer", "⋯"]
    assert [await desk.cards(n) for n in (1, 2)] == [[], []]
    assert await is_in_one_place(redis) == "sales"
    assert await redis.zcard(waiting_key("support")) == 0
    event = parse_event((await events(redis))[-1][1])
    assert isinstance(event, ConversationDelegated)
    assert event.previous
    assert event.operator is None
    assert (event.previous.id, event.group, event.reason) == (1, "sales", "wants to buy")


async def test_it_stays_there_until_the_close(redis: Redis, desk: Desk, push: Push) -> None:
    """Whatever group a later message names; after the close the message decides."""
    await pass_on(desk, 1, group="sales")
    push("And?", group="support")
    await desk.jobs.route()
    assert await is_in_one_place(redis) == "sales"
    await desk.quiet()
    await desk.tap(3, Verb.CLAIM)
    push("Hello?", group="support")
    await desk.jobs.route()
    assert await redis.hget(conversation_key(C1), "group") == "sales"
    await desk.quiet()
    await desk.tap(3, Verb.CLOSE)
    push("Another thing", group="support")
    await desk.jobs.route()
    assert await is_in_one_place(redis) == "support"


async def test_who_claims_it_there_still_reads_why(desk: Desk) -> None:
    """And a colleague reads only who is answering."""
    await pass_on(desk, 1, group="sales", reason="wants to buy")
    await desk.quiet()
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"
    await desk.quiet()
    (card,) = await desk.cards(3)
    assert card.text.splitlines()[:3] == [
        "🟢 Alice · waits for your answer",
        "🤝 passed on by Operator 1",
        "“wants to buy”",
    ]


async def test_what_waits_is_passed_to_a_group_too(redis: Redis, desk: Desk) -> None:
    """By anybody who could take it; a pass to its own group changes nothing."""
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    assert (await pass_on(desk, 2, group="support")).result == "moved"
    assert [kind for kind, _ in await events(redis)] == ["claimed", "released"]
    assert (await pass_on(desk, 2, group="sales")).result == "moved"
    await desk.quiet()
    assert await is_in_one_place(redis) == "sales"
    assert [await desk.cards(n) for n in (1, 2)] == [[], []]
    assert len(await desk.cards(3)) == 1


async def test_it_waits_for_a_group_where_nobody_is(redis: Redis, desk: Desk) -> None:
    """Whoever comes on there finds it."""
    await pass_on(desk, 1, group="returns")
    await desk.quiet()
    assert await redis.zrange(waiting_key("returns"), 0, -1) == ["c1"]
    assert [await desk.cards(n) for n in (1, 2, 3)] == [[], [], []]


async def test_it_is_found_where_it_is_now(redis: Redis, desk: Desk) -> None:
    """By the name, as before, and in the group that it left no more."""
    await desk.jobs.look()
    await pass_on(desk, 1, group="sales")
    await desk.jobs.route()
    for operator, count in ((3, 1), (2, 0)):
        found = await Finder(redis).find(OperatorId(operator), "alice")
        assert found
        assert len(found.rows) == count


async def test_after_the_close_it_is_found_where_it_was_before(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """And in the group that had it meanwhile no more."""
    await desk.jobs.look()
    await pass_on(desk, 1, group="sales")
    await desk.jobs.route()
    await desk.instruct("close")
    push("Another thing", group="support")
    await desk.jobs.route()
    await desk.quiet()
    for operator, count in ((3, 0), (2, 1)):
        found = await Finder(redis).find(OperatorId(operator), "alice")
        assert found
        assert len(found.rows) == count
    assert not await redis.exists("onduty:recent:sales")
