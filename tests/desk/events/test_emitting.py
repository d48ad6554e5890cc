"""What a script's `emit` keeps for the chat backend, in the same step as the change itself."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import RETENTION
from desk_at_work.fixtures import ComeOn, Emit, Lua, Push
from hostile import HOSTILE
from onduty.events import ConversationClaimed, MessageUndeliverable, Operator, parse_event
from onduty_desk.events.queue import EventQueue, keep_no_events
from onduty_desk.failures.failures import Failures
from onduty_desk.model.event_keys import EVENTS_DUE, EVENTS_WANTED, events_key
from onduty_desk.model.keys import ConversationId, OperatorId
from onduty_desk.phones.outbox import Outbox
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

MoveClock = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
async def wanted(redis: Redis) -> None:
    """A dispatcher that delivers events has looked for some."""
    await EventQueue(redis, retention=RETENTION).take(1)


async def kept(redis: Redis, conversation: str = "c1") -> list[str]:
    return [
        str(text) for text in await redis.lrange(events_key(ConversationId(conversation)), 0, -1)
    ]


@pytest.mark.usefixtures("wanted")
async def test_an_event_has_what_the_contract_says(
    redis: Redis, emit: Emit, move_clock: MoveClock
) -> None:
    """Type, id, conversation, moment, sequence, operator, and fields of its own."""
    await move_clock(timedelta(days=1_200, milliseconds=7))
    await emit(
        "c1", "conversation.claimed", "{operator = operators.person('4503599627370495', 'Anna')}"
    )
    (text,) = await kept(redis)
    event = json.loads(text)
    assert list(event)[:5] == ["type", "id", "conversation_id", "occurred_at", "sequence"]
    assert '"operator":{"id":4503599627370495,"name":"Anna"}' in text
    assert event["sequence"] == 1
    assert len(event["id"]) == 32
    parsed = parse_event(event)
    assert isinstance(parsed, ConversationClaimed)
    assert parsed.operator == Operator(id=4503599627370495, name="Anna")
    ahead = parsed.occurred_at - datetime.now(UTC)
    assert timedelta(days=1_199, hours=23, minutes=59) < ahead < timedelta(days=1_200, minutes=1)


@pytest.mark.parametrize(
    "moment",
    [
        *("1970-01-01T00:00:00.000Z", "1999-12-31T23:59:59.999Z", "2000-02-29T12:00:00.001Z"),
        *("2026-11-23T05:37:01.120Z", "2028-02-29T00:00:00.000Z", "2100-03-01T23:00:00.050Z"),
    ],
)
async def test_a_moment_is_iso_8601(redis: Redis, moment: str, lua: Lua) -> None:
    """In UTC with milliseconds, in leap years too."""
    at_ms = round(datetime.fromisoformat(moment).timestamp() * 1000)
    assert await redis.eval(lua(f"return json.iso({at_ms})", "events/json"), 0) == moment


async def test_without_anyone_to_deliver_none_is_kept(redis: Redis, emit: Emit) -> None:
    """A desk without a URL and a job fills no list, and counts nothing."""
    await emit("c1", "conversation.closed")
    assert await redis.keys("onduty:*") == []


@pytest.mark.usefixtures("wanted")
async def test_turning_events_off_ends_them(redis: Redis, emit: Emit) -> None:
    """The next dispatcher without a URL and a job says so; the wish also ends by itself."""
    assert 0 < await redis.ttl(EVENTS_WANTED) <= 86_400
    await keep_no_events(redis)
    await emit("c1", "conversation.closed")
    assert await kept(redis) == []


@pytest.mark.usefixtures("wanted")
async def test_each_conversation_counts_its_own(redis: Redis, emit: Emit) -> None:
    """From 1, without a gap, whatever the ids look like; ids never repeat."""
    conversations = ["c1", "c 1\r\nx: y", "wanted", "", *(text[:128] for text in HOSTILE.values())]
    for conversation in conversations:
        for _ in range(3):
            await emit(conversation, "conversation.closed")
    ids = set()
    for conversation in conversations:
        events = [json.loads(text) for text in await kept(redis, conversation)]
        assert [event["sequence"] for event in events] == [1, 2, 3]
        assert {event["conversation_id"] for event in events} == {conversation}
        ids |= {event["id"] for event in events}
    assert len(ids) == 3 * len(conversations)
    assert all(id_.isalnum() and id_.isascii() for id_ in ids)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.usefixtures("wanted")
async def test_a_text_arrives_as_it_is(text: str, redis: Redis, lua: Lua) -> None:
    """Whatever an operator or a customer writes stays one string of the JSON."""
    await redis.eval(
        lua("events.emit('c1', 'reply.sent', { text = ARGV[1] })", "events/events"), 0, text
    )
    (kept_text,) = await kept(redis)
    assert json.loads(kept_text)["text"] == text


@pytest.mark.usefixtures("wanted")
async def test_an_operator_is_named_as_they_signed_in(
    redis: Redis, emit: Emit, come_on: ComeOn
) -> None:
    """Of one who has gone off duty, nobody knows the name but whoever emits."""
    await come_on(7)
    who = "operator = operators.person('7'), previous = operators.person(8)"
    fields = f"{{{who}, by_hand = true, n = 0, gone = nil}}"
    await emit("c1", "conversation.claimed", fields)
    (text,) = await kept(redis)
    event = json.loads(text)
    assert event["operator"] == {"id": 7, "name": "Operator 7"}
    assert event["previous"] == {"id": 8, "name": ""}
    assert (event["by_hand"], event["n"], "gone" in event) == (True, 0, False)


@pytest.mark.usefixtures("wanted")
async def test_all_that_emit_writes_expires(redis: Redis, emit: Emit) -> None:
    """Nothing is left of a conversation whose backend never came."""
    await emit("c1", "conversation.closed")
    keys = {key for key in await redis.keys("onduty:*") if await redis.ttl(key) == -1}
    assert keys == set()
    assert await redis.zcard(EVENTS_DUE) == 1


async def given_up(outbox: Outbox, reason: str) -> None:
    (taken,), _ = await outbox.take(1)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    await outbox.settle(taken, "given_up", reason, attempt_id=attempt.id)


@pytest.mark.usefixtures("wanted")
async def test_a_message_that_nobody_got_is_undeliverable(
    redis: Redis, outbox: Outbox, router: Router, push: Push, come_on: ComeOn
) -> None:
    """One event for the message, when the last operator it was offered to is given up."""
    await come_on(1, 2)
    (message,) = push("Hello")
    await router.route_accepted()
    await given_up(outbox, "Bad Request: one")
    assert await kept(redis) == []
    await given_up(outbox, "Bad Request: two")
    (text,) = await kept(redis)
    event = parse_event(json.loads(text))
    assert isinstance(event, MessageUndeliverable)
    assert (event.message_id, event.reason, event.operator) == (message, "Bad Request: two", None)


@pytest.mark.usefixtures("wanted")
async def test_a_message_that_somebody_got_is_not_undeliverable(
    redis: Redis, outbox: Outbox, router: Router, push: Push, come_on: ComeOn
) -> None:
    """One phone has it: the backend need not know that another's Telegram refused it."""
    await come_on(1, 2)
    push("Hello")
    await router.route_accepted()
    (taken,), _ = await outbox.take(1)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    await outbox.settle(taken, "done", "7", attempt_id=attempt.id)
    await given_up(outbox, "Bad Request: no")
    assert await kept(redis) == []


@pytest.mark.usefixtures("wanted")
async def test_a_message_that_will_be_offered_again_is_not_undeliverable(
    redis: Redis,
    outbox: Outbox,
    router: Router,
    roster: Roster,
    push: Push,
    come_on: ComeOn,
) -> None:
    """The other operator goes off before it was sent to them: it waits for whoever comes on."""
    await come_on(1, 2)
    push("Hello")
    await router.route_accepted()
    (taken,), _ = await outbox.take(1)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    await roster.sign_out(OperatorId(3 - taken.chat_id))
    await outbox.settle(taken, "given_up", "Bad Request: no", attempt_id=attempt.id)
    assert await kept(redis) == []


@pytest.mark.usefixtures("wanted")
async def test_a_message_that_an_sre_retries_for_the_group_is_not_undeliverable(
    redis: Redis,
    redis_url: str,
    outbox: Outbox,
    router: Router,
    roster: Roster,
    push: Push,
    come_on: ComeOn,
    move_clock: MoveClock,
) -> None:
    """It is given up for the last phone, but not routed to the group yet: somebody will get it."""
    await come_on(1, 2)
    push("Hello")
    await router.route_accepted()
    (first, last), _ = await outbox.take(2)
    attempts = [await outbox.attempt(taken, taken.message_ids, 1) for taken in (first, last)]
    assert attempts[0]
    assert attempts[1]
    await outbox.settle(first, "given_up", "Bad Request: no", attempt_id=attempts[0].id)
    await roster.sign_out(OperatorId(first.chat_id))
    (failure_id,) = await Failures(redis).all()
    assert await Failures(redis).retry(failure_id, redis_url) == "group"
    await outbox.settle(last, "given_up", "Bad Request: no", attempt_id=attempts[1].id)
    assert await kept(redis) == []
    await router.route_accepted()
    await move_clock(timedelta(seconds=1))  # the phone just had a card
    await given_up(outbox, "Bad Request: no")
    assert len(await kept(redis)) == 1


@pytest.mark.usefixtures("wanted")
async def test_a_conversation_that_routing_broke_on_is_told(
    redis: Redis, router: Router, push: Push
) -> None:
    """Its messages wait in the failed list, and the backend knows of each, once."""
    messages = push("One", "Two")
    await redis.set("onduty:messages:c1", "not a sorted set")
    await router.route_accepted()
    assert await redis.hkeys("onduty:failures") == ["conversation-c1"]
    assert await redis.zcard("onduty:accepted") == 0
    assert [json.loads(text)["message_id"] for text in await kept(redis)] == messages
    await Failures(redis).set_aside(ConversationId("c1"), "the same again")
    assert len(await kept(redis)) == 2
