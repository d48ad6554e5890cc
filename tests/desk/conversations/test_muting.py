"""A customer who only disturbs is muted: what they write rings nobody, until that is undone."""

import asyncio

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import Push
from onduty import SupportDesk
from onduty_desk.conversations.muting import Muting
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ACCEPTED, ChatId, ConversationId, OperatorId, conversation_key
from onduty_desk.roster.operators import Roster
from waiting import until

from .three_phones import C1, events

MUTED = "🔇 Alice · muted by you: what they write rings nobody"


@pytest.fixture
async def muted(desk: Desk, redis: Redis) -> Desk:
    """The first operator has muted Alice."""
    await redis.set(EVENTS_WANTED, "86400")
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.MENU)
    assert (await desk.press(1, "🔇 Mute")).result == "muted"
    await desk.quiet()
    return desk


@pytest.fixture
def muting(redis: Redis) -> Muting:
    return Muting(redis, Rules())


async def routed(desk: Desk, redis: Redis) -> None:
    await desk.jobs.look()
    await until(lambda: redis.zcard(ACCEPTED), equals=0)
    await desk.quiet()


async def test_what_they_write_then_rings_nobody(muted: Desk, redis: Redis, push: Push) -> None:
    """Whatever the priority; nothing waits, and only who muted keeps a line with Undo."""
    before = [len(await phone.messages()) for phone in muted.phones]
    for priority in ("normal", "urgent"):
        push("Buy now!", priority=priority)
    await routed(muted, redis)
    assert [len(await phone.messages()) for phone in muted.phones] == before
    assert (await muted.card(1)).text == MUTED
    assert (await muted.card(1)).button_texts == ["Undo"]
    assert [await muted.cards(operator) for operator in (2, 3)] == [[], []]
    assert await redis.zcard("onduty:waiting:support") == 0
    assert await redis.hget(conversation_key(C1), "state") == "closed"


async def test_muted_after_an_answer_it_asks_nobody_either(
    desk: Desk, redis: Redis, push: Push
) -> None:
    """No lease begins to run with what they write then."""
    await desk.tap(1, Verb.CLAIM)
    await desk.instruct("touch")
    await desk.tap(1, Verb.MENU)
    assert (await desk.press(1, "🔇 Mute")).result == "muted"
    push("Buy now!")
    await routed(desk, redis)
    moments = ("nudge_at_ms", "return_at_ms", "close_at_ms")
    assert await redis.hmget(conversation_key(C1), *moments) == [None] * 3
    assert await redis.hget(conversation_key(C1), "state") == "closed"


async def test_the_backend_is_told_and_knows_that_it_is_closed(muted: Desk, redis: Redis) -> None:
    """A backend that does not know the event reads the close before it."""
    found = await events(redis)
    assert [kind for kind, _ in found][-2:] == ["closed", "muted"]
    assert found[-1][1]["operator"] == {"id": 1, "name": "Operator 1"}
    assert await muted.cards(2) == []


async def test_undone_on_the_card_it_is_theirs_with_what_came_meanwhile(
    muted: Desk, redis: Redis, push: Push
) -> None:
    """And the next message rings them."""
    push("Please, my order!")
    await routed(muted, redis)
    assert (await muted.press(1, "Undo")).result == "reopened"
    await muted.quiet()
    shown = "".join(one.text for one in await muted.cards(1))
    assert "Please, my order!" in shown
    assert "🔇" not in shown
    assert (
        await redis.hmget(conversation_key(C1), "muted_ms", "muted_by", "muted_seq") == [None] * 3
    )
    assert await redis.zcard("onduty:muted") == 0
    push("Hello?")
    await routed(muted, redis)
    assert "Hello?" in "".join(one.text for one in await muted.cards(1))


async def test_what_they_write_then_is_in_the_history(
    muted: Desk, redis: Redis, redis_url: str, push: Push
) -> None:
    """As soon as it is written, and after an Undo."""
    push("Sorry, here is my order number")
    await routed(muted, redis)
    written = [entry.text for entry in SupportDesk(redis_url).history("c1")]
    assert written == ["Hello?", "Sorry, here is my order number"]
    await muted.press(1, "Undo")
    assert [entry.text for entry in SupportDesk(redis_url).history("c1")] == written


async def test_undone_from_a_shell_what_came_meanwhile_waits(
    muted: Desk, redis: Redis, push: Push, muting: Muting
) -> None:
    """As if it had come now: who answered last is rung first."""
    push("Please, my order!")
    await routed(muted, redis)
    (one,) = await muting.muted()
    assert (one.conversation_id, one.customer_name, one.by) == ("c1", "Alice", "Operator 1")
    assert one.written_since == 1
    assert await muting.undo(C1) == "undone"
    await routed(muted, redis)
    assert "Please, my order!" in "".join(one.text for one in await muted.cards(1))
    assert await redis.zcard("onduty:waiting:support") == 1
    assert await muting.muted() == []
    assert await muting.undo(C1) == "not_muted"


async def test_of_those_that_have_expired_none_is_listed_for_ever(
    desk: Desk, redis: Redis, muting: Muting
) -> None:
    """Each that is muted clears a few; the others stay."""
    await redis.zadd("onduty:muted", {f"expired-{n}": n for n in range(40)})
    await redis.zadd("onduty:muted", {"there": 100})
    await redis.hset("onduty:conversation:there", mapping={"muted_ms": "1", "state": "closed"})
    await desk.tap(1, Verb.CLAIM)
    card = (await desk.card(1)).message_id
    who = (OperatorId(1), "Operator 1", ChatId(1), card)
    for n in range(200):
        for verb in ("mute", "undo"):
            update = 2000 + 2 * n + (verb == "undo")
            await muting.by_card(verb, *who, is_admin=True, update_id=update)
    assert await redis.zrange("onduty:muted", 0, -1) == ["there"]


async def test_undone_with_nothing_new_it_is_closed_as_any_other(
    muted: Desk, redis: Redis, push: Push, muting: Muting
) -> None:
    """The next message rings again."""
    assert await muting.undo(C1) == "undone"
    await muted.quiet()
    assert (await muted.card(1)).text == "☑️ Alice · closed by you"
    push("Hello?")
    await routed(muted, redis)
    assert "Hello?" in "".join(one.text for one in await muted.cards(1))


async def test_only_its_owner_or_an_admin_may(desk: Desk, redis: Redis, muting: Muting) -> None:
    """A colleague takes over first; what nobody owns is an admin's to mute."""

    async def mute(operator: int, *, is_admin: bool, update: int) -> str:
        card = (await desk.card(operator)).message_id
        who = (OperatorId(operator), f"Operator {operator}", ChatId(operator), card)
        result, _ = await muting.by_card("mute", *who, is_admin=is_admin, update_id=update)
        return result

    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert (await desk.tap(2, Verb.MUTE)).result == "taken"
    assert await mute(2, is_admin=False, update=700) == "not_theirs"
    assert await redis.hget(conversation_key(C1), "state") == "claimed"
    assert await mute(2, is_admin=True, update=701) == "muted"
    assert await mute(2, is_admin=True, update=701) == "muted"
    await desk.quiet()
    assert await desk.cards(3) == []


async def test_off_duty_nobody_lets_them_ring_again(
    muted: Desk, redis: Redis, push: Push, muting: Muting
) -> None:
    """Nor does who is in another group now: others would be rung. An admin may all the time."""
    push("Buy now!")
    await routed(muted, redis)
    who = (OperatorId(1), "Operator 1", ChatId(1), (await muted.card(1)).message_id)

    async def undo(*, update: int, is_admin: bool = False) -> str:
        result, _ = await muting.by_card("undo", *who, is_admin=is_admin, update_id=update)
        return result

    roster = Roster(redis)
    await roster.sign_out(OperatorId(1), "removed")
    assert await undo(update=900) == "off_duty"
    await roster.sign_in(
        OperatorId(1),
        name="Operator 1",
        language="en",
        group="sales",
        fingerprint="f",
        update_id=901,
    )
    assert await undo(update=902) == "not_theirs"
    assert await redis.hget(conversation_key(C1), "state") == "closed"
    assert await undo(update=903, is_admin=True) == "undone"


async def test_two_who_mute_at_once_mute_once(desk: Desk, redis: Redis, muting: Muting) -> None:
    """The second is told that it was."""
    await redis.set(EVENTS_WANTED, "86400")
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    card = (await desk.card(1)).message_id
    who = (OperatorId(1), "Operator 1", ChatId(1), card)
    results = await asyncio.gather(
        *(muting.by_card("mute", *who, is_admin=True, update_id=n) for n in (800, 801))
    )
    assert sorted(result for result, _ in results) == ["already", "muted"]
    assert [kind for kind, _ in await events(redis)].count("muted") == 1


async def test_a_conversation_that_does_not_exist_is_not_muted(muting: Muting) -> None:
    """From a shell a word is said."""
    assert await muting.undo(ConversationId("nobody")) == "unknown"
