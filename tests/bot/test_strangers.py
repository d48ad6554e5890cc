"""People who are no operators: all they send is handled, three answers a minute are given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.desk import PHRASES, Desk, number
from bot.phones import Running, answers, ask, next_answer, own, sign_in
from onduty_bot.answering.answers import TelegramAway
from onduty_bot.answering.strangers import StrangersLine
from onduty_bot.updates.intake import Intake
from onduty_bot.updates.stored import Update
from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import answered_key
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.roster_keys import known_key
from onduty_desk.process.cancellation import cancel
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

MoveClock = Callable[[timedelta], Awaitable[None]]
AGAIN = "I will not answer for the next minute."


@pytest.mark.usefixtures("bot")
async def test_a_stranger_is_answered_three_times_a_minute_and_the_third_says_so(
    anna: Phone, move_clock: MoveClock
) -> None:
    """What they write is removed all the same; a minute later they are answered again."""
    said = [await ask(anna, f"hello {n}") for n in range(3)]
    assert [AGAIN in text for text in said] == [False, False, True]

    for n in range(3, 6):
        await anna.send(f"hello {n}")
    await until(lambda: own(anna), equals=[])
    assert len(await answers(anna)) == 3

    await move_clock(timedelta(seconds=61))
    assert AGAIN not in await ask(anna, "hello again")


async def test_that_a_stranger_was_answered_is_forgotten(redis: Redis) -> None:
    """Redis keeps nothing of everybody who ever wrote to the bot."""
    may_answer = script(redis, "onduty_bot/answering/permit_answer")
    assert await may_answer(args=[5, "an occasion", 3, 60_000]) == ["stranger", 1]
    assert 0 < await redis.pttl(answered_key(ChatId(5))) <= 60_000


@pytest.mark.usefixtures("bot")
async def test_a_stranger_reads_it_in_their_language(boris: Phone) -> None:
    """The last answer of a minute, in Russian."""
    said = [await ask(boris, "/help") for _ in range(3)]
    assert said[2].endswith("\n\nСледующую минуту я отвечать не буду.")


@pytest.mark.usefixtures("bot")
async def test_who_is_not_answered_any_more_can_still_sign_in(
    anna: Phone, roster: Roster, redis: Redis
) -> None:
    """A new colleague who has said too much gives the phrase: on duty, told, and answered."""
    for _ in range(3):
        await ask(anna, "/on")
    await anna.send("/on")
    assert (await ask(anna, "open sesame")).startswith("You've started receiving messages")
    assert await roster.find(OperatorId(101))
    for _ in range(4):
        await ask(anna, "/status")
    assert await redis.ttl("onduty:known:101") > 29 * 86_400


async def test_an_admin_is_no_stranger(running: Running, sandbox: Sandbox) -> None:
    """They may ask as often as they like, though never on duty."""
    vera = await sandbox.add_user(900, "Vera")
    async with running(admin_ids="900"):
        for _ in range(5):
            assert AGAIN not in await ask(vera, "/help")


async def test_a_crowd_that_waits_for_answers_holds_up_no_operator(
    running: Running, sandbox: Sandbox, known_anna: Phone
) -> None:
    """With a pace that has an answer for strangers each twenty seconds, all are handled at once."""
    async with running(sends_per_second=1):
        crowd = [await sandbox.add_user(1_000 + n, f"Stranger {n}") for n in range(60)]
        for phone in crowd:
            await phone.send("open sesame")
        await asyncio.gather(*(until(partial(own, phone), equals=[]) for phone in crowd))
        assert sum([len(await answers(phone)) for phone in crowd]) <= 2
        assert (await sign_in(known_anna)).startswith("You've started receiving messages")


@pytest.mark.usefixtures("bot")
async def test_an_update_of_a_stranger_handled_twice_counts_once(
    sandbox: Sandbox, anna: Phone
) -> None:
    """The removing failed and everything was done again: there are still three answers."""
    await sandbox.fault("502", method="deleteMessage", times=2)
    for n in range(2):
        await ask(anna, f"hello {n}")
    await until(lambda: own(anna), equals=[])
    assert AGAIN in await ask(anna, "hello 2")
    assert len(await answers(anna)) == 3


@asynccontextmanager
async def answering_strangers(line: StrangersLine) -> AsyncIterator[None]:
    task = asyncio.create_task(line.run())
    yield
    await cancel(task, again_after_s=1.0)


async def never() -> None:
    await asyncio.Event().wait()


async def test_an_answer_that_has_waited_too_long_is_dropped_and_counted() -> None:
    """Nobody reads what comes after they have gone, and the log tells how many there were."""
    line = StrangersLine(TelegramAway, longest_wait_s=0.01)
    with capture_logs() as logs:
        async with answering_strangers(line):
            line.put("1", 1, never)
            await until(lambda: [one["event"] for one in logs], equals=["strangers.unanswered"])
    assert logs[0]["too_late"] == 1


async def test_what_waits_for_a_stranger_is_dropped_when_they_sign_in() -> None:
    """Not "Enter the phrase" behind "You've started": neither what waits nor what is under way."""
    line, said = StrangersLine(TelegramAway), []
    under_way = asyncio.Event()

    async def say_one() -> None:
        under_way.set()
        await never()

    async def say_two() -> None:
        said.append("two")

    async def say_other() -> None:
        said.append("other")

    async with answering_strangers(line):
        line.put("1", 1, say_one)
        await under_way.wait()
        line.put("2", 1, say_two)
        line.forget(1)
        line.put("3", 2, say_other)
        await until(lambda: said, equals=["other"])
        line.put("4", 1, say_two)
        await until(lambda: said, equals=["other", "two"])


async def test_an_answer_is_tried_again_and_one_that_fails_stops_no_other() -> None:
    """Telegram away for a moment, and a bug of ours: the others are answered."""
    line, said = StrangersLine(TelegramAway, again_after_s=0.01), []
    failures: list[Exception] = [TelegramAway("502"), TelegramAway("502")]

    async def say() -> None:
        if failures:
            raise failures.pop()
        said.append("said")

    async def break_down() -> None:
        raise LookupError

    async with answering_strangers(line):
        for n in range(20):
            line.put(f"{n}", n, break_down)
        line.put("20", 20, say)
        line.put("20", 20, say)
        await until(lambda: said, equals=["said"])


async def test_groups_are_strangers(
    running: Running, sandbox: Sandbox, known_anna: Phone, redis: Redis
) -> None:
    """The hint in a group that added the bot is paid from the strangers' share."""
    async with running(sends_per_second=1):
        group = sandbox.phone(101, await sandbox.add_group("Team", [101]))
        await group.send("/on")
        await next_answer(group, 0)
        assert await redis.exists("onduty:pace:answers:strangers")
        assert not await redis.exists("onduty:pace:answers:operators")
        await ask(known_anna, "/help")
        assert await redis.exists("onduty:pace:answers:operators")


async def test_strangers_whose_updates_hang_take_no_operator_s_place(redis: Redis) -> None:
    """However many there are and whatever holds them up, an operator's tap is handled at once."""
    handled: list[int] = []
    go_on = asyncio.Event()

    async def handle(record: str) -> None:
        if (update_id := number(record)) < 1_000:
            await go_on.wait()
        handled.append(update_id)

    desk = Desk(redis, handle)
    async with desk.running():
        await desk.intake.store([_by(n, n) for n in range(1, 301)])
        await redis.set(known_key(OperatorId(500)), "1")
        await desk.intake.store([_by(500, 1_000)])
        await until(lambda: handled, equals=[1_000])
        go_on.set()
        await until(lambda: len(handled), equals=301)


async def test_a_chat_stands_in_one_line_when_its_owner_becomes_known(redis: Redis) -> None:
    """Who signs in while more of theirs waits is not handled twice side by side."""
    take, finish = (
        script(redis, "onduty_bot/updates/take_updates"),
        script(redis, "onduty_bot/updates/finish_update"),
    )
    intake = Intake(redis, asyncio.Event(), PHRASES)
    await intake.store([_by(5, 1)])
    _, [chat, lease, update, _, is_first] = await take(args=[12_000, 10, 10])
    assert is_first == ""
    await redis.set(known_key(OperatorId(5)), "1")
    await intake.store([_by(5, 2)])
    assert len(await take(args=[12_000, 10, 10])) == 1

    done = [chat, lease, update, "done", 0, 3, "", "", "", ""]
    assert await finish(args=done) == ["done"]
    _, [_, _, update, _, is_first] = await take(args=[12_000, 10, 10])
    assert (update, is_first) == ("2", "1")


def _by(author: int, update_id: int) -> Update:
    message = {"chat": {"id": author}, "from": {"id": author}}
    return {"update_id": update_id, "message": message}
