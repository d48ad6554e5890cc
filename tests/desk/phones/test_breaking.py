"""One odd thing is set aside, alone: whatever raises, six times, and nothing waits behind it."""

from datetime import timedelta
from functools import partial
from unittest.mock import Mock

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty.wire import message_key
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.failures.failures import Failure, Failures
from onduty_desk.model.keys import (
    DUE,
    ChatId,
    ConversationId,
    OperatorId,
    conversation_key,
    copies_key,
    cursor_key,
    deliveries_key,
    messages_key,
)
from onduty_desk.model.phone_keys import chat_key, outbox_key, redraws_key, shown_key
from onduty_desk.model.roster_keys import operator_key
from onduty_dispatcher.sending import card_step
from waiting import until

C1 = ConversationId("c1")


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules()


async def given_up(redis: Redis) -> dict[str, Failure]:
    async def some() -> bool:
        return bool(await Failures(redis).all())

    await until(some)
    return await Failures(redis).all()


async def test_a_message_that_cannot_be_read_is_set_aside(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push
) -> None:
    """The failed list says which conversation and whose phone; what comes next is shown."""
    await come_on(1)
    (odd,) = push("Hello")
    await redis.set(message_key(odd), '{"text": 1}')
    await at_work.jobs.route()
    push("Good", conversation="c2")
    push("Good too")
    await at_work.jobs.route()
    await at_work.phones[0].wait_for("Good")
    await at_work.phones[0].wait_for("Good too")
    (failure,) = (await given_up(redis)).values()
    assert (failure["kind"], failure["conversation"], failure["chat"]) == ("delivery", "c1", "1")
    assert failure["messages"] == [odd]
    assert failure["reason"].startswith("ValidationError in ")
    assert await redis.hget(deliveries_key(odd), "1") == f"given up: {failure['reason']}"
    await at_work.quiet()


async def test_a_file_that_is_missing_is_no_outage(
    redis: Redis, alice_writes: AliceWrites, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts like any error of one step, and nothing else waits for it."""
    monkeypatch.setattr(card_step, "keyboard", Mock(side_effect=FileNotFoundError("no catalogue")))
    with capture_logs() as logs:
        await alice_writes(1)
        (failure,) = (await given_up(redis)).values()
    assert failure["reason"].startswith("FileNotFoundError in ")
    assert not [log for log in logs if log["event"] == "redis.away"]


async def test_a_card_that_cannot_be_drawn_is_set_aside(
    redis: Redis, alice_writes: AliceWrites, push: Push, move_clock: MoveClock
) -> None:
    """The phone's other cards are drawn; with the next change it is tried again."""
    desk = await alice_writes(1, 2)
    alices = (await desk.card(2)).message_id
    push("Other", conversation="c2")
    await desk.jobs.route()
    await desk.quiet()
    (message,) = map(str, await redis.zrange(messages_key(C1), 0, -1))
    whole = await redis.get(message_key(message))
    await redis.set(message_key(message), "{}")
    await desk.tap(1, Verb.CLAIM)
    failures = await given_up(redis)
    assert {failure["step"] for failure in failures.values()} == {"edit"}
    assert {failure["conversation"] for failure in failures.values()} == {"c1"}
    await desk.quiet()
    assert (await desk.card(2)).button_texts == ["🙋 I'll answer", "⋯"]
    await redis.set(message_key(message), str(whole))
    await desk.tap(1, Verb.RELEASE)
    await move_clock(timedelta(seconds=11))
    await desk.run_timers()
    await desk.quiet()
    other, card = await desk.cards(2)
    assert other.text.startswith("Other")
    assert card.text.startswith("↩️ Alice · returned from")
    assert card.message_id > alices


KEYS = [
    conversation_key(C1),
    messages_key(C1),
    copies_key(C1),
    cursor_key(C1),
    "message",
    "deliveries",
    outbox_key(ChatId(1)),
    redraws_key(ChatId(1)),
    shown_key(ChatId(1)),
    chat_key(ChatId(1)),
    operator_key(OperatorId(1)),
]


@pytest.mark.parametrize("key", KEYS)
async def test_a_wrong_type_sets_its_owner_aside_and_ends_nothing(
    key: str,
    redis: Redis,
    alice_writes: AliceWrites,
    come_on: ComeOn,
    push: Push,
) -> None:
    """Somebody with all rights wrote into Redis: other customers and other phones go on."""
    desk = await alice_writes(1)
    await come_on(2)
    (message,) = map(str, await redis.zrange(messages_key(C1), 0, -1))
    key = {"message": message_key(message), "deliveries": deliveries_key(message)}.get(key, key)
    await redis.delete(key)
    await redis.lpush(key, "odd")
    push("Again")
    push("Other", conversation="c2")
    await desk.jobs.route()
    await desk.run_timers()
    await desk.phones[1].wait_for("Other")
    if "1" not in key.split(":"):
        await desk.phones[0].wait_for("Other")
    push("Another", conversation="c3")
    await desk.jobs.route()
    await desk.phones[1].wait_for("Another")


async def test_a_moment_that_breaks_is_set_aside(
    redis: Redis, alice_writes: AliceWrites, push: Push
) -> None:
    """Six tries, then its timers run no more; others' timers go on."""
    desk = await alice_writes(1)
    push("Other", conversation="c2")
    await desk.jobs.route()
    await desk.quiet()
    await desk.tap(1, Verb.CLAIM)
    await redis.zadd(DUE, {"broken": 1})
    broken = conversation_key(ConversationId("broken"))
    await redis.hset(broken, items=["group", "support", "owner", "1", "nudge_at_ms", "soon"])
    for tries in range(1, 7):
        await desk.run_timers()
        assert (await redis.zscore(DUE, "broken") is None) == (tries == 6)
        await redis.zadd(DUE, {"broken": 1}, xx=True)
    failure = (await Failures(redis).all())["moment-broken"]
    assert (failure["kind"], failure["conversation"]) == ("step", "broken")
    assert await redis.zscore(DUE, "c1")
    await until(partial(redis.exists, "onduty:trouble:broken"), equals=0)
