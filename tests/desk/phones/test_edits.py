"""Cards follow the truth through whatever happens: refusals, deleted messages, going off duty."""

import json
from datetime import timedelta
from functools import partial

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, copies_key
from onduty_desk.model.phone_keys import redraws_key
from onduty_desk.phones.outbox import LEASE
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Kind, Sandbox
from waiting import until


@pytest.fixture
async def desk(alice_writes: AliceWrites) -> Desk:
    """Three operators have been rung for Alice."""
    return await alice_writes(1, 2, 3)


async def edits(sandbox: Sandbox, chat: int) -> int:
    return sum(edit.chat_id == chat for edit in await sandbox.log(method="editMessageText"))


async def shows(desk: Desk, operator: int, line: str) -> None:
    await until(lambda: _first_line(desk, operator), equals=line)
    await desk.quiet()


async def _first_line(desk: Desk, operator: int) -> str:
    return (await desk.card(operator)).text.splitlines()[0]


@pytest.mark.parametrize("kind", ["429", "500", "cut_before", "cut_after"])
async def test_trouble_delays_a_card_and_does_not_lose_it(
    sandbox: Sandbox, desk: Desk, kind: Kind
) -> None:
    """429, 5xx, no answer: it is drawn later; the other copies do not wait for it."""
    await sandbox.fault(kind, "editMessageText", chat_id=2)
    await desk.tap(1, Verb.CLAIM)
    await shows(desk, 3, "👤 Alice · Operator 1 is answering")
    await shows(desk, 2, "👤 Alice · Operator 1 is answering")


@pytest.mark.parametrize("change", ["a claim", "/off"])
async def test_no_button_lies_for_longer_than_telegram_is_away(
    sandbox: Sandbox, desk: Desk, roster: Roster, move_clock: MoveClock, change: str
) -> None:
    """However long that is: the pauses grow to half a minute, and it is tried again."""
    method = "editMessageText" if change == "a claim" else "editMessageReplyMarkup"
    await sandbox.fault("500", method, chat_id=2, times=10)
    if change == "a claim":
        await desk.tap(1, Verb.CLAIM)
    else:
        await roster.sign_out(OperatorId(2))
    for tries in range(1, 11):
        await until(partial(_failed_edits, desk, 2), equals=tries)
        await move_clock(tries * timedelta(seconds=31))
        await desk.jobs.look()
    await desk.quiet()
    card = await desk.card(2)
    assert card.button_texts == (["👀 Open"] if change == "a claim" else [])


async def _failed_edits(desk: Desk, operator: int) -> int:
    copy = await desk.redis.hget(copies_key(ConversationId("c1")), str(operator))
    return int(json.loads(copy or "{}").get("edit_failures", 0))


async def test_a_card_that_cannot_be_drawn_holds_up_nothing(
    sandbox: Sandbox, desk: Desk, push: Push
) -> None:
    """Not the phone's next customer, who is rung for at once."""
    await sandbox.fault("500", "editMessageText", chat_id=2, times=None)
    await desk.tap(1, Verb.CLAIM)
    await until(partial(_failed_edits, desk, 2), equals=3)
    push("And me?", conversation="c2")
    await desk.jobs.route()
    await until(lambda: _shows_so_many(desk, 2), equals=2)
    await sandbox.clear_faults()


async def _shows_so_many(desk: Desk, operator: int) -> int:
    return len(await desk.cards(operator))


async def test_many_changes_at_once_are_one_edit(
    sandbox: Sandbox, desk: Desk, redis: Redis
) -> None:
    """Ten changes while a card is being drawn cost it one more."""
    await sandbox.latency(HELD_S)
    before = await edits(sandbox, 2)
    for _ in range(5):
        await desk.tap(1, Verb.CLAIM)
        await desk.tap(1, Verb.RELEASE)
    await sandbox.latency(0)
    await shows(desk, 2, "↩️ Alice · returned from Operator 1")
    assert await edits(sandbox, 2) - before <= 2
    assert await redis.zcard(redraws_key(ChatId(2))) == 0


async def test_a_deleted_card_is_forgotten(redis: Redis, desk: Desk) -> None:
    """Nothing is drawn there any more, and nothing is stuck."""
    await desk.phones[1].delete((await desk.card(2)).message_id)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    assert "2" not in await redis.hkeys(copies_key(ConversationId("c1")))


async def test_who_has_blocked_the_bot_is_left_alone(
    redis: Redis, desk: Desk, roster: Roster
) -> None:
    """They go off duty; the others' cards are drawn."""
    await desk.phones[1].block()
    await desk.tap(1, Verb.CLAIM)
    await shows(desk, 3, "👤 Alice · Operator 1 is answering")
    assert await roster.find(OperatorId(2)) is None
    assert "2" not in await redis.hkeys(copies_key(ConversationId("c1")))


async def test_a_card_is_drawn_where_its_chat_has_moved(sandbox: Sandbox, desk: Desk) -> None:
    """At once, not when the lease of the sender that learned of it is over."""
    await sandbox.fault("migrate", "editMessageText", chat_id=2, migrate_to_chat_id=3)
    (last,) = (await sandbox.log())[-1:]
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    drawn = await sandbox.log(method="editMessageText", after=last.sequence)
    assert sorted(edit.chat_id or 0 for edit in drawn) == [1, 2, 3, 3]
    moments = [edit.received_monotonic for edit in drawn]
    assert max(moments) - min(moments) < LEASE.total_seconds() - 2


async def test_who_deleted_the_card_is_called_by_a_new_one(desk: Desk) -> None:
    """When it waits again."""
    await desk.phones[0].delete((await desk.card(1)).message_id)
    await desk.tap(2, Verb.CLAIM)
    await desk.quiet()
    assert await desk.cards(1) == []
    await desk.tap(2, Verb.RELEASE)
    await desk.quiet()
    (card,) = await desk.cards(1)
    assert card.text.startswith("↩️ Alice · returned from Operator 2\nHello?")
    assert card.button_texts == ["🙋 I'll answer", "⋯"]
    assert not card.silent


async def test_an_owner_who_deleted_the_card_gets_another(desk: Desk) -> None:
    """Between their tap and the drawing; without a card they could neither read nor close."""
    await desk.phones[0].delete((await desk.card(1)).message_id)
    assert (await desk.tap(1, Verb.CLAIM)).result == "claimed"
    await desk.quiet()
    (new,) = await desk.cards(1)
    assert new.text == "🟢 Alice · waits for your answer\nHello?\nAlice writes to The Shop"
    assert (new.button_texts, new.silent) == (["☑️ Close", "↩️ Release", "⋯"], True)


async def test_off_duty_what_was_lost_while_it_was_drawn_has_no_buttons(
    sandbox: Sandbox, desk: Desk, roster: Roster, rules: Rules, redis: Redis
) -> None:
    """Still the owner when the drawing began, they release it before it ends."""
    before = await edits(sandbox, 1)
    await sandbox.latency(HELD_S)
    await desk.tap(1, Verb.OPEN)
    await until(lambda: _were_drawn(sandbox, before + 1))
    await desk.tap(1, Verb.CLAIM)
    await roster.sign_out(OperatorId(1))
    await sandbox.latency(HELD_S)  # for the next drawing; the one before goes
    await until(lambda: _were_drawn(sandbox, before + 2))
    await Conversations(redis, rules).release_all(
        OperatorId(1), [ConversationId("c1")], update_id=99
    )
    await sandbox.latency(0)
    await desk.jobs.look()
    await desk.quiet()
    assert (await desk.card(1)).button_texts == []


async def _were_drawn(sandbox: Sandbox, so_far: int) -> bool:
    return await edits(sandbox, 1) >= so_far


async def test_back_on_duty_while_the_buttons_are_taken_off(
    sandbox: Sandbox, desk: Desk, roster: Roster, come_on: ComeOn
) -> None:
    """The card, drawn without them, is drawn with them again."""
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await roster.sign_out(OperatorId(1))
    (newest,) = (await sandbox.log())[-1:]
    await sandbox.latency(HELD_S)
    await desk.tap(1, Verb.RELEASE)
    await sandbox.wait_for_request("editMessageText", after=newest.sequence)
    await come_on(1)
    await sandbox.latency(0)
    await desk.quiet()
    assert (await desk.card(1)).button_texts == ["🙋 I'll answer", "⋯"]


async def test_an_older_message_that_was_tapped_loses_its_buttons(redis: Redis, desk: Desk) -> None:
    """A repeat after an unknown outcome may leave two with buttons: the tap works, one remains."""
    extra = 4711
    await redis.set(f"onduty:card:1:{extra}", "c1")
    assert (await desk.tap(1, Verb.CLAIM, extra)).result == "claimed"
    await desk.quiet()
    assert (await desk.card(1)).button_texts == ["☑️ Close", "↩️ Release", "⋯"]
