"""Rules of escalation in a test, and what came of them."""

import json
from datetime import timedelta
from typing import Literal

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock
from onduty.events import ConversationEscalated, parse_event
from onduty_desk.model.event_keys import events_key
from onduty_desk.model.keys import ADMIN_NEWS, ConversationId
from onduty_desk.roster.group_rules import EscalationStep, GroupRules, write_group_rules

Routing = Literal["everyone", "waves", "assigned"]
Steps = tuple[EscalationStep, ...]


def step(after: int, to: str, priority: str = "normal") -> EscalationStep:
    return EscalationStep.model_validate({"priority": priority, "after": after, "to": to})


async def go_by(
    redis: Redis, *steps: EscalationStep, routing: Routing = "everyone", **groups: Steps
) -> None:
    """Let the group support have these steps from now on, and others theirs, as a start does."""
    usual = GroupRules(routing=routing, wave_size=1, capacity=3)
    rules = {
        name: usual.model_copy(update={"escalation": of})
        for name, of in {"support": steps, **groups}.items()
    }
    await write_group_rules(redis, ["support", "sales", "night"], rules)


async def escalated(redis: Redis, conversation: str = "c1") -> list[str]:
    """Return to whom it went, in order."""
    found = await redis.lrange(events_key(ConversationId(conversation)), 0, -1)
    events = [parse_event(json.loads(event)) for event in found]
    return [event.to for event in events if isinstance(event, ConversationEscalated)]


async def kinds(redis: Redis) -> list[str]:
    found = await redis.lrange(events_key(ConversationId("c1")), 0, -1)
    return [str(json.loads(event)["type"]).partition(".")[2] for event in found]


async def admins_news(redis: Redis) -> list[str]:
    return sorted(str(name) for name in await redis.hkeys(ADMIN_NEWS))


async def at(desk: Desk, move_clock: MoveClock, seconds: float) -> list[str]:
    """Let so much time have passed since the beginning; return to whom it went so far."""
    await move_clock(timedelta(seconds=seconds))
    await desk.run_timers()
    await desk.quiet()
    return await escalated(desk.redis)
