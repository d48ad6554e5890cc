"""What their owner opens of a conversation that has a topic: it is shown there."""

from datetime import timedelta

import pytest

from desk.topics.conftest import Hand
from desk_at_work.fixtures import Lua
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, OperatorId
from onduty_desk.phones.outbox import Taken

pytestmark = pytest.mark.usefixtures("on_duty")


async def steps_of(hand: Hand) -> dict[str, Taken]:
    """Do what is due; return the last step of each kind."""
    steps: dict[str, Taken] = {}
    async for one in hand.steps():
        steps[one.step] = one
    return steps


async def test_the_menu_of_the_context_message_is_its_own(hand: Hand) -> None:
    """It is drawn into the message that was tapped; its buttons are not taken off."""
    topic = await hand.open_topic()
    assert (await hand.tap(1, Verb.MENU, topic["context"])).result == "menu"
    steps = await steps_of(hand)
    assert steps["edit_context"].view.has_menu
    assert "remove_keyboard" not in steps
    assert await hand.do_all() == []


async def test_what_its_owner_looks_at_is_shown_in_the_topic_alone(hand: Hand) -> None:
    """Their card is one line without pages, though it was opened before the topic was there."""
    for number in range(25):
        await hand.write(f"Line {number}")
    await hand.do_all()
    await hand.claim()
    await hand.do("edit")
    card = (await hand.copy())["card"]
    assert (await hand.tap(1, Verb.OPEN, card)).result == "opened"
    shown = []
    async for one in hand.steps():
        shown += [one] if (one.step, one.chat_id) == ("edit", 1) else []
    assert shown[0].view.turns
    assert shown[-1].view.in_topic
    assert (shown[-1].view.verbs, shown[-1].view.turns) == ([[Verb.CLOSE, Verb.RELEASE]], [])
    assert await hand.do_all() == []


@pytest.mark.parametrize("verb", [Verb.OPEN, Verb.MENU])
async def test_a_late_tap_on_the_card_opens_nothing_in_the_topic(hand: Hand, verb: Verb) -> None:
    topic = await hand.open_topic()
    assert (await hand.tap(1, verb, (await hand.copy())["card"])).result == "yours"
    assert {"view", "menu_until_ms"}.isdisjoint(await hand.copy())
    assert (await hand.tap(1, verb, topic["context"])).result in {"opened", "menu"}


async def test_a_new_card_ends_what_was_looked_at_in_the_topic_too(hand: Hand) -> None:
    """The card takes the look's place: no page of it stays in the topic, where Back would be."""
    topic = await hand.open_topic()
    assert (await hand.tap(1, Verb.OPEN, topic["context"])).result == "opened"
    assert (await steps_of(hand))["edit_context"].view.view == "open"
    shown = await hand.conversations.show_card(ConversationId("c1"), OperatorId(1), update_id=1)
    assert shown.result == "shown"
    steps = await steps_of(hand)
    assert not steps["edit_context"].view.view
    assert steps["edit"].view.in_topic
    assert await hand.do_all() == []


async def test_a_look_that_ends_with_an_edit_of_the_card_ends_in_the_topic_too(
    hand: Hand, lua: Lua
) -> None:
    """Else Back would stay below it until the next change."""
    topic = await hand.open_topic()
    assert (await hand.tap(1, Verb.OPEN, topic["context"])).result == "opened"
    assert (await steps_of(hand))["edit_context"].view.view == "open"
    await hand.pass_time(timedelta(hours=1))
    draw_anew = (
        "local copy = copies.of('c1', '1') copy.version = -1 copies.keep('c1', '1', copy) "
        "edits.request('c1', '1')"
    )
    await hand.redis.eval(lua(draw_anew, "phones/copies", "phones/edits"), 0)
    steps = await steps_of(hand)
    assert steps["edit"].view.in_topic
    assert not steps["edit_context"].view.view
