"""Telegram cannot be reached: nothing is lost, given up or sent twice, and it goes on by itself."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk, sending
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import BEHIND, TELEGRAM, ConversationId, OperatorId, copies_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until

LONG = timedelta(minutes=10)
SUMMARY = "📶 Telegram could not be reached for 10 min."
REPEAT = "↻ You may have this one already"


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0), buttons_rest=timedelta(0))


@pytest.fixture
async def desk(
    redis: Redis, sandbox: Sandbox, token: str, phones: list[Phone], rules: Rules
) -> AsyncIterator[Desk]:
    """A dispatcher that reaches Telegram where an outage can refuse connections."""
    async with sending(redis, sandbox.bots_url, token, rules) as jobs:
        yield Desk(redis, jobs, rules, phones)


async def is_paused(redis: Redis) -> bool:
    return bool(await redis.hexists(TELEGRAM, "away_since_ms"))


async def cards(phone: Phone) -> list[ChatMessage]:
    return [message for message in await phone.messages() if message.from_bot]


async def cut_off(sandbox: Sandbox, redis: Redis, kind: str = "refuse", **how: int) -> None:
    await sandbox.outage(kind, **how)  # type: ignore[arg-type]
    assert not await is_paused(redis)


async def back(sandbox: Sandbox, redis: Redis) -> None:
    await sandbox.clear_faults()
    await until(partial(is_paused, redis), equals=False)


@pytest.mark.parametrize(
    ("kind", "how"),
    [("refuse", {}), ("502", {}), ("redirect", {}), ("half_body", {}), ("long_header", {})]
    + [("page", {"status": status}) for status in (200, 400, 403, 404, 429, 500, 502, 503)],
)
async def test_what_is_no_answer_of_telegrams_pauses_the_desk(
    kind: str,
    how: dict[str, int],
    sandbox: Sandbox,
    redis: Redis,
    desk: Desk,
    come_on: ComeOn,
    push: Push,
) -> None:
    """A proxy's 403 signs nobody out, its 404 is no wrong token, its 400 gives nothing up."""
    await come_on(1)
    await cut_off(sandbox, redis, kind, **how)
    push("Hello")
    await desk.jobs.route()
    await until(partial(is_paused, redis), equals=True)
    sent = len(await sandbox.log(method="sendMessage"))
    push("Me too", conversation="c2")
    await desk.jobs.route()
    await back(sandbox, redis)
    await desk.phones[0].wait_for("Me too")
    await desk.quiet()
    assert len(await sandbox.log(method="sendMessage")) == sent + 2
    texts = [card.text for card in await cards(desk.phones[0])]
    marked = [text for text in texts if REPEAT in text]
    assert len(texts) == 2
    may_have_been_taken = kind in {"half_body", "long_header"} or how.get("status") in {200, 502}
    assert len(marked) == may_have_been_taken
    assert await Failures(redis).all() == {}
    assert await Roster(redis).find(OperatorId(1))


async def test_one_cards_failure_pauses_nobody(
    sandbox: Sandbox, redis: Redis, desk: Desk, come_on: ComeOn, push: Push
) -> None:
    """Telegram says who the bot is, so only this card waits; the phone's others go on."""
    await come_on(1)
    await sandbox.fault("page", "sendMessage", status=403)
    push("Refused by a proxy")
    await desk.jobs.route()
    await until(partial(_asked_who_it_is, sandbox), equals=True)
    push("Another", conversation="c2")
    await desk.jobs.route()
    await desk.phones[0].wait_for("Refused by a proxy")
    await desk.quiet()
    assert not await is_paused(redis)
    assert len(await cards(desk.phones[0])) == 2


async def _asked_who_it_is(sandbox: Sandbox) -> bool:
    return len(await sandbox.log(method="getMe")) > 1  # the first is asked at start


async def test_three_chats_that_fail_pause_though_telegram_knows_its_bot(
    sandbox: Sandbox, redis: Redis, desk: Desk, come_on: ComeOn, push: Push, move_clock: MoveClock
) -> None:
    """Telegram answers getMe and takes no message of anybody's: that is no card's fault."""
    await come_on(1, 2, 3)
    await sandbox.outage("500", method="sendMessage")
    push("Hello")
    await desk.jobs.route()
    await until(partial(_has_paused, redis))
    for tries in range(2, 9):
        await until(partial(_failures, desk), equals=tries)
        await move_clock(timedelta(seconds=20 * tries))
        await desk.jobs.look()
    await sandbox.clear_faults()
    await move_clock(timedelta(minutes=5))
    await desk.jobs.look()
    for phone in desk.phones:
        assert REPEAT not in (await phone.wait_for("Hello", timeout_s=15)).text
    assert await Failures(redis).all() == {}


async def _has_paused(redis: Redis) -> bool:
    return bool(await redis.hget(TELEGRAM, "pauses"))


async def _failures(desk: Desk) -> int:
    copies = await desk.redis.hvals(copies_key(ConversationId("c1")))
    return min((json.loads(copy).get("failures", 0) for copy in copies), default=0)


async def test_after_a_long_outage_a_phone_rings_once_and_urgent_ones_ring(
    sandbox: Sandbox,
    redis: Redis,
    desk: Desk,
    come_on: ComeOn,
    push: Push,
    move_clock: MoveClock,
) -> None:
    """Told first how much waits; then most urgent and oldest first, the rest without a sound."""
    await come_on(1)
    await cut_off(sandbox, redis)
    push("Customer one", conversation="one")
    await desk.jobs.route()
    await until(partial(is_paused, redis), equals=True)
    for name in ("two", "three"):
        push(f"Customer {name}", conversation=name)
        await desk.jobs.route()
    push("Fire!", conversation="fire", priority="urgent")
    await desk.jobs.route()
    await move_clock(LONG)
    await back(sandbox, redis)
    await desk.quiet()
    shown = await cards(desk.phones[0])
    assert shown[0].text == f"{SUMMARY} 4 customers wrote meanwhile, 1 urgent."
    heads = [card.text.splitlines()[0] for card in shown[1:]]
    assert heads == ["❗ Urgent", "Customer one", "Customer two", "Customer three"]
    assert [card.silent for card in shown] == [False, False, True, True, True]
    assert await redis.exists(BEHIND) == 0
    push("And now?", conversation="one")
    await desk.jobs.route()
    assert not (await desk.phones[0].wait_for("And now?")).silent


async def test_a_single_customer_needs_no_summary(
    sandbox: Sandbox,
    redis: Redis,
    desk: Desk,
    come_on: ComeOn,
    push: Push,
    move_clock: MoveClock,
) -> None:
    """Their card rings and says it all."""
    await come_on(1)
    await cut_off(sandbox, redis)
    push("Hello")
    await desk.jobs.route()
    await until(partial(is_paused, redis), equals=True)
    await move_clock(LONG)
    await back(sandbox, redis)
    await desk.quiet()
    (card,) = await cards(desk.phones[0])
    assert (card.text.splitlines()[0], card.silent) == ("Hello", False)


async def test_what_was_claimed_or_closed_meanwhile_is_not_sent(
    sandbox: Sandbox,
    redis: Redis,
    desk: Desk,
    come_on: ComeOn,
    push: Push,
    move_clock: MoveClock,
) -> None:
    """A tap that came through all the same, or the backend's word, is the truth."""
    await come_on(1)
    push("Hello")
    await desk.jobs.route()
    await desk.quiet()
    await come_on(2)
    await cut_off(sandbox, redis)
    push("Still there?")
    push("Bye", conversation="c2")
    await desk.jobs.route()
    await until(partial(is_paused, redis), equals=True)
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("close", "c2")
    await move_clock(LONG)
    await back(sandbox, redis)
    await desk.phones[0].wait_for("Still there?")
    await desk.quiet()
    assert await cards(desk.phones[1]) == []


async def test_what_may_have_been_taken_comes_again_marked_and_nothing_else(
    sandbox: Sandbox,
    redis: Redis,
    desk: Desk,
    come_on: ComeOn,
    push: Push,
) -> None:
    """However often Telegram goes away under it, it is not given up."""
    await come_on(1)
    for n in range(3):
        await sandbox.outage("page", status=502, taken_first=True)
        push("Hello", conversation=f"c{n}")
        await desk.jobs.route()
        await until(partial(is_paused, redis), equals=True)
        await back(sandbox, redis)
        await desk.quiet()
    texts = [card.text for card in await cards(desk.phones[0])]
    assert [text.startswith(REPEAT) for text in texts] == [False, True] * 3
    assert await Failures(redis).all() == {}


async def test_nobody_loses_a_customer_by_an_outage(
    sandbox: Sandbox,
    redis: Redis,
    desk: Desk,
    come_on: ComeOn,
    push: Push,
    move_clock: MoveClock,
) -> None:
    """The service clock stops, and goes on half a minute behind."""
    await come_on(1, 2)
    push("Hello")
    await desk.jobs.route()
    await desk.quiet()
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await move_clock(timedelta(minutes=2))
    await cut_off(sandbox, redis)
    push("Still there?")
    await desk.jobs.route()
    await until(partial(is_paused, redis), equals=True)
    await desk.run_timers()
    await move_clock(timedelta(minutes=42))
    await desk.run_timers()
    await back(sandbox, redis)
    await desk.run_timers()
    await move_clock(timedelta(minutes=43, seconds=25))
    await desk.run_timers()
    await desk.quiet()
    assert not [card for card in await cards(desk.phones[0]) if "Are you still" in card.text]
    await move_clock(timedelta(minutes=43, seconds=35))
    await desk.run_timers()
    await desk.phones[0].wait_for("Are you still answering")


async def test_the_clock_of_people_stands_still_while_no_bot_reads(
    redis: Redis, desk: Desk, come_on: ComeOn, push: Push, move_clock: MoveClock
) -> None:
    """Taps cannot be heard, so nobody is asked, and nothing is taken from anybody."""
    await come_on(1, 2)
    push("Hello")
    await desk.jobs.route()
    await desk.quiet()
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await redis.eval(_HEARD_A_MINUTE_AGO, 0)
    await move_clock(timedelta(minutes=20))
    await desk.run_timers()
    await desk.quiet()
    assert not [card for card in await cards(desk.phones[0]) if "Are you still" in card.text]


_HEARD_A_MINUTE_AGO = "redis.call('SET', 'onduty:heard', (redis.call('TIME')[1] - 60) * 1000)"
