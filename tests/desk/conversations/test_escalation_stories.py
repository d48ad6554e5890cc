"""Whatever happens while a customer waits, each step is done once and none early: from seeds."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import get_args

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.drawn_anew import changed_when_drawn_anew
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty import Priority, SupportDesk
from onduty.events import ConversationDelegated, ConversationEscalated, parse_event
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED, events_key
from onduty_desk.model.keys import conversation_key, copies_key
from onduty_desk.roster.group_rules import EscalationStep
from onduty_dispatcher.wake_ups.timers import Timers

from .escalations import Routing, go_by, step
from .passing_on import fields_of_c1, is_in_one_place
from .three_phones import C1

STEPS = 40
PRIORITIES = ("urgent", "low")
TAPS = (Verb.CLAIM, Verb.RELEASE, Verb.ACCEPT, Verb.DECLINE)
Rules = dict[str, tuple[EscalationStep, ...]]
Key = tuple[str | None, str | None, str]


@dataclass
class Wait:
    """One waiting period: what was asked for while it lasted, and what came of it."""

    asked: Counter[Key] = field(default_factory=Counter)
    """How often each step stood in the rules, at most."""
    earliest: dict[Key, int] = field(default_factory=dict)
    done: Counter[Key] = field(default_factory=Counter)

    def go_by(self, rules: Rules) -> None:
        found: Counter[Key] = Counter()
        for group, steps in rules.items():
            for one in steps:
                key = (group, one.priority, one.to)
                found[key] += 1
                self.earliest[key] = min(self.earliest.get(key, one.after), one.after)
        self.asked |= found


@dataclass
class Story:
    """What has happened so far."""

    desk: Desk
    backend: SupportDesk
    push: Push
    move_clock: MoveClock
    chance: Random
    rules: Rules = field(default_factory=dict)
    wait: Wait = field(default_factory=Wait)
    now: float = 0
    is_answered: bool = True
    read: int = 0

    async def begin(self) -> None:
        await self.a_change_of_rules()
        await self.a_message()

    async def time(self) -> None:
        await self.desk.quiet()
        self.now += self.chance.choice((1, 5, 20, 45, 90))
        await self.move_clock(timedelta(seconds=self.now))
        redis, rules = self.desk.redis, self.desk.rules
        await asyncio.gather(Timers(redis, rules).look(), Timers(redis, rules).look())
        await self.desk.jobs.look()

    async def a_message(self) -> None:
        if self.is_answered:
            await self.judge()
            self.wait = Wait()
            self.wait.go_by(self.rules)
            self.is_answered = False
        self.push("Hello?", priority="low")
        await self.desk.jobs.look()

    async def an_answer(self) -> None:
        await self.desk.instruct(self.chance.choice(("touch", "close")))
        self.is_answered = True

    async def a_tap(self) -> None:
        await self.desk.quiet()
        operator = self.chance.choice((1, 2, 3))
        copy = await self.desk.redis.hget(copies_key(C1), str(operator))
        if copy and json.loads(copy).get("card"):
            await self.desk.tap(operator, self.chance.choice(TAPS))

    async def a_priority(self) -> None:
        self.backend.prioritize("c1", Priority(self.chance.choice(PRIORITIES)))
        await self.desk.jobs.look()

    async def a_change_of_rules(self) -> None:
        for group, others in (("support", ("sales", "night")), ("sales", ("support", "night"))):
            targets = ("wave", "group", "admins", *(f"group:{other}" for other in others))
            self.rules[group] = tuple(
                step(
                    self.chance.choice((0, 10, 60, 120)),
                    self.chance.choice(targets),
                    self.chance.choice(PRIORITIES),
                )
                for _ in range(self.chance.randrange(9))
            )
        support, sales = self.rules["support"], self.rules["sales"]
        routing = self.chance.choice(get_args(Routing))
        await go_by(self.desk.redis, *support, routing=routing, sales=sales)
        self.wait.go_by(self.rules)
        await self.desk.jobs.look()

    async def judge(self) -> None:
        """Read what was told since the last time; it belongs to this wait."""
        found = await self.desk.redis.lrange(events_key(C1), self.read, -1)
        self.read += len(found)
        moved = None
        for event in map(parse_event, map(json.loads, found)):
            if moved is not None:
                assert isinstance(event, ConversationDelegated)
                assert f"group:{event.group}" == moved
                moved = None
            if isinstance(event, ConversationEscalated):
                key = (event.group, event.priority, event.to)
                self.wait.done[key] += 1
                assert event.waited_s is not None
                assert event.waited_s >= self.wait.earliest[key], (key, event.waited_s)
                moved = event.to if event.to.startswith("group:") else None
        assert self.wait.done <= self.wait.asked
        moves = Counter(to for _, _, to in self.wait.done.elements() if to.startswith("group:"))
        assert all(count == 1 for count in moves.values()), moves

    async def nothing_is_lost(self) -> None:
        """Whoever waits long enough had each step that the rules ask for now."""
        await self.desk.quiet()
        owner = await self.desk.redis.hget(conversation_key(C1), "owner")
        if owner:
            await self.desk.tap(int(owner), Verb.RELEASE)
        await self.a_message()
        await self.desk.quiet()
        await self.a_change_of_rules()
        self.now += 3_000
        await self.move_clock(timedelta(seconds=self.now))
        for _ in range(3):
            await self.desk.run_timers()
            await self.desk.quiet()
        await self.judge()
        fields = await fields_of_c1(self.desk.redis)
        assert (fields.get("state", "waiting"), "answered" in fields) == ("waiting", False)
        begun = json.loads(fields.get("escalation", "{}")).get("begun") or [fields["priority"]]
        group, asked = fields["group"], Counter[str]()
        for one in self.rules.get(group, ()):
            if one.priority == fields["priority"] and one.priority in begun and not one.target:
                asked[one.to] += 1
        for to, count in asked.items():
            assert self.wait.done[group, fields["priority"], to] >= count


@pytest.mark.parametrize("seed", range(20))
async def test_each_step_is_done_once_and_none_is_lost(
    redis: Redis,
    redis_url: str,
    at_work: Desk,
    come_on: ComeOn,
    push: Push,
    move_clock: MoveClock,
    seed: int,
) -> None:
    """By two dispatchers at once, with claims, returns, answers, moves, raises and other rules."""
    await redis.set(EVENTS_WANTED, 3600)
    await come_on(1, 2)
    await come_on(3, group="sales")
    chance = Random(seed)  # noqa: S311 - chance, not secrets
    story = Story(at_work, SupportDesk(redis_url), push, move_clock, chance)
    await story.begin()
    happens = {
        story.time: 10,
        story.a_tap: 6,
        story.a_message: 3,
        story.a_priority: 2,
        story.a_change_of_rules: 2,
        story.an_answer: 2,
    }
    for _ in range(STEPS):
        (happen,) = chance.choices([*happens], [*happens.values()])
        await happen()
        await story.judge()
        await is_in_one_place_of_all(redis)
    await story.nothing_is_lost()
    await at_work.quiet()
    assert await changed_when_drawn_anew(redis, at_work) == []


async def is_in_one_place_of_all(redis: Redis) -> None:
    group = await redis.hget(conversation_key(C1), "group")
    if group != "night":
        await is_in_one_place(redis)
