"""One operator in two groups: what they are told, what they may take, and what leaving one ends."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, Push
from onduty.wire import ACCEPTED
from onduty_desk.conversations.finding import Finder
from onduty_desk.conversations.lists import Lists
from onduty_desk.conversations.name_index import NameIndex
from onduty_desk.conversations.ownership import Backlog, Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    conversation_key,
    copies_key,
    waiting_key,
)
from onduty_desk.model.roster_keys import duty_key
from onduty_desk.roster.operators import Roster

from .three_phones import events

C1, C2 = ConversationId("c1"), ConversationId("c2")
ONE, TWO = OperatorId(1), OperatorId(2)
SALES = {"group": "sales"}
_updates = count(9_000)
MoveClock = Callable[[timedelta], Awaitable[None]]


@pytest.fixture
async def desk(redis: Redis, at_work: Desk, come_on: ComeOn) -> Desk:
    """1 is in support and sales, 2 in support, 3 in sales; events are kept."""
    await redis.set(EVENTS_WANTED, 3600)
    await come_on(1, 2)
    await come_on(1, 3, group="sales")
    return at_work


async def first_lines(desk: Desk, operator: int) -> list[str]:
    await desk.quiet()
    return [card.text.splitlines()[0] for card in await desk.cards(operator)]


async def write(desk: Desk, push: Push, text: str, conversation: str, **fields: str) -> None:
    push(text, conversation=conversation, **fields)
    await desk.jobs.route()
    await desk.quiet()


async def owner(redis: Redis, conversation: ConversationId) -> str | None:
    found = await redis.hget(conversation_key(conversation), "owner")
    return str(found) if found else None


async def test_both_groups_ring_who_is_in_both(desk: Desk, push: Push) -> None:
    """Each of the others gets what is their group's."""
    await write(desk, push, "for support", "c1")
    await write(desk, push, "for sales", "c2", **SALES)
    assert await first_lines(desk, 1) == ["for support", "for sales"]
    assert await first_lines(desk, 2) == ["for support"]
    assert await first_lines(desk, 3) == ["for sales"]


async def test_a_conversation_of_the_second_group_is_claimed(
    desk: Desk, push: Push, redis: Redis
) -> None:
    """So may it be taken over, and passed to whoever is in it."""
    await write(desk, push, "for sales", "c1", **SALES)
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"
    await desk.quiet()
    await desk.tap(1, Verb.OPEN)
    await desk.tap(1, Verb.TAKE_OVER)
    assert (await desk.tap(1, Verb.CONFIRM)).result == "claimed"
    conversations = Conversations(redis, desk.rules)
    refused = await conversations.pass_all(ONE, TWO, [C1], update_id=next(_updates))
    assert refused.result == "unavailable"
    passed = await conversations.pass_all(ONE, OperatorId(3), [C1], update_id=next(_updates))
    assert (passed.result, passed.to) == ("passed", "Operator 3")


async def test_the_queue_is_that_of_all_groups(desk: Desk, push: Push, redis: Redis) -> None:
    """Most urgent and oldest first, page by page."""
    for n in range(1, 8):
        await write(desk, push, "Hello", f"c{n}", **(SALES if n % 2 else {}))
    await write(desk, push, "Fire", "c8", priority="urgent", **SALES)
    lists = Lists(redis)
    pages = [await lists.page("queue", ONE, number) for number in (1, 2)]
    rows = [row.conversation_id for page in pages if page for row in page.rows]
    assert rows == ["c8", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]
    assert pages[0]
    assert (pages[0].total, pages[0].pages, pages[0].groups) == (8, 2, 2)
    of_two = await lists.page("queue", TWO)
    assert of_two
    assert (of_two.total, of_two.groups) == (3, 1)
    away = await lists.page("queue", OperatorId(9), off_duty=["support", "sales"])
    assert away
    assert (away.total, away.is_on_duty, away.rows[0].text) == (8, False, "Fire")


async def test_who_joins_a_second_group_is_shown_what_waits_there(
    desk: Desk, push: Push, redis: Redis, come_on: ComeOn
) -> None:
    """And nothing of the first once more."""
    await write(desk, push, "for support", "c1")
    await write(desk, push, "for sales", "c2", priority="urgent", **SALES)
    await come_on(2, group="sales")
    conversations = Conversations(redis, desk.rules)
    shown = await conversations.show_backlog(TWO, 5, update_id=next(_updates), group="sales")
    assert shown == Backlog(1, 0, 1, 1)
    await desk.jobs.look()
    assert await first_lines(desk, 2) == ["for support", "❗ Urgent"]
    both = await conversations.show_backlog(TWO, 0, update_id=next(_updates))
    assert both == Backlog(0, 0, 2, 1)
    nowhere = await conversations.show_backlog(TWO, 5, update_id=next(_updates), group="nosuch")
    assert nowhere is None


async def test_customers_of_both_groups_are_found(desk: Desk, push: Push, redis: Redis) -> None:
    """And none of a third."""
    await write(desk, push, "Hello", "c1", customer_name="Ann Support")
    await write(desk, push, "Hello", "c2", customer_name="Ann Sales", **SALES)
    await NameIndex(redis).catch_up()
    finder = Finder(redis)
    for operator, names in ((1, ["Ann Sales", "Ann Support"]), (2, ["Ann Support"])):
        found = await finder.find(OperatorId(operator), "ann")
        assert found
        assert sorted(row.customer_name for row in found.rows) == names
        assert found.more == 0


async def test_leaving_a_group_takes_its_buttons_and_no_others(
    desk: Desk, push: Push, roster: Roster
) -> None:
    """What waits in the other can still be answered; of what is left nothing more comes."""
    await write(desk, push, "for support", "c1")
    await write(desk, push, "for sales", "c2", **SALES)
    await roster.sign_out(ONE, group="sales", update_id=next(_updates))
    await desk.jobs.look()
    await desk.quiet()
    cards = {card.text.splitlines()[0]: card.button_texts for card in await desk.cards(1)}
    assert cards == {"for support": ["🙋 I'll answer", "⋯"], "for sales": []}
    await write(desk, push, "more", "c3", **SALES)
    assert await first_lines(desk, 1) == ["for support", "for sales"]
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"


async def test_an_old_card_of_a_left_group_gives_no_right(
    desk: Desk, push: Push, roster: Roster, redis: Redis
) -> None:
    """A tap that was on its way."""
    await write(desk, push, "for sales", "c1", **SALES)
    card = (await desk.card(1)).message_id
    await roster.sign_out(ONE, group="sales", update_id=next(_updates))
    assert (await desk.tap(1, Verb.CLAIM, card)).result == "other_group"
    assert await owner(redis, C1) is None


async def test_what_is_held_stays_held_until_the_customer_writes(
    desk: Desk, push: Push, roster: Roster, redis: Redis
) -> None:
    """As at /off: released or closed by a tap, not kept; a word of the customer's returns it."""
    await write(desk, push, "for sales", "c1", **SALES)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await roster.sign_out(ONE, group="sales", update_id=next(_updates))
    await desk.jobs.look()
    await desk.quiet()
    assert await owner(redis, C1) == "1"
    assert (await desk.card(1)).button_texts == ["☑️ Close", "↩️ Release"]
    assert (await desk.tap(1, Verb.OPEN)).result == "other_group"
    await write(desk, push, "Anybody?", "c1", **SALES)
    assert await owner(redis, C1) is None
    assert [kind for kind, _ in await events(redis)] == ["claimed", "released"]
    assert (await events(redis))[-1][1]["reason"] == "off_duty"
    assert (await desk.tap(3, Verb.CLAIM)).result == "claimed"


async def test_who_left_is_not_asked_and_the_lease_ends(
    desk: Desk, push: Push, roster: Roster, redis: Redis, move_clock: MoveClock
) -> None:
    """Nobody could answer the question; after the same time it waits for the others."""
    await write(desk, push, "for sales", "c1", **SALES)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await move_clock(timedelta(minutes=4))
    await desk.run_timers()
    await desk.quiet()
    assert len(await desk.nudges(1)) == 1
    await roster.sign_out(ONE, group="sales", update_id=next(_updates))
    await desk.jobs.look()
    await desk.quiet()
    assert await desk.nudges(1) == []
    await move_clock(timedelta(minutes=10))
    await desk.run_timers()
    await desk.quiet()
    assert await owner(redis, C1) is None
    assert await desk.nudges(1) == []


async def test_taken_out_of_a_group_one_holds_nothing_of_it(
    desk: Desk, push: Push, roster: Roster, redis: Redis
) -> None:
    """By a changed phrase or an admin: that group's waits at once, the other's stays.

    They are on duty still, so the line that is left does not say that they are not.
    """
    await write(desk, push, "for sales", "c1", **SALES)
    await write(desk, push, "for support", "c2")
    await desk.tap(1, Verb.CLAIM)
    card = await redis.hget(copies_key(C2), "1")
    assert card
    await desk.press(1, "🙋 I'll answer")
    assert (await owner(redis, C1), await owner(redis, C2)) == ("1", "1")
    await roster.sign_out(ONE, "removed", group="sales", update_id=next(_updates))
    assert (await owner(redis, C1), await owner(redis, C2)) == (None, "1")
    assert await redis.zscore(waiting_key("sales"), "c1") is not None
    await desk.jobs.look()
    lines = await first_lines(desk, 1)
    assert "⏸️ Alice · you are not in the group sales any more" in lines
    assert not any("off duty" in line for line in lines)


async def test_what_only_they_were_to_get_goes_to_who_comes(
    redis: Redis, at_work: Desk, come_on: ComeOn, push: Push, roster: Roster
) -> None:
    """Left before the card was sent: nothing is lost, and the phone gets nothing of it."""
    await come_on(1)
    await come_on(1, group="sales")
    push("for sales", conversation="c1", **SALES)
    await at_work.jobs.route()
    await roster.sign_out(ONE, group="sales", update_id=next(_updates))
    await at_work.jobs.look()
    await at_work.quiet()
    await come_on(3, group="sales")
    shown = await Conversations(redis, at_work.rules).show_backlog(
        OperatorId(3), 5, update_id=next(_updates)
    )
    assert shown == Backlog(1, 0, 1, 0)
    await at_work.jobs.look()
    assert await first_lines(at_work, 3) == ["for sales"]


async def test_the_last_operator_of_a_reopened_one_has_left_the_group(
    desk: Desk, push: Push, roster: Roster
) -> None:
    """The others do not wait for their minute."""
    await write(desk, push, "for sales", "c1", **SALES)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await desk.tap(1, Verb.CLOSE)
    await desk.quiet()
    await roster.sign_out(ONE, group="sales", update_id=next(_updates))
    await write(desk, push, "Hello again", "c1", **SALES)
    await desk.quiet()
    assert "Hello again" in (await desk.cards(3))[-1].text


async def test_an_off_of_an_older_version_heals(
    redis: Redis, at_work: Desk, roster: Roster, come_on: ComeOn, push: Push
) -> None:
    """It knows the first group only, and leaves them in the list of the other: nobody is lost."""
    await come_on(1)
    await come_on(1, group="sales")
    await redis.delete("onduty:operator:1")
    await redis.zrem(duty_key("support"), "1")
    assert await roster.on_duty(["sales"]) == []
    await write(at_work, push, "for sales", "c1", **SALES)
    await at_work.jobs.look()
    assert await redis.exists(duty_key("sales"), ACCEPTED) == 0
    assert await first_lines(at_work, 1) == []
    await come_on(1)
    one = await roster.find(ONE)
    assert one
    assert one.groups == ("support",)
