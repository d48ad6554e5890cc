import pytest

from bot.phones import answers, ask, next_answer
from onduty_sandbox.client import Phone, Sandbox

pytestmark = pytest.mark.usefixtures("bot", "anna")
HINT = "Write to me privately: https://t.me/sandbox_42_bot"


async def test_a_group_chat_is_told_once_to_write_privately(sandbox: Sandbox, anna: Phone) -> None:
    """Then the bot is silent there, and works privately."""
    group = sandbox.phone(101, await sandbox.add_group("Team", [101]))
    await group.send("/on")
    assert await next_answer(group, 0) == HINT
    await group.send("/on")
    await group.send("@sandbox_42_bot hello?")
    await ask(anna, "/start")

    assert await answers(group) == [HINT]


@pytest.mark.parametrize("text", ["@sandbox_42_bot hello", "/off@sandbox_42_bot", "/anything"])
async def test_a_mention_or_any_command_gets_the_hint(sandbox: Sandbox, text: str) -> None:
    """However one tries to talk to the bot there."""
    group = sandbox.phone(101, await sandbox.add_group("Team", [101]))
    await group.send(text)

    assert await next_answer(group, 0) == HINT


async def test_what_is_not_meant_for_the_bot_is_not_answered(sandbox: Sandbox) -> None:
    """Colleagues talk to each other undisturbed; being added says nothing either."""
    group = sandbox.phone(101, await sandbox.add_group("Team", [101]))
    await group.send_file("document", b"note", "note.txt")
    await group.send("/start@another_bot")
    await group.send("/on")

    assert await next_answer(group, 0) == HINT
    assert len(await answers(group)) == 1
