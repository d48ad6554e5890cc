"""Plays a team at work in desk time: the real scripts on a real Redis, without a Telegram."""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from time import monotonic

from redis.asyncio import Redis

from bench.routing.moments import DeskTime
from bench.routing.people import People, Ways
from bench.routing.phones import ExactOutbox, Phones
from bench.words import message
from onduty import AsyncSupportDesk
from onduty.wire import RETENTION
from onduty_desk.boards.boards import Boards
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.model.phone_keys import outbox_key, redraws_key
from onduty_desk.roster.group_rules import GroupRules, write_group_rules
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router
from onduty_dispatcher.wake_ups.timers import Timers

GROUP = "support"
TICK_S = 0.1
"""What happens within one is done together. The scripts reserve slots a little further ahead."""

SAMPLED_EVERY_S = 10.0
LONG_US = 2_000
_SIGN_INS = 10**9
"""Their updates are no taps'."""


@dataclass(frozen=True)
class Scenario:
    """A team, its customers and its rules."""

    operators: int
    per_second: float
    rules: GroupRules
    for_s: float = 3_600.0
    """Desk time, at most."""
    shortest_s: float = 240.0
    """Desk time, at least, but for `longest_s`."""
    within_s: float = 10.0
    """Real time, when the shortest is over."""
    longest_s: float = 30.0
    """Real time: what is not played by then is left out."""
    ways: Ways = field(default_factory=Ways)
    seed: int = 16


@dataclass(frozen=True)
class Sample:
    """What waits at a moment."""

    at: float
    customers: int
    """Whose conversation nobody has claimed."""
    to_send: int
    """Cards that are to be sent to a phone, or drawn anew there."""


@dataclass(frozen=True)
class Played:
    """All that happened."""

    operators: range
    lasted_s: float
    arrived: dict[ConversationId, float]
    people: People
    phones: Phones
    samples: list[Sample]
    redis_s: float
    """Processor time of Redis's thread."""
    slowest_ms: float
    slowest: str
    """The script that kept Redis the longest."""


async def play(redis: Redis, redis_url: str, scenario: Scenario) -> Played:
    """Let a team work until the time is over; nothing else is in this Redis afterwards."""
    await redis.execute_command("FLUSHALL", "SYNC")  # type: ignore[no-untyped-call]  # redis-py's
    await redis.config_set("slowlog-log-slower-than", LONG_US)
    await redis.config_set("slowlog-max-len", 10_000)
    async with AsyncSupportDesk(redis_url, timeout_s=30) as customers:
        team = _Team(redis, customers, scenario)
        await team.come_on()
        await redis.execute_command("SLOWLOG", "RESET")  # type: ignore[no-untyped-call]  # the same
        return await team.work()


class _Team:
    def __init__(self, redis: Redis, customers: AsyncSupportDesk, scenario: Scenario) -> None:
        rules = Rules()
        self._redis = redis
        self._customers = customers
        self._scenario = scenario
        self._chance = Random(scenario.seed)  # noqa: S311 - a repeatable draw
        of_people = Random(scenario.seed + 1)  # noqa: S311 - the same
        self._time = DeskTime(redis)
        self._router = Router(redis, Failures(redis), rules, groups=[GROUP], retention=RETENTION)
        self._timers = Timers(redis, rules)
        self._boards = Boards(redis, [GROUP])
        conversations = Conversations(redis, rules)
        self._people = People(conversations, self._time, of_people, scenario.ways)
        self._phones = Phones(ExactOutbox(redis, rules), self._time, self._people)
        self._arrived: dict[ConversationId, float] = {}
        self._has_arrived = False
        self._next_customer = 0.0
        self._samples: list[Sample] = []
        self._operators = range(1, scenario.operators + 1)

    async def come_on(self) -> None:
        """Sign everybody in, each with a board to come."""
        await write_group_rules(self._redis, [GROUP], {GROUP: self._scenario.rules})
        roster = Roster(self._redis)
        for operator in map(OperatorId, self._operators):
            await roster.sign_in(
                operator,
                name=f"Operator {operator}",
                language="en",
                group=GROUP,
                fingerprint="f",
                update_id=_SIGN_INS + operator,
            )
            await self._boards.show(operator)

    async def work(self) -> Played:
        await self._time.begin()
        scenario, redis_before_s = self._scenario, await self._redis_s()
        began, end = monotonic(), self._time.now + scenario.for_s
        shortest = self._time.now + scenario.shortest_s
        self._next_customer = self._time.now
        self._after_a_while()
        await self._customers_write()
        await self._each_second()
        await self._sample()
        while (now := self._time.now) < end:
            is_enough = now >= shortest
            if monotonic() > began + (scenario.within_s if is_enough else scenario.longest_s):
                break
            next_look = now if self._phones.is_woken else self._phones.next_look
            await self._time.leap_to(max(now + TICK_S, min(self._time.next, next_look)))
            await asyncio.gather(*(happens() for happens in self._time.due()))
            if self._has_arrived or self._people.has_tapped:
                self._has_arrived = self._people.has_tapped = False
                await self._router.route_accepted()
                self._phones.is_woken = True
            await self._phones.look()
        slowest_ms, slowest = await self._slowest()
        return Played(
            self._operators,
            self._time.now,
            self._arrived,
            self._people,
            self._phones,
            self._samples,
            await self._redis_s() - redis_before_s,
            slowest_ms,
            slowest,
        )

    def _after_a_while(self) -> None:
        self._next_customer += self._chance.expovariate(self._scenario.per_second)

    async def _customers_write(self) -> None:
        """Let all write whose time has come, each at their own."""
        while self._next_customer <= self._time.now:
            number = len(self._arrived)
            conversation = ConversationId(f"c{number}")
            self._arrived[conversation] = self._next_customer
            await self._customers.notify(message(number, group=GROUP, conversation_id=conversation))
            self._has_arrived = True
            self._after_a_while()
        self._time.at(self._next_customer, self._customers_write)

    async def _each_second(self) -> None:
        """What a dispatcher looks at, whatever happens."""
        await self._timers.look()
        self._has_arrived = True
        if int(self._time.now) % 5 == 0:
            await self._boards.compare()
        self._time.at(self._time.now + 1.0, self._each_second)

    async def _sample(self) -> None:
        async with self._redis.pipeline(transaction=False) as together:
            for chat in map(ChatId, self._operators):
                together.zcard(outbox_key(chat))
                together.zcard(redraws_key(chat))
            to_send = sum(await together.execute())
        waiting = len(self._arrived) - len(self._people.claimed_at)
        self._samples.append(Sample(self._time.now, waiting, to_send))
        self._time.at(self._time.now + SAMPLED_EVERY_S, self._sample)

    async def _redis_s(self) -> float:
        spent = await self._redis.info("cpu")
        return float(spent["used_cpu_user_main_thread"] + spent["used_cpu_sys_main_thread"])

    async def _slowest(self) -> tuple[float, str]:
        longest = Counter[str]()
        for entry in await self._redis.slowlog_get(10_000):
            command = entry["command"]
            text = command.decode() if isinstance(command, bytes) else str(command)
            if found := re.match(r"FCALL \w+?_[0-9a-f]{12}_(\w+)", text):
                longest[found[1]] = max(longest[found[1]], entry["duration"])
        if not longest:
            return LONG_US / 1000, "none longer"
        ((name, duration_us),) = longest.most_common(1)
        return duration_us / 1000, name
