"""A hundred races of fifty operators, over four webhook replicas and with one bot that polls."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from redis.asyncio import Redis

from balancer import free_ports, running_balancer
from chaos.claim_rounds import ClaimRounds, Race, allowed_s
from chaos.house import open_house
from chaos.plan import Plan
from chaos.shifts import Shifts
from chaos.story import contradictions
from chaos.table import Row, none
from chaos.truth import read_truth
from chat_backend import running_chat_backend
from onduty import SupportDesk
from onduty.events import ConversationClaimed, Event
from onduty_sandbox.client import Sandbox
from waiting import until

RACES = 100
OPERATORS = 50
REPLICAS = 4
PER_SECOND, PER_CHAT_PER_SECOND = 300, 40
AN_HOUR_S = "3600"


@dataclass(frozen=True)
class Raced:
    """What they came to."""

    by: str
    races: list[Race]
    events: list[Event]
    contradictions: list[str]
    calls_by_replica: Sequence[int] = ()


async def race_by_webhook(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Raced:
    """Let Telegram call four replicas in turn."""
    ports = free_ports(REPLICAS)
    async with running_balancer(ports) as balancer:
        webhook = {"ONDUTY_WEBHOOK_URL": balancer.url, "ONDUTY_WEBHOOK_SECRET": "the-secret"}
        bots = [{**webhook, "ONDUTY_WEBHOOK_PORT": str(port)} for port in ports]
        raced = await _race("webhook", bots, plan, folder, tell)
        return replace(raced, calls_by_replica=[balancer.taken[port] for port in ports])


async def race_by_polling(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Raced:
    """Let one bot ask Telegram."""
    return await _race("polling", [{}], plan, folder, tell)


async def _race(
    by: str,
    bots: Sequence[Mapping[str, str]],
    plan: Plan,
    folder: Path,
    tell: Callable[[str], None],
) -> Raced:
    """Hold them all; nobody loses what they won by being silent."""
    plan = replace(plan, bots=0, dispatchers=2, throughout=OPERATORS, coming_and_going=0)
    plan = replace(plan, teams=())
    more = {
        "ONDUTY_NUDGE_AFTER": AN_HOUR_S,
        "ONDUTY_SENDS_PER_SECOND": str(PER_SECOND),
        "ONDUTY_SENDS_PER_CHAT_PER_SECOND": str(PER_CHAT_PER_SECOND),
    }
    async with AsyncExitStack() as opened:
        chat = await opened.enter_async_context(running_chat_backend())
        house = await opened.enter_async_context(open_house(plan, folder, chat.url, **more))
        sandbox = await opened.enter_async_context(Sandbox(house.sandbox_url))
        for n, environment in enumerate(bots):
            house.keep(f"bot-{n}", "onduty_bot", **environment)
        await Shifts(sandbox, plan).sign_in_everybody()
        names = [f"Operator {chat_id}" for chat_id in plan.core]
        with SupportDesk(house.valkey.url) as desk:
            races = await ClaimRounds(sandbox, desk, plan.core, names).run(RACES, tell)
        await until(lambda: len(chat.received), equals=RACES + RACES // 2)
        async with Redis.from_url(house.valkey.url, decode_responses=True) as redis:
            truth = await read_truth(redis)
        return Raced(by, races, chat.received, contradictions(chat.received, truth.states))


def rows_of_races(raced: Raced) -> list[Row]:
    """Return their part of the table."""
    claimed = sum(1 for event in raced.events if isinstance(event, ConversationClaimed))
    answers_s = sorted(answer_s for race in raced.races for answer_s in race.answers_s)
    at_99_percent_s = answers_s[int(len(answers_s) * 0.99)]
    slowest_s = max(race.right_in_s for race in raced.races)
    most_s = allowed_s(OPERATORS, PER_SECOND, PER_CHAT_PER_SECOND)
    calls = ", ".join(map(str, raced.calls_by_replica))
    return [
        Row(f"races of {OPERATORS} operators, by {raced.by}", f"{len(raced.races)}"),
        Row(
            "updates by replica",
            calls or "one polls",
            "all",
            is_kept=all(raced.calls_by_replica),
        ),
        none("races without one winner and 49 told", [w for r in raced.races for w in r.wrong]),
        Row(
            "events conversation.claimed",
            f"{claimed}",
            f"{len(raced.races)}",
            is_kept=claimed == len(raced.races),
        ),
        none("events that contradict, two owners", raced.contradictions),
        Row("taps answered, 99 of 100 within", f"{at_99_percent_s * 1000:.0f} ms", "reported"),
        Row(
            "slowest race until every copy was right",
            f"{slowest_s:.2f} s",
            f"≤ {most_s:.2f} s",
            is_kept=slowest_s <= most_s,
        ),
    ]
