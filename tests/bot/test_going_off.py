import pytest

from bot.phones import answers, ask, sign_in
from onduty_desk.model.keys import OperatorId
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone
from waiting import until

pytestmark = pytest.mark.usefixtures("bot")
ANNA = OperatorId(101)


async def test_blocking_the_bot_is_off_without_a_word(anna: Phone, roster: Roster) -> None:
    """Who blocks the bot is off duty; who unblocks it must sign in again."""
    await sign_in(anna)
    await anna.block()
    await until(lambda: roster.find(ANNA), equals=None)
    await anna.unblock()

    assert (await ask(anna, "/status")).startswith("You are off duty.")
    assert len(await answers(anna)) == 3


async def test_blocking_in_the_middle_of_a_login_ends_it(anna: Phone) -> None:
    """Nothing is left half done."""
    await ask(anna, "/on")
    await anna.block()
    await anna.unblock()

    assert "send /on first" in await ask(anna, "open sesame")


async def test_an_operator_on_duty_elsewhere_stays_on(
    anna: Phone, boris: Phone, roster: Roster
) -> None:
    """Going off is for oneself."""
    await sign_in(anna)
    await sign_in(boris)
    await ask(anna, "/off")

    assert [operator.id for operator in await roster.on_duty(["support"])] == [102]
