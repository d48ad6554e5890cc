"""Events by webhook: what a POST holds, who signs it, and what each answer means."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from chat_backend import ChatBackend
from desk_at_work.event_delivering import (
    EmitEvents,
    delivering,
    more_in,
)
from desk_at_work.fixtures import Lua
from hostile import HOSTILE
from onduty.events import Event, ReplySent
from onduty.testing import WEBHOOK_SECRET
from onduty_desk.events.queue import EventQueue
from onduty_desk.failures.failures import Failures
from onduty_dispatcher.events.webhook import LONGEST_PAUSE, USER_AGENT, EventWebhook, shown
from raw_server import answering
from waiting import GENEROUS_S, until

MoveClock = Callable[[timedelta], Awaitable[None]]


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


async def test_a_cookie_is_not_sent_back(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """A balancer would bind all events to the machine that answered first, also when it is gone."""
    cookies: list[str | None] = []
    chat.headers = {"Set-Cookie": "balancer=machine-1; Path=/"}

    def answer(_: Event) -> int:
        cookies.append(chat.cookie)
        return 204

    chat.answers = answer
    await emit_events("c1", 2)
    async with delivering(redis, chat.url.replace("127.0.0.1", "localhost")):
        await until(lambda: chat.sequences("c1"), equals=[1, 2])
    assert cookies == [None, None]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 OK 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"\x00\xff\r\n\r\n",
        b"",
    ],
)
async def test_the_reason_of_a_broken_answer_holds_no_secret_of_the_address(
    answer: bytes, redis: Redis, emit_events: EmitEvents
) -> None:
    """It stands in logs and on the failed list."""
    await emit_events()
    async with answering(answer) as server:
        url = f"{server.url.replace('http://', 'http://user:hunter2@')}/hook?token=hunter3"
        async with EventWebhook(url, WEBHOOK_SECRET) as webhook:
            (event,), _ = await EventQueue(redis, retention=timedelta(days=1)).take(1)
            failed = await webhook.deliver(event)
    assert failed
    assert failed.reason.isprintable()
    assert "hunter" not in failed.reason
    assert "token" not in failed.reason
    assert shown(url) == f"{server.url}/hook"
