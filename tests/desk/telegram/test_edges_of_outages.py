"""What is rare: half an outage, several in a row, a phone that was not there, odd answers."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk, sending
from desk_at_work.fixtures import ComeOn, Lua, MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failures
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import BEHIND, TELEGRAM, ChatId, ConversationId, OperatorId, copies_key
from onduty_desk.process.wrong_types import wrong_types
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.reachability import Reachability
from onduty_dispatcher.wake_ups.clock import Clock
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

REPEAT = "↻ You may have this one already"


@pytest.fixture
def rules() -> Rules:
    """Every message rings."""
    return Rules(ring_every=timedelta(0))


@pytest.fixture
async def desk(
    redis: Redis, sandbox: Sandbox, token: str, phones: list[Phone], rules: Rules
) -> AsyncIterator[Desk]:
    """A dispatcher that reaches Telegram where an outage can refuse connections."""
    async with sending(redis, sandbox.bots_url, token, rules) as jobs:
        yield Desk(redis, jobs, rules, phones)


async def test_a_call_about_a_conversation_that_has_expired_leaves_the_outbox(
    redis: Redis, desk: Desk, come_on: ComeOn
) -> None:
    """Its copy can live half a second longer: a script that waited for it would never end."""
    await come_on(1)
    await redis.hset(copies_key(ConversationId("c1")), "1", json.dumps({"card": 5, "note": "lost"}))
    await redis.zadd("onduty:outbox:1", {"c1": 1e14})
    await redis.hset("onduty:chat:1", "class", "normal")
    await redis.zadd("onduty:timetable:normal", {"1": 1})
    await desk.jobs.look()
    await desk.quiet()
    assert not await redis.exists("onduty:outbox:1")


async def _pauses(redis: Redis) -> int:
    return int(await redis.hget(TELEGRAM, "pauses") or 0)


async def test_nothing_is_given_up_while_telegram_takes_nobodys_sends(
    sandbox: Sandbox, redis: Redis, desk: Desk, come_on: ComeOn, push: Push
) -> None:
    """A gateway loses all answers but getMe's: the desk pauses, no card is blamed."""
    await come_on(1, 2, 3)
    await sandbox.outage("page", method="sendMessage", status=504)
    push("Hello")
    await desk.jobs.route()
    await until(partial(_pauses, redis), equals=3)  # after as many tries of each card
    await sandbox.clear_faults()
    for phone in desk.phones:
        assert REPEAT in (await phone.wait_for("Hello", timeout_s=15)).text
    assert await Failures(redis).all() == {}


async def _is_paused(redis: Redis) -> bool:
    return bool(await redis.hexists(TELEGRAM, "away_since_ms"))


class _OddBot:
    """`getMe` answered with JSON that looks like Telegram's and holds no user."""

    async def get_me(self, **_: float) -> object:
        raise TypeError("User() argument after ** must be a mapping, not bool")


async def test_an_odd_answer_to_get_me_is_no_answer_and_ends_nothing(redis: Redis) -> None:
    """Whoever probes goes on, and the desk stays paused."""
    reachability = Reachability(redis, cast("Any", _OddBot()))
    await reachability.failed(ChatId(1), "no connection")
    await until(partial(_is_paused, redis))
    await redis.hset(TELEGRAM, "probe_at_ms", 0)
    await reachability.probe()
    assert await _is_paused(redis)


async def test_strangers_chats_that_fail_pause_nobody(redis: Redis, come_on: ComeOn) -> None:
    """Telegram answers 500 where a group has each message removed at once: anybody can do that."""
    failed = script(redis, "telegram/send_failed")
    assert [await failed(args=[f"-{n}", "500", 7000]) for n in (7, 8, 9, 10)] == ["ask"] + [
        "asked"
    ] * 3
    await come_on(1, 2, 3)
    assert [await failed(args=[n, "500", 7000]) for n in (1, 2, 3)] == ["asked", "asked", "began"]


async def _people_ms(redis: Redis, lua: Lua) -> int:
    return int(await redis.eval(lua("return people_clock.ms()", "conversations/people_clock"), 0))


async def test_outages_in_a_row_do_not_turn_the_clock_of_people_back(
    redis: Redis, lua: Lua, move_clock: MoveClock
) -> None:
    """Twenty of 20 s with 5 s between them: each gives anew what was used of the half minute."""
    step = lua(
        "people_clock.stop_or_go_on() return people_clock.ms()", "conversations/people_clock"
    )
    first = last = int(await redis.eval(step, 0))
    seconds = 0
    for _ in range(20):
        seconds += 5
        await move_clock(timedelta(seconds=seconds))
        now_s, _us = await redis.time()
        since_ms = (now_s + seconds) * 1000
        await redis.hset(TELEGRAM, items=["is_confirmed", 1, "away_since_ms", since_ms])
        await redis.eval(step, 0)
        seconds += 20
        await move_clock(timedelta(seconds=seconds))
        await redis.hdel(TELEGRAM, "is_confirmed", "away_since_ms")
        last = int(await redis.eval(step, 0))
    assert last - first > -32_000


async def test_a_redis_clock_set_back_holds_up_no_probe_no_card_and_no_button(
    redis: Redis, lua: Lua, move_clock: MoveClock
) -> None:
    """Times too far in the future are void; the service clock just goes on."""
    clock = Clock(redis)
    await clock.look()
    await redis.hset("onduty:clock", mapping={"stopped_ms": 600_000})
    before = await _people_ms(redis, lua)
    now_s, _us = await redis.time()
    away: list[str | int] = [
        "away_since_ms",
        now_s * 1000,
        "probe_at_ms",
        (now_s + 9) * 1000,
        "probes",
        3,
    ]
    await redis.hset(TELEGRAM, items=away)
    held = f"{{ hold_ms = {(now_s + 8) * 1000} }}"
    drawn = f"{3 * 10**14 + (now_s + 30) * 1000}"
    await move_clock(timedelta(seconds=-300))
    assert int(await script(redis, "telegram/probe")(args=[7000])) == 0
    assert not await redis.eval(lua(f"return copies.is_held({held})", "phones/copies"), 0)
    assert (
        await redis.eval(lua(f"return timetable.held_until({drawn})", "phones/timetable"), 0) == 0
    )
    await clock.look()
    assert abs(await _people_ms(redis, lua) - before) < 3_000


async def test_who_was_off_duty_is_told_of_no_outage_later(
    redis: Redis, sandbox: Sandbox, desk: Desk, come_on: ComeOn, push: Push, move_clock: MoveClock
) -> None:
    """They were behind when it ended, and had gone: later they are told what waits, no more."""
    await come_on(1)
    await sandbox.outage("refuse")
    push("One", conversation="one")
    push("Two", conversation="two")
    await desk.jobs.route()
    await until(partial(_is_paused, redis))
    await Roster(redis).sign_out(OperatorId(1))
    await move_clock(timedelta(minutes=10))
    await sandbox.clear_faults()
    await until(partial(_is_paused, redis), equals=False)
    await desk.quiet()
    assert await redis.exists(BEHIND) == 0


async def test_a_summary_that_is_never_taken_gives_way_and_the_first_card_rings(
    redis: Redis, sandbox: Sandbox, desk: Desk, come_on: ComeOn, push: Push, move_clock: MoveClock
) -> None:
    """Something in between refuses these words alone: customers behind it do not wait."""
    await come_on(1)
    await sandbox.outage("refuse")
    for name in ("one", "two"):
        push(name, conversation=name)
        await desk.jobs.route()
    await until(partial(_is_paused, redis))
    await move_clock(timedelta(minutes=10))
    await sandbox.clear_faults()
    await sandbox.fault("page", "sendMessage", status=403, times=3)
    await until(partial(_is_paused, redis), equals=False)
    await desk.phones[0].wait_for("two")
    await desk.quiet()
    shown = [message for message in await desk.phones[0].messages() if message.from_bot]
    assert [(message.text.splitlines()[0], message.silent) for message in shown] == [
        ("one", False),
        ("two", True),
    ]


async def test_a_note_is_no_customer_who_wrote_meanwhile(
    redis: Redis, desk: Desk, come_on: ComeOn
) -> None:
    """Only what the phone has not been shown is counted: a nudge is not."""
    await come_on(1)
    for name in ("one", "two"):
        await redis.hset(
            f"onduty:conversation:{name}", mapping={"group": "support", "offered_seq": 1}
        )
        await redis.zadd("onduty:outbox:1", {name: 1e14})
    await redis.hset(TELEGRAM, mapping={"last_since_ms": 0, "last_back_ms": 600_000})
    await redis.zadd(BEHIND, {"1": 1})
    await redis.hset("onduty:chat:1", "class", "normal")
    await redis.zadd("onduty:timetable:normal", {"1": 1})
    await desk.jobs.look()
    await desk.quiet()
    assert not [
        message for message in await desk.phones[0].messages() if "wrote meanwhile" in message.text
    ]


async def test_off_and_on_again_forgets_no_possible_repeat(
    redis: Redis, come_on: ComeOn, lua: Lua
) -> None:
    """What may have come is marked when it comes after that."""
    await come_on(1)
    await redis.hset(
        "onduty:conversation:c1", mapping={"group": "support", "state": "claimed", "owner": "2"}
    )
    await redis.expire("onduty:conversation:c1", 1000)
    await redis.eval(lua("copies.keep('c1', '1', { maybe_seq = 3 })", "phones/copies"), 0)
    await Roster(redis).sign_out(OperatorId(1))
    copy = json.loads(await redis.hget(copies_key(ConversationId("c1")), "1") or "{}")
    assert copy.get("maybe_seq") == 3


async def test_what_an_outage_writes_is_of_the_types_it_expects(redis: Redis, lua: Lua) -> None:
    """Else an SRE would be told to remove a key that is right."""
    await redis.eval(
        lua(
            "reach.note_failure('1') reach.begin_pause('gone', true) people_clock.stop_or_go_on() "
            "redis.call('HDEL', keys.telegram, 'is_confirmed') people_clock.stop_or_go_on()",
            "telegram/reach",
            "conversations/people_clock",
            "model/keys",
        ),
        0,
    )
    await script(redis, "onduty_bot/updates/note_reading")()
    await Clock(redis).look()
    assert await wrong_types(redis) == []


async def test_an_answer_to_a_question_from_before_ends_no_pause(
    redis: Redis, come_on: ComeOn
) -> None:
    """Three chats failed while Telegram was asked who the bot is: the pause is no blink."""
    failed, asked = (
        script(redis, "telegram/send_failed"),
        script(redis, "telegram/note_answer"),
    )
    await come_on(1, 2, 3)
    for chat in (1, 2, 3):
        await failed(args=[chat, "504", 7000])
    assert await asked(args=[1, ""]) == ["same", "0"]
    await redis.hset(TELEGRAM, "probe_at_ms", 0)
    assert int(await script(redis, "telegram/probe")(args=[7000])) == 0
    assert (await asked(args=[1, ""]))[0] == "back"
