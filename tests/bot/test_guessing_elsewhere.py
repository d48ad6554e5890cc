"""Guessing other than by /on: right and wrong are answered alike, and slips are mended."""

import pytest
from redis.asyncio import Redis

from bot.phones import Running, ask, own, sign_in
from onduty_desk.model import KEYS
from onduty_desk.model.bot_keys import UPDATE_CHATS, UPDATE_CHATS_FIRST
from onduty_desk.model.keys import ChatId, card_key
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


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


async def _looked_at(redis: Redis) -> int:
    """Count the messages of which is decided whether a phrase in them is noticed."""
    decided = f"{KEYS['decided'].text}*:noticed"
    return len([key async for key in redis.scan_iter(match=decided)])


async def _all_handled(redis: Redis) -> bool:
    return not await redis.exists(UPDATE_CHATS, UPDATE_CHATS_FIRST)


async def _holds(phone: Phone, text: str) -> bool:
    return text in await own(phone)
