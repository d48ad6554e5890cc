"""What ends an offer to a colleague besides their answer: time, duty, and what others do."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import Lua, MoveClock, Push
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId, conversation_key
from onduty_desk.model.phone_keys import chat_key, outbox_key
from onduty_desk.roster.group_rules import GroupRules, write_group_rules
from onduty_desk.roster.limits import Limits
from onduty_desk.roster.operators import Roster
from waiting import until

from .passing_on import after, is_in_one_place, pass_on
from .three_phones import C1, CLAIMED, buttons, events, first_lines

SECOND = timedelta(seconds=1)
MINE = ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]
PENDING = ["☑️ Close", "↩️ Release", "Do not pass on", "📝 Note"]
ASKED = ["🙋 Accept", "Decline"]
HERS = "👤 Alice · Operator 1 is answering"
OFFERED = "🟢 Alice · Operator 2 is asked to take over"
ASKS = "🤝 Alice · Operator 1 asks you to take this over"


@pytest.mark.parametrize("answer", [Verb.DECLINE, None])
async def test_not_taken_and_its_owner_off_duty_it_waits_for_the_group(
    redis: Redis, offered: Desk, roster: Roster, move_clock: MoveClock, answer: Verb | None
) -> None:
    """With /off the owner keeps it as long as somebody is asked."""
    await roster.sign_out(OperatorId(1), update_id=77)
    await offered.quiet()
    assert await is_in_one_place(redis) == "1"
    if answer:
        await offered.tap(2, answer)
    else:
        await after(offered, move_clock, 31)
    await offered.quiet()
    assert await is_in_one_place(redis) == "support"
    kind, event = (await events(redis))[-1]
    assert (kind, event["reason"]) == ("released", "off_duty")
    assert (await first_lines(offered))[1:] == ["↩️ Alice · returned from Operator 1"] * 2
    assert (await buttons(offered))[1:] == [["🙋 I'll answer", "⋯"]] * 2


async def test_an_owner_off_duty_is_relieved_by_who_accepts(
    redis: Redis, offered: Desk, roster: Roster, push: Push
) -> None:
    """A message that comes meanwhile does not put it into the line."""
    await roster.sign_out(OperatorId(1), update_id=77)
    push("Still there?")
    await offered.jobs.route()
    assert await is_in_one_place(redis) == "1"
    assert (await offered.tap(2, Verb.ACCEPT)).result == "claimed"
    assert await is_in_one_place(redis) == "2"


@pytest.mark.parametrize("why", ["off", "blocked", "removed", "phrase"])
async def test_a_colleague_who_goes_off_duty_is_not_waited_for(
    redis: Redis, offered: Desk, roster: Roster, why: str
) -> None:
    """It is the owner's again at once, who is told; whoever was asked cannot take it any more."""
    (card,) = await offered.cards(2)
    await roster.sign_out(OperatorId(2), why)  # type: ignore[arg-type]
    assert (await offered.tap(2, Verb.ACCEPT, card.message_id)).result == "off_duty"
    await offered.run_timers()
    await offered.quiet()
    assert await is_in_one_place(redis) == "1"
    _, note = await offered.cards(1)
    assert note.text == "↩️ Operator 2 cannot take Alice now"
    assert [card.button_texts for card in await offered.cards(2) if card.buttons] == []


async def test_a_colleague_who_pauses_is_not_waited_for(
    redis: Redis, offered: Desk, pauses: Pauses
) -> None:
    """As with /off: it is the owner's again at once, who is told."""
    await pauses.pause(OperatorId(2), update_id=77, lasting=None)
    await offered.run_timers()
    await offered.quiet()
    assert await is_in_one_place(redis) == "1"
    assert (await offered.cards(1))[-1].text == "↩️ Operator 2 cannot take Alice now"
    assert (await buttons(offered))[:2] == [MINE, ["👀 Open"]]


async def test_an_owner_who_pauses_keeps_it_until_there_is_an_answer(
    redis: Redis, offered: Desk, pauses: Pauses
) -> None:
    """Declined, it waits for the others: its owner has said that they cannot."""
    await pauses.pause(OperatorId(1), update_id=77, lasting=None)
    await offered.quiet()
    assert await is_in_one_place(redis) == "1"
    await offered.tap(2, Verb.DECLINE)
    await offered.quiet()
    assert await is_in_one_place(redis) == "support"
    kind, event = (await events(redis))[-1]
    assert (kind, event["reason"]) == ("released", "paused")


@pytest.mark.parametrize(
    ("capacity", "limit", "full"), [(1, 0, "group_full"), (0, 1, "limit_full")]
)
async def test_who_has_no_room_cannot_accept_until_they_have(
    redis: Redis, offered: Desk, push: Push, capacity: int, limit: int, full: str
) -> None:
    """They took another meanwhile; the question stays, and they answer it in time or not."""
    (card,) = await offered.cards(2)
    push("Hello", conversation="c2", customer_name="Bob")
    await offered.jobs.route()
    await offered.quiet()
    *_, bob = await offered.cards(2)
    await offered.tap(2, Verb.CLAIM, bob.message_id)
    await write_group_rules(redis, ["support"], {"support": GroupRules(capacity=capacity)})
    await Limits(redis).set(OperatorId(2), limit)
    tapped = await offered.tap(2, Verb.ACCEPT, card.message_id)
    assert (tapped.result, tapped.name) == (full, "1")
    await offered.quiet()
    assert await is_in_one_place(redis) == "1"
    assert (await offered.card(2)).button_texts == ASKED
    await offered.tap(2, Verb.CLOSE, bob.message_id)
    assert (await offered.tap(2, Verb.ACCEPT, card.message_id)).result == "claimed"
    assert await is_in_one_place(redis) == "2"


async def test_who_goes_while_the_card_arrives_is_not_waited_for(
    redis: Redis, offered: Desk, roster: Roster, lua: Lua
) -> None:
    """Their time does not begin any more."""
    await roster.sign_out(OperatorId(2), update_id=77)
    await redis.hdel(conversation_key(C1), "pass_shown")
    arrives = lua(
        "offers.note_shown('c1', conversations.read('c1'))\n",
        "conversations/offers",
        "conversations/conversations",
    )
    await redis.eval(arrives, 0)
    await offered.run_timers()
    assert await is_in_one_place(redis) == "1"
    assert not await redis.hexists(conversation_key(C1), "pass_to")


@pytest.mark.parametrize("why", ["blocked", "removed"])
async def test_an_owner_who_is_taken_off_duty_passes_nothing_on(
    redis: Redis, offered: Desk, roster: Roster, why: str
) -> None:
    """It waits for everyone; who was asked can take it as anybody can."""
    await roster.sign_out(OperatorId(1), why)  # type: ignore[arg-type]
    await offered.jobs.look()
    await offered.quiet()
    assert await is_in_one_place(redis) == "support"
    assert (await buttons(offered))[1:] == [["🙋 I'll answer", "⋯"]] * 2


async def test_closed_meanwhile_nobody_can_accept(redis: Redis, offered: Desk) -> None:
    """The card goes from the colleague's phone."""
    (card,) = await offered.cards(2)
    await offered.tap(1, Verb.CLOSE)
    assert (await offered.tap(2, Verb.ACCEPT, card.message_id)).result == "is_closed"
    await offered.quiet()
    assert await offered.cards(2) == []
    assert await is_in_one_place(redis) == "closed"


async def test_a_third_who_takes_it_over_has_it(redis: Redis, offered: Desk) -> None:
    """Neither the owner nor who was asked; all cards say so."""
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await offered.tap(3, verb)
    tapped = await offered.tap(2, Verb.ACCEPT)
    assert (tapped.result, tapped.name) == ("taken", "Operator 3")
    theirs = "👤 Alice · Operator 3 is answering"
    assert await first_lines(offered) == [theirs, theirs, CLAIMED]
    assert await buttons(offered) == [["👀 Open"], ["👀 Open"], MINE]
    assert await is_in_one_place(redis) == "3"


async def test_a_release_meanwhile_ends_it(redis: Redis, offered: Desk) -> None:
    """It waits, and whoever was asked sees it as the others do."""
    await offered.tap(1, Verb.RELEASE)
    await offered.quiet()
    assert await is_in_one_place(redis) == "support"
    assert await buttons(offered) == [["🙋 I'll answer", "⋯"]] * 3


async def test_a_card_that_cannot_be_sent_is_waited_for_no_longer(
    redis: Redis, owned: Desk, move_clock: MoveClock
) -> None:
    """Given up, it is on no way to the colleague any more: the owner hears that they cannot."""
    now_s, _ = await redis.time()
    await redis.hset(chat_key(ChatId(2)), "next_at_ms", str((now_s + 100) * 1000))
    await pass_on(owned, 1, 2)
    await redis.zrem(outbox_key(ChatId(2)), "c1")
    await move_clock(31 * SECOND)
    await owned.run_timers()

    async def messages() -> int:
        return len(await owned.cards(1))

    await until(messages, equals=2)
    assert (await owned.cards(1))[-1].text == "↩️ Operator 2 cannot take Alice now"
    assert await is_in_one_place(redis) == "1"
