"""The shares of the pace: whose answers cost whom what. The clock is Redis's, moved by the test."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import RETENTION
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.model.roster_keys import known_key
from onduty_desk.phones.outbox import Outbox
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.pace import Pace
from onduty_desk.telegram.pacing import DeskPaused, SharedPace
from onduty_dispatcher.wake_ups.routing import Router

from .paced import send

PACE = Pace(sends_per_second=30)
GAP_US = PACE.gaps[0]
Permit = Callable[..., Awaitable[tuple[str, int]]]


@pytest.fixture
def outbox(redis: Redis) -> Outbox:
    return Outbox(redis, PACE, Rules(), retention=RETENTION)


@pytest.fixture
def permit(redis: Redis) -> Permit:
    asked = script(redis, "telegram/permit")

    async def ask(chat: int, whose: str = "operators") -> tuple[str, int]:
        answer, us, *_ = await asked(args=[chat, *PACE.gaps, 1_000_000, whose])
        return answer, int(us)

    return ask


async def own_spacing(redis: Redis, chat: int) -> None:
    await script(redis, "telegram/permit")(args=[chat, *PACE.gaps, 1_000_000, "operators"])


async def refusal(redis: Redis, chat: int) -> None:
    await script(redis, "telegram/pause_after_429")(args=[chat, 800_000])


async def full_minute(redis: Redis, chat: int) -> None:
    seconds, micros = await redis.time()
    full_at = seconds * 1_000_000 + micros + 16_800_000
    await redis.set(f"onduty:pace:group:{chat}", full_at)


@pytest.mark.parametrize(("why", "chat"), [(own_spacing, 1), (refusal, 1), (full_minute, -100)])
async def test_a_chat_that_must_wait_costs_nobody_else_a_slot(
    redis: Redis, permit: Permit, why: Callable[[Redis, int], Awaitable[None]], chat: int
) -> None:
    """However often an answer asks for a chat that is not free, others are sent to at once."""
    await why(redis, chat)
    for _ in range(20):
        answer, wait_us = await permit(chat)
        assert answer == "wait"
        assert wait_us > 500_000
    answer, in_us = await permit(2)
    assert answer == "at"
    assert in_us <= GAP_US


async def test_an_answer_that_waits_goes_before_the_cards_of_its_chat_then_a_card(
    redis: Redis,
    outbox: Outbox,
    router: Router,
    push: Push,
    come_on: ComeOn,
    move_clock: MoveClock,
    permit: Permit,
) -> None:
    """Who writes to the bot while cards queue up is answered a second later, and gets cards too."""
    await come_on(1)
    for name in "abc":
        push("Hello", conversation=name)
    await router.route_accepted()
    (first,), _ = await outbox.take(10)
    await send(outbox, first)
    assert (await permit(1))[0] == "wait"

    await move_clock(timedelta(seconds=1.1))
    assert (await outbox.take(10))[0] == []
    assert (await permit(1))[0] == "at"
    assert (await permit(1))[0] == "wait"
    await redis.hdel(chat_key(ChatId(1)), "next_at_ms")

    await move_clock(timedelta(seconds=2.3))
    (second,), _ = await outbox.take(10)
    await send(outbox, second)
    assert (await permit(1))[0] == "wait"
    await move_clock(timedelta(seconds=3.5))
    assert (await permit(1))[0] == "at"


async def test_an_answer_that_never_comes_back_frees_the_chat_again(
    outbox: Outbox,
    router: Router,
    push: Push,
    come_on: ComeOn,
    move_clock: MoveClock,
    permit: Permit,
) -> None:
    """A bot killed while its answer waited keeps cards from that phone for a third of a second."""
    await come_on(1)
    push("One", conversation="a")
    push("Two", conversation="b")
    await router.route_accepted()
    (first,), _ = await outbox.take(10)
    await send(outbox, first)
    assert (await permit(1))[0] == "wait"
    await move_clock(timedelta(seconds=1.5))
    assert len((await outbox.take(10))[0]) == 1


Flood = Callable[[int, Callable[[], Awaitable[None]]], Awaitable[float]]


@pytest.fixture
def flood(redis: Redis, move_clock: MoveClock) -> Flood:
    """Ask ten times a second, for so many seconds; return how many sends the pace had room for."""
    now = script(redis, "process/now")

    async def ask_on(seconds: int, ask: Callable[[], Awaitable[None]]) -> float:
        began_ms, began_s, moved_s = int(await now()), time.monotonic(), 0.0
        for tenth in range(seconds * 10):  # the test's own time is part of a tenth
            moved_s = max(moved_s, tenth / 10 - (time.monotonic() - began_s))
            await move_clock(timedelta(seconds=moved_s))
            await ask()
        return (int(await now()) - began_ms) * 1000 / GAP_US

    return ask_on


async def test_strangers_together_get_a_twentieth(permit: Permit, flood: Flood) -> None:
    """However many write, 5 % of the pace is theirs, even with nothing else to send."""
    strangers = count(1_000)
    given = 0

    async def ask() -> None:
        nonlocal given
        for _ in range(5):
            given += (await permit(next(strangers), "strangers"))[0] == "at"

    room = await flood(30, ask)
    assert 0.04 * room <= given <= 0.05 * room + 4


async def test_operators_answers_take_what_is_idle_and_come_before_strangers(
    permit: Permit, flood: Flood
) -> None:
    """A whole team may ask at once while no customer waits."""
    given: Counter[str] = Counter()
    chats = count(1_000)

    async def ask() -> None:
        for _ in range(4):
            given["operators"] += (await permit(next(chats)))[0] == "at"
        given["strangers"] += (await permit(next(chats), "strangers"))[0] == "at"

    room = await flood(10, ask)
    assert given["operators"] >= 0.8 * room
    assert given["strangers"] <= 0.05 * room + 4


async def test_cards_keep_four_fifths_whoever_writes(
    outbox: Outbox,
    router: Router,
    push: Push,
    come_on: ComeOn,
    flood: Flood,
    permit: Permit,
) -> None:
    """Operators and strangers flood the bot together: customers still get through."""
    await come_on(*range(1, 101))
    for n in range(12):
        push("Hello", conversation=f"c{n}")
    await router.route_accepted()
    given: Counter[str] = Counter()
    chats = count(1_000)

    async def ask() -> None:
        for _ in range(4):
            given["answers"] += (await permit(next(chats)))[0] == "at"
            given["answers"] += (await permit(next(chats), "strangers"))[0] == "at"
        for phone in (await outbox.take(100))[0]:
            given["cards"] += 1
            await send(outbox, phone)

    room = await flood(20, ask)
    assert given["answers"] <= 0.21 * room + 15
    assert given["cards"] >= 3 * given["answers"]


async def test_nothing_is_sent_while_the_desk_pauses(redis: Redis) -> None:
    """Telegram is away: an answer is not even tried, and its update is handled again later."""
    await redis.hset("onduty:telegram", mapping={"away_since_ms": "1", "reason": "no connection"})
    called = []

    async def request() -> bool:
        called.append(1)
        return True

    shared = SharedPace(redis, PACE)
    with pytest.raises(DeskPaused, match="no connection"):
        await shared.process_request(request, (), {}, "sendMessage", {"chat_id": 1}, None)
    assert not called
    assert await shared.process_request(request, (), {}, "answerCallbackQuery", {}, None)


async def test_a_stranger_s_429_pauses_that_chat_alone(redis: Redis, permit: Permit) -> None:
    """Three groups in slow mode that somebody made do not stop the desk."""
    for chat in (-100, -200, -300):
        await script(redis, "telegram/pause_after_429")(args=[chat, 20_000_000])
    assert (await permit(-100, "strangers"))[0] == "wait"
    assert (await permit(1))[0] == "at"


async def test_an_operator_is_known_for_thirty_days_and_a_stranger_never(
    redis: Redis, roster: Roster, come_on: ComeOn
) -> None:
    """Whoever was on duty this month is no stranger; who only sends /off is one."""
    await roster.sign_out(OperatorId(2), update_id=1)
    assert not await redis.exists(known_key(OperatorId(2)))
    await come_on(1)
    await redis.delete(known_key(OperatorId(1)))
    await roster.sign_out(OperatorId(1))
    assert 29 < await redis.ttl(known_key(OperatorId(1))) / 86_400 <= 30


async def test_without_a_word_whose_answer_it_is_the_chat_tells(
    redis: Redis, come_on: ComeOn
) -> None:
    """What is edited or sent in an operator's chat is an operator's; all else is a stranger's."""
    await come_on(1)
    asked = script(redis, "telegram/permit")
    for chat in (1, 2, -3):
        await asked(args=[chat, *PACE.gaps, 1_000_000, ""])
    assert await redis.exists("onduty:pace:answers:operators") == 1
    spent = int(await redis.get("onduty:pace:answers:strangers") or 0)
    seconds, micros = await redis.time()
    assert spent - (seconds * 1_000_000 + micros) > 1.5 * GAP_US / 0.05
