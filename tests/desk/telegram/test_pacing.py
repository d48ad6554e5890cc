"""The shared pace: its limits and its order. The clock is Redis's, moved by the test."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from time import monotonic

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import RETENTION, UNHURRIED
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import OperatorId
from onduty_desk.phones.outbox import Outbox
from onduty_desk.process.connection import connect
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.pacing import SharedPace
from onduty_dispatcher.wake_ups.routing import Router

from .paced import PACE, send

A_LITTLE = timedelta(milliseconds=5)


@pytest.fixture
def outbox(redis: Redis) -> Outbox:
    return Outbox(redis, PACE, Rules(), retention=RETENTION)


async def test_slots_are_spaced_and_reserved_only_a_little_ahead(
    outbox: Outbox, router: Router, push: Push, come_on: ComeOn
) -> None:
    """However many phones wait, one call takes what the next 120 ms have room for."""
    await come_on(*range(1, 101))
    push("Hello")
    await router.route_accepted()
    taken, more_in = await outbox.take(100)
    assert 3 <= len(taken) <= 5
    spaces = [b.slot.begins_at - a.slot.begins_at for a, b in pairwise(taken)]
    assert all(0.034 <= space < 0.035 for space in spaces)
    assert more_in is not None
    assert timedelta(0) < more_in <= timedelta(milliseconds=100)


async def test_one_chat_is_sent_to_once_a_second(
    outbox: Outbox, router: Router, push: Push, come_on: ComeOn, move_clock: MoveClock
) -> None:
    """The next card waits until the chat is free again."""
    await come_on(1)
    push("One", conversation="a")
    push("Two", conversation="b")
    await router.route_accepted()
    began = monotonic()
    (first,), _ = await outbox.take(10)
    await send(outbox, first)
    nothing, more_in = await outbox.take(10)
    assert nothing == []
    assert more_in is not None
    most = timedelta(milliseconds=1050)
    assert most - timedelta(seconds=monotonic() - began) - A_LITTLE < more_in <= most
    await move_clock(timedelta(milliseconds=1100))
    assert len((await outbox.take(10))[0]) == 1


async def test_urgent_goes_first_and_none_starves(
    redis: Redis, outbox: Outbox, push: Push, come_on: ComeOn, move_clock: MoveClock
) -> None:
    """With all classes waiting, urgent has most of the slots, and the others a share."""
    classes = ["low", "normal", "urgent"]
    for n, priority in enumerate(classes):
        await come_on(*range(100 * n + 1, 100 * n + 81), group=priority)
        push("Hello", conversation=priority, priority=priority, group=priority)
    await Router(
        redis, Failures(redis), Rules(), groups=classes, retention=RETENTION
    ).route_accepted()
    order: list[str] = []
    for step in range(1, 26):
        order += [phone.conversation_id for phone in (await outbox.take(100))[0]]
        await move_clock(timedelta(milliseconds=125 * step))
    counted = Counter(order[:80])
    assert order[0] == "urgent"
    assert 50 <= counted["urgent"] <= 60
    assert counted["normal"] >= 14
    assert counted["low"] >= 7


async def test_none_starves_though_each_look_takes_one(
    redis: Redis, push: Push, come_on: ComeOn
) -> None:
    """Whose turn it is goes on from one look to the next."""
    classes = ["low", "normal", "urgent"]
    for n, priority in enumerate(classes):
        await come_on(*range(100 * n + 1, 100 * n + 11), group=priority)
        push("Hello", conversation=priority, priority=priority, group=priority)
    await Router(
        redis, Failures(redis), Rules(), groups=classes, retention=RETENTION
    ).route_accepted()
    outbox = Outbox(redis, UNHURRIED, Rules(), retention=RETENTION)
    order = [(await outbox.take(1))[0][0].conversation_id for _ in range(10)]
    assert Counter(order) == {"urgent": 7, "normal": 2, "low": 1}


async def test_a_group_gets_twenty_a_minute_at_most(redis: Redis, move_clock: MoveClock) -> None:
    """A burst of five, then one each four seconds: never more than twenty in any minute."""
    permit = script(redis, "telegram/permit")
    sent_at: list[float] = []
    now = 0.0
    while now < 180:
        answer, wait, *_ = await permit(args=["-100", *PACE.gaps, 1_000_000, "operators"])
        if answer == "at":
            sent_at.append(now + int(wait) / 1e6)
        now += max(int(wait) / 1e6, 0.01)
        await move_clock(timedelta(seconds=now))
    busiest = max(sum(1 for at in sent_at if start <= at < start + 60) for start in sent_at)
    assert 15 <= busiest <= 20
    assert len(sent_at) >= 45


async def test_a_clock_that_went_back_does_not_stop_the_desk(
    redis: Redis, move_clock: MoveClock
) -> None:
    """After a failover to a server an hour behind, the old one's slots are not waited for."""
    permit = script(redis, "telegram/permit")
    await permit(args=["1", *PACE.gaps, 1_000_000, "operators"])
    await move_clock(timedelta(hours=-1))
    answer, wait, *_ = await permit(args=["1", *PACE.gaps, 1_000_000, "operators"])
    assert (answer, int(wait)) == ("at", 0)


async def test_the_bot_s_answers_wait_for_a_slot_and_taps_do_not(redis: Redis) -> None:
    """A text takes its turn; the answer to a tap, a deletion or a setting goes at once."""
    shared = SharedPace(redis, PACE)
    called: list[str] = []

    async def request(endpoint: str) -> bool:
        called.append(endpoint)
        return True

    began = monotonic()
    for endpoint in ("answerCallbackQuery", "deleteMessage", "setMyCommands", "sendMessage"):
        await shared.process_request(request, (endpoint,), {}, endpoint, {"chat_id": 1}, None)
    assert called[-1] == "sendMessage"
    answer, wait = await script(redis, "telegram/permit")(
        args=["1", *PACE.gaps, 1_000_000, "operators"]
    )
    assert (answer, int(wait) / 1e6 > 1.04 - (monotonic() - began)) == ("wait", True)


async def test_edits_wait_for_the_bot_s_answer(
    redis: Redis,
    outbox: Outbox,
    router: Router,
    roster: Roster,
    push: Push,
    come_on: ComeOn,
    move_clock: MoveClock,
) -> None:
    """After /off the phone's cards lose their buttons, one a second: the answer does not wait."""
    await come_on(1)
    for n in range(3):
        push("Hello?", conversation=f"c{n}")
        await router.route_accepted()
        (card,), _ = await outbox.take(1)
        await send(outbox, card)
        await move_clock((n + 1) * timedelta(seconds=2))
    await roster.sign_out(OperatorId(1))
    (strip,), _ = await outbox.take(1)
    permit = script(redis, "telegram/permit")
    assert (await permit(args=["1", *PACE.gaps, 120_000, "operators"]))[0] == "wait"
    await outbox.settle(strip, "done")
    await move_clock(timedelta(seconds=7.1))
    assert (await outbox.take(1))[0] == []
    assert (await permit(args=["1", *PACE.gaps, 120_000, "operators"]))[0] == "at"
    await move_clock(timedelta(seconds=10))
    (next_strip,), _ = await outbox.take(1)
    assert next_strip.step == "remove_keyboard"


async def test_many_processes_at_once_share_one_pace(redis_url: str, redis: Redis) -> None:
    """Slots given to many askers at once are all different and all spaced."""
    gap = 1_000
    async with connect(redis_url) as many:
        permit = script(many, "telegram/permit")
        answers = await asyncio.gather(
            *(permit(args=[str(n), gap, 1, 10_000_000, "operators"]) for n in range(200))
        )
    assert all(answer == "at" for answer, *_ in answers)
    last = int(await redis.get("onduty:pace:slot") or 0)
    seconds, micros = await redis.time()
    assert last - (seconds * 1_000_000 + micros) <= 200 * gap


async def test_a_missed_slot_is_replaced_by_one_behind_all_that_are_reserved(
    outbox: Outbox, router: Router, push: Push, come_on: ComeOn
) -> None:
    """A sender that was held up sends later instead of too close to the next."""
    await come_on(*range(1, 101))
    push("Hello")
    await router.route_accepted()
    taken, _ = await outbox.take(100)
    again = await outbox.slot_again(taken[0])
    assert again
    # A slot is 34 ms wide, and Redis's clock is known here to a few milliseconds.
    assert again.begins_at > taken[-1].slot.begins_at + 0.02


async def test_a_slot_again_keeps_the_chat_s_distance(
    redis: Redis, outbox: Outbox, router: Router, push: Push, come_on: ComeOn
) -> None:
    """What is sent later makes the chat free later."""
    await come_on(1)
    push("One")
    await router.route_accepted()
    (taken,), _ = await outbox.take(10)
    before = int(await redis.get("onduty:pace:chat:1") or 0)
    assert await outbox.slot_again(taken)
    assert int(await redis.get("onduty:pace:chat:1") or 0) >= before + 30_000
