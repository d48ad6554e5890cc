"""An update that cannot be handled is set aside alone, and its author is notified."""

import json
from typing import cast

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.phones import Deliver, answers, ask, next_answer, own, sign_in
from onduty_desk.failures.failures import Failures
from onduty_desk.model.bot_keys import wrong_tries_key
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

pytestmark = pytest.mark.usefixtures("bot")
SORRY = (
    "I could not handle your last message; the error is noted. "
    "Try again, and tell your admin if it happens again."
)
UNREADABLE = {"text": "secret words", "entities": "nonsense"}


async def failures(redis: Redis, count: int = 1) -> list[dict[str, object]]:
    await until(lambda: redis.zcard("onduty:failed"), equals=count)
    return list((await Failures(redis).all()).values())


async def test_an_update_that_telegrams_library_cannot_read_is_set_aside(
    anna: Phone, deliver: Deliver, redis: Redis
) -> None:
    """A field of a wrong type stops neither the bot nor that chat, and its operator is told."""
    await sign_in(anna)
    update_id = await deliver(message=UNREADABLE)

    assert await next_answer(anna, 2) == SORRY
    assert (await ask(anna, "/status")).startswith("You have been on duty")
    [failure] = await failures(redis)
    assert (failure["update"], failure["chat"], failure["operator"]) == (update_id, 101, 101)
    assert "secret words" not in json.dumps(failure)
    assert "Anna" not in json.dumps(failure)


async def test_a_stranger_is_not_told(anna: Phone, deliver: Deliver, redis: Redis) -> None:
    """Whoever is no operator gets no words that an attack could multiply."""
    await deliver(message=UNREADABLE)
    await failures(redis)
    await ask(anna, "/start")

    assert len(await answers(anna)) == 1


async def test_it_is_told_in_the_operators_language(boris: Phone, redis: Redis) -> None:
    """In Russian to who speaks it."""
    await sign_in(boris)
    await redis.delete(operator_key(OperatorId(102)))
    await redis.lpush(operator_key(OperatorId(102)), "nonsense")
    seen = len(await answers(boris))
    await boris.send("/status")

    assert (await next_answer(boris, seen)).startswith("Не удалось обработать ваше последнее")


async def test_an_overwritten_key_of_one_operator_harms_no_other(
    anna: Phone, bob: Phone, redis: Redis
) -> None:
    """Their own work is set aside with the reason; colleagues see each other and go on."""
    await sign_in(anna)
    await sign_in(bob)
    await redis.delete(operator_key(OperatorId(101)))
    await redis.set(operator_key(OperatorId(101)), "nonsense")

    assert await ask(anna, "/status") == SORRY
    assert (await ask(bob, "/who")).startswith("1 on duty")
    [failure] = await failures(redis)
    assert "onduty:operator:101" in cast("str", failure["reason"])


async def test_a_tap_that_was_set_aside_is_answered(
    anna: Phone, redis: Redis, telegram: Bot
) -> None:
    """No button spins for ever."""
    await ask(anna, "/start")
    button = InlineKeyboardButton("Take it", callback_data="claim")
    card = await telegram.send_message(101, "A card", reply_markup=InlineKeyboardMarkup([[button]]))
    await redis.lpush(f"onduty:card:101:{card.message_id}", "nonsense")

    answer = await anna.tap(card.message_id, "Take it")
    assert answer.text == (
        "This tap did not work; the error is noted. "
        "Try again, and tell your admin if it happens again."
    )
    await failures(redis)


async def test_a_phrase_in_an_update_that_was_set_aside_is_removed_all_the_same(
    anna: Phone, redis: Redis
) -> None:
    """What cannot be handled does not leave the phrase where all see it."""
    await ask(anna, "/on")
    await redis.set(wrong_tries_key(OperatorId(101)), "nonsense")
    await anna.send("well, open sesame then")
    await failures(redis)

    await until(lambda: own(anna), equals=["/on"])


async def test_telling_waits_until_telegram_is_back(
    anna: Phone, deliver: Deliver, sandbox: Sandbox
) -> None:
    """The note is not lost with a failed request, and is told once."""
    await sign_in(anna)
    await sandbox.fault("500", method="sendMessage")
    await deliver(message=UNREADABLE)

    assert await next_answer(anna, 2) == SORRY
    await ask(anna, "/status")
    assert len(await answers(anna)) == 4


async def test_the_log_tells_where_and_not_what_was_written(
    anna: Phone, deliver: Deliver, redis: Redis
) -> None:
    """Who mends it finds the place; nobody finds a person's words."""
    with capture_logs() as logs:
        await ask(anna, "/start")
        await deliver(message=UNREADABLE)
        await failures(redis)
        await until(lambda: any(log["event"] == "update.set_aside" for log in logs))

    [told] = [log for log in logs if log["event"] == "update.set_aside"]
    assert ".py:" in str(told["reason"])
    assert "secret words" not in json.dumps(logs, default=str)
