"""Who is told of guessing and of phrases in danger: the admins, the log, the one who tried."""

import json
import re
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.guessers import Guessers
from bot.phones import Running, answers, ask, next_answer, sign_in
from desk_at_work.fixtures import MoveClock
from onduty_bot.signing_in.admins import summary
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import known_key, operator_key
from onduty_desk.texts import words
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


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


async def _told(phone: Phone, beginning: str) -> str:
    async def texts() -> list[str]:
        return [text for text in await answers(phone) if text.startswith(beginning)]

    async def is_told() -> bool:
        return bool(await texts())

    await until(is_told)
    return (await texts())[0]


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
        await until(lambda: redis.exists("onduty:guessing", "onduty:guessing:telling"), equals=0)
        await redis.hset("onduty:guessing", "odd:2", "no JSON either")
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
    assert "3 accounts sent 5 wrong secret phrases each" in summary(
        news, words("en"), ZoneInfo("UTC")
    )


@pytest.mark.parametrize(("locked", "ending"), [(2, "id 2"), (10, "id 10"), (12, "and 2 more")])
def test_of_many_locked_accounts_ten_are_named(locked: int, ending: str) -> None:
    """And only then how many more there are."""
    facts = [{"what": "locked", "who": {"id": n}, "until_ms": 0} for n in range(1, locked + 1)]
    news = {f"locked:{n}": json.dumps(fact) for n, fact in enumerate(facts)}
    assert summary(news, words("en"), ZoneInfo("UTC")).endswith(ending)
