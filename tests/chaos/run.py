"""One run from the start of its processes to the evidence."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from redis.asyncio import Redis

from chaos.after_claims import AtRest, at_rest, reckon_claims, told_and_not_done, unexplained
from chaos.after_outages import AfterOutages, Facts, judge
from chaos.answering.amid import Answers
from chaos.answering.judging import is_about_an_answer
from chaos.claims import Claims
from chaos.decisions import Judged, ask_for_decisions, judge_decisions, read_decisions
from chaos.disturbances import Disturbances
from chaos.draining import drain, what_telegram_got
from chaos.free_places import FreePlaces
from chaos.house import Ended, open_house
from chaos.kicks import Kicks
from chaos.odd_things import OddThings, broken_on, untold
from chaos.outages import Outages
from chaos.plan import ASSIGNED, Plan
from chaos.producers import Producers
from chaos.reckoning import Counts, Evidence, most_answers, reckon, unknown_to_all
from chaos.records import sends_and_records
from chaos.rolling import Rolling
from chaos.shifts import Shifts
from chaos.topics.counts import TopicCounts, count_topics
from chaos.topics.threads import by_place
from chat_backend import running_chat_backend
from onduty.events import Event
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import ChatId
from onduty_desk.process.cancellation import cancel
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Sandbox, StrangersSoFar

CALM_AT_LAST_S = 2.0
PROGRESS_EVERY_S = 10.0
ODD = frozenset({"job", "message", "update"})
"""What stands on the failed list because it is odd, and is no customer's message of this run."""


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
    untrue_records: list[str]
    claims: Claims
    claim_counts: Counts
    at_rest: AtRest
    judged: Judged
    told_and_not_done: list[str]
    unexplained_strangers: list[str]
    events: Sequence[Event]
    outages: Outages
    after_outages: AfterOutages
    odd: OddThings
    untold: list[str]
    broken_on: list[str]
    crowd: StrangersSoFar
    most_for_a_stranger: int
    answers: Answers
    places: FreePlaces
    kicks: Kicks
    topics: TopicCounts


async def run(  # noqa: PLR0915 - the story of a run, in its order
    plan: Plan, folder: Path, tell: Callable[[str], None], rolling: Rolling | None = None
) -> Result:
    """Start everything, disturb it while producers push, let it come to rest, and count.

    Args:
        plan: how much of everything.
        folder: for logs and data.
        tell: is told how it goes.
        rolling: starts the bots and dispatchers, of two versions, and exchanges them meanwhile.
    """
    began = time.monotonic()
    plan = _for_the_older_version(plan) if rolling else plan
    async with (
        running_chat_backend() as chat,
        open_house(_started(plan, rolling), folder, chat.url) as house,
        Sandbox(house.sandbox_url) as sandbox,
        Redis.from_url(house.valkey.url, decode_responses=True) as redis,
    ):
        if rolling:
            rolling.begin(house)
        else:
            await ask_for_decisions(redis)
        shifts = Shifts(sandbox, plan)
        await shifts.sign_in_everybody()
        tell(f"{len(plan.phones)} operators are on duty")
        claims = Claims(plan, sandbox, house.valkey.url)
        await claims.take_in_topics()

        def is_away(operator: ChatId) -> bool:
            return operator in shifts.away or operator in claims.whims.pausing

        answers = Answers(plan, sandbox, is_away, chat, house.valkey.url)
        producers = Producers(plan, house.valkey.url)
        outages = Outages(plan, sandbox, redis)
        disturbances = Disturbances(plan, house, sandbox, shifts, redis, outages)
        odd = OddThings(plan, redis, sandbox)
        places = FreePlaces(redis, ASSIGNED)
        kicks = Kicks(plan, sandbox, shifts, claims.whims)

        def progress() -> str:
            return (
                f"{len(producers.accepted)} accepted, {len(house.ended)} processes ended, "
                f"{disturbances.faults} faults, {shifts.changes} shifts"
            )

        producers.start()
        stopping = asyncio.Event()
        changing = [
            asyncio.create_task(shifts.come_and_go(c, stopping))
            for c in (*plan.others, *plan.other_claimers)
        ]
        changing += map(asyncio.create_task, [claims.play(stopping), *answers.play(stopping)])
        if not rolling:
            changing.append(asyncio.create_task(kicks.play(stopping)))
        looking = asyncio.create_task(places.watch())
        try:
            upgrade = [rolling.exchange_bots(house)] if rolling else []
            await _disturb(plan, disturbances, odd, lambda: tell(progress()), *upgrade)
        finally:
            await asyncio.to_thread(producers.stop)
            stopping.set()
        await asyncio.gather(*changing)
        pushed = [*producers.accepted, *odd.accepted]
        by_rq = [message.message_id for message in pushed if not message.is_ordered]
        tell(f"{progress()}; waiting for calm")
        await disturbances.end()
        answers.backend.be_well()
        await answers.operators.in_topics.begin_anew()
        left, drained_in_s = await drain(
            *(redis, by_rq, plan.drain_at_most, tell, plan.with_topics)
        )
        await answers.judge(redis, folder)
        await claims.take_one_each()
        unknown = unknown_to_all(await what_telegram_got(sandbox), house.ended)
        rest = await at_rest(
            *(redis, sandbox, claims, chat.received),
            is_one_version=rolling is None,
            unknown=unknown,
            deleted=answers.operators.in_topics.deleted,
        )
        looking.cancel()
        await places.look()
        decisions, owners = ([], {}) if rolling else await read_decisions(redis, rest.truth.states)
        accepted = [*pushed, *claims.accepted]
        sends, untrue_records = await sends_and_records(redis, sandbox, accepted)
        edits = await sandbox.log(method="editMessageText")
        deletions = [r for r in await sandbox.log() if r.method.startswith("deleteMessage")]
        cards, contexts = by_place(sends)
        (folder / "sends.jsonl").write_text("\n".join(json.dumps(asdict(send)) for send in sends))
        all_failures = await Failures(redis).all()
        failures = [it for it in all_failures.values() if not _is_expected(it)]
        on_duty = {
            ChatId(o.id)
            for o in await Roster(redis).on_duty(["support", *(team.group for team in plan.teams)])
        }
        by_all = [send for send in sends if send.chat_id in {*plan.core, *plan.others}]
        counts = reckon(Evidence(pushed, by_all, failures, house.ended, plan.core, shifts.off))
        after_outages = judge(
            Facts(
                *(outages.lasted, outages.pauses, pushed, sends, failures, house.ended, plan.core)
            )
        )
        return Result(
            plan,
            counts,
            _takeovers_s(disturbances),
            house.ended,
            disturbances.faults,
            shifts.changes,
            shifts.unanswered,
            producers.unavailable,
            producers.never_taken,
            [phone for phone in plan.throughout_phones if phone not in on_duty],
            dict(left),
            drained_in_s,
            time.monotonic() - began,
            untrue_records,
            claims,
            reckon_claims(
                *(claims, cards, [*edits, *contexts], failures, house.ended),
                *(chat.received, decisions, rest.truth),
                deletions=deletions,
                unknown=unknown,
                is_one_version=rolling is None,
            ),
            rest,
            Judged()
            if rolling
            else judge_decisions(decisions, ASSIGNED, claims.whims.pauses, chat.received, owners),
            told_and_not_done(claims, chat.received),
            unexplained(rest.strangers, sends, house.ended),
            chat.received,
            outages,
            after_outages,
            odd,
            untold(odd, all_failures),
            broken_on(all_failures, odd.updates),
            await sandbox.strangers_so_far(),
            most_answers(sends, house.ended),
            answers,
            places,
            kicks,
            await count_topics(
                *(sandbox, house.ended, rest.unknown_topics),
                *(answers.operators.in_topics.deleted, disturbances.of_topics.dealt),
            ),
        )


def _is_expected(failure: Mapping[str, object]) -> bool:
    return failure["kind"] in ODD or is_about_an_answer(failure)


def _for_the_older_version(plan: Plan) -> Plan:
    """It knows one routing, has no menu, and sends no answers on."""
    return replace(plan, teams=plan.teams[:1], opens_menus=False, has_answers=False)


def _started(plan: Plan, rolling: Rolling | None) -> Plan:
    return replace(plan, bots=0, dispatchers=0) if rolling else plan


def _takeovers_s(disturbances: Disturbances) -> list[float]:
    """Return how long they took; while nothing can be sent nobody takes anything over."""
    outages = disturbances.outages
    away = [*outages.lasted, *outages.pauses]
    return [
        takeover.for_s
        for takeover in disturbances.takeovers
        if not any(takeover.overlaps(one) for one in away)
    ]


async def _disturb(
    plan: Plan,
    disturbances: Disturbances,
    odd: OddThings,
    tell: Callable[[], None],
    *upgrade: Coroutine[None, None, None],
) -> None:
    """Let it go on for the time of the plan; the last moments are calm but for what is under way.

    A disturbance that breaks, breaks the run.
    """
    time_s = plan.pushing.total_seconds()
    async with asyncio.TaskGroup() as tasks:
        once = [
            tasks.create_task(disturbances.restart_redis(time_s / 2)),
            tasks.create_task(disturbances.make_redis_read_only()),
            tasks.create_task(disturbances.let_strangers_write()),
            tasks.create_task(disturbances.outages.play()),
            *map(tasks.create_task, upgrade),
        ]
        endless = [
            tasks.create_task(disturbances.outages.watch_the_desk()),
            tasks.create_task(odd.come()),
            tasks.create_task(disturbances.deal_blows()),
            tasks.create_task(disturbances.trouble_telegram()),
            tasks.create_task(disturbances.trouble_topics()),
            tasks.create_task(_tell_now_and_then(tell)),
        ]
        await asyncio.sleep(time_s - CALM_AT_LAST_S)
        await asyncio.gather(*once)
        await cancel(*endless, again_after_s=0.5)  # one alone may get lost
        await asyncio.sleep(CALM_AT_LAST_S)


async def _tell_now_and_then(tell: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(PROGRESS_EVERY_S)
        tell()
