"""An answer is taken by Telegram, but the bot never learns of it: it handles the update again."""

import pytest
from redis.asyncio import Redis

from bot.phones import answers, ask, next_answer, own, sign_in
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

pytestmark = pytest.mark.usefixtures("bot")


async def ask_twice(sandbox: Sandbox, phone: Phone, text: str) -> tuple[str, str]:
    seen = len(await answers(phone))
    await sandbox.fault("cut_after", method="sendMessage")
    await phone.send(text)
    return await next_answer(phone, seen), await next_answer(phone, seen + 1)


async def test_an_answer_given_twice_is_the_same_answer(
    sandbox: Sandbox, anna: Phone, roster: Roster
) -> None:
    """Through a whole shift, whatever is said twice is said in the same words."""
    for text, begins in (
        ("/on", "Enter team secret phrase:"),
        ("wrong", "Wrong secret phrase, try again\n\n4 tries left."),
        ("open sesame", "You've started receiving messages"),
        ("/on", "You are already an operator"),
        ("open sesame", "You are already an operator"),
        ("/off", "You've stopped receiving messages"),
        ("/off", "You are not an operator anyway"),
    ):
        first, second = await ask_twice(sandbox, anna, text)
        assert first == second
        assert first.startswith(begins)
    assert await roster.find(OperatorId(101)) is None


async def test_a_lock_is_told_twice_in_the_same_words(sandbox: Sandbox, known_anna: Phone) -> None:
    """The fifth wrong try counts once and locks once."""
    anna = known_anna
    await ask(anna, "/on")
    for number in range(4):
        await ask(anna, f"guess {number}")

    first, second = await ask_twice(sandbox, anna, "guess 5")
    assert first == second
    assert first.startswith("Wrong secret phrase, try again in 15 minutes")


async def test_a_phrase_is_removed_once_and_answered_once_more_only_if_it_must(
    sandbox: Sandbox, anna: Phone
) -> None:
    """The answer arrived; only the removing is done again."""
    await ask(anna, "/on")
    await sandbox.fault("cut_after", method="deleteMessage")
    await ask(anna, "open sesame")
    await ask(anna, "/status")

    await until(lambda: own(anna), equals=["/on", "/status"])
    assert len(await answers(anna)) == 3


async def test_answers_come_back_after_telegram_was_away(
    sandbox: Sandbox, known_anna: Phone
) -> None:
    """Telegram refuses for a while: every answer comes, in order, once."""
    await sandbox.fault("502", method="sendMessage", times=2)
    await known_anna.send("/start")
    await known_anna.send("/help")
    await known_anna.send("/status")
    await next_answer(known_anna, 2)

    assert [text.split()[0] for text in await answers(known_anna)] == ["Welcome", "Send", "You"]
    assert (await sign_in(known_anna)).startswith("You've started")


async def test_a_name_that_redis_does_not_take_repeats_no_answer(
    redis: Redis, anna: Phone, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noted when the update is handled again, or with the next one."""
    await sign_in(anna)
    await sandbox.change_user(101, first_name="Anja")
    known_as, failed = Roster.known_as, list[str]()

    async def fail_once(self: Roster, operator_id: OperatorId, *, name: str, language: str) -> None:
        if not failed:
            failed.append(name)
            raise ConnectionError
        await known_as(self, operator_id, name=name, language=language)

    monkeypatch.setattr(Roster, "known_as", fail_once)
    seen = len(await answers(anna))
    assert (await ask(anna, "/status")).startswith("You have been on duty")
    assert (await ask(anna, "/help")).startswith("Send /on")
    assert len(await answers(anna)) == seen + 2
    assert (failed, await redis.hget("onduty:operator:101", "name")) == (["Anja"], "Anja")
