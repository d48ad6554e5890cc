"""Whose the last word is: the customer's, until the backend reports an answer."""

import pytest

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import Push
from onduty.wire import inbox_key
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, copies_key

from .three_phones import CLAIMED, texts

ANSWERED = "🟢 Alice · answered"
THEIRS = "👤 Alice · Operator 1 is answering"


async def owners_line(desk: Desk) -> str:
    await desk.quiet()
    return (await desk.card(1)).text.splitlines()[0]


async def test_an_owner_sees_whether_the_customer_waits_for_them(desk: Desk, push: Push) -> None:
    """Answered, then written again: the card says so, and only its owner's is edited."""
    await desk.tap(1, Verb.CLAIM)
    assert await owners_line(desk) == CLAIMED
    theirs = (await desk.card(2)).version
    await desk.instruct("touch")
    assert await owners_line(desk) == ANSWERED
    push("One more thing")
    await desk.jobs.route()
    assert await owners_line(desk) == CLAIMED
    assert (await desk.cards(1))[-1].text.startswith("🟢 Alice · writes again\nOne more thing")
    assert ((await desk.card(2)).text, (await desk.card(2)).version) == (THEIRS, theirs)


async def test_reported_twice_it_is_shown_once(desk: Desk) -> None:
    """A second answer in a row changes no card."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    assert await owners_line(desk) == ANSWERED
    version = (await desk.card(1)).version
    await desk.instruct("touch")
    assert await owners_line(desk) == ANSWERED
    assert (await desk.card(1)).version == version


async def test_answered_and_written_again_at_once_changes_nothing(desk: Desk, push: Push) -> None:
    """Both before the desk looks: the customer has the last word, as before."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    version = (await desk.card(1)).version
    await desk.redis.rpush(inbox_key("c1"), '["touch"]')
    push("One more thing")
    await desk.jobs.route()
    assert await owners_line(desk) == CLAIMED
    assert (await desk.card(1)).version == version


async def test_answered_in_the_web_chat_while_nobody_has_taken_it(desk: Desk, push: Push) -> None:
    """All see that this customer has an answer; with the next message the customer waits."""
    await desk.instruct("touch")
    assert await texts(desk) == ["Alice · answered\nHello?\nAlice writes to The Shop"] * 3
    push("Thanks, but")
    await desk.jobs.route()
    shown = "Alice · 2 messages\nHello?\nThanks, but\nAlice writes to The Shop"
    assert await texts(desk) == [shown] * 3


@pytest.mark.parametrize("instruction", ["touch", "close"])
async def test_an_owner_without_a_card_is_shown_nothing(desk: Desk, instruction: str) -> None:
    """There is nothing to edit, and nothing is left to do."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await desk.redis.hdel(copies_key(ConversationId("c1")), "1")
    await desk.instruct(instruction)
    await desk.quiet()
    assert len(await desk.cards(1)) == 1
