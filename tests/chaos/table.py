"""The one table at the end, and whether it is as it must be."""

import math
from collections import Counter
from dataclasses import dataclass

from chaos.answering.rows import fate_of, violations
from chaos.house import Ended
from chaos.outages import Lasted
from chaos.run import Result

SLOWEST_TAKEOVER_S = 15.0
ANSWERS_A_MINUTE = 3
LONGEST_START_S = 30.0
MOST_SHOWN = 8
"""Cases shown of each kind; the logs have the rest."""


@dataclass(frozen=True)
class Row:
    """One line: what was counted, and what it must be, if it must be anything."""

    what: str
    found: str
    must: str = ""
    is_kept: bool = True
    cases: tuple[str, ...] = ()


def rows(result: Result) -> list[Row]:
    """Return the table."""
    counts, killed = result.counts, Counter(ended.how for ended in result.ended)
    takeover_s = max(result.takeovers_s, default=0.0)
    by_themselves = [e for e in result.ended if _ended_without_a_cause(e, result.outages.lasted)]
    terminated = [e for e in result.ended if e.how.startswith("SIGTERM")]
    badly = [e for e in result.ended if e.how.startswith(("SIGTERM,", "SIGKILL after"))]
    reasons = Counter(case.partition(":")[0] for case in counts.given_up)
    return [
        Row("messages accepted", f"{counts.accepted:,}"),
        Row("cards taken by Telegram", f"{counts.cards:,}"),
        Row("customer messages shown on phones", f"{counts.shown:,}"),
        Row("faults of Telegram", f"{result.faults:,}"),
        Row("processes ended", ", ".join(f"{n} {how}" for how, n in sorted(killed.items()))),
        Row("went on or off duty", f"{result.shifts}", cases=_some(result.shifts_unanswered)),
        Row("notify raised DeskUnavailable", f"{result.unavailable}, each pushed again"),
        Row("drained in", f"{result.drained_in_s:.0f} s"),
        none("lost", counts.lost),
        none("out of order", counts.out_of_order),
        Row("repeated, outcome unknown, marked ↻", f"{len(counts.repeated_unknown)}", "reported"),
        none("repeated, outcome unknown, not marked", counts.repeated_unmarked),
        none("repeated otherwise", counts.repeated_other),
        none("sent to a phone off duty", counts.sent_off_duty),
        Row(
            "given up into the failed list",
            f"{len(counts.given_up)}, of which {counts.given_up_never_shown} never shown",
            "reported",
            cases=tuple(f"{n} × {reason}" for reason, n in reasons.most_common()),
        ),
        Row(
            f"slowest takeover of {len(result.takeovers_s)}",
            f"{takeover_s:.1f} s",
            f"≤ {SLOWEST_TAKEOVER_S:.0f} s",
            is_kept=takeover_s <= SLOWEST_TAKEOVER_S,
        ),
        Row("slowest SIGTERM", f"{max((e.lasted_s for e in terminated), default=0):.1f} s"),
        none("SIGTERM not ended well", [f"{e.name}: {e.how}" for e in badly]),
        none("processes that ended by themselves", [f"{e.name}: {e.how}" for e in by_themselves]),
        none("keys without expiry or owner", result.at_rest.ownerless_keys),
        none("records that the phones belie", result.untrue_records),
        none("left on the way", [f"{n} {where}" for where, n in result.left.items() if n]),
        none("messages that notify never took", ["see the log"] * result.never_taken),
        none("operators signed out", [str(chat) for chat in result.missing_operators]),
        *_rows_of_outages(result),
        *_rows_of_claims(result),
        *_rows_of_answers(result),
        *_rows_of_topics(result),
    ]


def _ended_without_a_cause(ended: Ended, outages: list[Lasted]) -> bool:
    """Say whether a process ended by itself, but for one that started with a refused token."""
    lived = Lasted(ended.name, ended.at - ended.lasted_s, ended.at)
    began_in = any(it.kind == "401" and it.overlaps(lived) for it in outages)
    is_new = ended.lasted_s < LONGEST_START_S
    return ended.how.startswith("by itself, exit") and not (began_in and is_new)


def _rows_of_outages(result: Result) -> list[Row]:
    outages, after, crowd = result.outages, result.after_outages, result.crowd
    minutes = math.ceil(result.plan.strangers.for_s / 60)
    most = ANSWERS_A_MINUTE * (minutes + 1)
    return [
        Row("outages of Telegram", _times(outages.lasted)),
        Row("pauses of the desk", _times(outages.pauses)),
        none("outages that it did not notice", after.unnoticed),
        none("given up because of an outage", after.given_up),
        Row("after a long one: summaries that rang", f"{after.summaries}"),
        Row("after a long one: cards without a ring", f"{after.silent}"),
        none("after a long one: rang, not urgent", after.rang),
        none("after a long one: phones not told", after.not_told),
        none("after a long one: told more than once", after.told_again),
        Row("strangers", f"{crowd.count} wrote {crowd.wrote}, got {crowd.answered} answers"),
        Row(
            "answers to one stranger",
            f"{result.most_for_a_stranger}",
            f"≤ {most}",
            is_kept=result.most_for_a_stranger <= most,
        ),
        Row(
            "odd things",
            f"{len(result.odd.accepted)} readable jobs, {len(result.odd.unusable)} others, "
            f"{result.odd.updates} updates",
        ),
        none("odd jobs that nobody is told of", result.untold),
        none("set aside because the desk broke on it", result.broken_on),
    ]


def _times(lasted: list[Lasted]) -> str:
    return ", ".join(f"{one.kind} {one.for_s:.0f} s" for one in lasted) or "none"


def _rows_of_claims(result: Result) -> list[Row]:
    rest, claims, counts = result.at_rest, result.claims, result.claim_counts
    kinds = Counter(event.type for event in {e.id: e for e in result.events}.values())
    states = Counter(state for state, _ in rest.truth.states.values())
    return [
        Row("claims: messages accepted", f"{len(claims.accepted):,}"),
        Row("claims: taps", f"{claims.taps.total():,}", cases=_counted(claims.taps)),
        Row("claims: events", f"{kinds.total():,}", cases=_counted(kinds)),
        Row("conversations at rest", ", ".join(f"{n} {state}" for state, n in states.items())),
        none("claims: on no phone", counts.lost),
        none("claims: out of order", counts.out_of_order),
        none("claims: repeated, not marked", counts.repeated_unmarked),
        none("claims: repeated otherwise", counts.repeated_other),
        none("claims: who must answer has no text", rest.unread),
        none("cards that lie", rest.lies),
        none("bubbles that should be gone, shorter or claimable", rest.untidy),
        none("boards that lie", rest.boards),
        Row("cards of an unknown send", f"{len(rest.strangers)}", "reported"),
        none("cards whose send was known", result.unexplained_strangers),
        none("conversations in no list", rest.forgotten),
        none("conversations in another place, too", rest.elsewhere),
        none("events that contradict", rest.contradictions),
        none("told theirs, and the backend not", result.told_and_not_done),
        *_rows_of_decisions(result),
    ]


def _rows_of_decisions(result: Result) -> list[Row]:
    judged, whims = result.judged, result.claims.whims
    paused = sum(map(len, whims.pauses.values()))
    return [
        Row("decisions", f"{judged.counts.total():,}", cases=_counted(judged.counts)),
        Row("paused, set a limit", f"{paused}, {whims.limits}", cases=_some(whims.unanswered)),
        Row("asked to pass on", f"{result.claims.passed_on}"),
        Row("kicked", f"{result.kicks.kicked}", cases=_some(result.kicks.unanswered)),
        Row("looks while somebody waited", f"{result.places.looks['somebody waited']:,}"),
        none("a place is free while somebody waits", result.places.found),
        none("above capacity", judged.above_capacity),
        none("offered to two", judged.offered_to_two),
        none("went before the first in line", judged.out_of_turn),
        none("rung twice in one wait", judged.twice),
        none("offered to, or rung for, who is paused", judged.to_paused),
        none("owned otherwise than decided", judged.miscounted),
    ]


def _rows_of_answers(result: Result) -> list[Row]:
    if not result.plan.has_answers:
        return []
    answers = result.answers
    return [
        Row("answers", fate_of(answers), cases=_counted(answers.done)),
        *(none(what, cases) for what, cases in violations(answers).items()),
    ]


def _rows_of_topics(result: Result) -> list[Row]:
    if not result.plan.with_topics:
        return []
    topics, written = result.topics, result.answers.operators.written
    inside = sum(answer.topic is not None for answer in written)
    return [
        Row(
            "topics",
            f"{topics.made} made, {topics.deleted} deleted, {inside} answers written there",
        ),
        Row("faults of topics", f"{topics.faults.total()}", cases=_counted(topics.faults)),
        none("topics that are not as they must be", result.at_rest.topics),
        Row("topics that nobody knows", f"{topics.unknown}", "reported"),
        none("topics that nobody knows, and could", topics.unexplained),
        none("left outside of its topic", topics.left_outside),
    ]


def _counted(counter: Counter[str]) -> tuple[str, ...]:
    return tuple(f"{n} × {what or '(shown, not said)'}" for what, n in counter.most_common())


def is_as_it_must_be(table: list[Row]) -> bool:
    """Say whether every row keeps what it must."""
    return all(row.is_kept for row in table)


def written(table: list[Row]) -> str:
    """Return the table as lines, with cases of what was found below."""
    width = max(len(row.what) for row in table)
    middle = max(len(row.found) for row in table if row.must)
    lines = [f"{'':{width}}  {'found':{middle}}  must be"]
    for row in table:
        wrong = "" if row.is_kept else "   ✗"
        lines.append(f"{row.what:{width}}  {row.found:{middle}}  {row.must}{wrong}".rstrip())
        lines += [f"{'':{width}}    {case}" for case in row.cases[:MOST_SHOWN]]
    return "\n".join(lines)


def none(what: str, cases: list[str]) -> Row:
    """Return a row of what there must be none of."""
    return Row(what, str(len(cases)), "0", is_kept=not cases, cases=tuple(cases))


def _some(unanswered: int) -> tuple[str, ...]:
    return (f"{unanswered} times the bot did not answer in time",) if unanswered else ()
