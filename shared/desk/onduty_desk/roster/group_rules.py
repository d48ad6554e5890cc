"""The rules of a group: written to Redis by the newest start, read there by the scripts."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, cast

import structlog
from pydantic import BaseModel, ConfigDict, Field, Strict, field_serializer
from redis.asyncio import Redis

from onduty import PriorityName
from onduty_desk.lua.calling import script

MOST_CAPACITY = 1_000
MOST_A_WAVE = 100
LONGEST_S = 3_600
"""The longest time that a rule may give, in seconds."""
SHORTEST_TO_ACCEPT_S = 5
"""In less, nobody can look at a card and tap."""

LONGEST_WAIT_S = 7 * 86_400
MOST_STEPS = 50

_log = structlog.get_logger()


class EscalationStep(BaseModel):
    """What `[[groups.NAME.escalation]]` of the desk file may say; all of it must be said."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    priority: PriorityName = Field(description="Of the conversations that it is for.")
    after: int = Field(
        ge=0, le=LONGEST_WAIT_S, description="Seconds that the customer waits; 0: at once."
    )
    to: str = Field(
        pattern=r"^(wave|group|admins|group:.+)$",
        description="Who is rung, told, or given it: wave, group, admins, group:NAME.",
    )

    @property
    def target(self) -> str | None:
        """The group into whose line it is put, if it is put into one."""
        return self.to.partition(":")[2] if ":" in self.to else None


class GroupRules(BaseModel):
    """What `[groups.NAME]` of the desk file may say; the defaults are those of a desk without one.

    `roster/group_rules.lua` has the same defaults.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    routing: Literal["everyone", "waves", "assigned"] = Field(
        default="everyone", description="Whom a waiting conversation rings."
    )
    capacity: int = Field(
        default=0,
        ge=0,
        le=MOST_CAPACITY,
        description="Conversations of the group that one operator may own; 0: any number.",
    )
    wave_size: int = Field(
        default=3, ge=1, le=MOST_A_WAVE, description="With waves: how many are rung at once."
    )
    next_wave_after: int = Field(
        default=20, ge=1, le=LONGEST_S, description="With waves: seconds until the next are rung."
    )
    accept_within: int = Field(
        default=30,
        ge=SHORTEST_TO_ACCEPT_S,
        le=LONGEST_S,
        description="Seconds that somebody has to accept what they are asked to take.",
    )
    escalation: Annotated[tuple[EscalationStep, ...], Strict(strict=False)] = Field(
        default=(),
        max_length=MOST_STEPS,
        description="What happens when a customer waits for long.",
    )

    @field_serializer("escalation")
    def _by_time(self, steps: tuple[EscalationStep, ...]) -> str:
        """Write the steps as scripts read them: as JSON, in the order in which they are due."""
        ordered = sorted(steps, key=lambda step: step.after)
        return json.dumps([step.model_dump() for step in ordered])


async def write_group_rules(
    redis: Redis, groups: Iterable[str], rules: Mapping[str, GroupRules]
) -> None:
    """Let every process go by these rules from now on, whatever file it has itself.

    A group without rules gets the defaults, and one that is not named has none any more. What
    changes is logged; the same rules once more change nothing but the time of the start.
    """
    given = {group: rules.get(group, GroupRules()).model_dump() for group in groups}
    changed = await script(redis, "roster/write_group_rules")(args=[json.dumps(given)])
    for group, before in zip(*[iter(cast("list[str]", changed))] * 2, strict=True):
        was, now = _without_start(before), given.get(group, "none")
        if not (was == "defaults" and now == GroupRules().model_dump()):
            _log.info("group.rules_changed", group=group, rules=now, before=was)


def _without_start(before: str) -> object:
    rules: dict[str, object] = json.loads(before) if before else {}
    rules.pop("start_ms", None)
    return rules or "defaults"
