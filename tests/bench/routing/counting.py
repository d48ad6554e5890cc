"""What a played team was like: rings, the budget, waits, and how even the load was."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import mean, pstdev

from bench.routing.people import HELD
from bench.routing.playing import Played
from bench.routing.telegram import PER_SECOND, refusals
from bench.words import percentile
from onduty_desk.model.keys import OperatorId

WARMING_UP = 0.4
"""Of the time played: boards are sent, and the first conversations come to their end."""

GROWS_BY = 0.05
"""Of those who come: if more of them are left over, the queue has no bound."""

FEW_CUSTOMERS, FEW_CARDS = 10, 60
"""So many more or fewer are chance; so many cards are sent within two seconds."""

A_RING_WITHIN_S, A_CLAIM_WITHIN_S = 5.0, 30.0


@dataclass(frozen=True)
class Growth:
    """What waits at the beginning and at the end."""

    before: float
    after: float
    is_growing: bool

    def __str__(self) -> str:
        return f"{self.before:.0f} → {self.after:.0f}"


@dataclass(frozen=True)
class Found:
    """One team's figures."""

    minutes: float
    rings: float
    """Of a customer message."""
    budget: float
    """The share used."""
    kinds: Mapping[str, float]
    """Sent a second: cards, edits, boards."""
    ring_s: tuple[float, float]
    """p50 and p95 of the time to the first ring at an operator with room."""
    claim_s: tuple[float, float]
    """The same to a claim; whoever waits still counts with the time so far."""
    claims: tuple[int, int]
    """Of the operators with fewest and most."""
    variation: float
    """Standard deviation of their claims, in parts of the mean."""
    customers: Growth
    to_send: Growth
    most_in_a_second: int
    refused: int
    redis: float
    """The share of Redis's thread, had it been played in real time."""
    slowest: str

    @property
    def is_bounded(self) -> bool:
        """Whether neither customers nor cards pile up, and Telegram refuses nothing."""
        return not (self.customers.is_growing or self.to_send.is_growing or self.refused)

    @property
    def holds(self) -> bool:
        """Whether one would run a desk so."""
        is_in_time = self.ring_s[1] <= A_RING_WITHIN_S and self.claim_s[1] <= A_CLAIM_WITHIN_S
        return self.is_bounded and is_in_time


def count(played: Played) -> Found:
    """Measure what was played after the team has warmed up."""
    begin, end = played.lasted_s * WARMING_UP, played.lasted_s
    window_s = end - begin
    people, phones = played.people, played.phones
    came = {id_: at for id_, at in played.arrived.items() if at >= begin}
    sent = [(at, kind) for at, _, kind in phones.sent if at >= begin]
    rings = [id_ for at, id_ in phones.rings if id_ in came]
    rung = phones.first_free_ring
    limits = refusals((at, chat) for at, chat, _ in phones.sent)
    kinds = Counter(kind for _, kind in sent)
    claims = Counter(operator for _, operator in people.claimed_by)
    of_each = [claims[OperatorId(operator)] for operator in played.operators]
    samples = [sample for sample in played.samples if sample.at >= begin]
    too_many = GROWS_BY * len(came)
    return Found(
        minutes=played.lasted_s / 60,
        rings=len(rings) / max(1, len(came)),
        budget=len(sent) / (PER_SECOND * window_s),
        kinds={kind: round(kinds[kind] / window_s, 1) for kind in ("cards", "edits", "boards")},
        ring_s=_p50_p95(rung[id_] - at for id_, at in came.items() if id_ in rung),
        claim_s=_p50_p95(people.claimed_at.get(id_, end) - at for id_, at in came.items()),
        claims=(min(of_each), max(of_each)),
        variation=pstdev(of_each) / max(1e-9, mean(of_each)),
        customers=_growth([s.customers for s in samples], max(too_many, FEW_CUSTOMERS)),
        to_send=_growth([s.to_send for s in samples], max(too_many, FEW_CARDS)),
        most_in_a_second=limits.most_in_a_second,
        refused=limits.refused,
        redis=played.redis_s / played.lasted_s,
        slowest=f"{played.slowest} {played.slowest_ms:.0f}",
    )


def cannot(operators: int, per_second: float, routing: str, answers_s: float) -> str:
    """Return why a team is not played, if it is too far from what can be; else nothing."""
    can_answer = operators * HELD / answers_s
    if per_second > 5 * can_answer:
        return f"left out: such a team answers {can_answer:.1f} a second"
    if routing == "everyone" and per_second * operators > 10 * PER_SECOND:
        return f"left out: {per_second * operators:,.0f} rings a second, of {PER_SECOND}"
    return ""


def _p50_p95(values: Iterable[float]) -> tuple[float, float]:
    ranked = sorted(values)
    return percentile(ranked, 0.5), percentile(ranked, 0.95)


def _growth(values: list[int], too_many: float) -> Growth:
    """Compare the first third with the last."""
    third = max(1, len(values) // 3)
    before, after = (mean(values[:third]), mean(values[-third:])) if values else (0.0, 0.0)
    return Growth(before, after, after - before > too_many)
