"""Five wrong tries lock an account."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.phones import Running, answers, ask, next_answer, own, sign_in
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

MoveClock = Callable[[timedelta], Awaitable[None]]
WHEN = r"in 15 minutes \(after \d\d:\d\d UTC\)"


async def test_the_fifth_wrong_try_locks_and_says_until_when(
    known_anna: Phone, running: Running, roster: Roster, move_clock: MoveClock
) -> None:
    """Guessing ends after five tries, for fifteen minutes, even with the right phrase."""
    async with running():
        await ask(known_anna, "/on")
        said = [await ask(known_anna, f"guess {number}") for number in range(1, 6)]
        assert [re.findall(r"(\d) tr", text) for text in said] == [["4"], ["3"], ["2"], ["1"], []]
        assert re.fullmatch(f"Wrong secret phrase, try again {WHEN}", said[4])

        assert re.fullmatch(
            f"Too many wrong phrases. Try again {WHEN}.", await ask(known_anna, "/on")
        )
        assert (await ask(known_anna, "open sesame")).startswith("Too many wrong phrases.")
        assert await roster.find(OperatorId(101)) is None
        await until(lambda: own(known_anna), equals=["/on", "/on"])

        await move_clock(timedelta(minutes=15, seconds=1))
        assert (await sign_in(known_anna)).startswith("You've started receiving messages")


async def test_five_wrong_tries_sent_at_once_tell_the_admin_once(
    known_anna: Phone, running: Running, sandbox: Sandbox
) -> None:
    """An admin knows who was locked out, and the message holds no guess."""
    admin = await sandbox.add_user(900, "Vera", language_code="en")
    async with running(admin_ids="900"):
        await ask(admin, "/start")
        await ask(known_anna, "/on")
        for number in range(8):
            await known_anna.send(f"guess {number}")
        told = await next_answer(admin, 1)
        await until(lambda: count(known_anna), equals=9)

        assert re.fullmatch(
            r"Someone sent 5 wrong secret phrases and cannot sign in until \d\d:\d\d UTC:\n\n"
            r"Anna, @anna, Telegram id 101",
            told,
        )
        assert await count(admin) == 2


async def test_an_admin_who_cannot_be_reached_holds_nobody_up(
    known_anna: Phone, running: Running, sandbox: Sandbox
) -> None:
    """One admin never wrote to the bot, Telegram fails for another: all that can be done is."""
    admin = await sandbox.add_user(900, "Vera", language_code="ru")
    async with running(admin_ids="900,901", language="ru"):
        await ask(admin, "/start")
        await sandbox.fault("500", method="sendMessage", chat_id=900)
        await ask(known_anna, "/on")
        for number in range(5):
            await ask(known_anna, f"guess {number}")
        assert "Telegram ID: 101" in await next_answer(admin, 1)
        assert (await ask(known_anna, "/status")).startswith("You are off duty")
        assert await count(known_anna) == 7


async def count(phone: Phone) -> int:
    return len(await answers(phone))
