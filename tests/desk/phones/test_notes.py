"""Notes are replies to a card: they come though Telegram fails, and leave no dead button."""

import json
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import AliceWrites, MoveClock
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import (
    TELEGRAM,
    ConversationId,
    OperatorId,
    conversation_key,
    copies_key,
)
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import ChatMessage, Sandbox
from waiting import until

C1 = ConversationId("c1")
ONE, TWO = OperatorId(1), OperatorId(2)
REPEAT = "↻ You may have this one already\n"
_updates = count(9_000)


@pytest.fixture
async def desk(alice_writes: AliceWrites) -> Desk:
    """Operator 1 is answering Alice; operator 2 sees that."""
    desk = await alice_writes(1, 2)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    return desk


async def with_buttons(desk: Desk, operator: int) -> list[ChatMessage]:
    await desk.quiet()
    return [message for message in await desk.cards(operator) if message.buttons]


async def sends_to(sandbox: Sandbox, chat: int) -> int:
    return sum(send.chat_id == chat for send in await sandbox.log(method="sendMessage"))


async def test_a_ring_outlasts_a_telegram_that_is_away(
    sandbox: Sandbox, desk: Desk, move_clock: MoveClock
) -> None:
    """Until it comes, the card there is says what is so; then the new one takes its place."""
    await sandbox.fault("500", "sendMessage", chat_id=2, times=5)
    await desk.tap(1, Verb.RELEASE)
    for failures in range(1, 6):
        await until(partial(_failures, desk), equals=failures)
        await desk.redis.hset(TELEGRAM, "sent_ms", 10**13)  # it takes what others send
        await move_clock(failures * timedelta(seconds=31))
        await desk.jobs.look()
    await desk.quiet()
    (card,) = await desk.cards(2)
    assert card.text.startswith("↩️ Alice · returned from Operator 1\nHello?")
    assert (card.button_texts, card.silent) == (["🙋 I'll answer", "⋯"], False)


async def _failures(desk: Desk) -> int:
    copy = await desk.redis.hget(copies_key(C1), "2")
    return int(json.loads(copy or "{}").get("failures", 0))


async def test_a_ring_that_may_have_come_comes_once_more(sandbox: Sandbox, desk: Desk) -> None:
    """Marked as a possible repeat, because a lost customer costs more than a second ring."""
    await sandbox.fault("cut_before", "sendMessage", chat_id=2)
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    (card,) = await desk.cards(2)
    assert card.text.startswith(f"{REPEAT}↩️ Alice · returned from Operator 1\nHello?")
    assert card.button_texts == ["🙋 I'll answer", "⋯"]


async def test_twice_without_an_answer_is_enough(sandbox: Sandbox, desk: Desk) -> None:
    """Nobody is rung a third time; the card tells what is so, and the next ring says ↻."""
    before = await sends_to(sandbox, 2)
    await sandbox.fault("cut_before", "sendMessage", chat_id=2, times=2)
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    assert await sends_to(sandbox, 2) == before + 2
    assert (await desk.card(2)).text.startswith("↩️ Alice · returned from Operator 1")
    await desk.tap(1, Verb.CLAIM)
    await desk.tap(1, Verb.RELEASE)
    await desk.quiet()
    (card,) = await desk.cards(2)
    assert not card.silent
    assert card.text.startswith(f"{REPEAT}↩️ Alice · returned from Operator 1\nHello?")


async def test_going_off_while_a_call_is_on_its_way(
    sandbox: Sandbox, desk: Desk, roster: Roster
) -> None:
    """It arrives, and loses its buttons; the older one goes."""
    (newest,) = (await sandbox.log())[-1:]
    await sandbox.latency(HELD_S)
    await desk.tap(1, Verb.RELEASE)
    await sandbox.wait_for_request("sendMessage", after=newest.sequence)
    await roster.sign_out(TWO)
    await sandbox.latency(0)
    await desk.jobs.look()
    assert await with_buttons(desk, 2) == []
    assert len(await desk.cards(2)) == 1


@pytest.mark.parametrize("how", ["off", "blocked"])
async def test_passed_to_who_has_gone_it_waits_at_once(
    redis: Redis, desk: Desk, conversations: Conversations, roster: Roster, how: str
) -> None:
    """The colleague was on duty, and never knew of it."""
    if how == "blocked":
        await desk.phones[1].block()
    await conversations.pass_all(ONE, TWO, [C1], update_id=next(_updates))
    if how == "off":
        await roster.sign_out(TWO)
    await desk.jobs.look()
    await desk.quiet()
    await desk.run_timers()
    await desk.quiet()
    fields = await redis.hgetall(conversation_key(C1))
    assert fields["state"] == "waiting"
    assert not {"pass_to", "first_until_ms"} & fields.keys()
    card, note = await desk.cards(1)
    assert note.text == "↩️ Operator 2 cannot take Alice now"
    assert card.text.startswith("↩️ Alice · it was yours\nHello?")
