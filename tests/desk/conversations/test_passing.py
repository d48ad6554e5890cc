"""Passing a customer on to a colleague, who is asked and accepts, declines or lets time pass."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock, Push
from onduty.events import ConversationDelegated, parse_event
from onduty_desk.conversations.ownership import Conversations, PassOutcome
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId, conversation_key
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.roster.operators import Roster

from .passing_on import after, ask, is_in_one_place, pass_on
from .three_phones import C1, CLAIMED, buttons, events, first_lines, texts

SECOND = timedelta(seconds=1)
MINE = ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]
PENDING = ["☑️ Close", "↩️ Release", "Do not pass on", "📝 Note"]
ASKED = ["🙋 Accept", "Decline"]
HERS = "👤 Alice · Operator 1 is answering"
OFFERED = "🟢 Alice · Operator 2 is asked to take over"
ASKS = "🤝 Alice · Operator 1 asks you to take this over"


async def test_a_colleague_is_asked_by_a_card_that_rings(redis: Redis, offered: Desk) -> None:
    """With the reason and what was written; until then the owner stays who they are."""
    assert await first_lines(offered) == [OFFERED, ASKS, HERS]
    assert await buttons(offered) == [PENDING, ASKED, ["👀 Open"]]
    (card,) = await offered.cards(2)
    assert card.text == f"{ASKS}\n“speaks French”\nHello?\nAlice writes to The Shop"
    assert not card.silent
    assert await is_in_one_place(redis) == "1"
    assert [kind for kind, _ in await events(redis)] == ["claimed"]


async def test_the_lease_stands_still_until_there_is_an_answer(
    redis: Redis, offered: Desk, move_clock: MoveClock
) -> None:
    """And begins anew with the time that it always has."""
    assert await redis.hget(conversation_key(C1), "nudge_at_ms") is None
    await offered.tap(1, Verb.OPEN)
    assert await redis.hget(conversation_key(C1), "nudge_at_ms") is None
    await offered.tap(2, Verb.DECLINE)
    await after(offered, move_clock, 181)
    assert await redis.hget(conversation_key(C1), "nudged") == "1"


async def test_who_accepts_has_it(redis: Redis, offered: Desk) -> None:
    """The backend hears from whom, why and in which group; the reason stays on the card."""
    assert (await offered.tap(2, Verb.ACCEPT)).result == "claimed"
    theirs = "👤 Alice · Operator 2 is answering"
    assert await first_lines(offered) == [theirs, CLAIMED, theirs]
    assert await buttons(offered) == [["👀 Open"], MINE, ["👀 Open"]]
    (card,) = await offered.cards(2)
    assert card.text.splitlines()[1:4] == [
        "🤝 passed on by Operator 1",
        "“speaks French”",
        "Hello?",
    ]
    assert [len(await offered.cards(n)) for n in (1, 3)] == [1, 1]
    event = parse_event((await events(redis))[-1][1])
    assert isinstance(event, ConversationDelegated)
    assert event.operator
    assert event.previous
    assert (event.operator.id, event.previous.id) == (2, 1)
    assert (event.group, event.reason) == ("support", "speaks French")
    assert await is_in_one_place(redis) == "2"
    assert await redis.hget(conversation_key(C1), "nudge_at_ms") is not None
    assert (await offered.tap(2, Verb.ACCEPT)).result == "yours"


async def test_who_declines_leaves_it_where_it_is(redis: Redis, offered: Desk) -> None:
    """The owner is told by whom; the colleague's card is as any colleague's."""
    tapped = await offered.tap(2, Verb.DECLINE)
    assert (tapped.result, tapped.name) == ("declined", "Operator 1")
    assert await first_lines(offered) == [CLAIMED, HERS, HERS]
    assert await buttons(offered) == [MINE, ["👀 Open"], ["👀 Open"]]
    card, note = await offered.cards(1)
    assert (note.text, note.reply_to) == ("↩️ Operator 2 declined Alice", card.message_id)
    assert not note.silent
    assert await is_in_one_place(redis) == "1"
    assert [kind for kind, _ in await events(redis)] == ["claimed"]
    assert (await offered.tap(2, Verb.DECLINE)).result == "taken"


async def test_not_taken_in_time_it_is_the_owners_again(
    redis: Redis, offered: Desk, move_clock: MoveClock
) -> None:
    """After half a minute, once; both sides are told."""
    await after(offered, move_clock, 25)
    assert await is_in_one_place(redis) == "1"
    assert (await buttons(offered))[1] == ASKED
    await after(offered, move_clock, 31)
    await offered.run_timers()
    assert await first_lines(offered) == [CLAIMED, HERS, HERS]
    notes = [(await offered.cards(n))[-1].text for n in (1, 2)]
    assert notes == [
        "⌛ Operator 2 did not answer in time about Alice",
        "⌛ Alice is not offered to you any more: time was up",
    ]
    assert [len(await offered.cards(n)) for n in (1, 2)] == [2, 2]
    assert (await offered.tap(2, Verb.ACCEPT)).result == "taken"


async def test_the_time_begins_when_the_card_has_come(
    redis: Redis, owned: Desk, move_clock: MoveClock
) -> None:
    """A phone that Telegram asks to wait for has missed nothing."""
    now_s, _ = await redis.time()
    await redis.hset(chat_key(ChatId(2)), "next_at_ms", str((now_s + 100) * 1000))
    await pass_on(owned, 1, 2)
    for seconds in (40, 80):
        await move_clock(seconds * SECOND)
        await owned.run_timers()
        assert await redis.hget(conversation_key(C1), "pass_to") == "2"
    await after(owned, move_clock, 110)
    assert (await buttons(owned))[1] == ASKED
    await after(owned, move_clock, 135)
    assert (await buttons(owned))[1] == ASKED
    await after(owned, move_clock, 145)
    assert (await buttons(owned))[1] == ["👀 Open"]


async def test_the_owner_can_think_again(redis: Redis, offered: Desk) -> None:
    """Nobody gets a note; the colleague's card says whose it is."""
    assert (await offered.tap(1, Verb.TAKE_BACK)).result == "renewed"
    assert await buttons(offered) == [MINE, ["👀 Open"], ["👀 Open"]]
    assert [len(await offered.cards(n)) for n in (1, 2, 3)] == [1, 1, 1]
    tapped = await offered.tap(2, Verb.ACCEPT)
    assert (tapped.result, tapped.name) == ("taken", "Operator 1")
    assert await is_in_one_place(redis) == "1"


async def test_what_the_customer_writes_meanwhile_is_on_both_cards(
    offered: Desk, push: Push
) -> None:
    """The owner gets it as ever; who is asked sees it without another ring."""
    push("C'est urgent")
    await offered.jobs.route()
    await offered.quiet()
    assert (await offered.cards(1))[-1].text.startswith("🟢 Alice · writes again\nC'est urgent")
    (card,) = await offered.cards(2)
    assert "Hello?\nC'est urgent" in card.text
    assert card.button_texts == ASKED
    await offered.tap(2, Verb.ACCEPT)
    await offered.quiet()
    (card,) = await offered.cards(2)
    assert "Hello?\nC'est urgent" in card.text


async def test_one_at_a_time_is_asked(redis: Redis, offered: Desk) -> None:
    """A second pass says who is asked already."""
    done = await pass_on(offered, 1, 3)
    assert (done.result, done.name) == ("asks", "Operator 2")
    assert await redis.hget(conversation_key(C1), "pass_to") == "2"
    assert (await pass_on(offered, 1, group="sales")).result == "asks"
    assert await is_in_one_place(redis) == "1"


@pytest.mark.parametrize("to", [1, 4, 4711])
async def test_only_a_colleague_on_duty_in_its_group_is_asked(
    redis: Redis, owned: Desk, to: int
) -> None:
    """Not oneself, not somebody off duty, not somebody invented."""
    assert (await pass_on(owned, 1, to)).result == "unavailable"
    assert "pass_to" not in await redis.hgetall(conversation_key(C1))


async def test_only_what_one_has_or_can_take_is_passed_on(
    redis: Redis, owned: Desk, roster: Roster
) -> None:
    """Not a colleague's, nor what waits when one is off duty, nor what is closed."""
    done = await pass_on(owned, 2, 3)
    assert (done.result, done.name) == ("taken", "Operator 1")
    await owned.tap(1, Verb.RELEASE)
    await roster.sign_out(OperatorId(3), update_id=78)
    assert (await pass_on(owned, 3, 2)).result == "off_duty"
    await owned.instruct("close")
    assert (await pass_on(owned, 1, 2)).result == "is_closed"
    assert await is_in_one_place(redis) == "closed"


async def test_what_waits_can_be_passed_on_and_stays_in_line(redis: Redis, desk: Desk) -> None:
    """Who accepts has it from who passed it on; a decline is told to them."""
    assert (await pass_on(desk, 3, 2, reason="a friend")).result == "offered"
    assert (await first_lines(desk))[1] == "🤝 Alice · Operator 3 asks you to take this over"
    assert await buttons(desk) == [["🙋 I'll answer", "⋯"], ASKED, ["🙋 I'll answer", "⋯"]]
    assert await is_in_one_place(redis) == "support"
    await desk.tap(2, Verb.DECLINE)
    await desk.quiet()
    assert (await desk.cards(3))[-1].text == "↩️ Operator 2 declined Alice"
    assert await buttons(desk) == [["🙋 I'll answer", "⋯"]] * 3
    await pass_on(desk, 3, 2, reason="a friend")
    await desk.quiet()
    assert (await desk.tap(2, Verb.ACCEPT)).result == "claimed"
    kind, event = (await events(redis))[-1]
    assert (kind, event["previous"], event["reason"]) == (
        "delegated",
        {"id": 3, "name": "Operator 3"},
        "a friend",
    )
    assert await is_in_one_place(redis) == "2"


async def test_what_waits_and_is_offered_can_be_taken_by_anybody(redis: Redis, desk: Desk) -> None:
    """First come, first served: the customer waits for nobody."""
    await pass_on(desk, 3, 2)
    await desk.quiet()
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"
    assert (await desk.tap(2, Verb.ACCEPT)).result == "taken"
    assert await first_lines(desk) == [CLAIMED, HERS, HERS]
    assert await is_in_one_place(redis) == "1"


async def test_the_text_of_who_was_not_asked_is_for_something_else(
    redis: Redis, owned: Desk, conversations: Conversations
) -> None:
    """So is a reply to another message, and the text after the one that was the reason."""
    nothing = PassOutcome("not_asked")
    assert await conversations.pass_on(OperatorId(1), None, "Hi", update_id=1) == nothing
    await ask(redis, 1, 2)
    assert await conversations.pass_on(OperatorId(1), 12, "Hi", update_id=2) == nothing
    assert (await conversations.pass_on(OperatorId(1), 4711, "Hi", update_id=3)).result == "offered"
    assert await conversations.pass_on(OperatorId(1), None, "Hi", update_id=4) == nothing
    assert await texts(owned)


async def test_a_repeated_update_passes_it_on_once(redis: Redis, owned: Desk) -> None:
    """A killed bot handles the text again, after the colleague has declined."""
    first = await pass_on(owned, 1, 2, update=99)
    await owned.quiet()
    await owned.tap(2, Verb.DECLINE)
    assert await pass_on(owned, 1, 2, update=99) == first
    assert "pass_to" not in await redis.hgetall(conversation_key(C1))


async def test_who_passed_it_on_is_not_told_by_whom_it_was(offered: Desk) -> None:
    """They have taken it over again; whoever else takes it still reads why."""
    await offered.tap(2, Verb.ACCEPT)
    await offered.quiet()
    for operator, lines in ((1, []), (3, ["🤝 passed on by Operator 1", "“speaks French”"])):
        for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
            await offered.tap(operator, verb)
            await offered.quiet()
        *_, card = await offered.cards(operator)
        assert card.text.splitlines() == [CLAIMED, *lines, "Hello?", "Alice writes to The Shop"]
