"""An admin's chat has a menu of its own: the admins' commands stand in it."""

from functools import partial

import pytest
from redis.asyncio import Redis
from telegram import BotCommandScopeChat

from bot.phones import Running
from onduty_bot.answering.commanded import ADMIN_COMMANDS, COMMANDS
from onduty_desk.model.bot_keys import DESCRIBED
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Sandbox
from waiting import until

CHIEF = 900
ALL = {*COMMANDS, *ADMIN_COMMANDS} - {"start", "topics"}


async def in_menu(telegram: Bot, language: str | None = None) -> set[str]:
    commands = await telegram.get_my_commands(BotCommandScopeChat(CHIEF), language)
    return {command.command for command in commands}


async def times_set(sandbox: Sandbox) -> int:
    asked = await sandbox.log(method="setMyCommands")
    return len([one for one in asked if '"chat"' in str(one.parameters["scope"])])


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onduty_bot.answering.admin_menus.AGAIN_S", 0.05)


async def test_an_admin_finds_their_commands_in_the_menu(
    telegram: Bot, running: Running, sandbox: Sandbox
) -> None:
    """In each language; set once, and not at each start."""
    await sandbox.add_user(CHIEF, "Chief")
    for _ in range(2):
        async with running(admin_ids=str(CHIEF)):
            await until(partial(in_menu, telegram), equals=ALL)
            await until(partial(in_menu, telegram, "ru"), equals=ALL)
    assert await times_set(sandbox) == 2


async def test_where_the_bot_has_topics_they_stand_in_the_menu(
    telegram: Bot, running: Running, sandbox: Sandbox, token: str
) -> None:
    """Unless the desk does not want them."""
    await sandbox.switch_topics(bot=int(token.partition(":")[0]))
    await sandbox.add_user(CHIEF, "Chief")
    async with running(admin_ids=str(CHIEF)):
        await until(partial(in_menu, telegram), equals=ALL | {"topics"})
    async with running(admin_ids=str(CHIEF), topics="off"):
        await until(partial(in_menu, telegram), equals=ALL)


async def test_who_is_no_admin_any_more_has_everybodys_menu(
    telegram: Bot, running: Running, sandbox: Sandbox, redis: Redis
) -> None:
    """The chat's own goes, in each language."""
    await sandbox.add_user(CHIEF, "Chief")
    async with running(admin_ids=str(CHIEF)):
        await until(partial(in_menu, telegram), equals=ALL)
    async with running():
        await until(partial(in_menu, telegram), equals=set())
        await until(partial(in_menu, telegram, "ru"), equals=set())
        await until(lambda: _is_noted(redis), equals=False)


async def _is_noted(redis: Redis) -> bool:
    return any("admin_menu" in str(field) for field in await redis.hkeys(DESCRIBED))


async def test_an_admin_who_has_never_written_gets_it_later(
    telegram: Bot, running: Running, sandbox: Sandbox
) -> None:
    """Telegram knows no such chat before."""
    async with running(admin_ids=str(CHIEF)):
        await until(lambda: _has_tried(sandbox))
        await sandbox.add_user(CHIEF, "Chief")
        await until(partial(in_menu, telegram), equals=ALL)


async def _has_tried(sandbox: Sandbox) -> bool:
    return await times_set(sandbox) >= 2
