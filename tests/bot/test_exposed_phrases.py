"""Wherever somebody writes a phrase, it does not stay, and it signs in only where it should."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Monitor

from bot.phones import Deliver, Running, ask, next_answer, own, sign_in
from onduty_desk.model.keys import OperatorId
from onduty_desk.process.cancellation import cancel
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    "text",
    [
        "/off open sesame",
        "/status Open  Sesame",
        "/start open\u200b sesame",
        "/nonsense open sesame",
        "/open sesame",
        "my phrase is OPEN SESAME ok?",
    ],
)
async def test_a_phrase_behind_anything_is_removed(anna: Phone, roster: Roster, text: str) -> None:
    """Whatever stands before it, and it puts nobody on duty."""
    await ask(anna, text)

    await until(lambda: own(anna), equals=[])
    assert await roster.find(OperatorId(101)) is None


@pytest.mark.usefixtures("bot")
async def test_a_command_with_a_phrase_behind_it_is_still_that_command(anna: Phone) -> None:
    """The phrase is taken out, not the command."""
    await sign_in(anna)

    assert (await ask(anna, "/off open sesame")).startswith("You've stopped receiving messages")


@pytest.mark.usefixtures("bot")
async def test_a_phrase_among_other_words_on_duty_is_removed_and_told(anna: Phone) -> None:
    """Who writes it to a customer by mistake learns that it is gone."""
    await sign_in(anna)

    answer = await ask(anna, "the phrase is open sesame")
    assert "I removed the secret phrase from this chat." in answer
    await until(lambda: own(anna), equals=["/on"])


@pytest.mark.usefixtures("bot", "anna")
@pytest.mark.parametrize("text", ["/on open sesame", "@sandbox_42_bot open sesame"])
async def test_a_phrase_in_a_group_is_removed_if_the_bot_may(sandbox: Sandbox, text: str) -> None:
    """Behind a command, or behind a mention."""
    group = sandbox.phone(101, await sandbox.add_group("Team", [101]))
    await group.send(text)

    async def removals() -> int:
        return len(await sandbox.log(method="deleteMessage"))

    await until(removals, equals=1)
    await next_answer(group, 0)


def picture(caption: str) -> dict[str, object]:
    """A photo with a command as its caption, as Telegram sends it."""
    command, _, _ = caption.partition(" ")
    return {
        "photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}],
        "caption": caption,
        "caption_entities": [{"type": "bot_command", "offset": 0, "length": len(command)}],
    }


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("caption", ["/off", "/OFF@sandbox_42_bot", "/off open sesame"])
async def test_a_photo_with_the_caption_off_takes_off_duty(
    anna: Phone, roster: Roster, deliver: Deliver, caption: str
) -> None:
    """A command counts wherever it is written."""
    await sign_in(anna)
    await deliver(message=picture(caption))

    assert (await next_answer(anna, 2)).startswith("You've stopped receiving messages")
    assert await roster.find(OperatorId(101)) is None


@pytest.mark.usefixtures("bot")
async def test_another_bots_command_as_a_caption_is_none_of_ours(
    anna: Phone, deliver: Deliver
) -> None:
    """Nobody goes off duty by it."""
    await sign_in(anna)
    await deliver(message=picture("/off@another_bot"))

    assert not (await next_answer(anna, 2)).startswith("You've stopped")
    assert (await ask(anna, "/status")).startswith("You have been on duty")


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    "typed", ["Open sesame", "OPEN SESAME", "open sesame. ", "open\u00a0sesame"]
)
async def test_a_phrase_as_a_phone_types_it_signs_in(
    anna: Phone, roster: Roster, typed: str
) -> None:
    """Auto-capitals and double spaces cost no try."""
    assert (await sign_in(anna, typed)).startswith("You've started receiving messages")
    assert await roster.find(OperatorId(101)) is not None
    await until(lambda: own(anna), equals=["/on"])


async def test_redis_never_gets_a_phrase(anna: Phone, running: Running, redis: Redis) -> None:
    """Not for a moment: no dump, no append-only file, no MONITOR shows one."""
    seen: list[str] = []

    async def collect(monitor: Monitor) -> None:
        while True:
            seen.append(str((await monitor.next_command())["command"]))

    async with redis.monitor() as monitor:
        collecting = asyncio.create_task(collect(monitor))
        async with running():
            await sign_in(anna, "Open  Sesame")
            await ask(anna, "again: open sesame")
        await cancel(collecting, again_after_s=1.0)
    assert any("again: " in command for command in seen)
    assert not [command for command in seen if "sesame" in command.lower()]
