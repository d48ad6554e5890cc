"""Whoever guesses gets few tries by any way, and a crowd that guesses locks nobody else out."""

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import cast

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.phones import Running, answers, ask, next_answer, own, sign_in
from onduty_bot.signing_in.admins import summary
from onduty_desk.model import KEYS
from onduty_desk.model.bot_keys import GUESSING, UPDATE_CHATS, UPDATE_CHATS_FIRST
from onduty_desk.model.keys import ChatId, OperatorId, card_key, known_key, operator_key
from onduty_desk.roster.logins import Locked, Login, NotNow, Right, Verdict, Wrong
from onduty_desk.texts import words
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

MoveClock = Callable[[timedelta], Awaitable[None]]
_updates = count(1)


class Guessers:
    """Accounts that nobody has seen before."""

    def __init__(self, redis: Redis) -> None:
        self._login = Login(redis)

    async def try_once(self, account: int, *, is_phrase: bool = False) -> Verdict:
        await self._login.begin(OperatorId(account), next(_updates))
        return await self._login.judge(OperatorId(account), next(_updates), is_phrase=is_phrase)


@pytest.fixture
def guessers(redis: Redis) -> Guessers:
    return Guessers(redis)


async def test_of_a_crowd_that_guesses_few_tries_are_compared(
    guessers: Guessers, redis: Redis, move_clock: MoveClock
) -> None:
    """200 accounts, ten minutes: 30 tries, then 10 a minute; a known operator signs in."""
    tries, compared = 0, 0
    await redis.set(known_key(OperatorId(7)), "1")
    for minute in range(10):
        await move_clock(timedelta(minutes=minute, seconds=1))
        for account in range(1_000, 1_200):
            verdict = await guessers.try_once(account)
            tries += 1
            is_locked_before = isinstance(verdict, Locked) and not verdict.just_now
            compared += not (is_locked_before or isinstance(verdict, NotNow))
        assert await guessers.try_once(7, is_phrase=True) == Right()

    print(f"{compared} of {tries} tries were compared")  # noqa: T201 - a number to read
    assert 30 < compared <= 30 + 10 * 10


async def test_beyond_that_right_and_wrong_are_told_the_same(guessers: Guessers) -> None:
    """The answer does not depend on the phrase."""
    for account in range(1_000, 1_040):
        await guessers.try_once(account)

    told = [await guessers.try_once(2_000 + n, is_phrase=bool(n % 2)) for n in range(10)]
    assert told == [NotNow()] * 10


async def test_admins_are_told_how_many_tries_were_not_compared(
    guessers: Guessers, redis: Redis
) -> None:
    """Each of them counts once."""
    for account in range(1_000, 1_040):
        await guessers.try_once(account)
    for account in range(2_000, 2_007):
        assert await guessers.try_once(account) == NotNow()
    assert await redis.hget(GUESSING, "not_compared") == "7"


async def test_a_try_that_was_not_compared_costs_nothing(
    guessers: Guessers, move_clock: MoveClock
) -> None:
    """A newcomer who comes in the middle of it signs in when it is over."""
    for account in range(1_000, 1_040):
        await guessers.try_once(account)
    for _ in range(6):
        assert await guessers.try_once(7) == NotNow()

    await move_clock(timedelta(minutes=10, seconds=1))
    assert await guessers.try_once(7, is_phrase=True) == Right()


async def test_a_new_team_on_its_first_morning_is_not_slowed(guessers: Guessers) -> None:
    """A hundred people whom the desk has never seen sign in within a minute."""
    told = [await guessers.try_once(account, is_phrase=True) for account in range(100)]

    assert told == [Right()] * 100


async def test_a_known_operator_who_guesses_is_locked_alone(
    guessers: Guessers, redis: Redis
) -> None:
    """Who was an operator has five tries like anybody, and costs nobody else one."""
    for account in range(8):
        await redis.set(known_key(OperatorId(account)), "1")
        for _ in range(4):
            assert isinstance(await guessers.try_once(account), Wrong)
        assert isinstance(await guessers.try_once(account), Locked)

    assert isinstance(await guessers.try_once(1_000), Wrong)


async def test_guessing_leaves_nothing_without_an_end(guessers: Guessers, redis: Redis) -> None:
    """Whatever a crowd does, Redis forgets it."""
    for account in range(1_000, 1_060):
        for _ in range(5):
            await guessers.try_once(account)

    keys = [key async for key in redis.scan_iter(match="onduty:*")]
    assert keys
    assert [key for key in keys if await redis.ttl(key) < 0] == []


@pytest.mark.usefixtures("bot", "known_anna")
async def test_in_a_group_chat_a_few_messages_are_looked_at(sandbox: Sandbox, redis: Redis) -> None:
    """After five tries the right phrase is not removed there: nobody learns that it is right."""
    group = sandbox.phone(101, await sandbox.add_group("Guessing", [101]))
    for number in range(5):
        await group.send(f"@sandbox_42_bot guess {number}")
    await group.send("@sandbox_42_bot open sesame")
    await group.send("@sandbox_42_bot guess again")
    await until(lambda: _looked_at(redis), equals=8)  # its arrival there is a message, too
    await until(lambda: _all_handled(redis), equals=True)

    assert await sandbox.log(method="deleteMessage") == []


@pytest.mark.usefixtures("bot", "known_anna")
async def test_a_phrase_in_a_group_chat_goes_if_it_comes_early(sandbox: Sandbox) -> None:
    """A slip is mended."""
    group = sandbox.phone(101, await sandbox.add_group("Team", [101]))
    await group.send("@sandbox_42_bot hello")
    await group.send("@sandbox_42_bot open sesame")

    async def removals() -> int:
        return len(await sandbox.log(method="deleteMessage"))

    await until(removals, equals=1)


async def test_on_duty_in_one_group_another_groups_phrase_is_no_guessing_game(
    anna: Phone, running: Running
) -> None:
    """Five texts are looked at; beyond, right and wrong are answered alike, and both stay."""
    async with running(groups={"sales": "buy low sell high"}):
        await sign_in(anna)
        wrong = [await ask(anna, f"guess {number}") for number in range(5)]
        right = await ask(anna, "buy low sell high")

        assert {*wrong, right} == {wrong[0]}
        assert "buy low sell high" in await own(anna)
        assert "I removed" in await ask(anna, "open sesame")
        await until(lambda: _holds(anna, "open sesame"), equals=False)


async def test_on_duty_another_groups_phrase_written_by_mistake_goes(
    anna: Phone, running: Running
) -> None:
    """A slip is mended."""
    async with running(groups={"sales": "buy low sell high"}):
        await sign_in(anna)
        assert "I removed" in await ask(anna, "buy low sell high")
        await until(lambda: _holds(anna, "buy low sell high"), equals=False)


@pytest.mark.usefixtures("bot")
async def test_replies_to_an_old_card_tell_right_and_wrong_alike(
    known_anna: Phone, redis: Redis
) -> None:
    """Off duty, the answer is the same, and only a few of them are looked at."""
    await ask(known_anna, "/start")
    await redis.set(card_key(ChatId(101), 2), "c1")
    told = [await ask(known_anna, f"guess {number}", reply_to=2) for number in range(5)]
    told.append(await ask(known_anna, "open sesame", reply_to=2))

    assert len({*told}) == 1
    assert "open sesame" in await own(known_anna)


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("text", ["/status {}", "/off {}", "/nonsense {}", "{}", "so {} it is"])
async def test_off_duty_right_and_wrong_are_removed_alike(known_anna: Phone, text: str) -> None:
    """Behind any command, or alone."""
    right = await ask(known_anna, text.format("open sesame"))
    wrong = await ask(known_anna, text.format("close sesame"))

    assert right == wrong
    await until(lambda: own(known_anna), equals=[])


async def test_a_weak_phrase_is_warned_of_at_start(running: Running) -> None:
    """The log says whose, and not which."""
    with capture_logs() as logs:
        async with running(team_secret="qwerty", groups={"sales": "buy low sell high"}):
            await until(lambda: _is_logged(logs, "bot.started"), equals=True)
    weak = [one for one in logs if one["event"] == "phrase.weak"]
    assert [one["group"] for one in weak] == ["support"]
    assert "qwerty" not in str(weak)


async def test_a_wrong_try_says_what_to_look_at(known_anna: Phone, running: Running) -> None:
    """Quotes around it, the keyboard, an old phrase."""
    async with running():
        await ask(known_anna, "/on")
        told = await ask(known_anna, "“open sesame”")
    assert "without quotes around it" in told
    assert "keyboard's language" in told


async def test_admins_get_one_summary_a_minute(
    sandbox: Sandbox, running: Running, redis: Redis, move_clock: MoveClock
) -> None:
    """The first lock is told at once, all others of that minute together, with safe names."""
    admin = await sandbox.add_user(900, "Vera", language_code="en")
    async with running(admin_ids="900"):
        await ask(admin, "/start")
        for account, name in ((101, "/off"), (102, "Mallory"), (103, "Trudy")):
            await redis.set(known_key(OperatorId(account)), "1")
            phone = await sandbox.add_user(account, name, language_code="en")
            await ask(phone, "/on")
            for number in range(5):
                await ask(phone, f"guess {number}")
        first = await next_answer(admin, 1)
        await ask(admin, "/help")
        assert len(await answers(admin)) == 3
        await move_clock(timedelta(minutes=1, seconds=1))
        second = await next_answer(admin, 3)

    assert re.match(r"Someone sent 5 wrong secret phrases .*:\n\n/\u2060off, ", first)
    assert re.match(r"2 accounts sent 5 wrong secret phrases each and cannot sign in", second)
    assert "Mallory" in second
    assert "Trudy" in second


async def test_who_guesses_in_a_crowd_is_told_to_the_admins_once(
    guessers: Guessers, sandbox: Sandbox, running: Running
) -> None:
    """However many tries there are."""
    admin = await sandbox.add_user(900, "Vera", language_code="en")
    async with running(admin_ids="900"):
        await ask(admin, "/start")
        for account in range(1_000, 1_100):
            await guessers.try_once(account)
        told = await _told(admin, "Many accounts are guessing")
        await ask(admin, "/help")
        assert "not checked" in told
        assert len(await answers(admin)) == 3


async def test_a_phrase_that_the_bot_may_not_remove_is_told_to_its_author_and_the_admins(
    anna: Phone, sandbox: Sandbox, running: Running
) -> None:
    """Once: they remove it and change the phrase."""
    admin = await sandbox.add_user(900, "Vera", language_code="en")
    async with running(admin_ids="900"):
        await ask(admin, "/start")
        await sign_in(anna)
        chat = await sandbox.add_group("Team", [101])
        group = sandbox.phone(101, chat)
        message = await group.send("@sandbox_42_bot open sesame")
        assert (await _told(anna, "I cannot remove")).startswith("I cannot remove what you wrote")
        told = await _told(admin, "The secret phrase of")
        await group.edit(message, "@sandbox_42_bot open sesame!")
        await ask(anna, "/status")

        assert "The secret phrase of support is still in the group chat Team:" in told
        assert "sesame" not in told
        assert len([text for text in await answers(anna) if "I cannot" in text]) == 1
        assert len(await answers(admin)) == 2


async def _is_logged(logs: list[EventDict], event: str) -> bool:
    return any(one["event"] == event for one in logs)


async def _looked_at(redis: Redis) -> int:
    """Count the messages of which is decided whether a phrase in them is noticed."""
    decided = f"{KEYS['decided'].text}*:noticed"
    return len([key async for key in redis.scan_iter(match=decided)])


async def _all_handled(redis: Redis) -> bool:
    return not await redis.exists(UPDATE_CHATS, UPDATE_CHATS_FIRST)


async def _told(phone: Phone, beginning: str) -> str:
    async def texts() -> list[str]:
        return [text for text in await answers(phone) if text.startswith(beginning)]

    async def is_told() -> bool:
        return bool(await texts())

    await until(is_told)
    return (await texts())[0]


async def _holds(phone: Phone, text: str) -> bool:
    return text in await own(phone)


async def test_odd_values_of_others_keep_no_summary_from_the_admins(
    sandbox: Sandbox, running: Running, redis: Redis
) -> None:
    """An admin's key of another type, and a fact that is no JSON: the rest is told."""
    admin = await sandbox.add_user(900, "Vera", language_code="en")
    phone = await sandbox.add_user(101, "Mallory", language_code="en")
    async with running(admin_ids="900"):
        await ask(admin, "/start")
        await redis.set(operator_key(OperatorId(900)), "text")
        await redis.hset("onduty:guessing", "odd:1", "no JSON")
        await redis.set(known_key(OperatorId(101)), "1")
        await ask(phone, "/on")
        for number in range(5):
            await ask(phone, f"guess {number}")
        await admin.wait_for("Mallory")


async def test_of_a_crowd_that_is_locked_all_are_counted(guessers: Guessers, redis: Redis) -> None:
    """Names and exposed phrases fill the summary; those locked beyond it count as locked."""
    for n in range(99):
        fact = json.dumps({"what": "exposed", "who": {"id": n}})
        await redis.hset("onduty:guessing", f"exposed:{n}", fact)
    for account in range(3):
        await redis.set(known_key(OperatorId(account)), "1")
        for _ in range(5):
            await guessers.try_once(account)
    news = cast("dict[str, str]", await redis.hgetall("onduty:guessing"))
    assert "3 accounts sent 5 wrong secret phrases each" in summary(news, words("en"))


@pytest.mark.parametrize(("locked", "ending"), [(2, "id 2"), (10, "id 10"), (12, "and 2 more")])
def test_of_many_locked_accounts_ten_are_named(locked: int, ending: str) -> None:
    """And only then how many more there are."""
    facts = [{"what": "locked", "who": {"id": n}, "until_ms": 0} for n in range(1, locked + 1)]
    news = {f"locked:{n}": json.dumps(fact) for n, fact in enumerate(facts)}
    assert summary(news, words("en")).endswith(ending)
