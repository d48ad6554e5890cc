"""What /on and the lists show besides what is routed: nobody else gets less because of it."""

from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, Lua, MoveClock, Push
from onduty.wire import ACCEPTED
from onduty_desk.conversations.ownership import Backlog, Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import (
    ChatId,
    ConversationId,
    OperatorId,
    conversation_key,
    deliveries_key,
    waiting_key,
)
from onduty_desk.model.phone_keys import chat_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Sandbox
from waiting import until

from .three_phones import CLAIMED

C1 = ConversationId("c1")
ONE, TWO, THREE = OperatorId(1), OperatorId(2), OperatorId(3)
_updates = count(5_000)


@pytest.fixture
async def desk(alice_writes: AliceWrites) -> Desk:
    """Two have been told of Alice."""
    return await alice_writes(1, 2)


async def texts(desk: Desk, operator: int) -> list[str]:
    await desk.quiet()
    return [message.text.splitlines()[0] for message in await desk.cards(operator)]


async def claimed_and_released(desk: Desk, conversations: Conversations) -> None:
    """Operator 1 takes Alice and gives her back; no dispatcher has looked since."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await conversations.release_all(ONE, [C1], update_id=next(_updates))


@pytest.mark.parametrize("shown_by", ["/on", "a list"])
async def test_a_release_rings_the_others_whoever_is_shown_it_first(
    desk: Desk, come_on: ComeOn, conversations: Conversations, shown_by: str
) -> None:
    """Somebody comes on, or asks for the card, before a dispatcher has looked."""
    await claimed_and_released(desk, conversations)
    await come_on(3)
    if shown_by == "/on":
        await conversations.show_backlog(THREE, 5, update_id=next(_updates))
    else:
        await conversations.show_card(C1, THREE, update_id=next(_updates))
    await desk.jobs.look()
    assert await texts(desk, 2) == ["↩️ Alice · returned from Operator 1"]
    assert await texts(desk, 3) == ["↩️ Alice · returned from Operator 1"]


async def test_asking_for_a_card_takes_no_ring_from_oneself(
    desk: Desk, conversations: Conversations
) -> None:
    """Released, and one of the others had the queue open: the card comes, whole, once."""
    await claimed_and_released(desk, conversations)
    await conversations.show_card(C1, TWO, update_id=next(_updates))
    await desk.jobs.look()
    assert await texts(desk, 2) == ["↩️ Alice · returned from Operator 1"]


async def test_a_fan_out_that_is_half_done_goes_on(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push, conversations: Conversations
) -> None:
    """One of three messages has been offered when somebody is shown the conversation."""
    await come_on(1, 2)
    _, *two_and_three = push("One", "Two", "Three")
    await at_work.jobs.route()
    await at_work.quiet()
    await redis.hset(conversation_key(C1), "offered_seq", "1")
    for message in two_and_three:
        await redis.hdel(deliveries_key(message), "1", "2")
    await redis.zadd(ACCEPTED, {"c1": 1})
    await come_on(3)
    await conversations.show_backlog(THREE, 5, update_id=next(_updates))
    assert await redis.hget(conversation_key(C1), "offered_seq") == "1"
    await at_work.jobs.look()
    await at_work.quiet()
    for operator in (1, 2, 3):
        shown = "\n".join(message.text for message in await at_work.cards(operator))
        assert all(text in shown for text in ("One", "Two", "Three"))


async def test_what_nobody_was_told_of_is_whole_for_each_who_comes_on(
    desk: Desk, come_on: ComeOn, conversations: Conversations
) -> None:
    """One after the other, each gets the card, silently; nobody who has it gets it again."""
    await come_on(3)
    for _ in range(2):
        await conversations.show_backlog(THREE, 5, update_id=next(_updates))
        await desk.quiet()
    (card,) = await desk.cards(3)
    assert card.silent
    assert card.button_texts == ["🙋 I'll answer", "⋯"]
    assert [len(await desk.cards(operator)) for operator in (1, 2)] == [1, 1]


async def test_a_follow_up_while_its_first_card_is_on_its_way_rings(
    redis: Redis,
    come_on: ComeOn,
    push: Push,
    conversations: Conversations,
    at_work: Desk,
    lua: Lua,
) -> None:
    """What came before /on is silent; what comes after it is news."""
    push("Before")
    await at_work.jobs.route()
    await come_on(1)
    await redis.hset("onduty:chat:1", "next_at_ms", "99999999999999")  # the phone is slow
    await conversations.show_backlog(ONE, 5, update_id=next(_updates))
    push("After")
    await at_work.jobs.route()
    await redis.hdel("onduty:chat:1", "next_at_ms")
    await redis.eval(lua("timetable.something_new('1')", "phones/timetable"), 0)
    await at_work.jobs.look()
    await at_work.quiet()
    (card,) = await at_work.cards(1)
    assert not card.silent
    assert "Before" in card.text
    assert "After" in card.text


async def test_its_last_owner_first_though_somebody_was_shown_it(
    desk: Desk, push: Push, come_on: ComeOn, conversations: Conversations, move_clock: MoveClock
) -> None:
    """A customer is back: who comes on in that minute sees them; after it the others are rung."""
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    push("Again")
    await desk.jobs.route()
    await come_on(3)
    await conversations.show_backlog(THREE, 5, update_id=next(_updates))
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2, 3)] == [1, 0, 1]
    await move_clock(timedelta(seconds=61))
    await desk.run_timers()
    await desk.quiet()
    assert [len(await desk.cards(operator)) for operator in (1, 2, 3)] == [1, 1, 1]


@pytest.mark.usefixtures("desk")
async def test_what_has_expired_waits_no_more(
    redis: Redis, come_on: ComeOn, conversations: Conversations
) -> None:
    """It is not counted, and leaves the list."""
    await redis.delete(conversation_key(C1))
    await come_on(3)
    shown = await conversations.show_backlog(THREE, 5, update_id=next(_updates))
    assert shown == Backlog(shown=0, unseen=0, waiting=0, urgent=0)
    assert await redis.zcard(waiting_key("support")) == 0


async def test_a_card_asked_for_while_a_follow_up_is_on_its_way_has_its_buttons(
    sandbox: Sandbox, desk: Desk, push: Push, conversations: Conversations
) -> None:
    """The newest of its messages is not left as a card that nothing can be done with."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    (log,) = (await sandbox.log())[-1:]
    await sandbox.latency(HELD_S)
    push("Still there?")
    await desk.jobs.route()
    await sandbox.wait_for_request("sendMessage", after=log.sequence)
    await conversations.show_card(C1, ONE, update_id=next(_updates))
    await sandbox.latency(0)
    await desk.jobs.look()
    await desk.quiet()
    with_buttons = [card for card in await desk.cards(1) if card.buttons]
    assert [card.button_texts for card in with_buttons] == [["☑️ Close", "↩️ Release", "⋯"]]
    shown = "\n".join(card.text for card in await desk.cards(1))
    assert "Hello?" in shown
    assert "Still there?" in shown


@pytest.mark.parametrize("colleagues", [(), (2,)])
async def test_off_and_on_while_the_phone_is_parked(
    sandbox: Sandbox,
    at_work: Desk,
    come_on: ComeOn,
    push: Push,
    roster: Roster,
    conversations: Conversations,
    move_clock: MoveClock,
    colleagues: tuple[int, ...],
) -> None:
    """Telegram asked for a pause: what came meanwhile is on the phone with what waited there."""
    await come_on(1, *colleagues)
    await sandbox.fault("429", "sendMessage", chat_id=1, retry_after=60)
    push("One")
    await at_work.jobs.route()
    await sandbox.wait_for_request("sendMessage")
    await until(lambda: _is_parked(at_work))
    await roster.sign_out(ONE)
    push("Two", priority="urgent")
    await at_work.jobs.route()
    await come_on(1)
    await conversations.show_backlog(ONE, 5, update_id=next(_updates))
    await move_clock(timedelta(seconds=61))
    await at_work.jobs.look()
    await at_work.quiet()
    shown = "".join(card.text for card in await at_work.cards(1))
    assert "One" in shown
    assert "Two" in shown


async def _is_parked(desk: Desk) -> bool:
    return await desk.redis.exists("onduty:pace:refused:1") == 1


async def test_an_owner_who_asks_for_the_card_is_at_it(
    desk: Desk, conversations: Conversations, move_clock: MoveClock
) -> None:
    """Their lease begins anew."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await move_clock(timedelta(minutes=2.9))
    await conversations.show_card(C1, ONE, update_id=next(_updates))
    await move_clock(timedelta(minutes=3.1))
    await desk.run_timers()
    assert await texts(desk, 1) == [CLAIMED]


async def test_a_card_that_moved_twice(desk: Desk, conversations: Conversations) -> None:
    """One has buttons; what happens next is drawn there."""
    await desk.tap(1, Verb.CLAIM)
    for _ in range(2):
        await conversations.show_card(C1, ONE, update_id=next(_updates))
    await desk.jobs.look()
    await desk.quiet()
    await desk.tap(1, Verb.CLOSE)
    assert (await texts(desk, 1))[-1] == "☑️ Alice · closed by you"
    assert [bool(card.buttons) for card in await desk.cards(1)].count(True) == 1


async def test_off_before_the_card_has_moved_leaves_no_button(
    redis: Redis, desk: Desk, conversations: Conversations, roster: Roster, lua: Lua
) -> None:
    """Neither on the card there was, nor on one that was asked for."""
    await redis.hset(chat_key(ChatId(1)), "next_at_ms", "99999999999999")  # the phone is slow
    await conversations.show_card(C1, ONE, update_id=next(_updates))
    await roster.sign_out(ONE)
    await redis.hdel(chat_key(ChatId(1)), "next_at_ms")
    await redis.eval(lua("timetable.something_new('1')", "phones/timetable"), 0)
    await desk.jobs.look()
    await desk.quiet()
    assert [card.button_texts for card in await desk.cards(1)] == [[]]


async def test_more_asked_for_at_once_rings_no_more(
    sandbox: Sandbox, at_work: Desk, come_on: ComeOn, push: Push, conversations: Conversations
) -> None:
    """The first cards are still on their way when the button for more is tapped."""
    await sandbox.latency(HELD_S)
    for n in range(4):
        push("Hello?", conversation=f"c{n}")
    await at_work.jobs.route()
    await come_on(1)
    for _ in range(2):
        await conversations.show_backlog(ONE, 2, update_id=next(_updates))
    await at_work.jobs.look()
    await sandbox.latency(0)
    await at_work.quiet()
    assert [card.silent for card in await at_work.cards(1)] == [True] * 4
