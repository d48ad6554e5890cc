import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.phones import Running, answers, ask, next_answer, own, sign_in
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

ANNA = OperatorId(101)
MoveClock = Callable[[timedelta], Awaitable[None]]


@pytest.mark.usefixtures("bot")
async def test_on_and_the_phrase_put_an_operator_on_duty(anna: Phone, roster: Roster) -> None:
    """Two messages, and customers' messages arrive."""
    assert (await ask(anna, "/on")).startswith("Enter team secret phrase:")
    assert (await ask(anna, "open sesame")).startswith("You've started receiving messages")

    operator = await roster.find(ANNA)
    assert operator is not None
    assert (operator.name, operator.language, operator.groups) == ("Anna", "en", ("support",))


@pytest.mark.usefixtures("bot")
async def test_on_and_off_say_so_when_there_is_nothing_to_do(anna: Phone, roster: Roster) -> None:
    """Sending a command once more harms nothing."""
    assert (await ask(anna, "/off")).startswith("You are not an operator anyway")
    await sign_in(anna)
    assert (await ask(anna, "/on")).startswith("You are already an operator")
    assert (await ask(anna, "/off")).startswith("You've stopped receiving messages")
    assert await roster.find(ANNA) is None
    assert (await ask(anna, "/off")).startswith("You are not an operator anyway")


@pytest.mark.usefixtures("bot")
async def test_the_phrase_and_wrong_guesses_are_removed_from_the_chat(anna: Phone) -> None:
    """Who looks over a shoulder, or at a stolen phone, does not find the phrase."""
    await ask(anna, "/on")
    assert (await ask(anna, "open sesamo")).startswith("Wrong secret phrase, try again")
    await ask(anna, "  open sesame ")

    await until(lambda: own(anna), equals=["/on"])


@pytest.mark.usefixtures("bot")
async def test_the_phrase_is_removed_whatever_the_login_state(anna: Phone, roster: Roster) -> None:
    """Too early, too late, or once more: it does not stay, and it signs nobody in."""
    first = await ask(anna, "open sesame")
    assert first.startswith("You are off duty. To sign in, send /on first")
    assert await roster.find(ANNA) is None
    await sign_in(anna)
    assert (await ask(anna, "open sesame")).startswith("You are already an operator")

    await until(lambda: own(anna), equals=["/on"])


@pytest.mark.usefixtures("bot")
async def test_nobody_learns_the_phrase_from_what_is_removed(anna: Phone) -> None:
    """Off duty and without /on, right and wrong guesses look the same."""
    right = await ask(anna, "open sesame")
    wrong = await ask(anna, "open the door")

    assert right == wrong
    await until(lambda: own(anna), equals=[])


@pytest.mark.usefixtures("bot")
async def test_a_phrase_in_an_edit_or_a_caption_is_removed(anna: Phone) -> None:
    """However it comes, it does not stay."""
    await sign_in(anna)
    note = await anna.send("note")
    await next_answer(anna, 2)
    await anna.edit(note, "open sesame")
    await next_answer(anna, 3)
    await anna.send_file("document", b"note", "note.txt", caption="open sesame")
    await next_answer(anna, 4)

    await until(lambda: own(anna), equals=["/on"])


@pytest.mark.usefixtures("bot")
async def test_a_phrase_in_the_same_message_as_on_is_removed(anna: Phone) -> None:
    """`/on open sesame` asks for the phrase anew, and leaves none behind."""
    assert (await ask(anna, "/on open sesame")).startswith("Enter team secret phrase:")

    await until(lambda: own(anna), equals=[])


@pytest.mark.usefixtures("bot")
async def test_a_message_that_cannot_be_removed_does_not_stop_the_sign_in(
    anna: Phone, sandbox: Sandbox, roster: Roster
) -> None:
    """Removing may fail for good: the operator is on duty all the same, and is told."""
    await sandbox.fault("403", method="deleteMessage")
    assert (await sign_in(anna)).startswith("You've started receiving messages")
    assert (await next_answer(anna, 2)).startswith("I cannot remove what you wrote.")
    assert await roster.find(ANNA) is not None
    assert (await ask(anna, "/off")).startswith("You've stopped")


@pytest.mark.usefixtures("bot")
async def test_removing_is_tried_again_without_answering_again(
    anna: Phone, sandbox: Sandbox
) -> None:
    """Telegram fails once: the phrase goes all the same, and the answer comes once."""
    await sandbox.fault("500", method="deleteMessage")
    await sign_in(anna)

    await until(lambda: own(anna), equals=["/on"])
    assert len(await answers(anna)) == 2


async def test_a_restart_in_the_middle_of_a_login_goes_on_where_it_was(
    anna: Phone, running: Running, roster: Roster
) -> None:
    """An operator does not notice that the bot was restarted."""
    async with running():
        await ask(anna, "/on")
        await ask(anna, "wrong")
    async with running():
        assert "3 tries left." in await ask(anna, "wrong again")
        assert (await ask(anna, "open sesame")).startswith("You've started receiving messages")

    assert await roster.find(ANNA) is not None


async def test_what_was_written_while_the_bot_was_away_is_answered(
    anna: Phone, running: Running
) -> None:
    """Nothing is lost between two bots."""
    async with running():
        await ask(anna, "/on")
    await anna.send("open sesame")
    async with running():
        assert (await next_answer(anna, 1)).startswith("You've started receiving messages")


@pytest.mark.usefixtures("bot")
async def test_a_login_not_finished_in_ten_minutes_is_over(
    anna: Phone, move_clock: MoveClock, roster: Roster
) -> None:
    """The phrase after that is removed and does nothing."""
    await ask(anna, "/on")
    await move_clock(timedelta(minutes=10, seconds=1))

    assert "send /on first" in await ask(anna, "open sesame")
    assert await roster.find(ANNA) is None


@pytest.mark.usefixtures("bot")
async def test_off_ends_a_login(anna: Phone, roster: Roster) -> None:
    """Who changes their mind is not asked any more."""
    await ask(anna, "/on")
    await ask(anna, "/off")

    assert "send /on first" in await ask(anna, "open sesame")
    assert await roster.find(ANNA) is None


@pytest.mark.usefixtures("bot")
async def test_two_operators_sign_in_at_once(anna: Phone, boris: Phone, roster: Roster) -> None:
    """A shift begins for everybody at the same time."""
    await asyncio.gather(sign_in(anna), sign_in(boris))

    assert {operator.id for operator in await roster.on_duty(["support"])} == {101, 102}


async def test_each_phrase_opens_its_group(anna: Phone, running: Running, roster: Roster) -> None:
    """With several groups the answer says which one it is."""
    async with running(groups={"billing": "pay day"}):
        assert "Your group: billing" in await sign_in(anna, "pay day")

    operator = await roster.find(ANNA)
    assert operator is not None
    assert operator.groups == ("billing",)
