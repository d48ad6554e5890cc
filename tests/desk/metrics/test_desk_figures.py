"""The figures of the whole desk: each says what Redis holds, at a cost that does not grow."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from onduty import Priority
from onduty.wire import ACCEPTED
from onduty_desk.events.queue import EventQueue
from onduty_desk.lua.calling import install
from onduty_desk.metrics import desk_figures
from onduty_desk.metrics.desk_figures import FIGURES, DeskFigures
from onduty_desk.model.bot_keys import (
    HEARD,
    POLLER,
    RQ_FAILED_EVENTS,
    UPDATE_CHATS,
    UPDATE_CHATS_FIRST,
    UPDATES_ASIDE,
)
from onduty_desk.model.delay_keys import REPLIES_DELAYED
from onduty_desk.model.event_keys import EVENTS_DUE, EVENTS_SINCE
from onduty_desk.model.keys import (
    FAILED,
    PROCESSES,
    TELEGRAM,
    TELEGRAM_ASKING,
    OperatorId,
    waiting_key,
)
from onduty_desk.model.phone_keys import timetable_key
from onduty_desk.model.roster_keys import PAUSED, duty_key, operator_key
from onduty_desk.process.connection import connect
from servers import Valkey

GROUPS = ("support", "sales")
Found = dict[tuple[str, ...], float]
EmitEvents = Callable[..., Awaitable[None]]


@pytest.fixture(autouse=True)
async def installed(redis: Redis) -> None:
    """Services load their scripts at start."""
    await install(redis, "onduty_desk")


async def read(redis: Redis) -> Found:
    """Return (name, labels…) → value, as a fresh process reads them."""
    return {
        (family.name + ("_total" if family.type == "counter" else ""), *sample.labels.values()): (
            sample.value
        )
        for family in await DeskFigures(redis, GROUPS).families()
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


async def ago(redis: Redis, seconds: int) -> int:
    now_s, micros = await redis.time()
    return (now_s - seconds) * 1000 + micros // 1000


async def calls(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return sum(int(one["calls"]) for name, one in stats.items() if name != "cmdstat_info")


async def test_what_waits_is_shown_by_group_and_priority(redis: Redis) -> None:
    """With the age of the oldest; where nothing waits both are 0, not missing."""
    urgent, low = await ago(redis, 5), 2 * 10**14 + await ago(redis, 90)
    await redis.zadd(waiting_key("support"), {"a": urgent, "b": urgent + 1000, "c": low})
    await redis.zadd(ACCEPTED, {"d": 10**14 + await ago(redis, 7)})
    found = await read(redis)
    assert found["onduty_waiting_conversations", "support", "urgent"] == 2
    assert found["onduty_waiting_conversations", "support", "normal"] == 0
    assert found["onduty_waiting_oldest_seconds", "support", "urgent"] == pytest.approx(5, abs=2)
    assert found["onduty_waiting_oldest_seconds", "support", "low"] == pytest.approx(90, abs=2)
    assert found["onduty_waiting_oldest_seconds", "sales", "low"] == 0
    assert found["onduty_accepted_conversations", "normal"] == 1
    assert found["onduty_accepted_oldest_seconds", "normal"] == pytest.approx(7, abs=2)


async def test_sizes_are_shown(redis: Redis) -> None:
    """Operators, phones, RQ's lists, the failed list, updates."""
    await redis.zadd(duty_key("sales"), {"1": 1, "2": 2})
    await redis.zadd(timetable_key(Priority.NORMAL), {"1": 1})
    await redis.zadd(timetable_key("boards"), {"2": 1, "3": 1})
    await redis.rpush("rq:queue:onduty-low", "a", "b")
    await redis.rpush("rq:queue:onduty-low:intermediate", "c")
    await redis.zadd(RQ_FAILED_EVENTS, {"d": 1})
    await redis.zadd(FAILED, {"e": 1, "f": 1})
    await redis.zadd(UPDATE_CHATS_FIRST, {"5": 1})
    await redis.zadd(UPDATE_CHATS, {"6": 1, "7": 1})
    await redis.zadd(UPDATES_ASIDE, {"g": 1})
    found = await read(redis)
    assert found["onduty_operators_on_duty", "sales"] == 2
    assert found["onduty_phones_due", "normal"] == 1
    assert found["onduty_phones_due", "boards"] == 2
    assert found["onduty_rq_queued_jobs", "onduty-low"] == 2
    assert found["onduty_rq_queued_jobs", "onduty-events"] == 0
    assert found["onduty_rq_intermediate_jobs", "onduty-low"] == 1
    assert found["onduty_rq_failed_event_jobs",] == 1
    assert found["onduty_failed_entries",] == 2
    assert found["onduty_update_chats", "operators"] == 1
    assert found["onduty_update_chats", "strangers"] == 2
    assert found["onduty_updates_set_aside",] == 1


async def test_who_pauses_is_on_duty_and_not_available(redis: Redis) -> None:
    """In each of their groups; somebody who has gone off duty meanwhile does not count."""
    await redis.zadd(duty_key("support"), {"1": 1, "2": 2, "3": 3})
    await redis.zadd(duty_key("sales"), {"1": 1})
    for operator in (1, 2):
        about = ("group", "support", "fingerprint", "f", "paused_ms", "1")
        await redis.hset(operator_key(OperatorId(operator)), items=list(about))
    await redis.hset(operator_key(OperatorId(1)), "more_groups", '[["sales","f"]]')
    await redis.zadd(PAUSED, {"1": 9e15, "2": 9e15, "7": 9e15})
    found = await read(redis)
    assert found["onduty_operators_on_duty", "support"] == 3
    assert found["onduty_operators_available", "support"] == 1
    assert found["onduty_operators_available", "sales"] == 0


async def test_who_works_and_why_the_desk_pauses_is_shown(redis: Redis) -> None:
    """The reason itself, which may hold anything, becomes one of five causes."""
    assert (await read(redis))["onduty_desk_paused_seconds",] == 0
    await redis.zadd(PROCESSES, {"bot a 1": await ago(redis, 1), "bot a 2": await ago(redis, 40)})
    await redis.set(POLLER, "x")
    await redis.set(TELEGRAM_ASKING, "1")
    await redis.set(HEARD, await ago(redis, 30))
    await redis.hset(TELEGRAM, "away_since_ms", str(await ago(redis, 60)))
    await redis.hset(TELEGRAM, "reason", "no answer within 8 s")
    found = await read(redis)
    assert (found["onduty_processes", "bot"], found["onduty_processes", "dispatcher"]) == (1, 0)
    assert found["onduty_leases_held", "poller"] == 1
    assert found["onduty_leases_held", "asking_telegram"] == 1
    assert found["onduty_updates_read_age_seconds",] == pytest.approx(30, abs=2)
    assert found["onduty_desk_paused", "no_answer"] == 1
    assert found["onduty_desk_paused", "other"] == 0
    assert found["onduty_desk_paused_seconds",] == pytest.approx(60, abs=2)


async def test_events_that_wait_are_shown_by_age(
    redis: Redis, event_queue: EventQueue, emit_events: EmitEvents
) -> None:
    """A conversation is as old as its oldest event that the backend has not confirmed."""
    await emit_events("c1", times=2)
    await emit_events("c2")
    await redis.zadd(EVENTS_SINCE, {"c2": await ago(redis, 700)})
    found = await read(redis)
    assert found["onduty_events_pending_conversations", "under_1m"] == 1
    assert found["onduty_events_pending_conversations", "1m_to_10m"] == 0
    assert found["onduty_events_pending_conversations", "over_10m"] == 1
    assert found["onduty_events_pending_oldest_seconds",] == pytest.approx(700, abs=2)

    due, _ = await event_queue.take(5)  # what is taken is as old as its event says
    assert (await read(redis))["onduty_events_pending_conversations", "under_1m"] == 2
    for event in due:
        await event_queue.settle(event, "confirmed")
    assert await redis.zrange(EVENTS_SINCE, 0, -1) == ["c1"]
    [event], _ = await event_queue.take(5)
    await event_queue.settle(event, "refused")
    assert await redis.exists(EVENTS_SINCE, EVENTS_DUE) == 0
    assert (await read(redis))["onduty_events_pending_oldest_seconds",] == 0


async def test_answers_that_wait_are_counted(redis: Redis) -> None:
    """However many conversations they are in."""
    assert (await read(redis))["onduty_delayed_answers",] == 0
    await redis.zadd(REPLIES_DELAYED, {"101:5": 1, "101:6": 2})
    assert (await read(redis))["onduty_delayed_answers",] == 2


async def test_what_the_last_release_delivered_is_no_longer_shown(
    redis: Redis, event_queue: EventQueue, emit_events: EmitEvents
) -> None:
    """It does not know the index of ages: a look for events takes out what is over."""
    await emit_events("c1")
    await redis.zrem(EVENTS_DUE, "c1")
    await event_queue.take(5)
    assert await redis.exists(EVENTS_SINCE) == 0


async def test_time_in_scripts_grows(redis: Redis, event_queue: EventQueue) -> None:
    """Redis counts it, whoever calls."""
    before = await read(redis)
    await event_queue.take(1)
    name = ("onduty_redis_script_seconds_total",)
    assert (await read(redis))[name] > before[name]
    assert before["onduty_redis_up",] == 1


async def test_the_cost_does_not_grow_with_the_desk(redis: Redis) -> None:
    """20,000 conversations and 500 operators take as many commands as none."""
    await read(redis)
    began = await calls(redis)
    await read(redis)
    empty = await calls(redis) - began
    for group in GROUPS:
        await redis.zadd(waiting_key(group), {f"c{n}": n for n in range(10_000)})
        await redis.zadd(duty_key(group), {f"{n}": n for n in range(250)})
    await redis.zadd(EVENTS_SINCE, {f"c{n}": n for n in range(1_000)})
    began = await calls(redis)
    await read(redis)
    assert await calls(redis) - began == empty
    assert empty < 70


async def test_many_who_ask_cost_one_look(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read within a second is not read again."""
    figures = DeskFigures(redis, GROUPS)
    await figures.families()
    began = await calls(redis)
    await asyncio.gather(*(figures.families() for _ in range(50)))
    assert await calls(redis) == began
    monkeypatch.setattr(desk_figures, "KEPT_S", 0.0)
    await figures.families()
    assert await calls(redis) > began


async def test_every_process_says_the_same(redis: Redis) -> None:
    """Whichever of them is scraped."""
    await redis.zadd(FAILED, {"e": 1})
    one, other = await read(redis), await read(redis)
    assert one.keys() == other.keys()
    assert {name for name, *_ in one} | {"onduty_updates_read_age_seconds"} == FIGURES.keys()


async def test_a_key_of_a_wrong_type_hides_one_figure(redis: Redis) -> None:
    """What another program wrote there does not take the others away."""
    await redis.set(FAILED, "not ours")
    found = await read(redis)
    assert ("onduty_failed_entries",) not in found
    assert found["onduty_redis_up",] == 1


async def test_without_redis_a_scrape_says_so(
    own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is answered soon, also while Redis is frozen."""
    monkeypatch.setattr(desk_figures, "READ_WITHIN_S", 0.2)
    async with connect(own_valkey.url) as redis:
        own_valkey.freeze()
        try:
            found = await read(redis)
        finally:
            own_valkey.thaw()
    assert found == {("onduty_redis_up",): 0}
