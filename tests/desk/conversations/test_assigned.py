"""Assigning: what waits is offered to one after the other, who accepts or declines."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import CLOCK, TELEGRAM, ChatId, ConversationId, OperatorId
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.model.roster_keys import PAUSED, PAUSED_FOR_MISSING
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.timers import Timers

from .by_rules import ASSIGNED, go_by, offered, rings, write
from .passing_on import after, fields_of_c1
from .three_phones import CLAIMED, events

ONE, TWO, THREE = OperatorId(1), OperatorId(2), OperatorId(3)
ASKED = ["🙋 Accept", "Decline"]


@pytest.fixture
async def desk(asked: Desk) -> Desk:
    return asked


async def test_it_is_offered_to_one(redis: Redis, desk: Desk) -> None:
    """Nobody else hears of it; its first line asks."""
    assert (await rings(desk), await offered(redis)) == ([1, 0, 0], {"c1": 1})
    card = await desk.card(1)
    assert card.text.splitlines()[0] == "🙋 Alice waits: will you answer?"
    assert card.button_texts == ASKED


async def test_accepted_it_is_theirs_by_a_claim(redis: Redis, desk: Desk) -> None:
    """As if they had taken it themselves: nobody has passed it on."""
    assert (await desk.tap(1, Verb.ACCEPT)).result == "claimed"
    await desk.quiet()
    assert (await desk.card(1)).text.splitlines()[0] == CLAIMED
    ((kind, event),) = await events(redis)
    assert (kind, event["operator"]) == ("claimed", {"id": 1, "name": "Operator 1"})
    assert "handed_by" not in await fields_of_c1(redis)
    assert await offered(redis) == {}


async def test_declined_the_next_is_asked_at_once(redis: Redis, desk: Desk) -> None:
    """The card goes from the phone of who declined."""
    assert (await desk.tap(1, Verb.DECLINE)).result == "declined_offer"
    await desk.quiet()
    assert (await rings(desk), await offered(redis)) == ([1, 1, 0], {"c1": 2})
    assert await desk.cards(1) == []


async def test_not_taken_in_time_it_goes_to_the_next(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """The time begins when the card is on the phone."""
    await after(desk, move_clock, 29)
    assert await offered(redis) == {"c1": 1}
    await after(desk, move_clock, 31)
    assert (await rings(desk), await offered(redis)) == ([1, 1, 0], {"c1": 2})
    assert await desk.cards(1) == []
    await after(desk, move_clock, 62)
    assert (await rings(desk), await offered(redis)) == ([1, 1, 1], {"c1": 3})


async def test_who_was_asked_before_cannot_take_it_with_an_old_button(
    desk: Desk, move_clock: MoveClock
) -> None:
    """Nobody but who is asked can, while they are."""
    (card,) = await desk.cards(1)
    await move_clock(timedelta(seconds=31))
    await Timers(desk.redis, desk.rules).look()
    tapped = await desk.tap(1, Verb.ACCEPT, card.message_id)
    assert tapped.result == "waiting"
    tapped = await desk.tap(1, Verb.CLAIM, card.message_id)
    assert (tapped.result, tapped.name) == ("asks", "Operator 2")


async def test_who_has_its_card_sees_who_is_asked_and_cannot_take_it(
    desk: Desk, conversations: Conversations
) -> None:
    """No button promises what it cannot do."""
    await conversations.show_card(ConversationId("c1"), THREE, update_id=1)
    await desk.jobs.look()
    await desk.quiet()
    (card,) = await desk.cards(3)
    assert card.text.splitlines()[0] == "⏳ Alice · Operator 1 is asked"
    assert card.button_texts == []
    assert (await desk.tap(3, Verb.CLAIM)).result == "asks"


async def test_when_all_have_declined_they_are_asked_again_after_five_minutes(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Nobody is asked twice before."""
    for operator in (1, 2, 3):
        await desk.quiet()
        await desk.tap(operator, Verb.DECLINE)
    assert (await rings(desk), await offered(redis)) == ([1, 1, 1], {})
    await after(desk, move_clock, 290)
    assert await offered(redis) == {}
    await after(desk, move_clock, 301)
    assert await offered(redis) == {"c1": 1}


async def test_in_line_it_can_be_taken_from_the_queue(
    desk: Desk, conversations: Conversations
) -> None:
    """Whoever wants it after all."""
    for operator in (1, 2, 3):
        await desk.quiet()
        await desk.tap(operator, Verb.DECLINE)
    await conversations.show_card(ConversationId("c1"), THREE, update_id=1)
    await desk.jobs.look()
    await desk.quiet()
    assert (await desk.card(3)).button_texts == ["🙋 I'll answer", "⋯"]
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"


async def test_whom_an_older_version_has_left_in_the_list_is_not_waited_for(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """They went off duty: all who are there have been asked."""
    await redis.delete("onduty:operator:3")
    for operator in (1, 2):
        await desk.quiet()
        await desk.tap(operator, Verb.DECLINE)
    assert await offered(redis) == {}
    await after(desk, move_clock, 301)
    assert await offered(redis) == {"c1": 1}


async def test_when_all_have_declined_whoever_comes_is_asked(
    redis: Redis, alice_writes: AliceWrites, come_on: ComeOn
) -> None:
    """They have not been asked yet."""
    await go_by(redis, ASSIGNED)
    desk = await alice_writes(1, 2)
    for operator in (1, 2):
        await desk.quiet()
        await desk.tap(operator, Verb.DECLINE)
    await come_on(3)
    assert await offered(redis) == {"c1": 3}


async def test_when_all_have_declined_whoever_comes_back_is_asked_again(
    redis: Redis, desk: Desk
) -> None:
    """From a pause: they are available anew."""
    for operator in (1, 2, 3):
        await desk.quiet()
        await desk.tap(operator, Verb.DECLINE)
    pauses = Pauses(redis, desk.rules)
    await pauses.pause(TWO, update_id=1)
    assert await offered(redis) == {}
    await pauses.come_back(TWO, update_id=2)
    assert await offered(redis) == {"c1": 2}


async def test_two_missed_in_a_row_are_a_pause(
    redis: Redis, alice_writes: AliceWrites, push: Push, move_clock: MoveClock
) -> None:
    """Somebody has left without a word: customers wait for others, and they are told."""
    await go_by(redis, ASSIGNED)
    desk = await alice_writes(1)
    await after(desk, move_clock, 31)
    assert (await redis.zcard(PAUSED), await offered(redis)) == (0, {})
    await write(desk, push, "Bob")
    assert await offered(redis) == {"Bob": 1}
    await after(desk, move_clock, 62)
    assert await redis.zrange(PAUSED, 0, -1) == ["1"]
    assert await redis.hkeys(PAUSED_FOR_MISSING) == ["1"]
    assert (await offered(redis), await desk.cards(1)) == ({}, [])
    await Pauses(redis, desk.rules).come_back(ONE, update_id=1)
    assert await offered(redis) == {"c1": 1}
    assert await redis.hkeys(PAUSED_FOR_MISSING) == []


async def test_an_answer_between_two_missed_is_no_pause(redis: Redis, desk: Desk) -> None:
    """They are there."""
    await redis.hset("onduty:operator:1", "missed", "1")
    await desk.tap(1, Verb.DECLINE)
    assert await redis.hget("onduty:operator:1", "missed") is None


async def test_a_card_that_was_never_sent_is_no_miss(
    redis: Redis, come_on: ComeOn, at_work: Desk, push: Push, move_clock: MoveClock
) -> None:
    """While it is on its way they are waited for; given up, the next is asked."""
    await go_by(redis, ASSIGNED)
    await come_on(1, 2)
    await redis.hset("onduty:operator:1", "missed", "1")
    now_s, _ = await redis.time()
    await redis.hset(chat_key(ChatId(1)), "next_at_ms", str((now_s + 1000) * 1000))
    push("Hello?")
    await at_work.jobs.route()
    await move_clock(timedelta(seconds=31))
    await at_work.run_timers()
    assert await offered(redis) == {"c1": 1}
    await redis.zrem("onduty:outbox:1", "c1")
    await move_clock(timedelta(seconds=62))
    await at_work.run_timers()
    assert await offered(redis) == {"c1": 2}
    assert await redis.zrange(PAUSED, 0, -1) == []


async def test_while_telegram_is_away_the_time_stands_still(
    redis: Redis, desk: Desk, move_clock: MoveClock
) -> None:
    """Nobody could answer."""
    await redis.hset(TELEGRAM, items=["away_since_ms", "1", "is_confirmed", "1"])
    timers = Timers(redis, desk.rules)
    await timers.look()
    await redis.hset(CLOCK, "since_ms", str((await redis.time())[0] * 1000))
    await move_clock(timedelta(seconds=300))
    await timers.look()
    await redis.hdel(TELEGRAM, "away_since_ms", "is_confirmed")
    await timers.look()
    assert await offered(redis) == {"c1": 1}


async def test_who_goes_is_not_waited_for(redis: Redis, desk: Desk, roster: Roster) -> None:
    """Off duty, or by a pause; it is no miss."""
    await roster.sign_out(ONE, update_id=1)
    await desk.run_timers()
    assert await offered(redis) == {"c1": 2}
    await Pauses(redis, desk.rules).pause(TWO, update_id=2)
    await desk.run_timers()
    assert await offered(redis) == {"c1": 3}
    assert await redis.hget("onduty:operator:2", "missed") is None


async def test_a_follow_up_goes_to_who_is_asked(desk: Desk, push: Push) -> None:
    """And to nobody else."""
    push("Fire!", priority="urgent")
    await desk.jobs.route()
    assert await rings(desk) == [2, 0, 0]
    assert "Fire!" in (await desk.cards(1))[-1].text
    assert (await desk.cards(1))[-1].button_texts == ASKED
    assert (await desk.tap(1, Verb.ACCEPT)).result == "claimed"


async def test_with_nobody_there_it_waits(
    redis: Redis, at_work: Desk, push: Push, come_on: ComeOn
) -> None:
    """And is offered to the first who comes."""
    await go_by(redis, ASSIGNED)
    push("Hello?")
    await at_work.jobs.route()
    assert await offered(redis) == {}
    await come_on(2)
    assert await offered(redis) == {"c1": 2}
    await at_work.jobs.look()
    assert await rings(at_work) == [0, 1, 0]
    assert (await at_work.card(2)).text.startswith("🙋 Alice waits: will you answer?\nHello?")


async def test_the_customers_last_operator_is_asked_first(
    redis: Redis, desk: Desk, push: Push
) -> None:
    """Though others have been idle for longer."""
    await desk.tap(1, Verb.DECLINE)
    await desk.quiet()
    await desk.tap(2, Verb.ACCEPT)
    await desk.tap(2, Verb.CLOSE)
    await desk.quiet()
    push("One more thing")
    await desk.jobs.route()
    assert await offered(redis) == {"c1": 2}


async def test_what_is_given_back_is_offered_to_others(redis: Redis, desk: Desk) -> None:
    """Whoever gave it back is asked when all others have declined, five minutes later."""
    await desk.tap(1, Verb.ACCEPT)
    before = await rings(desk)
    await desk.tap(1, Verb.RELEASE)
    assert await offered(redis) == {"c1": 2}
    await desk.jobs.route()
    assert [now - was for now, was in zip(await rings(desk), before, strict=True)] == [0, 1, 0]
    await desk.tap(2, Verb.DECLINE)
    await desk.quiet()
    await desk.tap(3, Verb.DECLINE)
    assert await offered(redis) == {}
