"""What the bot says of itself before anybody writes to it."""

from functools import partial

import pytest

from bot.phones import Running
from onduty_bot.answering.describing import description, short_description
from onduty_desk.settings.bot import MOST_OF_A_NAME
from onduty_desk.telegram.bot import Bot
from onduty_desk.texts import LANGUAGES
from onduty_sandbox.client import Phone, Sandbox
from waiting import until


@pytest.mark.parametrize("language", LANGUAGES)
def test_telegram_takes_them_with_the_longest_name(language: str) -> None:
    """512 characters, and 120; emoji count twice at most."""
    name = "😀" * MOST_OF_A_NAME
    assert len(description(name, language)) <= 512
    assert len(short_description(name, language)) <= 120


async def test_an_empty_chat_says_what_the_bot_is_for(telegram: Bot, running: Running) -> None:
    """In each language, with the desk's name."""
    async with running(desk_name="The Shop"):
        await until(partial(_shown, telegram, "ru"), equals=description("The Shop", "ru"))
        assert await _shown(telegram, "") == description("The Shop", "en")
        await until(
            partial(_shown_short, telegram, "ru"), equals=short_description("The Shop", "ru")
        )


async def test_it_is_not_set_again_when_nothing_has_changed(
    running: Running, sandbox: Sandbox, anna: Phone
) -> None:
    """Telegram limits how often it may be set; a new name is set."""
    async with running():
        await until(partial(_set_count, sandbox), equals=2 * len(LANGUAGES))
    async with running():
        await anna.send("/start")
        await anna.wait_for("Welcome to Support_Bot!")
        assert await _set_count(sandbox) == 2 * len(LANGUAGES)
    async with running(desk_name="The Shop"):
        await until(partial(_set_count, sandbox), equals=4 * len(LANGUAGES))


async def test_what_a_person_wrote_stays(telegram: Bot, running: Running, sandbox: Sandbox) -> None:
    """In @BotFather: the desk sets only what is empty, or its own."""
    await telegram.set_my_description("Ask us anything")
    async with running():
        await until(partial(_set_count, sandbox), equals=1 + 2 * len(LANGUAGES) - 1)
        assert await _shown(telegram, "") == "Ask us anything"
        assert await _shown(telegram, "ru") == description("Support_Bot", "ru")


async def test_a_bot_that_cannot_be_described_works(
    running: Running, sandbox: Sandbox, anna: Phone, telegram: Bot
) -> None:
    """Refused, or limited for hours: it is tried again, and nobody waits for it."""
    await sandbox.fault("500", method="setMyDescription", times=2)
    await sandbox.fault("429", method="setMyShortDescription", times=1, retry_after=1)
    async with running():
        await anna.send("/start")
        await anna.wait_for("Welcome to Support_Bot!")
        await until(partial(_shown, telegram, "ru"), equals=description("Support_Bot", "ru"))


async def _shown(telegram: Bot, language: str) -> str:
    return (await telegram.get_my_description(language)).description


async def _shown_short(telegram: Bot, language: str) -> str:
    return (await telegram.get_my_short_description(language)).short_description


async def _set_count(sandbox: Sandbox) -> int:
    requests = await sandbox.log()
    return sum(
        request.method in {"setMyDescription", "setMyShortDescription"} for request in requests
    )
