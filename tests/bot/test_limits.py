"""/limit: how many customers one answers at once, as it is said on a phone."""

import json
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, claim, sign_in, waiting
from bot.phones import Running
from onduty_bot.conversations.claiming import answer
from onduty_desk.conversations.ownership import TapOutcome
from onduty_desk.model.roster_keys import GROUP_RULES
from onduty_desk.model.words import TapResult
from onduty_desk.texts import LANGUAGES, words
from onduty_sandbox.client import Phone
from waiting import until


@pytest.mark.usefixtures("bot")
async def test_a_limit_is_set_shown_and_taken_away(anna: Phone) -> None:
    """Each answer says what holds and how to change it."""
    await ask(anna, "/start")
    assert (await ask(anna, "/limit 3")).startswith("You are off duty.")
    await sign_in(anna)
    assert await ask(anna, "/limit") == (
        "You have no limit of your own. To set one, send for example /limit 3.\n\n"
        "You are answering 0 customers."
    )
    said = await ask(anna, "/limit 3")
    assert said == (
        "You answer 3 customers at most, of all your groups, until you go off duty.\n\n"
        "You are answering 0 customers.\n\n"
        "Another number changes it, /limit off takes it away."
    )
    assert await ask(anna, "/limit") == said
    for wrong in ("/limit three", "/limit 0", "/limit -1", "/limit 1001", "/limit 3 4"):
        assert (await ask(anna, wrong)).startswith("Send a number from 1 to 1000")
    assert (await ask(anna, "/limit OFF")).startswith("You have no limit")


async def test_beyond_it_a_tap_says_the_number(
    redis: Redis, customers: Customers, anna: Phone
) -> None:
    """And how to change it; what is owned stays."""
    customers("Carol", "Dave")
    await waiting(redis, 2)
    await sign_in(anna)
    await ask(anna, "/limit 1")
    await claim(anna, "Carol")
    dave = await anna.wait_for("I am Dave")
    tapped = await anna.tap(dave.message_id, "claim")
    assert tapped.text == (
        "Your limit is 1 customer. Close or release one, or send /limit to change it."
    )
    await ask(anna, "/limit off")
    assert (await anna.tap(dave.message_id, "claim")).text == "It is yours"
    assert "They all stay yours" in await ask(anna, "/limit 1")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("result", ["group_full", "limit_full"])
@pytest.mark.parametrize("most", ["1", "2", "1000"])
def test_the_answer_to_a_tap_is_not_too_long(language: str, result: TapResult, most: str) -> None:
    """Telegram shows 200 characters."""
    text = answer(TapOutcome(result, most), words(language))
    assert most in text
    assert len(text) <= 200


async def test_a_start_lets_all_go_by_the_rules_of_its_file(
    redis: Redis, running: Running, tmp_path: Path
) -> None:
    """The next start without one takes them back."""
    file = tmp_path / "desk.toml"
    file.write_text("[groups.support]\ncapacity = 3\n")

    async def capacity() -> int | None:
        written = cast("str | None", await redis.hget(GROUP_RULES, "support"))
        return json.loads(written)["capacity"] if written else None

    async with running(desk_file=str(file)):
        await until(capacity, equals=3)
    async with running():
        await until(capacity, equals=0)
