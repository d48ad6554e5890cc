"""How much of everything a run has; all else is drawn from its seed."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from onduty_desk.keys import ChatId

TOKEN = "42:sandbox-token-for-chaos-0123456789"
PHRASE = "open sesame"


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

    @property
    def core(self) -> list[ChatId]:
        """The phones of those who are on duty throughout."""
        return [ChatId(101 + n) for n in range(self.throughout)]

    @property
    def others(self) -> list[ChatId]:
        """The phones of those who come and go."""
        return [ChatId(201 + n) for n in range(self.coming_and_going)]

    def chance(self, whose: str) -> Random:
        """Return a source of chance of one's own, so that threads do not share one."""
        return Random(f"{self.seed} {whose}")  # noqa: S311 - chance, not secrets


def full(seed: int, seconds: int) -> Plan:
    """Return `make chaos`: about so many seconds with start and drain."""
    return Plan(
        seed=seed,
        pushing=timedelta(seconds=max(20, seconds - 50)),
        drain_at_most=timedelta(seconds=120),
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
    )


def short(seed: int) -> Plan:
    """Return the version for `make test`."""
    return Plan(
        seed=seed,
        pushing=timedelta(seconds=12),
        drain_at_most=timedelta(seconds=40),
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
    )
