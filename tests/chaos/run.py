"""One run from the start of its processes to the evidence."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from redis.asyncio import Redis

from chaos.disturbances import Disturbances
from chaos.draining import drain, what_telegram_got
from chaos.house import Ended, open_house
from chaos.leftover_keys import ownerless
from chaos.plan import Plan
from chaos.producers import Producers
from chaos.reckoning import Counts, Evidence, reckon
from chaos.records import untrue
from chaos.shifts import Shifts
from onduty_desk.failures import Failures
from onduty_desk.keys import ChatId
from onduty_desk.roster import Roster
from onduty_sandbox.client import Sandbox

CALM_AT_LAST_S = 2.0
PROGRESS_EVERY_S = 10.0


@dataclass(frozen=True)
class Result:
    """What a run found."""

    plan: Plan
    counts: Counts
    takeovers_s: list[float]
    ended: list[Ended]
    faults: int
    shifts: int
    shifts_unanswered: int
    unavailable: int
    never_taken: int
    missing_operators: list[ChatId]
    left: dict[str, int]
    drained_in_s: float
    took_s: float
    ownerless_keys: list[str]
    untrue_records: list[str]


async def run(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Result:
    """Start everything, disturb it while producers push, let it come to rest, and count."""
    began = time.monotonic()
    async with (
        open_house(plan, folder) as house,
        Sandbox(house.sandbox_url) as sandbox,
        Redis.from_url(house.valkey.url, decode_responses=True) as redis,
    ):
        shifts = Shifts(sandbox, plan)
        await shifts.sign_in_everybody()
        tell(f"{len(plan.core) + len(plan.others)} operators are on duty")
        producers = Producers(plan, house.valkey.url)
        disturbances = Disturbances(plan, house, sandbox, shifts, redis)

        def progress() -> str:
            return (
                f"{len(producers.accepted)} accepted, {len(house.ended)} processes ended, "
                f"{disturbances.faults} faults, {shifts.changes} shifts"
            )

        producers.start()
        stopping = asyncio.Event()
        changing = [asyncio.create_task(shifts.come_and_go(c, stopping)) for c in plan.others]
        try:
            await _disturb(plan, disturbances, lambda: tell(progress()))
        finally:
            await asyncio.to_thread(producers.stop)
            stopping.set()
        await asyncio.gather(*changing)
        by_rq = [message.message_id for message in producers.accepted if not message.is_ordered]
        tell(f"{progress()}; waiting for calm")
        await disturbances.end()
        left, drained_in_s = await drain(redis, by_rq, plan.drain_at_most, tell)
        sends = await what_telegram_got(sandbox)
        (folder / "sends.jsonl").write_text("\n".join(json.dumps(asdict(send)) for send in sends))
        failures = (await Failures(redis).all()).values()
        on_duty = {ChatId(o.id) for o in await Roster(redis).on_duty(["support"])}
        counts = reckon(
            Evidence(producers.accepted, sends, failures, house.ended, plan.core, shifts.off)
        )
        return Result(
            plan,
            counts,
            disturbances.takeovers_s,
            house.ended,
            disturbances.faults,
            shifts.changes,
            shifts.unanswered,
            producers.unavailable,
            producers.never_taken,
            [chat for chat in plan.core if chat not in on_duty],
            dict(left),
            drained_in_s,
            time.monotonic() - began,
            await ownerless(redis),
            await untrue(redis, producers.accepted, sends),
        )


async def _disturb(plan: Plan, disturbances: Disturbances, tell: Callable[[], None]) -> None:
    """Let it go on for the time of the plan; the last moments are calm but for what is under way.

    A disturbance that breaks, breaks the run.
    """
    time_s = plan.pushing.total_seconds()
    async with asyncio.TaskGroup() as tasks:
        redis_restart = tasks.create_task(disturbances.restart_redis(time_s / 2))
        endless = [
            tasks.create_task(disturbances.deal_blows()),
            tasks.create_task(disturbances.trouble_telegram()),
            tasks.create_task(_tell_now_and_then(tell)),
        ]
        await asyncio.sleep(time_s - CALM_AT_LAST_S)
        for task in endless:
            task.cancel()
        await redis_restart
        await asyncio.sleep(CALM_AT_LAST_S)


async def _tell_now_and_then(tell: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(PROGRESS_EVERY_S)
        tell()
