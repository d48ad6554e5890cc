"""Reads what the desk decided, and holds it against the rules of groups, decision by decision.

What an operator holds is counted here once more, from who was given what; of what the desk says it
counted, only that the two agree is looked at.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from redis.asyncio import Redis

from onduty.events import ConversationClaimed, ConversationDelegated, Event
from onduty_desk.model.keys import TEST_DECISIONS, ConversationId, conversation_key


@dataclass(frozen=True)
class Decision:
    """One entry, in the order of Redis."""

    at: float
    what: str
    conversation: str
    operator: str = ""
    group: str = ""
    by: str = ""
    held: int = 0
    capacity: int = 0
    limit: int = 0
    before: tuple[tuple[str, int], ...] = ()
    """Those before it in the line, and 1 of those that nobody could be asked about just then."""


Owners = dict[str, str]
"""Conversation → its owner's id."""


async def ask_for_decisions(redis: Redis) -> None:
    """From now on they are written."""
    await redis.xadd(TEST_DECISIONS, {"begins": "1"})


async def read_decisions(
    redis: Redis, conversations: Iterable[str]
) -> tuple[list[Decision], Owners]:
    """Return all that was decided since, and who owns what after it: both of one moment."""
    names = list(conversations)
    async with redis.pipeline(transaction=True) as at_once:
        at_once.xrange(TEST_DECISIONS)
        for name in names:
            at_once.hget(conversation_key(ConversationId(name)), "owner")
        entries, *found = await at_once.execute()
    decisions = [
        _decision(entry_id, fields)
        for entry_id, fields in cast("list[tuple[str, dict[str, str]]]", entries)
        if "what" in fields
    ]
    owners = zip(names, cast("list[str | None]", found), strict=True)
    return decisions, {name: owner for name, owner in owners if owner}


def _decision(entry_id: str, fields: Mapping[str, str]) -> Decision:
    return Decision(
        at=int(entry_id.partition("-")[0]) / 1000,
        what=fields["what"],
        conversation=fields["conversation"],
        operator=fields["operator"],
        group=fields["group"],
        by=fields["by"],
        held=int(fields["held"]),
        capacity=int(fields["capacity"]),
        limit=int(fields["limit"]),
        before=tuple((name, is_put_off) for name, is_put_off in json.loads(fields["before"])),
    )


@dataclass
class Judged:
    """What must not be, by its kind."""

    above_capacity: list[str] = field(default_factory=list)
    offered_to_two: list[str] = field(default_factory=list)
    out_of_turn: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    """Rung for the same operator once more in one wait."""
    to_paused: list[str] = field(default_factory=list)
    miscounted: list[str] = field(default_factory=list)
    """Two owners, another number held than was given out, or than the backend or Redis knows of."""
    counts: Counter[str] = field(default_factory=Counter)


Pauses = Mapping[str, Sequence[tuple[float, float]]]
"""Operator → told that they are paused at, and asking to come back at."""


def judge_decisions(
    decisions: Iterable[Decision],
    assigned: str,
    pauses: Pauses,
    events: Iterable[Event],
    owners: Owners,
) -> Judged:
    """Hold each decision against those before it.

    Args:
        decisions: in their order.
        assigned: the group whose routing it is.
        pauses: as the phones were told.
        events: what the backend was told.
        owners: who owns what in the end.
    """
    reader = _Reader(assigned, pauses)
    given: defaultdict[str, list[str]] = defaultdict(list)
    for one in decisions:
        reader.read(one)
        if one.what == "claimed":
            given[one.conversation].append(one.operator)
    found = reader.found
    if reader.owners != owners:
        apart = dict(reader.owners.items() ^ owners.items())
        found.miscounted.append(f"at the end Redis knows of other owners: {sorted(apart)}")
    told = _owners_told(events)
    for name in given.keys() | told.keys():
        if given[name] != told[name]:
            found.miscounted.append(f"{name}: given to {given[name]}, told {told[name]}")
    return found


def _owners_told(events: Iterable[Event]) -> defaultdict[str, list[str]]:
    told: defaultdict[str, list[str]] = defaultdict(list)
    once = {event.id: event for event in events}
    for event in sorted(once.values(), key=lambda event: event.sequence):
        if isinstance(event, ConversationClaimed | ConversationDelegated) and event.operator:
            told[event.conversation_id].append(str(event.operator.id))
    return told


@dataclass(frozen=True)
class _Offer:
    operator: str
    group: str
    by_desk: bool


class _Reader:
    def __init__(self, assigned: str, pauses: Pauses) -> None:
        self.found = Judged()
        self._assigned, self._pauses = assigned, pauses
        self._owned: dict[str, tuple[str, str]] = {}  # conversation → owner and group
        self._offers: dict[str, _Offer] = {}
        self._asked: defaultdict[str, set[str]] = defaultdict(set)
        self._rung_for: defaultdict[str, set[str]] = defaultdict(set)
        self._are_all_rung: set[str] = set()
        self._had: dict[str, str] = {}  # → who let it go last, while nobody was asked since
        self._read: dict[str, Callable[[Decision], None]] = {
            "offered": self._offered,
            "asked": self._ask,
            "dropped": self._dropped,
            "rung": self._rung,
            "rung_all": lambda one: self._are_all_rung.add(one.conversation),
            "claimed": self._claimed,
            "let_go": self._let_go,
            "released": lambda one: self._asked[one.conversation].add(one.operator),
            "closed": self._closed,
            "moved": self._moved,
            "raised": lambda _: None,
        }

    @property
    def owners(self) -> Owners:
        return {name: owner for name, (owner, _) in self._owned.items()}

    def read(self, one: Decision) -> None:
        self.found.counts[one.what] += 1
        self._read[one.what](one)

    def _offered(self, one: Decision) -> None:
        if any(offer.by_desk and offer.operator == one.operator for offer in self._offers.values()):
            self._note(self.found.offered_to_two, one, "they are asked about another")
        for name, is_put_off in one.before:
            is_free = not is_put_off and name not in self._offers
            if is_free and one.operator not in self._asked[name]:
                self._note(self.found.out_of_turn, one, f"{name} stands before it")
        self._ask(one)
        self._asked[one.conversation].add(one.operator)
        self._had.pop(one.conversation, None)
        self._check_room(one)
        self._check_is_there(one)

    def _ask(self, one: Decision) -> None:
        if before := self._offers.get(one.conversation):
            self._note(self.found.offered_to_two, one, f"{before.operator} is asked")
        by_desk = one.what == "offered"
        self._offers[one.conversation] = _Offer(one.operator, one.group, by_desk)

    def _dropped(self, one: Decision) -> None:
        offer = self._offers.pop(one.conversation, None)
        if not offer or offer.operator != one.operator:
            self._note(self.found.miscounted, one, "they were not asked")

    def _rung(self, one: Decision) -> None:
        if one.operator in self._rung_for[one.conversation]:
            self._note(self.found.twice, one, "rung before")
        self._rung_for[one.conversation].add(one.operator)
        self._had.pop(one.conversation, None)
        self._check_is_there(one)

    def _claimed(self, one: Decision) -> None:
        offer = self._offers.get(one.conversation)
        is_for_all = one.conversation in self._are_all_rung or one.group != self._assigned
        if offer and offer.by_desk and offer.operator != one.operator and not is_for_all:
            self._note(self.found.offered_to_two, one, f"{offer.operator} is asked")
        if owner := self._owned.get(one.conversation):
            self._note(self.found.miscounted, one, f"{owner[0]} owns it")
        is_undone = self._had.get(one.conversation) == one.operator
        self._owned[one.conversation] = (one.operator, one.group)
        if not is_undone:
            self._check_room(one)
        self._check_count(one)
        self._begin_anew(one.conversation)

    def _let_go(self, one: Decision) -> None:
        if self._owned.pop(one.conversation, ("", ""))[0] != one.operator:
            self._note(self.found.miscounted, one, "it was not theirs")
        self._check_count(one)
        self._begin_anew(one.conversation)
        self._had[one.conversation] = one.operator

    def _closed(self, one: Decision) -> None:
        had = self._had.get(one.conversation)
        self._begin_anew(one.conversation)
        if had and had == one.operator:
            self._had[one.conversation] = had

    def _moved(self, one: Decision) -> None:
        self._begin_anew(one.conversation)
        self._asked[one.conversation].add(one.operator)

    def _begin_anew(self, conversation: str) -> None:
        self._asked.pop(conversation, None)
        self._rung_for.pop(conversation, None)
        self._had.pop(conversation, None)
        self._are_all_rung.discard(conversation)

    def _check_room(self, one: Decision) -> None:
        """What they own and what the desk offers them, this one too, is no more than they may."""
        theirs = {name: group for name, (who, group) in self._owned.items() if who == one.operator}
        theirs |= {
            name: offer.group
            for name, offer in self._offers.items()
            if offer.operator == one.operator and offer.by_desk
        }
        in_group = sum(group == one.group for group in theirs.values())
        if one.capacity and in_group > one.capacity:
            self._note(self.found.above_capacity, one, f"{in_group} of {one.capacity}")
        if one.limit and len(theirs) > one.limit:
            self._note(self.found.above_capacity, one, f"{len(theirs)}, limit {one.limit}")

    def _check_is_there(self, one: Decision) -> None:
        if any(since < one.at < till for since, till in self._pauses.get(one.operator, ())):
            self._note(self.found.to_paused, one, "they are paused")

    def _check_count(self, one: Decision) -> None:
        count = sum(who == one.operator for who, _ in self._owned.values())
        if count != one.held:
            self._note(self.found.miscounted, one, f"they hold {count}, and it says {one.held}")

    def _note(self, where: list[str], one: Decision, why: str) -> None:
        where.append(f"{one.what} {one.conversation} {one.operator} at {one.at:.1f}: {why}")
