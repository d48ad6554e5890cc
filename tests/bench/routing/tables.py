"""The tables of the simulation."""

from collections.abc import Mapping
from math import isnan

from bench.results import Cell, Table
from bench.routing.counting import A_CLAIM_WITHIN_S, A_RING_WITHIN_S, Found

Key = tuple[int, float, str]


def must_hold(found: Mapping[tuple[str, float], Found]) -> Table:
    """Return what a team of 500 keeps up with."""
    rows: list[list[Cell]] = [
        [
            *(name, rate, round(one.minutes, 1), str(one.customers), str(one.to_send)),
            *(one.kinds["cards"], one.kinds["edits"], one.kinds["boards"]),
            *(_pair(one.ring_s), _pair(one.claim_s)),
            *(f"{one.claims[0]}–{one.claims[1]}", one.most_in_a_second, one.refused),
            "bounded" if one.is_bounded else "growing",
        ]
        for (name, rate), one in found.items()
    ]
    return Table(
        title="500 operators, 30 sends a second",
        columns=[
            *("", "messages a second", "minutes", "customers waiting", "cards to send or draw"),
            *("cards a second", "edits", "boards"),
            *("ring at a free operator, s", "claim, s"),
            *("claims of an operator", "most in a second", "429s", "queue"),
        ],
        rows=rows,
        note=(
            "Each conversation takes 120 s, so that all are equally idle. Times are p50 / p95; "
            "what waits is the mean of the first third measured and of the last. Must hold: waves "
            "at 3 and assigned at 5 bounded, no 429, claims within one of even; at 4 boards give "
            "way, not cards."
        ),
    )


def sizes(found: Mapping[Key, Found | str]) -> Table:
    """Return for each team and rate the routings that keep up with it."""
    teams = sorted({(team, rate) for team, rate, _ in found})
    return Table(
        title="Which routing fits",
        columns=["operators", "messages a second", "fits", "first choice"],
        rows=[[team, rate, *_fitting(found, team, rate)] for team, rate in teams],
        note=(
            f"It fits if nothing piles up, and 95 % are rung at a free operator's within "
            f"{A_RING_WITHIN_S:.0f} s and claimed within {A_CLAIM_WITHIN_S:.0f} s. The first "
            "choice is the quickest to a claim."
        ),
    )


def _fitting(found: Mapping[Key, Found | str], team: int, rate: float) -> tuple[str, str]:
    fits = {
        name: one
        for (operators, a_second, name), one in found.items()
        if (operators, a_second) == (team, rate) and isinstance(one, Found) and one.holds
    }
    if not fits:
        return "none", "–"
    return ", ".join(fits), min(fits, key=lambda name: fits[name].claim_s[1])


def teams(found: Mapping[Key, Found | str]) -> Table:
    """Return all that was played."""
    columns = [
        *("operators", "messages a second", "", "minutes", "rings a message", "budget"),
        *("boards a second", "ring at a free operator, s", "claim, s"),
        *("claims of an operator", "variation", "customers waiting", "cards to send or draw"),
        *("429s", "queue", "Redis's thread", "longest script, ms"),
    ]
    rows: list[list[Cell]] = []
    for (team, rate, name), one in found.items():
        if isinstance(one, str):
            rows.append([str(team), rate, name, *["–"] * (len(columns) - 6), one, "–", "–"])
            continue
        rows.append(
            [
                *(str(team), rate, name, f"{one.minutes:.0f}", f"{one.rings:.1f}"),
                *(f"{one.budget:.0%}", f"{one.kinds['boards']:.1f}"),
                *(_pair(one.ring_s), _pair(one.claim_s)),
                *(f"{one.claims[0]}–{one.claims[1]}", f"{one.variation:.2f}"),
                *(str(one.customers), str(one.to_send), str(one.refused)),
                "bounded" if one.is_bounded else "growing",
                f"{one.redis:.1%}",
                one.slowest,
            ]
        )
    return Table(
        title="Teams",
        columns=columns,
        rows=rows,
        note=(
            "Times are p50 / p95 (of who is still waiting at the end, the time so far). Variation "
            "is the standard deviation of the operators' claims in parts of their mean. What waits "
            "is the mean of the first third measured and of the last. Redis's thread is "
            "the share of it that is busy; the longest script is by the clock on the wall of a "
            "shared machine, where it waits for a processor, too."
        ),
    )


def _pair(seconds: tuple[float, float]) -> str:
    return "none" if isnan(seconds[0]) else " / ".join(f"{one:.1f}" for one in seconds)
