"""Events reach the chat backend: in order, whatever fails, dies or comes late."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import pytest
from redis.asyncio import Redis

from chat_backend import ChatBackend
from desk_at_work.at_work import RETENTION
from desk_at_work.event_delivering import (
    LEASE_IS_OVER,
    EmitEvents,
    delivering,
    nothing_is_left,
    take_one,
)
from desk_at_work.fixtures import Lua
from onduty.events import ConversationClosed, Event
from onduty.testing import WEBHOOK_SECRET
from onduty_desk.events.queue import EventQueue
from onduty_desk.failures.failures import Failures
from onduty_desk.model.event_keys import EVENTS_DUE, EVENTS_WANTED
from onduty_desk.process.outage import Outage
from onduty_desk.settings import DispatcherSettings
from onduty_dispatcher.events.delivery import (
    EventDelivery,
    deliver_events,
    recipient_of,
)
from onduty_dispatcher.events.event_jobs import EventJobs
from onduty_dispatcher.events.webhook import EventWebhook
from servers import Valkey
from waiting import GENEROUS_S, until

MoveClock = Callable[[timedelta], Awaitable[None]]


async def test_events_arrive_in_order_and_leave_nothing(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """Signed, one after the other in a conversation, and all that remains expires."""
    await emit_events("c1", 5)
    await emit_events("c2", 5)
    async with delivering(redis, chat.url):
        await until(lambda: len(chat.received), equals=10)
        await until(lambda: nothing_is_left(redis))
    assert chat.sequences("c1") == chat.sequences("c2") == [1, 2, 3, 4, 5]
    assert isinstance(chat.received[0], ConversationClosed)
    assert await redis.zcard(EVENTS_DUE) == 0


async def test_whoever_changes_something_need_not_wait_for_the_next_look(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """An operator's answer is with the backend at once."""
    stopping, something_new = asyncio.Event(), asyncio.Event()
    async with EventWebhook(chat.url, WEBHOOK_SECRET) as webhook:
        delivery = EventDelivery(
            EventQueue(redis, retention=RETENTION),
            webhook,
            look_every=timedelta(hours=1),
            something_new=something_new,
        )
        running = asyncio.create_task(delivery.run(stopping))
        await asyncio.sleep(0.1)
        await emit_events("c1", 1)
        something_new.set()
        await until(lambda: chat.sequences("c1"), equals=[1])
        stopping.set()
        await running


async def test_one_unreadable_conversation_holds_up_no_other(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """Whoever wrote into Redis by hand: the others are told, and it stands in the failed list."""
    for conversation in ("c1", "c2"):
        await emit_events(conversation)
    await redis.lset("onduty:events:c1", 0, "not JSON")
    await redis.set("onduty:events:c0", "not a list")
    await redis.zadd(EVENTS_DUE, {"c0": 0})
    async with delivering(redis, chat.url):
        await until(lambda: chat.sequences("c2"), equals=[1])
        await until(partial(nothing_is_due, redis))
    failed = (await Failures(redis).all()).values()
    kept = {failure["conversation"]: failure.get("unreadable") for failure in failed}
    assert kept == {"c0": None, "c1": "not JSON"}


async def test_behind_an_unreadable_event_the_next_one_begins_anew(
    redis: Redis, event_queue: EventQueue, emit_events: EmitEvents, move_clock: MoveClock
) -> None:
    """How often the one before had failed is not its own."""
    await emit_events("c1", 2)
    failed = await take_one(event_queue)
    await event_queue.settle(failed, "failed", "HTTP 500", pause=timedelta(seconds=1))
    await redis.lset("onduty:events:c1", 0, "not JSON")
    await move_clock(timedelta(seconds=2))
    assert (await event_queue.take(10))[0] == []
    next_one = await take_one(event_queue)
    assert (next_one.id == failed.id, next_one.failures) == (False, 0)


async def nothing_is_due(redis: Redis) -> bool:
    return not await redis.exists(EVENTS_DUE)


async def test_one_slow_conversation_holds_up_no_other(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """Many side by side, at most as many as there are places."""
    under_way, most, release = 0, 0, asyncio.Event()

    async def slow(_: Event) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await release.wait()
        under_way -= 1
        return 200

    chat.answers = lambda event: 200 if event.conversation_id == "quick" else slow(event)
    await asyncio.gather(*(emit_events(f"slow {n}") for n in range(5)))
    async with delivering(redis, chat.url, most_in_flight=4):
        await until(lambda: under_way, equals=4)
        release.set()
        await emit_events("quick", 3)
        await until(lambda: len(chat.received), equals=8)
    assert most == 4


async def test_when_stopping_it_finishes_what_is_in_flight(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """The request under way is answered and settled; nothing new is begun."""
    begun, answer = asyncio.Event(), asyncio.Event()

    async def slow(_: Event) -> int:
        begun.set()
        await answer.wait()
        return 200

    chat.answers = slow
    await emit_events("c1", 2)
    async with delivering(redis, chat.url) as stopping:
        await begun.wait()
        stopping.set()
        answer.set()
    assert chat.sequences("c1") == [1]
    assert await redis.llen("onduty:events:c1") == 1


async def test_when_stopping_it_does_not_wait_for_a_backend_that_hangs(
    redis: Redis,
    chat: ChatBackend,
    emit_events: EmitEvents,
    event_queue: EventQueue,
    move_clock: MoveClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The grace period is short: another dispatcher tells it when the lease ends."""
    monkeypatch.setattr("onduty_dispatcher.events.delivery.FINISH_WITHIN_S", 0.05)
    chat.answers = lambda _: asyncio.sleep(60, 200)
    await emit_events()
    async with asyncio.timeout(GENEROUS_S), delivering(redis, chat.url) as stopping:
        await until(lambda: chat.requests, equals=1)
        stopping.set()
    await move_clock(LEASE_IS_OVER)
    assert (await take_one(event_queue)).failures == 0


async def test_the_settings_decide_how_events_are_delivered(redis: Redis, redis_url: str) -> None:
    """By a job, by HTTP whenever there is a URL, or not at all; then no events are kept."""
    both = {
        "events_url": "http://127.0.0.1:9/",
        "events_secret": WEBHOOK_SECRET,
        "events_job": "a.b",
    }
    for ways, keeps in (({}, False), ({"events_job": "a.b"}, True), (both, True), ({}, False)):
        settings = DispatcherSettings.model_validate(
            {"bot_token": "123456:abcdefghijk", "team_secret": "x", "redis_url": redis_url, **ways}
        )
        async with recipient_of(settings) as recipient:
            kind = {0: type(None), 1: EventJobs, 3: EventWebhook}[len(ways)]
            assert isinstance(recipient, kind)
        stopping = asyncio.Event()
        telling = asyncio.create_task(deliver_events(settings, redis, stopping, Outage()))
        await until(lambda: redis.exists(EVENTS_WANTED), equals=int(keeps))
        stopping.set()
        await telling
        assert await redis.exists(EVENTS_WANTED) == int(keeps)


async def test_a_restart_of_redis_is_a_pause(
    own_valkey: Valkey, chat: ChatBackend, lua: Lua
) -> None:
    """What was kept before it comes after it, in order."""
    async with Redis.from_url(own_valkey.url, decode_responses=True) as redis:
        await EventQueue(redis, retention=RETENTION).take(1)
        chat.answers = lambda _: 500
        async with delivering(redis, chat.url):
            for _ in range(3):
                await redis.eval(
                    lua("events.emit('c1', 'conversation.closed')", "events/events"), 0
                )
            await until(lambda: chat.requests > 0)
            own_valkey.kill()
            chat.answers = lambda _: 200
            own_valkey.start()
            await until(lambda: chat.sequences("c1"), equals=[1, 2, 3])


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_fails_each_conversation_s_events_come_in_order_without_a_gap(
    seed: int, redis: Redis, chat: ChatBackend, emit_events: EmitEvents, move_clock: MoveClock
) -> None:
    """Three dispatchers, one of them killed now and then, and a backend that fails at random.

    A repeat is allowed, and has the id of the first.
    """
    chance = random.Random(seed)  # noqa: S311 - chance, repeatable
    arrived: defaultdict[str, list[int]] = defaultdict(list)
    tries: Counter[str] = Counter()
    ids: defaultdict[tuple[str, int], set[str]] = defaultdict(set)

    async def unreliable(event: Event) -> int:
        await asyncio.sleep(chance.random() / 200)
        answer = chance.choice([200, 200, 200, 500, 0, -1])
        tries[event.id] += 1
        if tries[event.id] > 4:  # else chance decides how long the test takes
            answer = 200
        if answer in {200, -1}:  # -1: it has it, and its answer is lost
            arrived[event.conversation_id].append(event.sequence)
            ids[event.conversation_id, event.sequence].add(event.id)
        return max(answer, 0)

    chat.answers = unreliable
    conversations = [f"c{n}" for n in range(10)]
    moved = timedelta(0)
    async with delivering(redis, chat.url), delivering(redis, chat.url):
        for n in range(12):
            await asyncio.gather(*(emit_events(conversation) for conversation in conversations))
            if n % 4 == 0:
                await killed(redis, chat)
        async with asyncio.timeout(2 * GENEROUS_S):
            while not await nothing_is_left(redis):
                moved += timedelta(seconds=1)
                await move_clock(moved)
                await asyncio.sleep(0.02)
    for conversation in conversations:
        firsts = list(dict.fromkeys(arrived[conversation]))
        assert firsts == list(range(1, 13))
    assert all(len(same) == 1 for same in ids.values())


async def killed(redis: Redis, chat: ChatBackend) -> None:
    """A dispatcher that takes, tells the backend of some, and never settles."""
    due, _ = await EventQueue(redis, retention=RETENTION).take(3)
    async with EventWebhook(chat.url, WEBHOOK_SECRET) as webhook:
        for event in due:
            await webhook.deliver(event)
