"""Whatever happens in a group that assigns: nobody has too many, and the line is served."""

import json
from datetime import timedelta
from random import Random

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.drawn_anew import changed_when_drawn_anew
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from onduty_desk.availability.pauses import Pauses
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    copies_key,
    waiting_key,
)
from onduty_desk.model.roster_keys import PAUSED, duty_key
from onduty_desk.roster.group_rules import GroupRules
from onduty_desk.roster.operators import Roster

from .by_rules import go_by, offered

STEPS, SEEDS, MOST = 50, 12, 0.7
OPERATORS = (1, 2, 3)
CUSTOMERS = [f"c{n}" for n in range(1, 9)]


async def check(redis: Redis, capacity: int) -> None:
    """Nobody owns and is asked about more than they may; who is free is asked about the first."""
    asked = await offered(redis)
    held = {n: await redis.zcard(claims_key(OperatorId(n))) for n in OPERATORS}
    for operator in OPERATORS:
        assert held[operator] + list(asked.values()).count(operator) <= capacity
    on_duty = {int(str(one)) for one in await redis.zrange(duty_key("support"), 0, -1)}
    available = on_duty - {int(str(one)) for one in await redis.zrange(PAUSED, 0, -1)}
    free = {n for n in available - set(asked.values()) if held[n] < capacity}
    for conversation in await redis.zrange(waiting_key("support"), 0, -1):
        fields = await redis.hgetall(conversation_key(ConversationId(str(conversation))))
        if "pass_to" not in fields:
            tried = {int(one) for one in fields.get("tried", "").split()}
            assert not free - tried, (conversation, fields)


async def tap(desk: Desk, operator: int, conversation: str, verb: Verb) -> None:
    copies = copies_key(ConversationId(conversation))
    card = json.loads(await desk.redis.hget(copies, str(operator)) or "{}").get("card")
    if card:
        await desk.tap(operator, verb, int(card))


class Story:
    """What happens, at random, in a group whose operators may have so many each."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk = desk
        self.random = Random(seed)  # noqa: S311 - a story, no secret
        self.capacity = seed % 2 + 1
        self._updates = iter(range(1, 1000))
        self._clock_s = 0

    def someone(self) -> OperatorId:
        return OperatorId(self.random.choice(OPERATORS))

    async def answer(self) -> None:
        """Most of those who are asked say something."""
        await self.desk.quiet()
        for conversation, operator in (await offered(self.desk.redis)).items():
            if self.random.random() < MOST:
                verb = self.random.choice([Verb.ACCEPT, Verb.ACCEPT, Verb.DECLINE])
                await tap(self.desk, operator, conversation, verb)
                await check(self.desk.redis, self.capacity)

    async def be_done(self) -> None:
        operator = self.someone()
        for conversation in await self.desk.redis.zrange(claims_key(operator), 0, 0):
            verb = self.random.choice([Verb.CLOSE, Verb.CLOSE, Verb.RELEASE])
            await tap(self.desk, operator, str(conversation), verb)
            await check(self.desk.redis, self.capacity)

    async def pause(self) -> None:
        pauses = Pauses(self.desk.redis, self.desk.rules)
        if self.random.random() < MOST:
            await pauses.come_back(self.someone(), update_id=next(self._updates))
        else:
            await pauses.pause(self.someone(), update_id=next(self._updates))

    async def wait(self, move_clock: MoveClock) -> None:
        self._clock_s += self.random.choice([10, 31, 301])
        await move_clock(timedelta(seconds=self._clock_s))


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nobody_has_too_many_and_nobody_waits_whom_somebody_could_take(
    redis: Redis,
    at_work: Desk,
    roster: Roster,
    push: Push,
    come_on: ComeOn,
    move_clock: MoveClock,
    seed: int,
) -> None:
    """After each step, whoever did it."""
    story = Story(at_work, seed)
    await go_by(redis, GroupRules(routing="assigned", capacity=story.capacity))
    await come_on(1, 2)

    async def write() -> None:
        priority = story.random.choice(["urgent", "normal", "low"])
        push("Hello", conversation=story.random.choice(CUSTOMERS), priority=priority)

    async def go() -> None:
        await roster.sign_out(story.someone(), "removed")

    async def come() -> None:
        await come_on(int(story.someone()))

    steps = [write, write, write, story.answer, story.answer, story.be_done, story.be_done]
    steps += [story.pause, come, come, go, lambda: story.wait(move_clock)]
    for _ in range(STEPS):
        await story.random.choice(steps)()
        await at_work.jobs.route()
        await at_work.run_timers()
        await check(redis, story.capacity)
    await at_work.quiet()
    assert await changed_when_drawn_anew(redis, at_work) == []
