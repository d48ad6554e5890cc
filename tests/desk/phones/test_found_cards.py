"""The card of what an operator has looked for: a colleague's, or one that is closed."""

import asyncio
from itertools import count
from typing import Literal

import pytest

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, Push
from onduty_desk.conversations.ownership import Conversations, Shown
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, OperatorId
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import ChatMessage, Sandbox

C1 = ConversationId("c1")
_updates = count(500)


@pytest.fixture
async def desk(alice_writes: AliceWrites) -> Desk:
    """Three on duty who have been told of Alice."""
    return await alice_writes(1, 2, 3)


async def ask(desk: Desk, operator: int, *, update: int | None = None) -> Shown:
    """Ask for Alice's card, whoever answers her; nothing is sent before `quiet`."""
    return await Conversations(desk.redis, desk.rules).show_card(
        C1,
        OperatorId(operator),
        update_id=next(_updates) if update is None else update,
        is_any=True,
    )


async def came(desk: Desk, operator: int, before: int = 1) -> list[ChatMessage]:
    """Return what has come to a phone after its first bubbles."""
    await desk.jobs.look()
    await desk.quiet()
    shown = await desk.phones[operator - 1].messages()
    return [message for message in shown if message.from_bot][before:]


async def closed(desk: Desk) -> None:
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()


async def test_a_colleagues_card_comes_without_a_ring(desk: Desk) -> None:
    """With Open, and from there it can be taken over; the card above has no buttons any more."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert (await ask(desk, 2)).result == "shown"
    (card,) = await came(desk, 2)
    assert card.silent
    assert card.reply_to is None
    assert "Operator 1" in card.text.splitlines()[0]
    assert card.button_texts == ["👀 Open"]
    assert not [one for one in await desk.cards(2) if one.buttons and one != card]
    await desk.tap(2, Verb.TAKE_OVER)
    await desk.quiet()
    assert (await desk.tap(2, Verb.CONFIRM)).result == "claimed"
    assert any("Hello?" in one.text for one in await came(desk, 2))


async def test_of_a_closed_one_a_colleague_gets_one_line(desk: Desk) -> None:
    """Without a button: only whoever closed it may reopen it."""
    await closed(desk)
    assert (await ask(desk, 2)).result == "shown"
    (card,) = await came(desk, 2)
    assert "losed" in card.text.splitlines()[0]
    assert not card.buttons


async def test_who_closed_it_can_reopen_it_from_there(desk: Desk) -> None:
    """The card above has no buttons any more."""
    await closed(desk)
    await ask(desk, 1)
    (card,) = await came(desk, 1)
    assert card.button_texts == ["Reopen"]
    assert [one.message_id for one in await desk.cards(1) if one.buttons] == [card.message_id]
    assert (await desk.tap(1, Verb.REOPEN, card.message_id)).result == "reopened"
    await desk.quiet()
    assert (await came(desk, 1))[0].button_texts == ["☑️ Close", "↩️ Release", "⋯"]


@pytest.mark.parametrize("operator", [1, 2])
async def test_it_gives_way_to_the_next_round(desk: Desk, push: Push, operator: int) -> None:
    """The customer writes again: only the card of that has buttons."""
    await closed(desk)
    await ask(desk, operator)
    await came(desk, operator)
    push("One more thing")
    await desk.jobs.route()
    await desk.quiet()
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    buttons = [one.button_texts for one in await desk.cards(operator) if one.buttons]
    assert [texts[0] for texts in buttons][-1] == "🙋 I'll answer"
    assert ["Reopen"] not in buttons


async def test_asked_twice_it_comes_once(desk: Desk) -> None:
    """The same update, handled again after a kill, changes nothing."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    answers = [await ask(desk, 2, update=400) for _ in range(2)]
    assert len(await came(desk, 2)) == 1
    answers.append(await ask(desk, 2, update=400))
    assert len(await came(desk, 2)) == 1
    assert answers == [Shown("shown")] * 3


async def test_whoever_goes_off_duty_meanwhile_gets_nothing(desk: Desk, roster: Roster) -> None:
    """No customer's words come to a phone that is off duty."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await ask(desk, 2)
    await roster.sign_out(OperatorId(2))
    assert await came(desk, 2) == []
    assert (await ask(desk, 2)).result == "off_duty"


async def test_released_meanwhile_it_can_be_claimed(desk: Desk) -> None:
    """The card is written as things are when it is sent."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await ask(desk, 2)
    await desk.tap(1, Verb.RELEASE)
    newest = (await came(desk, 2))[-1]
    assert newest.button_texts[0] == "🙋 I'll answer"
    assert (await desk.tap(2, Verb.CLAIM, newest.message_id)).result == "claimed"


async def test_it_is_looked_for_and_closed_at_the_same_moment(desk: Desk) -> None:
    """Whichever comes first: in the end no button of the colleague's says what is not so."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await asyncio.gather(ask(desk, 2), desk.tap(1, Verb.CLOSE), ask(desk, 3))
    for operator in (2, 3):
        await came(desk, operator)
        assert not [card for card in await desk.cards(operator) if card.buttons]


async def test_two_look_for_the_same_at_once(desk: Desk) -> None:
    """Each gets their own card, and the owner's stays as it is."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await asyncio.gather(ask(desk, 2), ask(desk, 3))
    for operator in (2, 3):
        assert [card.button_texts for card in await came(desk, operator)] == [["👀 Open"]]
    assert await came(desk, 1) == []


@pytest.mark.parametrize("fault", ["500", "429", "cut_after"])
async def test_it_comes_whatever_telegram_answers_at_first(
    desk: Desk, sandbox: Sandbox, fault: Literal["500", "429", "cut_after"]
) -> None:
    """Not taken, it is sent once more; where nobody knows, marked as a possible repeat."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await sandbox.fault(fault, "sendMessage", chat_id=2)
    await ask(desk, 2)
    cards = await came(desk, 2)
    assert len(cards) == (2 if fault == "cut_after" else 1)
    assert ("↻" in cards[-1].text) == (fault == "cut_after")
    assert cards[-1].button_texts == ["👀 Open"]
