"""Passes Alice's conversation on as the bot does when an operator has said to whom and why."""

import json
from datetime import timedelta
from itertools import count

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock
from onduty_desk.conversations.ownership import Conversations, PassOutcome
from onduty_desk.model.bot_keys import pass_asked_key
from onduty_desk.model.keys import OperatorId, claims_key, conversation_key, waiting_key

from .three_phones import C1

QUESTION = 4711
_updates = count(8_000)


async def ask(redis: Redis, by: int, to: int | None = None, group: str = "") -> None:
    """Let an operator be asked why."""
    target = {"to": str(to), "name": f"Operator {to}"} if to else {"group": group, "name": group}
    question = json.dumps({**target, "message": QUESTION, "conversation": "c1"})
    await redis.set(pass_asked_key(OperatorId(by)), question)


async def pass_on(
    desk: Desk,
    by: int,
    to: int | None = None,
    *,
    group: str = "",
    reason: str = "",
    update: int | None = None,
) -> PassOutcome:
    await ask(desk.redis, by, to, group)
    done = await Conversations(desk.redis, desk.rules).pass_on(
        OperatorId(by), None, reason, update_id=next(_updates) if update is None else update
    )
    await desk.jobs.look()
    return done


async def fields_of_c1(redis: Redis) -> dict[str, str]:
    found = await redis.hgetall(conversation_key(C1))
    return {str(name): str(value) for name, value in found.items()}


async def is_in_one_place(redis: Redis) -> str:
    """Return it: a group's line, an owner's list, or "closed"."""
    fields = await fields_of_c1(redis)
    lines = [
        g for g in ("support", "sales") if await redis.zscore(waiting_key(g), "c1") is not None
    ]
    owners = [n for n in range(1, 5) if await redis.zscore(claims_key(OperatorId(n)), "c1")]
    offered = [n for n in range(1, 5) if await redis.zscore(f"onduty:offers:{n}", "c1")]
    assert [str(n) for n in offered] == ([fields["pass_to"]] if "pass_to" in fields else [])
    match fields.get("state", "waiting"):
        case "waiting":
            assert (lines, owners, fields.get("owner")) == ([fields["group"]], [], None)
            return lines[0]
        case "claimed":
            assert (lines, [str(n) for n in owners]) == ([], [fields["owner"]])
            return fields["owner"]
        case state:
            assert (lines, owners, offered) == ([], [], [])
            return state


async def after(desk: Desk, move_clock: MoveClock, seconds: float) -> None:
    await move_clock(timedelta(seconds=seconds))
    await desk.run_timers()
    await desk.quiet()
