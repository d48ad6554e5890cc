"""(l) Routing: teams of any size in desk time, and which routing fits which."""

import logging

import structlog

from bench.place import Place
from bench.results import Part, Plot
from bench.routing import tables
from bench.routing.counting import Found, cannot, count
from bench.routing.people import ANSWERS_FOR_S, HELD, SEES_AFTER_S, Ways
from bench.routing.playing import Scenario, play
from bench.routing.telegram import PER_SECOND
from onduty_desk.roster.group_rules import GroupRules

TEAMS = (5, 50, 500)
RATES = (0.1, 0.5, 2.0, 5.0, 20.0)
ROUTINGS = {
    "everyone": GroupRules(routing="everyone", capacity=HELD),
    "waves of 3": GroupRules(routing="waves", capacity=HELD),
    "assigned": GroupRules(routing="assigned", capacity=HELD),
}
ANSWERS_S = sum(ANSWERS_FOR_S) / 2

MUST_HOLD = (
    ("everyone", 3.0),
    ("waves of 3", 3.0),
    ("waves of 3", 4.0),
    ("assigned", 5.0),
)
"""Of a team of 500; waves at 4 a second to see what stops first."""

EQUALLY = Ways(answers_for_s=(120.0, 120.0))
"""Then operators are equally idle."""

QUICK = {(5, 0.5)}

Key = tuple[int, float, str]


async def measure(place: Place, *, is_quick: bool = False) -> Part:
    """Play each team with each routing."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[Key, Found | str] = {}
    at_500: dict[tuple[str, float], Found] = {}
    shortest_s, within_s = (30.0, 1.0) if is_quick else (240.0, 6.0)
    for name, rate in () if is_quick else MUST_HOLD:
        scenario = Scenario(
            *(500, rate, ROUTINGS[name]), for_s=300, shortest_s=300, longest_s=100, ways=EQUALLY
        )
        at_500[name, rate] = count(await play(place.redis, place.redis_url, scenario))
    for team in TEAMS:
        for rate in RATES:
            if is_quick and (team, rate) not in QUICK:
                continue
            for name, rules in ROUTINGS.items():
                if why := cannot(team, rate, name, ANSWERS_S):
                    found[team, rate, name] = why
                    continue
                scenario = Scenario(team, rate, rules, shortest_s=shortest_s, within_s=within_s)
                found[team, rate, name] = count(await play(place.redis, place.redis_url, scenario))
    return _part(found, at_500)


def _part(found: dict[Key, Found | str], at_500: dict[tuple[str, float], Found]) -> Part:
    low_s, high_s = SEES_AFTER_S
    return Part(
        name="routing",
        title="(l) Routing of a team",
        about=(
            "A simulation: the desk's own scripts on a real Redis, whose clock is moved, so that "
            "minutes of desk time take seconds; no Telegram. Each customer message begins a "
            "conversation, which is the dearest kind: what follows goes to its owner alone. An "
            f"operator answers up to {HELD} at a time (the group's capacity), sees a ring "
            f"{low_s:.0f} to {high_s:.0f} s after it while they have room, takes what has been on "
            "their phone the longest (the next a second or two later, if a colleague was quicker), "
            f"and closes it {ANSWERS_FOR_S[0]:.0f} to {ANSWERS_FOR_S[1]:.0f} s later. "
            "Everybody has a board. The pace is the default: "
            f"{PER_SECOND} sends a second, one a second into a chat; refusals are counted by the "
            "moments for which sends were planned. The last 60 % of the time played is measured."
        ),
        tables=[
            *([tables.must_hold(at_500)] if at_500 else []),
            tables.sizes(found),
            tables.teams(found),
        ],
        plots=[
            _plot(found, "routing-budget", "The budget that a team uses", "share used", "budget"),
            _plot(found, "routing-claim", "Time to a claim, p95", "seconds", "claim"),
        ],
    )


def _plot(found: dict[Key, Found | str], name: str, title: str, y: str, what: str) -> Plot:
    series: dict[str, list[tuple[float | str, float]]] = {}
    for (team, rate, routing), one in found.items():
        if isinstance(one, Found) and team > TEAMS[0]:
            value = one.budget if what == "budget" else one.claim_s[1]
            series.setdefault(f"{routing}, {team} operators", []).append((rate, value))
    return Plot(
        name=name,
        title=title,
        x="customer messages a second",
        y=y,
        series=series,
        is_log=what == "claim",
    )
