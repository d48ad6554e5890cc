"""What rings by the newest message of several: what it leaves, and who claims it then."""

from datetime import timedelta

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import OperatorId, deliveries_key

from .by_rules import ONE_BY_ONE, go_by, tap, write
from .passing_on import after, pass_on


async def test_what_was_drawn_into_a_card_that_rang_by_the_newest_message(
    redis: Redis, desk: Desk, push: Push, pauses: Pauses, move_clock: MoveClock
) -> None:
    """Who was paused meanwhile is rung by the last of three; their card has all of them."""
    await tap(desk, 1, Verb.CLAIM, "c1")
    await go_by(redis, ONE_BY_ONE)
    await write(desk, push, "c2")
    for seconds in (25, 50):
        await after(desk, move_clock, seconds)
    await pauses.pause(OperatorId(1), update_id=901, lasting=timedelta(hours=1))
    for text in ("I am Bob", "Where is it?"):
        push(text, conversation="c2", customer_name="c2")
        await desk.jobs.route()
        await desk.quiet()
    await pauses.come_back(OperatorId(1), update_id=902)
    await tap(desk, 2, Verb.CLAIM, "c2")
    await tap(desk, 2, Verb.RELEASE, "c2")
    await desk.quiet()
    await after(desk, move_clock, 80)

    async def with_bob() -> list[int]:
        await desk.quiet()
        shown = [one for one in await desk.phones[0].messages() if not one.deleted]
        return [one.message_id for one in shown if "I am Bob" in one.text]

    (card,) = await with_bob()
    await tap(desk, 1, Verb.CLAIM, "c2")
    assert await with_bob() == [card]


async def test_what_nobody_was_offered_and_is_passed_on_expires_with_its_conversation(
    redis: Redis, asked: Desk, push: Push
) -> None:
    """It was only in line when it came: its record begins with the colleague's ring."""
    for operator in (1, 2, 3):
        await tap(asked, operator, Verb.DECLINE, "c1")
    (message,) = push("Where is it?")
    await asked.jobs.route()
    await asked.quiet()
    assert not await redis.exists(deliveries_key(message))
    await pass_on(asked, 1, 2)
    assert await redis.hget(deliveries_key(message), "2")
    assert await redis.ttl(deliveries_key(message)) > 0
