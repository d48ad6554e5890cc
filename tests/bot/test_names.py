"""What people are called, and in which language they are spoken to."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, ask, sign_in
from bot.phones import Running, next_answer
from bot.phones import ask as ask_alone
from bot.phones import sign_in as sign_in_alone
from onduty_bot.conversations.rows import row_line
from onduty_desk.conversations.lists import Row
from onduty_desk.model.keys import ConversationId, OperatorId
from onduty_desk.model.roster_keys import operator_key
from onduty_desk.roster.operators import Roster
from onduty_desk.texts import words
from onduty_sandbox.client import Phone, Sandbox


async def test_a_new_name_and_language_hold_from_the_next_update(
    customers: Customers, sandbox: Sandbox, anna: Phone, bob: Phone
) -> None:
    """Whoever switches their phone to Russian while on duty gets the next card in Russian."""
    await sign_in(anna)
    await sign_in(bob)
    await sandbox.change_user(101, first_name="Анна", language_code="ru")
    await ask(anna, "/status")
    customers("Carol")
    card = await anna.wait_for("Carol пишет в The Shop")
    assert "Анна: 0 customers" in await ask(bob, "/who")
    await anna.tap(card.message_id, "claim")
    await bob.wait_for("👤 Carol · Анна is answering")


@pytest.mark.usefixtures("bot")
async def test_an_update_puts_nobody_on_duty(redis: Redis, anna: Phone) -> None:
    """Only who is on duty has a name kept."""
    await ask_alone(anna, "/start")
    assert not await redis.exists(operator_key(OperatorId(101)))


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    ("username", "called"), [("anna", "anna"), (None, "101")], ids=["username", "id"]
)
async def test_who_has_no_name_to_see_is_called_by_the_username(
    sandbox: Sandbox, roster: Roster, username: str | None, called: str
) -> None:
    """Colleagues see somebody, not nothing."""
    phone = await sandbox.add_user(101, "\u3164", username=username, language_code="en")
    await sign_in_alone(phone)
    operator = await roster.find(OperatorId(101))
    assert operator
    assert operator.name == called


async def test_a_guesser_s_name_is_no_command(running: Running, sandbox: Sandbox) -> None:
    """An admin's tap on it would take the admin off duty."""
    guesser = await sandbox.add_user(101, "/off", language_code="en")
    admin = await sandbox.add_user(900, "Vera", language_code="en")
    async with running(admin_ids="900"):
        await ask_alone(admin, "/start")
        await ask_alone(guesser, "/on")
        for number in range(5):
            await guesser.send(f"guess {number}")
        told = await next_answer(admin, 1)
    assert "/\u2060off, Telegram id 101" in told


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("Carol", "2. ❗ Bob, 9 hours", "1. Carol: waits 3 min\n“2. ❗ Bob, 9 hours”"),
        ("\u2800", "\u200b", "1. Customer: waits 3 min"),
        ("/off", "/off", "1. /\u2060off: waits 3 min\n“/\u2060off”"),
    ],
)
def test_a_row_holds_no_row_of_somebody_else_s(name: str, text: str, line: str) -> None:
    """What a customer wrote stands in quotes, below a line of ours."""
    row = Row(ConversationId("c"), False, timedelta(minutes=3), "support", name, text)  # noqa: FBT003 - not urgent
    assert row_line(1, row, words("en"), "queue") == line
