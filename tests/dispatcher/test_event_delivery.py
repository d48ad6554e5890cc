"""Events reach the chat backend: in order, whatever fails, dies or comes late."""

import asyncio
import base64
import json
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from redis.asyncio import Redis

from chat_backend import ChatBackend, running_chat_backend
from hostile import HOSTILE
from onduty.events import ConversationClosed, Event, ReplySent
from onduty.testing import WEBHOOK_SECRET
from onduty_desk.events.queue import LEASE, TRIED_FOR, DueEvent, EventQueue
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import EVENTS_DUE, EVENTS_WANTED
from onduty_desk.process.outage import Outage
from onduty_desk.settings import DispatcherSettings
from onduty_dispatcher.events.delivery import (
    EventDelivery,
    deliver_events,
    pause_after,
    recipient_of,
)
from onduty_dispatcher.events.event_jobs import EventJobs
from onduty_dispatcher.events.webhook import LONGEST_PAUSE, USER_AGENT, EventWebhook
from servers import Valkey
from waiting import GENEROUS_S, until

from .at_work import RETENTION
from .conftest import Emit, Lua

MoveClock = Callable[[timedelta], Awaitable[None]]
LEASE_IS_OVER = LEASE + timedelta(seconds=1)


@pytest.fixture
async def chat() -> AsyncIterator[ChatBackend]:
    async with running_chat_backend() as chat:
        yield chat


@pytest.fixture
def event_queue(redis: Redis) -> EventQueue:
    return EventQueue(redis, retention=RETENTION)


@pytest.fixture
async def emit_events(event_queue: EventQueue, emit: Emit) -> Callable[..., Awaitable[None]]:
    """Let some events happen in a conversation."""
    await event_queue.take(1)

    async def happen(conversation: str = "c1", times: int = 1) -> None:
        for _ in range(times):
            await emit(conversation, "conversation.closed")

    return happen


EmitEvents = Callable[..., Awaitable[None]]


@asynccontextmanager
async def delivering(
    redis: Redis,
    url: str,
    *,
    timeout_s: float = 10,
    most_in_flight: int = 50,
    secret: str = WEBHOOK_SECRET,
) -> AsyncIterator[asyncio.Event]:
    """A dispatcher's part that tells the backend, until the block ends."""
    stopping = asyncio.Event()
    async with EventWebhook(url, secret, timeout_s=timeout_s) as webhook:
        backend = EventDelivery(
            EventQueue(redis, retention=RETENTION),
            webhook,
            most_in_flight=most_in_flight,
            look_every=timedelta(milliseconds=20),  # the clock is moved, not waited for
        )
        running = asyncio.create_task(backend.run(stopping))
        try:
            yield stopping
        finally:
            stopping.set()
            await asyncio.wait([running])
    running.result()


async def nothing_is_left(redis: Redis) -> bool:
    return await redis.keys("onduty:events*") == [EVENTS_WANTED]


async def take_one(event_queue: EventQueue) -> DueEvent:
    (event,), _ = await event_queue.take(10)
    return event


async def more_in(event_queue: EventQueue) -> timedelta:
    due, pause = await event_queue.take(10)
    assert due == []
    assert pause is not None
    return pause


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


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
async def test_a_text_reaches_the_backend_as_it_is(
    text: str, redis: Redis, chat: ChatBackend, event_queue: EventQueue, lua: Lua
) -> None:
    """Whatever an operator writes, in a conversation of whatever id."""
    await event_queue.take(1)
    fields = "{ reply_id = 'r1', text = ARGV[1], operator = operators.person('1', ARGV[2]) }"
    script = lua(
        f"events.emit(ARGV[2], 'reply.sent', {fields})", "events/events", "roster/operators"
    )
    await redis.eval(script, 0, text, text[:128])
    async with delivering(redis, chat.url):
        await until(lambda: len(chat.received), equals=1)
    (event,) = chat.received
    assert isinstance(event, ReplySent)
    assert (event.text, event.conversation_id, event.operator.name) == (
        text,
        text[:128],
        text[:128],
    )


@pytest.mark.parametrize("answer", [301, 302, 400, 404, 429, 500, 503, 0])
async def test_what_is_not_confirmed_comes_again_before_anything_else(
    answer: int, redis: Redis, chat: ChatBackend, emit_events: EmitEvents, move_clock: MoveClock
) -> None:
    """Only 2xx confirms; the next event of the conversation waits, others do not."""
    chat.headers = {"Location": chat.url}
    chat.answers = lambda event: answer if event.conversation_id == "c1" else 200
    await emit_events("c1", 2)
    async with delivering(redis, chat.url):
        await until(lambda: redis.hget("onduty:events-trying:c1", "failures"), equals="1")
        assert chat.requests == 1
        await emit_events("c2", 2)
        await until(lambda: chat.sequences("c2"), equals=[1, 2])
        assert chat.sequences("c1") == []
        chat.answers = lambda _: 200
        await move_clock(timedelta(seconds=10))
        await until(lambda: chat.sequences("c1"), equals=[1, 2])


@pytest.mark.parametrize("answer", [410, 422])
async def test_what_the_backend_refuses_for_good_is_given_up_at_once(
    answer: int, redis: Redis, redis_url: str, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """It stands in the failed list with the reason, and the conversation's next event goes on."""
    chat.answers = lambda event: answer if event.sequence == 1 else 200
    await emit_events("c1", 3)
    async with delivering(redis, chat.url):
        await until(lambda: chat.sequences("c1"), equals=[2, 3])
        ((failure_id, failure),) = (await Failures(redis).all()).items()
        assert failure["kind"] == "event"
        assert failure["reason"] == f"HTTP {answer}: the backend refuses it for good"
        assert chat.requests == 3
        chat.answers = lambda _: 200
        assert await Failures(redis).retry(failure_id, redis_url) == "backend"
        await until(lambda: chat.sequences("c1"), equals=[2, 3, 1])


@pytest.mark.parametrize(
    ("answer", "asked", "pause_s"),
    [
        (429, {"Retry-After": "20"}, 20),
        (503, {"Retry-After": "120"}, 120),
        (503, {"Retry-After": "864000"}, LONGEST_PAUSE.total_seconds()),
        (
            429,
            {
                "Date": "Thu, 01 Jan 2015 10:00:00 GMT",  # its clock is wrong
                "Retry-After": "Thu, 01 Jan 2015 10:01:00 GMT",
            },
            60,
        ),
    ],
)
async def test_a_busy_backend_says_when_to_come_again(
    answer: int,
    asked: dict[str, str],
    pause_s: float,
    redis: Redis,
    chat: ChatBackend,
    emit_events: EmitEvents,
    event_queue: EventQueue,
) -> None:
    """Not before, a tenth later at most, and never later than the longest pause."""
    chat.headers, chat.answers = asked, lambda _: answer
    await emit_events()
    async with delivering(redis, chat.url):
        await until(lambda: redis.hget("onduty:events-trying:c1", "failures"), equals="1")
    left_s = (await more_in(event_queue)).total_seconds()
    assert pause_s - GENEROUS_S < left_s < min(pause_s * 1.1, LONGEST_PAUSE.total_seconds()) + 1
    assert left_s > 5  # of its own it would come again within a second


async def test_the_backend_sees_who_calls(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """Its access log and its firewall distinguish the desk from others by the user agent."""
    await emit_events()
    async with delivering(redis, chat.url):
        await until(lambda: len(chat.received), equals=1)
    assert USER_AGENT.startswith("Onduty/0.")
    assert chat.user_agent == USER_AGENT


OLD_SECRET = "whsec_" + base64.b64encode(b"the secret of last year, 32 bytes").decode()


@pytest.mark.parametrize("known", [WEBHOOK_SECRET, OLD_SECRET, [OLD_SECRET, WEBHOOK_SECRET]])
async def test_while_the_secret_is_changed_both_sign(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents, known: str | list[str]
) -> None:
    """A backend that knows either, or both, takes every event."""
    chat.secret = known
    await emit_events("c1", 2)
    async with delivering(redis, chat.url, secret=f"{WEBHOOK_SECRET} {OLD_SECRET}"):
        await until(lambda: chat.sequences("c1"), equals=[1, 2])


async def test_pauses_grow_and_then_the_event_is_given_up(
    redis: Redis,
    redis_url: str,
    chat: ChatBackend,
    emit_events: EmitEvents,
    event_queue: EventQueue,
    move_clock: MoveClock,
) -> None:
    """For a day; then it is in the failed list, and the next ones go on. Retried, it comes."""
    await emit_events("c1", 2)
    moved, tries = timedelta(0), 0
    while (event := await take_one(event_queue)).json.count('"sequence":1'):
        assert event.failures == tries
        tries += 1
        pause = pause_after(event.failures)
        assert pause <= LONGEST_PAUSE
        settled = await event_queue.settle(event, "failed", "HTTP 500", pause=pause)
        if settled == "settled":
            assert abs(await more_in(event_queue) - pause) < timedelta(seconds=1)
        moved += pause + timedelta(milliseconds=20)
        await move_clock(moved)
    assert timedelta(hours=23, minutes=40) < moved < TRIED_FOR + 2 * LONGEST_PAUSE
    assert 100 < tries < 250
    ((failure_id, failure),) = (await Failures(redis).all()).items()
    assert (failure["kind"], failure["reason"]) == ("event", "HTTP 500")
    assert failure["event"]["sequence"] == 1
    assert await event_queue.settle(event, "confirmed") == "settled"
    assert await Failures(redis).retry(failure_id, redis_url) == "backend"
    assert await Failures(redis).retry(failure_id, redis_url) == "gone"
    async with delivering(redis, chat.url):
        await until(lambda: chat.sequences("c1"), equals=[1])
    assert chat.received[0].id == failure["event"]["id"]
    assert await Failures(redis).all() == {}


async def test_a_given_up_event_waits_for_a_dispatcher_that_delivers(
    redis: Redis,
    redis_url: str,
    emit_events: EmitEvents,
    event_queue: EventQueue,
    move_clock: MoveClock,
) -> None:
    """With events turned off, a retry says so and loses nothing."""
    await emit_events()
    event = await take_one(event_queue)
    await move_clock(TRIED_FOR)
    assert await event_queue.settle(event, "failed", "no", pause=LEASE) == "given_up"
    await redis.delete(EVENTS_WANTED)
    assert await Failures(redis).retry(f"event-{event.id}", redis_url) == "unwanted"
    assert list(await Failures(redis).all()) == [f"event-{event.id}"]


def test_pauses_have_chance_in_them() -> None:
    """Conversations that failed together do not come back together."""
    assert len({pause_after(5) for _ in range(50)}) > 40
    for failures in range(3_000):
        assert timedelta(seconds=0.5) <= pause_after(failures) <= LONGEST_PAUSE


async def test_many_look_and_one_delivers(redis: Redis, emit_events: EmitEvents) -> None:
    """Of ten that take at once, one gets the conversation."""
    await emit_events("c1", 3)
    dispatchers = [EventQueue(redis, retention=RETENTION) for _ in range(10)]
    taken = [taken for taken, _ in await asyncio.gather(*(d.take(10) for d in dispatchers))]
    assert sum(len(events) for events in taken) == 1


async def test_a_killed_dispatcher_s_event_is_taken_over(
    emit_events: EmitEvents, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Within fifteen seconds: a lease and a look."""
    await emit_events("c1", 2)
    dead = await take_one(event_queue)
    assert abs(await more_in(event_queue) - LEASE) < timedelta(seconds=1)
    await move_clock(LEASE_IS_OVER)
    assert timedelta(seconds=15) > LEASE_IS_OVER + timedelta(seconds=1)
    assert (await take_one(event_queue)).id == dead.id


async def test_a_late_confirmation_is_the_truth_and_keeps_the_order(
    emit_events: EmitEvents, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Its lease was over: the next event still waits for the one who is telling this one again."""
    await emit_events("c1", 2)
    late = await take_one(event_queue)
    await move_clock(LEASE_IS_OVER)
    other = await take_one(event_queue)
    assert await event_queue.settle(late, "confirmed") == "settled"
    assert (await event_queue.take(10))[0] == []
    assert await event_queue.settle(other, "confirmed") == "gone"
    following = await take_one(event_queue)
    assert json.loads(following.json)["sequence"] == 2
    assert await event_queue.settle(late, "confirmed") == "gone"


async def test_a_late_failure_changes_nothing(
    redis: Redis, emit_events: EmitEvents, event_queue: EventQueue, move_clock: MoveClock
) -> None:
    """Another has the lease: it alone says when to try again."""
    await emit_events()
    late = await take_one(event_queue)
    await move_clock(LEASE_IS_OVER)
    other = await take_one(event_queue)
    assert await event_queue.settle(late, "failed", "no", pause=timedelta(hours=1)) == "gone"
    assert await redis.hget("onduty:events-trying:c1", "failures") is None
    assert await event_queue.settle(other, "again") == "settled"
    assert (await take_one(event_queue)).failures == 0


async def test_an_event_that_expired_is_forgotten(
    redis: Redis, emit_events: EmitEvents, event_queue: EventQueue
) -> None:
    """The timetable does not name it for ever."""
    await emit_events()
    await redis.delete("onduty:events:c1")
    assert await event_queue.take(10) == ([], None)
    assert await nothing_is_left(redis)


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


async def test_no_answer_in_time_is_a_failure(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """The reason says how long it was waited for."""
    chat.answers = lambda _: asyncio.sleep(60, 200)
    await emit_events()
    async with delivering(redis, chat.url, timeout_s=0.05):
        await until(lambda: redis.hget("onduty:events-trying:c1", "failures"), equals="1")


async def test_a_backend_that_is_away_is_a_failure(
    redis: Redis, free_port: int, emit_events: EmitEvents
) -> None:
    """A refused connection costs a try, nothing else."""
    await emit_events()
    async with delivering(redis, f"http://127.0.0.1:{free_port}/"):
        await until(lambda: redis.hget("onduty:events-trying:c1", "failures"), equals="1")


async def test_told_to_stop_it_finishes_what_is_in_flight(
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


async def test_told_to_stop_it_does_not_wait_for_a_backend_that_hangs(
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
    async with asyncio.timeout(5), delivering(redis, chat.url) as stopping:
        await until(lambda: chat.requests, equals=1)
        stopping.set()
    await move_clock(LEASE_IS_OVER)
    assert (await take_one(event_queue)).failures == 0


async def test_the_settings_decide_how_the_backend_is_told(redis: Redis, redis_url: str) -> None:
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
async def test_whatever_fails_each_conversation_is_told_in_order_without_a_gap(
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
