from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis
from telegram import BotCommandScopeAllPrivateChats

from bot.phones import ask, sign_in
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

pytestmark = pytest.mark.usefixtures("bot")
MoveClock = Callable[[timedelta], Awaitable[None]]


async def test_start_welcomes_and_names_the_commands(anna: Phone) -> None:
    """A new operator sees what to do."""
    welcome = await ask(anna, "/start")

    assert welcome.startswith("Welcome to Support_Bot!")
    assert all(f"/{command}: " in welcome for command in ("on", "off", "status", "help"))


async def test_help_says_how_to_answer_customers(anna: Phone) -> None:
    """The one thing that people get wrong is explained."""
    assert "To answer, open the link in it;" in await ask(anna, "/help")


async def test_status_tells_since_when_and_who_else(
    anna: Phone, boris: Phone, move_clock: MoveClock
) -> None:
    """An operator sees that they are on, and with whom."""
    await sign_in(anna)
    alone = await ask(anna, "/status")
    assert alone.startswith("You have been on duty for 1 minute, since ")
    assert alone.endswith(" UTC.\n\nNobody else is on duty.")

    await sign_in(boris)
    await move_clock(timedelta(hours=3, minutes=59))
    together = await ask(anna, "/status")
    assert together.startswith("You have been on duty for 3 hours, since ")
    assert together.endswith("\n\nAlso on duty: Борис")
    await move_clock(timedelta(days=3))
    assert "for 3 days, since 20" in await ask(anna, "/status")
    assert "уже 3 дня" in await ask(boris, "/status")


async def test_status_tells_strangers_nothing(anna: Phone, boris: Phone) -> None:
    """Who works here is known only to those who do."""
    await sign_in(boris)

    told = await ask(anna, "/status")
    assert told == "You are off duty. Send /on to start receiving messages."


async def test_a_large_team_fits_into_one_message(anna: Phone, redis: Redis) -> None:
    """Hundreds on duty: some names, and how many more."""
    await sign_in(anna)
    for number in range(200):
        await Roster(redis).sign_in(
            OperatorId(10_000 + number),
            name="/off " + "N" * 124,
            language="en",
            group="support",
            fingerprint="f",
            update_id=number,
        )

    for command, ending in (("/status", "N… and 170 more"), ("/who", "\nand 171 more")):
        told = await ask(anna, command)
        assert told.endswith(ending)
        assert len(told) <= 4096


async def test_a_colleagues_name_stays_a_name(sandbox: Sandbox, anna: Phone) -> None:
    """It cannot be a command that a tap would send, or a line of its own."""
    mallory = await sandbox.add_user(666, "Mallory\nYou: 0 customers", last_name="/off")
    await sign_in(anna)
    await sign_in(mallory)
    for command in ("/status", "/who"):
        told = await ask(anna, command)
        assert "Mallory You: 0 customers /\u2060off" in told


async def test_the_menu_is_registered_in_each_language(telegram: Bot) -> None:
    """Telegram shows the commands in the operator's own language."""

    async def registered(language_code: str | None) -> list[tuple[str, str]]:
        menu = await telegram.get_my_commands(BotCommandScopeAllPrivateChats(), language_code)
        return [(command.command, command.description) for command in menu]

    async def first() -> list[tuple[str, str]]:
        return [*(await registered(None))[:1], *(await registered("ru"))[:1]]

    await until(first, equals=[("on", "Start receiving messages"), ("on", "Начать дежурство")])
    assert [name for name, _ in await registered(None)] == [
        "on",
        "off",
        "queue",
        "mine",
        "find",
        "who",
        "pause",
        "limit",
        "name",
        "status",
        "undo",
        "mute",
        "help",
    ]
