"""The states in which a conversation may be when it is forgotten, and the way into each."""

from datetime import UTC, datetime

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.noting.notes import Notebook
from onduty_desk.replies.replying import Written

from .passing_on import after, pass_on

STATES = [
    "waiting",
    "claimed",
    "asked",
    "offered",
    "closed",
    "opened",
    "follow-ups",
    "nobody",
    "noted",
    "moved",
    "moved back",
]


async def bring_into(
    state: str, redis: Redis, at_work: Desk, push: Push, move_clock: MoveClock
) -> None:
    """Bring Alice's conversation, which operator 1 may have, into one of them."""
    if state == "follow-ups":
        for n in range(3):
            push(f"Hello {n}")
            await at_work.jobs.route()
            await at_work.quiet()
    elif state == "asked":
        await after(at_work, move_clock, 200)
        assert await at_work.nudges(1)
    elif state == "offered":
        await pass_on(at_work, 1, 2, reason="about a parcel")
        await at_work.quiet()
    elif state == "closed":
        await at_work.tap(1, Verb.CLOSE)
    elif state in {"moved", "moved back"}:
        assert (await pass_on(at_work, 1, group="sales")).result == "moved"
        await at_work.jobs.route()
        if state == "moved back":
            await at_work.instruct("close")
            push("Hello again")
        await at_work.jobs.route()
        await at_work.quiet()
    elif state == "opened":
        await at_work.press(2, "👀 Open")
        await at_work.quiet()
    elif state == "noted":
        assert (await at_work.tap(1, Verb.NOTE)).result == "note"
        who = (OperatorId(1), "Operator 1", "Operator 1", ChatId(1), 900)
        note = Written(*who, "About Alice", "About Alice", datetime.now(UTC))
        given = await Notebook(redis, at_work.rules).give(note, "text", update_id=77)
        assert given.result == "given"
        await at_work.jobs.route()
        await at_work.quiet()
