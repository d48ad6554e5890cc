"""How much of everything a run has; all else is drawn from its seed."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import Kind

TOKEN = "42:sandbox-token-for-chaos-0123456789"
PHRASE = "open sesame"
ADMIN = ChatId(909)
"""Off duty throughout."""

CLAIMING, ASSIGNED, WAVES, TOPICS = "claims", "assigned", "waves", "topics"
"""Groups of their own, whose operators tap: what they take is not everybody's any more."""

RULES = {
    CLAIMING: "",
    ASSIGNED: 'routing = "assigned"\ncapacity = 2\naccept_within = 5\n',
    WAVES: 'routing = "waves"\ncapacity = 3\nwave_size = 1\nnext_wave_after = 3\n',
    TOPICS: "",
}
"""What stands of each in the desk file."""

LONGEST_OUTAGE_S = 70.0
SCHEDULE_S = 160.0
"""The time of pushing that the moments of `full` are made for."""


@dataclass(frozen=True)
class Outage:
    """Telegram cannot be reached, from a moment of the run on and for so long."""

    kind: Kind
    at_s: float
    for_s: float
    status: int | None = None
    taken_first: bool = False
    """What is sent into a black hole is taken, and nobody is told."""


@dataclass(frozen=True)
class Crowd:
    """Strangers who write to the bot."""

    count: int
    every_s: float
    at_s: float
    for_s: float


@dataclass(frozen=True)
class Team:
    """The operators of a group who tap, and its customers."""

    group: str
    letter: str
    """The first of the names of its conversations."""
    first_phone: int
    throughout: int
    coming_and_going: int
    conversations: int
    between_words_s: tuple[float, float]

    @property
    def phrase(self) -> str:
        return f"open {self.group}"

    @property
    def core(self) -> list[ChatId]:
        """The phones of those who are on duty throughout."""
        return [ChatId(self.first_phone + n) for n in range(self.throughout)]

    @property
    def others(self) -> list[ChatId]:
        """The phones of those who come and go."""
        return [ChatId(self.first_phone + 100 + n) for n in range(self.coming_and_going)]

    @property
    def has_whims(self) -> bool:
        """Whether its operators pause, and set limits of their own."""
        return self.group not in {CLAIMING, TOPICS}


@dataclass(frozen=True)
class Plan:
    """One run."""

    seed: int
    pushing: timedelta
    drain_at_most: timedelta
    dispatchers: int
    bots: int
    throughout: int
    """Operators who are on duty from before the first message until the end."""
    coming_and_going: int
    producers: int
    conversations_each: int
    messages_per_second: int
    between_blows_s: tuple[float, float]
    between_faults_s: tuple[float, float]
    shift_s: tuple[float, float]
    teams: tuple[Team, ...]
    between_taps_s: tuple[float, float]
    outages: tuple[Outage, ...]
    strangers: Crowd
    read_only_at_s: float
    read_only_for_s: float
    between_odd_things_s: tuple[float, float]
    opens_menus: bool = True
    """Whether operators open ⋯, to set a priority or to pass a customer on."""
    has_answers: bool = True
    """Whether operators answer from Telegram."""
    between_answers_s: tuple[float, float] = (0.8, 2.5)
    between_topic_faults_s: tuple[float, float] = (2, 6)
    backend_is_well_for_s: tuple[float, float] = (4, 10)
    backend_is_ill_for_s: tuple[float, float] = (2, 8)

    @property
    def core(self) -> list[ChatId]:
        """The phones of those who are on duty throughout."""
        return [ChatId(101 + n) for n in range(self.throughout)]

    @property
    def others(self) -> list[ChatId]:
        """The phones of those who come and go."""
        return [ChatId(201 + n) for n in range(self.coming_and_going)]

    @property
    def claimers(self) -> list[ChatId]:
        """The phones of those who tap, on duty throughout."""
        return [chat for team in self.teams for chat in team.core]

    @property
    def other_claimers(self) -> list[ChatId]:
        """The phones of those who tap and come and go."""
        return [chat for team in self.teams for chat in team.others]

    @property
    def with_topics(self) -> list[ChatId]:
        """The phones of those who answer in topics; nobody else wants any."""
        teams = [team for team in self.teams if team.group == TOPICS]
        return [chat for team in teams for chat in (*team.core, *team.others)]

    @property
    def throughout_phones(self) -> list[ChatId]:
        """All phones that are on duty from the beginning to the end."""
        return [*self.core, *self.claimers]

    @property
    def phones(self) -> list[ChatId]:
        """All of them."""
        return [*self.core, *self.others, *self.claimers, *self.other_claimers]

    def phrase_of(self, chat: ChatId) -> str:
        """Return what an operator signs in with."""
        phrases = [team.phrase for team in self.teams if chat in {*team.core, *team.others}]
        return phrases[0] if phrases else PHRASE

    def chance(self, whose: str) -> Random:
        """Return a source of chance of one's own, so that threads do not share one."""
        return Random(f"{self.seed} {whose}")  # noqa: S311 - chance, not secrets


def full(seed: int, seconds: int) -> Plan:
    """Return `make chaos`: about so many seconds with start and drain.

    In fewer seconds than usual, everything comes sooner and is shorter.
    """
    pushing_s = max(20, seconds - 50)
    later, longer = pushing_s / SCHEDULE_S, min(1, pushing_s / SCHEDULE_S)
    return Plan(
        seed=seed,
        pushing=timedelta(seconds=pushing_s),
        drain_at_most=timedelta(seconds=150),
        dispatchers=4,
        bots=2,
        throughout=6,
        coming_and_going=4,
        producers=6,
        conversations_each=10,
        messages_per_second=40,
        between_blows_s=(1, 5),
        between_faults_s=(0.3, 1.5),
        shift_s=(2, 15),
        teams=(
            Team(CLAIMING, "k", 301, 5, 1, 8, between_words_s=(0.1, 0.7)),
            Team(ASSIGNED, "a", 501, 4, 1, 10, between_words_s=(0.3, 1.2)),
            Team(WAVES, "w", 701, 3, 1, 6, between_words_s=(0.3, 1.2)),
            Team(TOPICS, "t", 1001, 3, 1, 6, between_words_s=(0.3, 1.2)),
        ),
        between_taps_s=(0.1, 0.6),
        # One at a time; Redis restarts half-way, in the midst of the longest.
        outages=(
            Outage("page", 14 * later, LONGEST_OUTAGE_S * longer, status=502),
            Outage("hang", 94 * later, 20 * longer, taken_first=True),
            Outage("refuse", 124 * later, 8 * longer),
            Outage("401", 140 * later, 8 * longer),
        ),
        strangers=Crowd(60, 2, 88 * later, 50 * longer),
        read_only_at_s=118 * later,
        read_only_for_s=4,
        between_odd_things_s=(0.5, 2),
    )


def short(seed: int) -> Plan:
    """Return the version for `make test`."""
    return Plan(
        seed=seed,
        pushing=timedelta(seconds=15),
        drain_at_most=timedelta(seconds=150),
        dispatchers=2,
        bots=1,
        throughout=3,
        coming_and_going=1,
        producers=3,
        conversations_each=4,
        messages_per_second=25,
        between_blows_s=(1.5, 3),
        between_faults_s=(0.5, 1.5),
        shift_s=(1, 3),
        teams=(
            Team(CLAIMING, "k", 301, 4, 1, 4, between_words_s=(0.1, 0.5)),
            Team(ASSIGNED, "a", 501, 3, 0, 5, between_words_s=(0.2, 0.8)),
            Team(WAVES, "w", 701, 3, 0, 3, between_words_s=(0.2, 0.8)),
            Team(TOPICS, "t", 1001, 3, 0, 5, between_words_s=(0.2, 0.8)),
        ),
        between_taps_s=(0.1, 0.4),
        outages=(Outage("page", 2, 3, status=502),),
        strangers=Crowd(20, 1, 3, 6),
        read_only_at_s=10,
        read_only_for_s=1,
        between_odd_things_s=(0.3, 1),
        between_answers_s=(0.4, 1.2),
        between_topic_faults_s=(0.4, 1.2),
        backend_is_well_for_s=(2, 4),
        backend_is_ill_for_s=(1, 2),
    )
