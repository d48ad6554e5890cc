"""Released, or left by an owner who goes: it waits again, and who is called can take it."""

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId, claims_key, waiting_key
from onduty_desk.roster.operators import Roster

from .three_phones import CLAIMED, buttons, events, first_lines


async def test_released_it_waits_again_and_rings_the_others(redis: Redis, desk: Desk) -> None:
    """By a new card in the place of theirs; who released it is not rung."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    old = await desk.card(1)
    assert (await desk.tap(2, Verb.RELEASE)).result == "released"
    back = "↩️ Alice · returned from Operator 2"
    assert await first_lines(desk) == [back, "↩️ Alice · it was yours", back]
    assert await buttons(desk) == [["🙋 I'll answer", "⋯"]] * 3
    (card,) = await desk.cards(1)
    assert card.message_id > old.message_id
    assert not card.silent
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
    assert await first_lines(desk) == ["👤 Alice · Operator 3 is answering"] * 2 + [CLAIMED]


async def test_who_is_called_can_answer_there(desk: Desk) -> None:
    """What rang has the button, and becomes the owner's card with the tap."""
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    await desk.tap(2, Verb.RELEASE)
    await desk.quiet()
    (rung,) = await desk.cards(1)
    assert (await desk.tap(1, Verb.CLAIM, rung.message_id)).result == "claimed"
    await desk.quiet()
    (card,) = await desk.cards(1)
    assert card.message_id == rung.message_id
    assert card.button_texts == ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]


async def test_a_long_conversation_rings_again_with_its_newest_words(
    desk: Desk, push: Push
) -> None:
    """What was said before is drawn into the card that rang: nothing is sent twice over."""
    await desk.tap(2, Verb.CLAIM)
    push("Two", "Three")
    await desk.jobs.route()
    await desk.quiet()
    await desk.tap(2, Verb.RELEASE)
    await desk.quiet()
    for operator in (1, 2):
        (card,) = await desk.cards(operator)
        assert "3 messages\nHello?\nTwo\nThree" in card.text


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
    (card,) = await desk.cards(2)
    assert card.text.startswith(
        "↩️ Alice · returned from Operator 1\n2 messages\nHello?\nStill there?"
    )


async def test_off_duty_an_owner_can_still_release_and_close(desk: Desk, roster: Roster) -> None:
    """Their cards keep these buttons."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await roster.sign_out(OperatorId(1))
    assert (await buttons(desk))[0] == ["☑️ Close", "↩️ Release"]
    assert (await desk.tap(1, Verb.RELEASE)).result == "released"
    assert (await buttons(desk))[0] == []
