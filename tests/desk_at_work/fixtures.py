"""A desk in small: push, route, and look at the phones' outboxes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from chat_backend import ChatBackend, running_chat_backend
from desk_at_work.at_work import RETENTION, UNHURRIED, Desk, PatientOutbox, sending
from onduty import CustomerMessage, SupportDesk
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.events.queue import EventQueue
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.loader import put_together
from onduty_desk.model.keys import OperatorId
from onduty_desk.phones.outbox import Outbox
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router
from onduty_sandbox.client import Phone, Sandbox

AliceWrites = Callable[..., Awaitable[Desk]]
Push = Callable[..., list[str]]
ComeOn = Callable[..., Awaitable[None]]
Emit = Callable[..., Awaitable[None]]
Lua = Callable[..., str]
MoveClock = Callable[[timedelta], Awaitable[None]]
Route = Callable[[], Awaitable[None]]


@pytest.fixture
def rules() -> Rules:
    """Second taps are tested in test_second_taps.py, delays in test_release_delay.py."""
    return Rules(buttons_rest=timedelta(0), release_delay=timedelta(0))


@pytest.fixture
def pauses(redis: Redis, rules: Rules) -> Pauses:
    return Pauses(redis, rules)


@pytest.fixture
def conversations(redis: Redis, rules: Rules) -> Conversations:
    return Conversations(redis, rules)


@pytest.fixture
async def phones(sandbox: Sandbox) -> list[Phone]:
    """Three people who have pressed Start."""
    phones = [await sandbox.add_user(n, f"Operator {n}") for n in (1, 2, 3)]
    for phone in phones:
        await phone.start()
    return phones


@pytest.fixture
async def at_work(
    redis: Redis, sandbox: Sandbox, token: str, phones: list[Phone], rules: Rules
) -> AsyncIterator[Desk]:
    """A dispatcher that sends."""
    async with sending(redis, sandbox.base_url, token, rules) as jobs:
        yield Desk(redis, jobs, rules, phones)


@pytest.fixture
def route(at_work: Desk) -> Route:
    """A sender at work; call it to route what was pushed and to wake it."""
    return at_work.jobs.route


@pytest.fixture
def push(redis_url: str) -> Push:
    """Push texts of one conversation, return their ids."""
    desk = SupportDesk(redis_url, timeout_s=60)

    def push_texts(*texts: str, conversation: str = "c1", **fields: str) -> list[str]:
        return desk.notify_many(
            CustomerMessage.model_validate(
                {
                    "text": text,
                    "customer_name": "Alice",
                    "recipient": "The Shop",
                    "conversation_id": conversation,
                    **fields,
                }
            )
            for text in texts
        )

    return push_texts


@pytest.fixture
def roster(redis: Redis) -> Roster:
    return Roster(redis)


@pytest.fixture
def router(redis: Redis, rules: Rules) -> Router:
    return Router(redis, Failures(redis), rules, groups=["support", "sales"], retention=RETENTION)


@pytest.fixture
def outbox(redis: Redis, rules: Rules) -> Outbox:
    return PatientOutbox(redis, UNHURRIED, rules, retention=RETENTION)


@pytest.fixture
def come_on(roster: Roster) -> ComeOn:
    """Put operators on duty."""
    updates = iter(range(1, 1_000_000))

    async def sign_in(*operators: int, group: str = "support", language: str = "en") -> None:
        for operator in operators:
            await roster.sign_in(
                OperatorId(operator),
                name=f"Operator {operator}",
                language=language,
                group=group,
                fingerprint="f",
                update_id=next(updates),
            )

    return sign_in


@pytest.fixture
def alice_writes(at_work: Desk, come_on: ComeOn, push: Push) -> AliceWrites:
    """Let operators come on duty and be told of Alice, with nothing left on the way."""

    async def write(*operators: int, text: str = "Hello?") -> Desk:
        await come_on(*operators)
        push(text)
        await at_work.jobs.route()
        await at_work.quiet()
        return at_work

    return write


@pytest.fixture
def lua() -> Lua:
    """Put a script together that stands in no file: its text, and the parts that it uses."""

    def together(text: str, *parts: str) -> str:
        rooms = [part.rpartition("/") for part in parts]
        requires = [f"local {name} = require '{room}'\n" for room, _, name in rooms]
        return put_together("".join([*requires, text]), "a test")

    return together


@pytest.fixture
def emit(redis: Redis, lua: Lua) -> Emit:
    """Call `emit` as a script does; the event's own fields are a Lua table."""

    async def call(conversation: str, kind: str, fields: str = "{}") -> None:
        await redis.eval(
            lua(f"events.emit(ARGV[1], ARGV[2], {fields})", "events/events", "roster/operators"),
            0,
            conversation,
            kind,
        )

    return call


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
