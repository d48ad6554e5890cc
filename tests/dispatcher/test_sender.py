"""Sends to a real local Telegram: each outcome, and that no phone waits for another."""

import asyncio
import json
from datetime import timedelta
from functools import partial

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, sending
from desk_at_work.fixtures import ComeOn, MoveClock, Push, Route
from onduty.wire import message_key
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failure, Failures
from onduty_desk.model.keys import (
    FAILED,
    TELEGRAM,
    ConversationId,
    OperatorId,
    copies_key,
    deliveries_key,
)
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import GENEROUS_S, until

from .sends import sends


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0))


async def test_a_slow_and_a_blocked_operator_hold_up_nobody(
    sandbox: Sandbox,
    redis: Redis,
    phones: list[Phone],
    come_on: ComeOn,
    push: Push,
    route: Route,
) -> None:
    """The third has the card while the first's send is still open; the blocked one goes off."""
    await sandbox.fault("slow", "sendMessage", chat_id=1, times=None, delay_s=HELD_S)
    await phones[1].block()
    await come_on(1, 2, 3)
    push("Hello")
    await route()
    await phones[2].wait_for("Hello")
    assert not [message for message in await phones[0].messages() if message.from_bot]
    await sandbox.clear_faults()
    await phones[0].wait_for("Hello")
    await until(lambda: Roster(redis).find(OperatorId(2)), equals=None)
    assert len([send for send in await sends(sandbox) if send.chat_id == 2]) == 1


async def test_what_only_a_blocked_operator_had_goes_to_the_next(
    redis: Redis, phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """Nothing is lost with the one who cannot be reached."""
    await phones[0].block()
    await come_on(1)
    (message,) = push("Hello")
    await route()
    await until(lambda: redis.hget(deliveries_key(message), "1"), equals="withdrawn")
    await come_on(2)
    await route()
    await phones[1].wait_for("Hello")


@pytest.mark.parametrize("kind", ["429", "500", "502", "cut_before", "html_429"])
async def test_trouble_that_passes_brings_the_card_once(
    kind: str,
    sandbox: Sandbox,
    phones: list[Phone],
    come_on: ComeOn,
    push: Push,
    route: Route,
) -> None:
    """Refused or failed: later again, and exactly one card arrives."""
    await sandbox.fault(kind, "sendMessage", retry_after=1)  # type: ignore[arg-type]
    await come_on(1)
    push("Hello")
    await route()
    await phones[0].wait_for("Hello")
    cards = [message for message in await phones[0].messages() if message.from_bot]
    assert len(cards) == 1
    assert len(await sends(sandbox)) == 2


async def test_no_answer_brings_a_second_card_that_says_so(
    sandbox: Sandbox, phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """The message was taken but the answer was lost: better twice than never, and marked."""
    await sandbox.fault("cut_after", "sendMessage")
    await come_on(1)
    push("Hello")
    await route()
    await phones[0].wait_for("You may have this one already")
    first, second = [m.text for m in await phones[0].messages() if m.from_bot]
    assert second == f"↻ You may have this one already\n{first}"


async def test_two_unknown_outcomes_are_given_up(
    sandbox: Sandbox, redis: Redis, phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """Not sent for ever: it stands in the failed list, with what to do."""
    await sandbox.fault("cut_after", "sendMessage", times=None)
    await come_on(1)
    (message,) = push("Hello")
    await route()
    failure = await _failure(redis)
    assert failure["messages"] == [message]
    assert len([m for m in await phones[0].messages() if m.from_bot]) == 2


async def test_what_fails_while_others_succeed_is_given_up_and_can_be_retried(
    sandbox: Sandbox,
    redis: Redis,
    redis_url: str,
    phones: list[Phone],
    come_on: ComeOn,
    push: Push,
    route: Route,
    move_clock: MoveClock,
) -> None:
    """Six times: then it stands in the failed list, and `onduty failed retry` brings it."""
    await sandbox.fault("500", "sendMessage", chat_id=1, times=None)
    await come_on(1, 2)
    push("Hello")
    await route()
    found: dict[str, Failure] = {}
    async with asyncio.timeout(2 * GENEROUS_S):
        for tried in range(1, 6):
            await until(partial(_failures_of, redis, "c1", 1), equals=tried)
            push(f"Others {tried}", conversation=f"others-{tried}")
            await route()
            await phones[1].wait_for(f"Others {tried}")
            await move_clock(tried * timedelta(seconds=9))
            await route()
        while not found:
            found = await Failures(redis).all()
    assert await _tries(sandbox, "Hello") == 6
    await sandbox.clear_faults()
    assert await Failures(redis).retry(next(iter(found)), redis_url) == "phone"
    await phones[0].wait_for("Hello")
    assert await Failures(redis).retry(next(iter(found)), redis_url) == "gone"


async def _failures_of(redis: Redis, conversation: str, operator: int) -> int:
    copy = await redis.hget(copies_key(ConversationId(conversation)), str(operator))
    return int(json.loads(copy or "{}").get("failures", 0))


async def _tries(sandbox: Sandbox, text: str) -> int:
    sent = await sends(sandbox)
    return sum(send.chat_id == 1 and text in str(send.parameters["text"]) for send in sent)


async def test_what_has_expired_before_it_was_sent_is_given_up(
    redis: Redis, phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """The failed list says so, and the phone's next customer is shown at once."""
    await come_on(1)
    (message_id,) = push("One")
    await redis.delete(message_key(message_id))
    await route()
    await until(lambda: redis.exists(FAILED), equals=1)
    push("Two", conversation="c2")
    await route()
    await phones[0].wait_for("Two")
    (failure,) = (await Failures(redis).all()).values()
    assert (failure["reason"], failure["messages"]) == ("expired before it was sent", [message_id])


async def test_what_is_under_way_when_it_stops_is_finished(
    redis: Redis,
    sandbox: Sandbox,
    token: str,
    rules: Rules,
    phones: list[Phone],
    come_on: ComeOn,
    push: Push,
) -> None:
    """Else nobody would know whether it has arrived, and it would ring twice."""
    await come_on(1)
    (message_id,) = push("One")
    async with sending(redis, sandbox.base_url, token, rules) as jobs:
        await sandbox.latency(1)
        await jobs.route()
        await sandbox.wait_for_request("sendMessage")
    (card,) = [m for m in await phones[0].messages() if "One" in m.text]
    assert await redis.hget(deliveries_key(message_id), "1") == f"sent {card.message_id}"


async def test_a_chat_that_moved_is_followed(
    sandbox: Sandbox, phones: list[Phone], come_on: ComeOn, push: Push, route: Route
) -> None:
    """Telegram gave the chat another id: this card and the next ones go there, once each."""
    await sandbox.fault("migrate", "sendMessage", chat_id=1, migrate_to_chat_id=3)
    await come_on(1)
    push("One")
    await route()
    await phones[2].wait_for("One")
    push("Two")
    await route()
    await phones[2].wait_for("Two")
    assert [send.chat_id for send in await sends(sandbox)] == [1, 3, 3]


async def test_a_token_that_is_refused_pauses_this_sender_alone(
    sandbox: Sandbox,
    redis: Redis,
    phones: list[Phone],
    come_on: ComeOn,
    push: Push,
    route: Route,
) -> None:
    """Nothing was taken; when it is known again, the card comes once, unmarked, by itself."""
    await come_on(1)
    await sandbox.outage("401")
    push("Hello")
    await route()
    await sandbox.wait_for_request("getMe", after=(await sandbox.log())[-1].sequence)
    assert len(await sends(sandbox)) == 1
    assert not await redis.hexists(TELEGRAM, "away_since_ms")
    await sandbox.clear_faults()
    assert (await phones[0].wait_for("Hello")).text.startswith("Hello")
    assert len(await sends(sandbox)) == 2
    assert await Failures(redis).all() == {}


async def _failure(redis: Redis) -> dict[str, object]:
    await until(lambda: redis.zcard(FAILED), equals=1)
    (failure,) = (await Failures(redis).all()).values()
    return failure
