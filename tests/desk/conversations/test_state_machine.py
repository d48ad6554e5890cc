"""A conversation goes the ways of its state machine, and no others, whatever is tapped."""

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, OperatorId, conversation_key
from onduty_desk.model.machines import CONVERSATION
from onduty_desk.roster.operators import Roster

WAYS = {(way.source, way.event): way.target for way in CONVERSATION}
BEFORE: dict[str, list[Verb]] = {
    "waiting": [],
    "claimed": [Verb.CLAIM],
    "closed": [Verb.CLAIM, Verb.CLOSE],
}
TAPS = {
    Verb.CLAIM: "claim",
    Verb.OPEN: "look",
    Verb.BACK: "look",
    Verb.TAKE_OVER: "look",
    Verb.CONFIRM: "look",
    Verb.RELEASE: "release",
    Verb.CLOSE: "close",
    Verb.KEEP: "renew",
    Verb.REOPEN: "reopen",
}


async def state_of(redis: Redis) -> str:
    return str(await redis.hget(conversation_key(ConversationId("c1")), "state") or "waiting")


async def brought_to(state: str, alice_writes: AliceWrites) -> tuple[Desk, list[int]]:
    """Return the desk, and the cards of both: a closed one is not a colleague's any more."""
    desk = await alice_writes(1, 2)
    cards = [(await desk.card(operator)).message_id for operator in (1, 2)]
    for verb in BEFORE[state]:
        await desk.tap(1, verb, cards[0])
    return desk, cards


@pytest.mark.parametrize("state", BEFORE)
@pytest.mark.parametrize(("verb", "event"), TAPS.items())
async def test_a_tap_of_who_had_it_last(
    redis: Redis, alice_writes: AliceWrites, state: str, verb: Verb, event: str
) -> None:
    """Where the machine has no way, the tap changes nothing; waiting, only the backend closes."""
    desk, cards = await brought_to(state, alice_writes)
    await desk.tap(1, verb, cards[0])
    is_backends = (state, event) == ("waiting", "close")
    assert await state_of(redis) == (state if is_backends else WAYS.get((state, event), state))


@pytest.mark.parametrize("verb", [verb for verb in TAPS if verb is not Verb.CONFIRM])
@pytest.mark.parametrize("state", ["claimed", "closed"])
async def test_a_tap_of_a_colleague(
    redis: Redis, alice_writes: AliceWrites, state: str, verb: Verb
) -> None:
    """Changes nothing, but a take-over that was confirmed."""
    desk, cards = await brought_to(state, alice_writes)
    await desk.tap(2, verb, cards[1])
    assert await state_of(redis) == state


async def test_a_take_over(redis: Redis, alice_writes: AliceWrites) -> None:
    """Keeps the state and changes the owner."""
    desk, cards = await brought_to("claimed", alice_writes)
    await desk.tap(2, Verb.TAKE_OVER, cards[1])
    await desk.tap(2, Verb.CONFIRM, cards[1])
    assert await state_of(redis) == WAYS["claimed", "take over"]
    assert await redis.hget(conversation_key(ConversationId("c1")), "owner") == "2"


@pytest.mark.parametrize("state", BEFORE)
@pytest.mark.parametrize("event", ["message", "close", "touch", "owner goes"])
async def test_what_does_not_come_by_a_tap(
    redis: Redis, alice_writes: AliceWrites, push: Push, roster: Roster, state: str, event: str
) -> None:
    """The customer writes, the backend says something, the owner blocks the bot."""
    desk, _ = await brought_to(state, alice_writes)
    if event == "message":
        push("One more")
        await desk.jobs.route()
    elif event == "owner goes":
        await roster.sign_out(OperatorId(1), "unreachable")
    else:
        await desk.instruct(event)
    assert await state_of(redis) == WAYS.get((state, event), state)
