"""Released, or left by an owner who goes: it waits again, and who is called can take it."""

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId, claims_key, waiting_key
from onduty_desk.roster.operators import Roster

from .three_phones import CLAIMED, buttons, events, first_lines


async def test_released_it_waits_again_and_rings_the_others(redis: Redis, desk: Desk) -> None:
    """In a reply to their card; who released it is not rung."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    assert (await desk.tap(2, Verb.RELEASE)).result == "released"
    back = "↩️ Returned from Operator 2"
    assert await first_lines(desk) == [back, "↩️ It was yours", back]
    assert await buttons(desk) == [["🙋 I'll answer", "👀 Look"]] * 3
    note = (await desk.cards(1))[1]
    assert note.text == "↩️ Alice waits again: Operator 2 released it"
    assert note.reply_to == (await desk.card(1)).message_id
    assert not note.silent
    assert note.button_texts == ["🙋 I'll answer"]
    assert len(await desk.cards(2)) == 1
    assert [kind for kind, _ in await events(redis)] == ["claimed", "released"]
    assert (await events(redis))[1][1]["reason"] == "released"
    assert await redis.zrange(waiting_key("support"), 0, -1) == ["c1"]
    assert not await redis.exists(claims_key(OperatorId(2)))


async def test_a_ring_for_a_released_one_ends_when_it_is_taken(desk: Desk) -> None:
    """Nobody is called to what is already answered."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    await desk.tap(2, Verb.RELEASE)
    await desk.tap(3, Verb.CLAIM)
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2, 3)] == [1, 1, 1]
    assert await first_lines(desk) == ["✅ Operator 3 is answering"] * 2 + [CLAIMED]


async def test_who_is_called_can_answer_there(desk: Desk) -> None:
    """The note has the button too; it goes away with the tap, the card has the owner's."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    await desk.tap(2, Verb.RELEASE)
    await desk.quiet()
    note = (await desk.cards(1))[1]
    assert (await desk.tap(1, Verb.CLAIM, note.message_id)).result == "claimed"
    await desk.quiet()
    (card,) = await desk.cards(1)
    assert card.button_texts == ["☑️ Close", "↩️ Release"]


async def test_a_call_with_words_of_the_customer_keeps_them(
    desk: Desk, push: Push, roster: Roster
) -> None:
    """Only its button goes when it is taken."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await roster.sign_out(OperatorId(1))
    push("Still there?")
    await desk.jobs.route()
    await desk.quiet()
    assert (await desk.cards(2))[1].button_texts == ["🙋 I'll answer"]
    await desk.tap(3, Verb.CLAIM)
    await desk.quiet()
    call = (await desk.cards(2))[1]
    assert "Still there?" in call.text
    assert call.button_texts == []


async def test_a_follow_up_to_one_who_is_off_returns_it_at_once(
    redis: Redis, desk: Desk, push: Push, roster: Roster
) -> None:
    """The customer does not wait for a lease to end."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await roster.sign_out(OperatorId(1))
    push("Still there?")
    await desk.jobs.route()
    await desk.quiet()
    kind, event = (await events(redis))[-1]
    assert (kind, event["reason"]) == ("released", "off_duty")
    texts = [card.text for card in await desk.cards(2)]
    assert texts[0].startswith("↩️ Returned from Operator 1\n2 messages\nHello?\nStill there?")
    assert texts[1].startswith("↩️ Alice waits again: Operator 1 went off duty\nStill there?")


async def test_off_duty_an_owner_can_still_release_and_close(desk: Desk, roster: Roster) -> None:
    """Their cards keep these buttons."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await roster.sign_out(OperatorId(1))
    assert (await buttons(desk))[0] == ["☑️ Close", "↩️ Release"]
    assert (await desk.tap(1, Verb.RELEASE)).result == "released"
    assert (await buttons(desk))[0] == []
