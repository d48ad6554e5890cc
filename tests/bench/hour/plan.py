"""Who writes when in the played hour, and who answers: drawn from a seed, in its seconds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from random import Random

SEED = 15
HOUR_S = 3_600.0
CUSTOMERS, MESSAGES, OPERATORS = 60, 228, 3
LAST_ARRIVAL_S = 52 * 60.0
"""Who comes later than this would not be done within the hour."""

RELEASED, LOOKED_AT = 4, 14
"""Conversations that their owner gives back once, and those that a colleague opens."""

_FIRST = ("Emma", "Bilal", "Chloé", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivo", "Júlia")
_LAST = (
    *("Clarke", "Novak", "Okafor", "Silva", "Berg", "Haddad"),
    *("Ito", "Kaya", "Moreau", "Petrov", "Quist", "Rossi"),
)
_SAID = (
    "Hello, where is my parcel?",
    "It should have been here last Tuesday, and the tracking page has not changed since.",
    "The address is right, I have checked it twice.",
    "My neighbour got hers on the same day, from the same shop.",
    "Can I have my money back? I bought another one in town, because I could not wait any longer.",
    "Thank you!",
    "One more thing: the invoice names the wrong company, and our bookkeeper will not take it.",
    "And the second box? It was part of the same order, but the label says nothing about it.",
)


@dataclass(frozen=True)
class Turn:
    """Some lines that a customer types one after the other, and when the operator answers them."""

    comes_after_s: float
    """After the answer to the turn before; 0 for the first."""
    pauses_s: tuple[float, ...]
    """Before each line; 0 before the first."""
    answered_after_s: float


@dataclass(frozen=True)
class Customer:
    """One conversation, from the first line to its close."""

    number: int
    name: str
    arrives_s: float
    turns: tuple[Turn, ...]
    claimed_by: int
    claimed_after_s: float
    closed_after_s: float
    """After the last answer."""
    is_touched: bool
    """The backend reports the operator's answers."""
    looked_at_by: int | None
    released_to: int | None

    @property
    def conversation(self) -> str:
        return f"hour-{self.number}"

    def lines(self, turn: int) -> list[str]:
        """Return what is written in a turn; the mark in it tells whose line a bubble shows."""
        before = sum(len(earlier.pauses_s) for earlier in self.turns[:turn])
        numbers = range(before, before + len(self.turns[turn].pauses_s))
        return [f"[{self.number}-{n}] {_SAID[(self.number + n) % len(_SAID)]}" for n in numbers]


def name_of(number: int) -> str:
    """Return a customer's name; the first 120 differ."""
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST) % len(_LAST)]}"


def draw(
    customers: int = CUSTOMERS,
    messages: int = MESSAGES,
    last_arrival_s: float = LAST_ARRIVAL_S,
    seed: int = SEED,
) -> list[Customer]:
    """Return the customers in the order in which they come; the same for the same arguments."""
    chance = Random(seed)  # noqa: S311 - a repeatable draw
    arrivals = sorted(chance.uniform(0, last_arrival_s) for _ in range(customers))
    lines = _lines(chance, customers, messages)
    touched = set(chance.sample(range(customers), customers // 2))
    busy = chance.sample(range(customers), min(customers, RELEASED + LOOKED_AT))
    drawn = []
    for number, (arrives_s, counts) in enumerate(zip(arrivals, lines, strict=True)):
        owner = chance.randrange(OPERATORS)
        colleague = (owner + chance.randrange(1, OPERATORS)) % OPERATORS
        customer = Customer(
            number,
            name_of(number),
            arrives_s,
            tuple(_turn(chance, n, count) for n, count in enumerate(counts)),
            owner,
            claimed_after_s=chance.uniform(4, 14),
            closed_after_s=chance.uniform(90, 300),
            is_touched=number in touched,
            looked_at_by=None,
            released_to=None,
        )
        if number in busy[:RELEASED]:
            customer = replace(customer, released_to=colleague)
        elif number in busy:
            customer = replace(customer, looked_at_by=colleague)
        drawn.append(customer)
    return drawn


def numbers(customers: Iterable[Customer]) -> dict[str, int]:
    """Return the number of each by name."""
    return {customer.name: customer.number for customer in customers}


def _lines(chance: Random, customers: int, messages: int) -> list[list[int]]:
    """Return how many lines each writes in each turn; people write two or three at a time."""
    turns = [
        [chance.choice((1, 2, 2, 3)) for _ in range(chance.choice((1, 1, 2, 2, 3)))]
        for _ in range(customers)
    ]
    while (missing := messages - sum(map(sum, turns))) != 0:
        counts = chance.choice(turns)
        turn = chance.randrange(len(counts))
        counts[turn] = max(1, counts[turn] + (1 if missing > 0 else -1))
    return turns


def _turn(chance: Random, n: int, lines: int) -> Turn:
    return Turn(
        comes_after_s=chance.uniform(40, 200) if n else 0.0,
        pauses_s=(0.0, *(chance.uniform(7, 20) for _ in range(lines - 1))),
        answered_after_s=chance.uniform(25, 90),
    )
