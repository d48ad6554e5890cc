"""One owner: who claims and takes over; what phones show; which events are sent."""

import asyncio
import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.bot_keys import decided_key
from onduty_desk.model.keys import OperatorId, claims_key, conversation_key, copies_key, waiting_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Sandbox

from .three_phones import C1, CLAIMED, buttons, events, first_lines


async def test_a_waiting_card_offers_to_answer_and_to_look(desk: Desk) -> None:
    """Its text is the contract's, its buttons are below."""
    assert await first_lines(desk) == ["Hello?"] * 3
    assert await buttons(desk) == [["🙋 I'll answer", "⋯"]] * 3


async def test_one_tap_claims_and_every_copy_says_who(redis: Redis, desk: Desk) -> None:
    """The owner has the owner's buttons, the others see one line, and can open it."""
    assert (await desk.tap(2, Verb.CLAIM)).result == "claimed"
    other = "👤 Alice · Operator 2 is answering"
    assert await first_lines(desk) == [other, CLAIMED, other]
    assert await buttons(desk) == [
        ["👀 Open"],
        ["☑️ Close", "↩️ Release", "⋯", "📝 Note"],
        ["👀 Open"],
    ]
    assert (await desk.card(1)).text == other
    assert (await desk.card(2)).text == f"{CLAIMED}\nHello?\nAlice writes to The Shop"
    assert [kind for kind, _ in await events(redis)] == ["claimed"]
    assert await redis.zrange(waiting_key("support"), 0, -1) == []
    assert await redis.zrange(claims_key(OperatorId(2)), 0, -1) == ["c1"]


async def test_of_many_taps_at_once_one_wins(redis: Redis, desk: Desk) -> None:
    """The others are told who."""
    tapped = await asyncio.gather(*(desk.tap(operator, Verb.CLAIM) for operator in (1, 2, 3)))
    (winner,) = (n for n, tap in enumerate(tapped, 1) if tap.result == "claimed")
    losers = [tap for tap in tapped if tap.result != "claimed"]
    assert [(tap.result, tap.name) for tap in losers] == [("taken", f"Operator {winner}")] * 2
    assert len(await events(redis)) == 1


async def test_the_same_tap_handled_twice_claims_once(redis: Redis, desk: Desk) -> None:
    """A killed bot gets its update again; the answer is the same, even if all has changed since."""
    assert (await desk.tap(1, Verb.CLAIM, update=7)).result == "claimed"
    await desk.tap(1, Verb.RELEASE)
    assert (await desk.tap(1, Verb.CLAIM, update=7)).result == "claimed"
    assert await redis.hget(conversation_key(C1), "state") == "waiting"


async def test_how_long_they_had_waited_is_told_once(redis: Redis, desk: Desk) -> None:
    """It is counted by who decides; a bot of the release before knows no third value to read."""
    assert (await desk.tap(1, Verb.CLAIM, update=7)).waited_s is not None
    assert json.loads(await redis.get(decided_key(7)) or "") == ["claimed", ""]
    assert (await desk.tap(1, Verb.CLAIM, update=7)).waited_s is None


async def test_the_same_tap_twice(redis: Redis, desk: Desk) -> None:
    """The second tap changes nothing."""
    await desk.tap(1, Verb.CLAIM)
    assert (await desk.tap(1, Verb.CLAIM)).result == "yours"
    assert len(await events(redis)) == 1


@pytest.mark.parametrize("verb", ["claim ", "", "own", "claim:2", "CLAIM", "x" * 64, "invite"])
async def test_invented_callback_data_does_nothing(redis: Redis, desk: Desk, verb: str) -> None:
    """Only the verbs there are."""
    assert (await desk.tap(1, verb)).result == "unknown"
    assert await events(redis) == []


async def test_a_tap_on_no_card_does_nothing(redis: Redis, desk: Desk) -> None:
    """A message that shows no conversation, or one of another chat."""
    assert (await desk.tap(1, Verb.CLAIM, 4711)).result == "unknown"
    assert await events(redis) == []


async def card_whose_place_is_not_known(desk: Desk, push: Push, sandbox: Sandbox) -> int:
    """Return the card of another customer that Telegram shows but has not yet answered for."""
    await sandbox.fault("slow", "sendMessage", chat_id=1, delay_s=HELD_S, taken_first=True)
    push("Anybody?", conversation="c2")
    await desk.jobs.route()
    return (await desk.phones[0].wait_for("Anybody?")).message_id


async def test_a_tap_before_telegrams_answer_to_the_send(
    desk: Desk, push: Push, sandbox: Sandbox
) -> None:
    """The card is there, its place is not known yet: that is waited for."""
    card = await card_whose_place_is_not_known(desk, push, sandbox)
    tapping = asyncio.create_task(desk.tap(1, Verb.CLAIM, card))
    assert not (await asyncio.wait([tapping], timeout=0.1))[0]
    await sandbox.clear_faults()
    assert (await tapping).result == "claimed"
    await desk.phones[0].wait_for(lambda m: m.message_id == card and m.text.startswith(CLAIMED))


async def test_a_place_that_stays_unknown_for_long(
    desk: Desk, push: Push, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is decided, and the next tap does it."""
    monkeypatch.setattr("onduty_desk.conversations.ownership._WAIT_FOR_ITS_PLACE_S", 0)
    card = await card_whose_place_is_not_known(desk, push, sandbox)
    assert (await desk.tap(1, Verb.CLAIM, card, update=77)).result == "on_its_way"
    await sandbox.clear_faults()
    await desk.quiet()
    assert (await desk.tap(1, Verb.CLAIM, card, update=77)).result == "claimed"


async def test_off_duty_nothing_can_be_claimed(redis: Redis, desk: Desk, roster: Roster) -> None:
    """The card stays on the phone, without its buttons."""
    card = (await desk.card(1)).message_id
    await roster.sign_out(OperatorId(1))
    assert (await desk.tap(1, Verb.CLAIM, card)).result == "off_duty"
    assert await buttons(desk) == [[], ["🙋 I'll answer", "⋯"], ["🙋 I'll answer", "⋯"]]
    assert await events(redis) == []


async def test_another_groups_conversation_cannot_be_claimed(
    redis: Redis, desk: Desk, roster: Roster, come_on: ComeOn
) -> None:
    """Rights are those of now: operator 1 had the card when they were in the group."""
    card = (await desk.card(1)).message_id
    await roster.sign_out(OperatorId(1))
    await come_on(1, group="sales")
    assert (await desk.tap(1, Verb.CLAIM, card)).result == "other_group"
    assert await events(redis) == []


@pytest.mark.parametrize("verb", [Verb.RELEASE, Verb.CLOSE, Verb.KEEP])
async def test_only_the_owner_does_what_owners_do(redis: Redis, desk: Desk, verb: Verb) -> None:
    """Others are told who the owner is, or that there is none."""
    assert (await desk.tap(1, verb)).result == "waiting"
    await desk.tap(2, Verb.CLAIM)
    assert await desk.tap(1, verb) == await desk.tap(3, verb)
    assert (await desk.tap(1, verb)).result == "taken"
    assert len(await events(redis)) == 1


async def test_taking_over_asks_first_and_tells_the_owner(redis: Redis, desk: Desk) -> None:
    """Open, take over, yes: one event, with whose it was."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert (await desk.tap(2, Verb.CONFIRM)).result == "taken"
    assert (await desk.tap(2, Verb.OPEN)).result == "opened"
    assert (await buttons(desk))[1] == ["Take over", "Back"]
    asked = await desk.tap(2, Verb.TAKE_OVER)
    assert (asked.result, asked.name) == ("confirm", "Operator 1")
    assert (await buttons(desk))[1] == ["Yes, take over from Operator 1", "No"]
    assert (await desk.tap(2, Verb.CONFIRM)).result == "claimed"
    assert await first_lines(desk) == [
        "👤 Alice · Operator 2 is answering",
        CLAIMED,
        "👤 Alice · Operator 2 is answering",
    ]
    assert (await desk.cards(1))[1].text == "🔄 Operator 2 took over Alice from you"
    kind, event = (await events(redis))[-1]
    assert kind == "claimed"
    assert event["operator"] == {"id": 2, "name": "Operator 2"}
    assert event["previous"] == {"id": 1, "name": "Operator 1"}


async def test_a_confirming_tap_is_for_the_owner_it_named(redis: Redis, desk: Desk) -> None:
    """Taken over by somebody else in between, it is asked anew."""
    await desk.tap(1, Verb.CLAIM)
    for verb in (Verb.OPEN, Verb.TAKE_OVER):
        await desk.tap(2, verb)
        await desk.tap(3, verb)
    await desk.tap(3, Verb.CONFIRM)
    again = await desk.tap(2, Verb.CONFIRM)
    assert (again.result, again.name) == ("asked_again", "Operator 3")
    assert (await buttons(desk))[1] == ["Yes, take over from Operator 3", "No"]
    assert (await desk.tap(2, Verb.CONFIRM)).result == "claimed"
    assert [kind for kind, _ in await events(redis)] == ["claimed"] * 3


async def test_follow_ups_go_to_the_owner_alone_as_replies(
    desk: Desk, push: Push, move_clock: MoveClock
) -> None:
    """And they ring, if the last ring is not just over (see test_owners_rings.py)."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await move_clock(timedelta(seconds=31))
    push("Still there?")
    await desk.jobs.route()
    await desk.quiet()
    card, follow_up = await desk.cards(1)
    assert follow_up.text.startswith("🟢 Alice · writes again\nStill there?")
    assert follow_up.reply_to == card.message_id
    assert follow_up.button_texts == []
    assert not follow_up.silent
    assert len(await desk.cards(2)) == 1


async def test_an_urgent_one_is_urgent_until_it_is_closed(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """The priority is the highest since the last close."""
    push("Fire!", priority="urgent")
    await desk.jobs.route()
    assert await redis.hget(conversation_key(C1), "priority") == "urgent"
    await desk.tap(1, Verb.CLAIM)
    push("It is out", priority="low")
    await desk.jobs.route()
    assert await redis.hget(conversation_key(C1), "priority") == "urgent"
    await desk.quiet()
    await desk.tap(1, Verb.CLOSE)
    push("Thank you", priority="low")
    await desk.jobs.route()
    assert await redis.hget(conversation_key(C1), "priority") == "low"


async def test_who_comes_on_later_sees_it_as_it_is(
    redis: Redis, desk: Desk, roster: Roster, come_on: ComeOn
) -> None:
    """The card of before stays without buttons until somebody answers."""
    await roster.sign_out(OperatorId(3))
    await desk.quiet()
    assert [card.button_texts for card in await desk.cards(3)] == [[]]
    await desk.tap(1, Verb.CLAIM)
    await come_on(3)
    await desk.quiet()
    assert await desk.cards(3) == []
    assert "3" not in await redis.hkeys(copies_key(C1))
