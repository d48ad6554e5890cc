"""Finding customers by name: what is found, in which order, and what it costs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.finding import MOST_FOUND, Finder, Found
from onduty_desk.conversations.name_index import NameIndex
from onduty_desk.conversations.names import words_of
from onduty_desk.model.keys import TO_INDEX, ConversationId, OperatorId, conversation_key
from onduty_dispatcher.wake_ups.routing import Router

Write = Callable[..., Awaitable[None]]
DAY = timedelta(days=1)


@pytest.fixture
async def writes(router: Router, push: Push, come_on: ComeOn) -> Write:
    """Let customers write to group support, where operator 1 is on duty."""
    await come_on(1)

    async def write(*names: str, conversation: str = "", **fields: str) -> None:
        for name in names:
            push("Hello", conversation=conversation or f"of {name}", customer_name=name, **fields)
        await router.route_accepted()
        await router.index_names()

    return write


async def find(redis: Redis, text: str, operator: int = 1) -> Found:
    found = await Finder(redis).find(OperatorId(operator), text)
    assert found is not None
    return found


async def names(redis: Redis, text: str, operator: int = 1) -> list[str]:
    return [row.customer_name for row in (await find(redis, text, operator)).rows]


@pytest.mark.parametrize(
    "text", ["anna", "ANN", "smith", "smi ann", "ann smi", "  Ànna  ", "of Anna Smith"]
)
async def test_a_name_is_found_by_the_beginning_of_its_words(
    redis: Redis, writes: Write, text: str
) -> None:
    """Several words must all be there, in any order; the conversation's id finds it too."""
    await writes("Anna Smith", "Bert Ernst")
    assert await names(redis, text) == ["Anna Smith"]


@pytest.mark.parametrize("text", ["nna", "anna bert", "of Anna", "Anna Smithe", "x", "?", ""])
async def test_nobody_else_is_found(redis: Redis, writes: Write, text: str) -> None:
    """Not by the middle of a word, by only one of two, or by part of an id."""
    await writes("Anna Smith", "Bert Ernst")
    assert await names(redis, text) == []


async def test_another_groups_customers_are_never_found(
    redis: Redis, writes: Write, come_on: ComeOn
) -> None:
    """Neither by name nor by id."""
    await come_on(2, group="sales")
    await writes("Anna Smith", group="sales")
    assert await names(redis, "anna") == await names(redis, "of Anna Smith") == []
    assert await names(redis, "anna", operator=2) == ["Anna Smith"]
    assert await names(redis, "of Anna Smith", operator=2) == ["Anna Smith"]


async def test_off_duty_nobody_is_found(redis: Redis, writes: Write) -> None:
    """It is said that one is off duty."""
    await writes("Anna")
    assert await Finder(redis).find(OperatorId(9), "anna") is None


async def test_the_newest_name_counts(redis: Redis, writes: Write) -> None:
    """Who is called otherwise now is found so, and no longer by the older name."""
    await writes("Anna Smith", conversation="c1")
    await writes("Anna Jones", conversation="c1")
    assert await names(redis, "smith") == []
    assert await names(redis, "anna") == ["Anna Jones"]
    await writes("\u200b", conversation="c1")
    assert await names(redis, "anna") == []
    assert [row.conversation_id for row in (await find(redis, "c1")).rows] == ["c1"]


async def test_open_ones_come_first_then_who_wrote_last(
    redis: Redis, writes: Write, move_clock: MoveClock, router: Router
) -> None:
    """At most ten of them, and how many more there are."""
    for n in range(14):
        await move_clock(n * DAY)
        await writes(f"Anna {n}")
    for n in (0, 13):
        await redis.rpush(f"onduty:inbox:of Anna {n}", '["close"]')
        await redis.zadd("onduty:accepted", {f"of Anna {n}": 1})
    await router.route_accepted()
    found = await find(redis, "anna")
    assert [row.customer_name for row in found.rows] == [f"Anna {n}" for n in range(12, 2, -1)]
    assert (len(found.rows), found.more) == (MOST_FOUND, 4)
    (closed,) = (await find(redis, "anna 13")).rows
    assert (closed.state, closed.owner_name, closed.is_theirs) == ("closed", "", False)
    assert closed.wrote_ago < DAY
    (waits,) = (await find(redis, "anna 12")).rows
    assert waits.state == "waiting"
    assert DAY <= waits.waiting < 2 * DAY


async def test_who_writes_on_for_weeks_is_there_once(
    redis: Redis, writes: Write, move_clock: MoveClock
) -> None:
    """The index of an older week forgets them, and nothing of the index lives for ever."""
    for week in range(4):
        await move_clock(week * 7 * DAY)
        await writes("Anna Smith", conversation="c1")
    found = await find(redis, "anna")
    assert (len(found.rows), found.more) == (1, 0)
    keys = [key async for key in redis.scan_iter("onduty:name-index:*")]
    assert [await redis.zcard(key) for key in keys] == [2]
    for key in (*keys, "onduty:index-weeks:support", "onduty:recent:support"):
        assert await redis.ttl(key) > 0, key


async def test_what_has_expired_is_not_found(redis: Redis, writes: Write) -> None:
    """Even while its name is still in the index."""
    await writes("Anna", "Anton")
    await redis.delete(conversation_key(ConversationId("of Anna")))
    assert await names(redis, "an") == ["Anton"]


async def test_a_name_that_comes_while_one_is_indexed_is_not_lost(
    redis: Redis, writes: Write, router: Router, push: Push
) -> None:
    """The message that was read was not the newest any more: the conversation is due again."""
    await writes("Anna")
    push("Hello", conversation="of Anna", customer_name="Berta")
    await router.route_accepted()
    index = NameIndex(redis)
    due = await index._due(args=[50, 10_000])  # noqa: SLF001 - between its two halves
    push("Hello", conversation="of Anna", customer_name="Clara")
    await router.route_accepted()
    conversation, seq, _ = due[0]
    assert await index._write(args=[conversation, seq, "berta"]) == ["later"]  # noqa: SLF001 - the same
    assert await index.catch_up() == 1
    assert await names(redis, "clara") == ["Clara"]
    assert await names(redis, "berta") == []


async def test_a_process_that_dies_in_between_is_made_up_for(
    redis: Redis, push: Push, router: Router, come_on: ComeOn, move_clock: MoveClock
) -> None:
    """What it had taken is due again some seconds later."""
    await come_on(1)
    push("Hello", customer_name="Anna")
    await router.route_accepted()
    await NameIndex(redis)._due(args=[50, 10_000])  # noqa: SLF001 - and is killed
    assert await NameIndex(redis).catch_up() == 0
    await move_clock(timedelta(seconds=11))
    assert await NameIndex(redis).catch_up() == 1
    assert await names(redis, "anna") == ["Anna"]


async def test_several_processes_index_each_conversation_once(
    redis: Redis, push: Push, router: Router, come_on: ComeOn
) -> None:
    """And run twice, there is nothing to do."""
    await come_on(1)
    for n in range(120):
        push("Hello", conversation=f"c{n}", customer_name=f"Anna {n}")
    await router.route_accepted()
    indexed = await asyncio.gather(*(NameIndex(redis).catch_up() for _ in range(4)))
    assert sum(indexed) == 120
    assert await redis.exists(TO_INDEX) == 0
    assert await NameIndex(redis).catch_up() == 0
    assert (await find(redis, "anna")).more == 110


async def test_one_that_cannot_be_indexed_keeps_no_other_from_it(
    redis: Redis, writes: Write, router: Router, push: Push
) -> None:
    """A message that another program has overwritten is passed over."""
    (message,) = push("Hello", conversation="c1", customer_name="Anna")
    await router.route_accepted()
    await redis.delete(f"onduty:message:{message}")
    await redis.rpush(f"onduty:message:{message}", "another program's")
    await writes("Berta")
    assert await names(redis, "berta") == ["Berta"]
    assert await redis.zscore(TO_INDEX, "of Berta") is None


@pytest.mark.parametrize("text", ["a", "anna", "anna smith"])
async def test_among_very_many_those_are_found_who_wrote_last(
    redis: Redis, writes: Write, text: str
) -> None:
    """With a bounded number of commands, and without a scan of keys."""
    await writes("Anna Smith")
    async with redis.pipeline(transaction=False) as pipeline:
        (key,) = [key async for key in redis.scan_iter("onduty:name-index:*")]
        for n in range(6_000):
            pipeline.zadd(key, {f"anna smith\nold {n}": 0, f"smith anna\nold {n}": 0})
        await pipeline.execute()
    await redis.config_resetstat()
    found = await find(redis, text)
    assert [row.customer_name for row in found.rows] == ["Anna Smith"]  # the others are not there
    assert found.more is None
    calls = await redis.info("commandstats")
    assert sum(one["calls"] for one in calls.values()) < 400
    assert "cmdstat_scan" not in calls


async def test_none_of_very_many_is_not_nobody(redis: Redis, writes: Write) -> None:
    """If those who wrote last are called otherwise, others are shown."""
    for n in range(0, 400, 50):
        await writes(*(f"Anna {i}" for i in range(n, n + 50)))
    await redis.delete("onduty:recent:support")
    found = await find(redis, "anna")
    assert (len(found.rows), found.more) == (MOST_FOUND, None)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4), st.integers(1, 4), st.data()
)
async def test_whatever_they_are_called(
    redis: Redis, writes: Write, called: list[str], length: int, data: st.DataObject
) -> None:
    """Each who has a word is found by the beginnings of some of their words."""
    for n, name in enumerate(called):
        await writes(name, conversation=f"c{n}")
    name = data.draw(st.sampled_from(called))
    words = words_of(name)
    if not words:
        return
    typed = " ".join(
        word[:length] for word in data.draw(st.sets(st.sampled_from(words), min_size=1))
    )
    found = {row.conversation_id for row in (await find(redis, typed)).rows}
    assert {f"c{n}" for n, other in enumerate(called) if other == name} <= found
