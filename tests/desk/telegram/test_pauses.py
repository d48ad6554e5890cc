"""After a 429: which chat is left alone, when all are, and for how long."""

from datetime import timedelta

import pytest
from redis.asyncio import Redis
from telegram.error import RetryAfter

from desk_at_work.at_work import RETENTION
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.conversations.rules import Rules
from onduty_desk.lua.calling import script
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import known_key
from onduty_desk.phones.outbox import Outbox
from onduty_desk.telegram.pace import Pace
from onduty_desk.telegram.pacing import SharedPace
from onduty_dispatcher.wake_ups.routing import Router

from .paced import PACE


@pytest.fixture
def outbox(redis: Redis) -> Outbox:
    return Outbox(redis, PACE, Rules(), retention=RETENTION)


async def test_a_429_pauses_that_chat_for_every_process(
    redis: Redis, outbox: Outbox, router: Router, push: Push, come_on: ComeOn
) -> None:
    """Another dispatcher, and the bot, leave the chat alone as long; others are sent to."""
    await come_on(1)
    push("One")
    await router.route_accepted()
    (taken,), _ = await outbox.take(10)
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    await outbox.settle(taken, "later", pause=timedelta(seconds=30), attempt_id=attempt.id)
    other = Outbox(redis, PACE, Rules(), retention=RETENTION)
    nothing, more_in = await other.take(10)
    assert nothing == []
    assert more_in is not None
    assert more_in > timedelta(seconds=25)
    permit = script(redis, "telegram/permit")
    answer, wait, *_ = await permit(args=["1", *PACE.gaps, 1_000_000, "operators"])
    assert (answer, int(wait) > 25_000_000) == ("wait", True)
    answer, wait, *_ = await permit(args=["2", *PACE.gaps, 1_000_000, "operators"])
    assert (answer, int(wait) < 200_000) == ("at", True)


async def test_several_429s_within_seconds_pause_all(redis: Redis) -> None:
    """Two chats may have limits of their own; three mean the bot as a whole."""
    refused, permit = script(redis, "telegram/pause_after_429"), script(redis, "telegram/permit")
    for chat in ("1", "2", "3"):
        await redis.set(known_key(OperatorId(int(chat))), "1")
    for chat in ("1", "2"):
        await refused(args=[chat, 20_000_000])
    assert (await permit(args=["9", *PACE.gaps, 1_000_000, "operators"]))[0] == "at"
    await refused(args=["3", 20_000_000])
    answer, wait, *_ = await permit(args=["8", *PACE.gaps, 1_000_000, "operators"])
    assert answer == "wait"
    assert int(wait) > 15_000_000


async def test_429s_that_lie_apart_pause_only_their_chats(
    redis: Redis, move_clock: MoveClock
) -> None:
    """One now and then is a chat's own limit, however many there were today."""
    refused, permit = script(redis, "telegram/pause_after_429"), script(redis, "telegram/permit")
    for chat in range(1, 4):
        await redis.set(known_key(OperatorId(chat)), "1")
        await move_clock(chat * timedelta(seconds=4))
        await refused(args=[chat, 20_000_000])
    assert (await permit(args=["9", *PACE.gaps, 1_000_000, "operators"]))[0] == "at"


async def test_the_bot_tries_again_after_a_429(redis: Redis) -> None:
    """Its answer is late, not lost; a pause longer than a minute is left to the update's retry."""
    shared = SharedPace(redis, Pace(1e5, 1e5))
    answers = [RetryAfter(timedelta(milliseconds=50)), None, RetryAfter(timedelta(hours=3))]

    async def request() -> bool:
        if (error := answers.pop(0)) is not None:
            raise error
        return True

    assert await shared.process_request(request, (), {}, "sendMessage", {"chat_id": 1}, None)
    with pytest.raises(RetryAfter):
        await shared.process_request(request, (), {}, "sendMessage", {"chat_id": 1}, None)


async def test_while_everything_is_paused_there_is_no_slot_again(
    redis: Redis, outbox: Outbox, router: Router, push: Push, come_on: ComeOn
) -> None:
    """The phone is given back."""
    await come_on(1)
    push("One")
    await router.route_accepted()
    (taken,), _ = await outbox.take(10)
    for chat in (5, 6, 7):
        await redis.set(known_key(OperatorId(chat)), "1")
        await script(redis, "telegram/pause_after_429")(args=[chat, 30_000_000])
    assert await outbox.slot_again(taken) is None
