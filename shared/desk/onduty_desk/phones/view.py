"""The view: what a card must show of a conversation, as `card_view.lua` writes it."""

import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Literal, Self

from onduty import PriorityName
from onduty_desk.conversations.verbs import PageNumber, Verb
from onduty_desk.model.words import CloseReason, LookKind, Note, State

_TEN_MINUTES_MS = 600_000
_OF_THE_WRITER = frozenset({"hides", "shown_part", "parts"})
"""The fields that `card_view.lua` does not write."""


@dataclass(frozen=True)
class View:
    """A conversation as one phone sees it."""

    state: State = "waiting"
    owner_name: str = ""
    is_owner: bool = False
    priority: PriorityName = "normal"
    is_answered: bool = False
    """The operator has the last word: the customer has not written since the last answer. Kept
    current on the card of its owner, and on all of a conversation that nobody owns."""
    can_reopen: bool = False
    can_note: bool = False
    """Its operator owns it, and answers from Telegram."""
    has_quick_replies: bool = False
    """The same, and its group has some."""
    notes: tuple[tuple[str, str], ...] = ()
    """The newest notes about it, the oldest first: who has written each, and what."""
    notes_count: int = 0
    is_muted: bool = False
    """It is closed, and whoever writes there rings nobody."""
    muted_by: str = ""
    """The name of who has muted it."""
    closed_by: str = ""
    """The name of the operator who closed it."""
    is_off: bool = False
    """Its operator is off duty, or not in its group: only an owner has buttons then."""
    left_group: str = ""
    """Its group, if its operator is on duty in others only."""
    version: int = 0
    now_ms: int = 0
    count: int = 1
    """Customer messages in this round."""
    total: int = 1
    """Customer messages in all rounds."""
    waiting_since_ms: int = 0
    returned_from: str = ""
    was_theirs: bool = False
    """This operator had it before it was returned."""
    ring_delay_ms: int = 0
    """This operator released it, and the others are rung so long after; 0: at once."""
    closed_for: CloseReason | Literal[""] = ""
    """Why it closed, if nobody closed it."""
    is_forgotten: bool = False
    """The backend has had it forgotten."""
    was_with: str = ""
    """After a reopening: the last owner's name."""
    was_with_them: bool = False
    """The last owner is this operator."""
    passed_by: str = ""
    """The colleague who passed it to this operator, if they have not been notified of it."""
    can_decline: bool = False
    """It rings in waves: who declines it is not waited for."""
    is_offered: bool = False
    """This operator is asked to take it, and has not answered yet."""
    offered_by: str = ""
    """Who passes it on to them; empty: the desk offers what waits."""
    offered_reason: str = ""
    offered_to: str = ""
    """For the owner: the colleague who is asked to take it. For all, of one that waits: who is
    asked, while nobody else can take it."""
    handed_by: str = ""
    """Who passed it on to its owner, or to the group in whose line it is."""
    handed_reason: str = ""
    note_by: str = ""
    """The colleague whom a note is about."""
    escalated_to: str = ""
    """The last step of the escalation that is done, as the rules write it: wave, group, admins,
    group:NAME; empty if there is none, or nobody waits."""
    escalated_ms: int = 0
    next_to: str = ""
    """The step that comes next."""
    next_ms: int = 0
    """When, unless Telegram is away meanwhile."""
    asked_group: str = ""
    in_topic: bool = False
    """Its owner has all of it in a topic: their card is one line."""
    thread: int = 0
    """The topic into which a follow-up for its owner goes; 0: in a reply to the card."""
    card: int | None = None
    """The Telegram message that is the card: it has the buttons."""
    changed: tuple[int, ...] = ()
    """The messages to edit or to delete."""
    view: LookKind | Literal[""] = ""
    has_menu: bool = False
    """Its operator has opened the menu: its buttons are there instead of the card's."""
    page: int = 0
    """The page that its operator looks at, from 1; 0: they see the card."""
    pages: int = 0
    part: int = 0
    """The part of the page that they have asked for; 0 is the last."""
    answers: tuple[tuple[str, str], ...] = ()
    """What operators have written on that page: each with the id of the customer's message that it
    stands behind, as JSON, see `onduty.history`."""
    has_answers: bool = False
    """An operator has answered from Telegram, which the card does not show."""
    hides: bool = False
    """Something of the conversation is not on the card. Known when that is written, as the next two
    are."""
    shown_part: int = 0
    """The part of the page that is shown."""
    parts: int = 0
    """How many the page has."""
    note: Note | Literal[""] = ""
    is_repeat: bool = False
    """The note may have been sent before."""
    is_silent: bool = False
    late_count: int = 0
    """In a summary: how many conversations wait for this phone."""
    late_urgent: int = 0
    """How many of them are urgent."""
    away_ms: int = 0
    """How long Telegram was away."""

    @classmethod
    @lru_cache(maxsize=64)
    def from_json(cls, text: str) -> Self:
        """Parse what `card_view.lua` wrote; cached, because it is the same for many phones.

        Raises ValueError for a missing or unknown field: a default would show operators something
        wrong.
        """
        given = json.loads(text)
        if apart := given.keys() ^ {field.name for field in fields(cls)} - _OF_THE_WRITER:
            raise ValueError(
                f"card_view.lua and View do not agree about {', '.join(sorted(apart))}"
            )
        lists = {name: tuple(map(tuple, given[name])) for name in ("answers", "notes")}
        return cls(**{**given, "changed": tuple(given["changed"]), **lists})

    @property
    def about_now(self) -> datetime:
        """The time, rounded down to ten minutes, so that a card can be cached for many phones."""
        return datetime.fromtimestamp((self.now_ms - self.now_ms % _TEN_MINUTES_MS) / 1000, UTC)

    @property
    def waiting(self) -> timedelta:
        """For how long the customer has waited."""
        return timedelta(milliseconds=max(0, self.now_ms - self.waiting_since_ms))

    @property
    def shows_texts(self) -> bool:
        """Whether its card shows customers' texts; else its status lines are all that it says."""
        match self.state:
            case "claimed":
                is_open = self.view != "" or self.is_offered
                return not self.in_topic and (self.is_owner or (is_open and not self.is_off))
            case "waiting":
                return not self.is_off
            case "closed":
                return False

    @property
    def verbs(self) -> list[list[Verb]]:
        """The buttons of its card, row by row: the actions that this operator can take now."""
        if self.is_off:
            is_theirs = self.state == "claimed" and self.is_owner
            return [[Verb.CLOSE, Verb.RELEASE]] if is_theirs else []
        if self.in_topic:  # all else is there
            take_back = [[Verb.TAKE_BACK]] if self.offered_to else []
            return [[Verb.CLOSE, Verb.RELEASE], *take_back]
        look = [Verb.BACK] if self.view else [Verb.OPEN] if self.hides else []
        if self.is_offered:
            return [[Verb.ACCEPT, Verb.DECLINE], *([look] if look else [])]
        if self.state == "closed":
            return [[Verb.REOPEN]] if self.can_reopen else []
        if self.state == "waiting" or self.is_owner:
            return self._of_who_can_act(look)
        return {
            "": [[Verb.OPEN]],
            "open": [[Verb.TAKE_OVER, Verb.BACK]],
            "confirm": [[Verb.CONFIRM], [Verb.BACK]],
        }[self.view]

    def _of_who_can_act(self, look: list[Verb]) -> list[list[Verb]]:
        """Return the buttons of its owner, or, of one that waits, of whoever can take it."""
        if self.has_menu:
            priorities = [Verb.MAKE_URGENT, Verb.MAKE_NORMAL, Verb.MAKE_LOW]
            mute = [Verb.MUTE] if self.is_owner else []
            return [priorities, [Verb.DELEGATE, *mute, Verb.BACK]]
        menu = [] if self.view else [Verb.MENU]
        if self.state == "waiting" and self.offered_to:
            return [look] if look else []
        if self.state == "waiting":
            if self.can_decline:
                rest = [*look, *menu]
                return [[Verb.CLAIM, Verb.DECLINE], *([rest] if rest else [])]
            return [[Verb.CLAIM, *look, *menu]]
        quick = [Verb.QUICK] if self.has_quick_replies else []
        more = [*([Verb.NOTE] if self.can_note else []), *quick, *look]
        if self.offered_to:
            return [[Verb.CLOSE, Verb.RELEASE], [Verb.TAKE_BACK, *more]]
        return [[Verb.CLOSE, Verb.RELEASE, *menu], *([more] if more else [])]

    @property
    def turns(self) -> list[tuple[str, PageNumber]]:
        """The buttons that turn the page: their texts, and where they lead."""
        has_others = self.pages > 1 or self.parts > 1
        if not self.page or not has_others or self.in_topic:
            return []
        before = PageNumber(self.page, self.shown_part - 1)
        after = PageNumber(self.page, self.shown_part + 1)
        if self.shown_part == 1:
            before = PageNumber(self.page - 1, 0)
        if self.shown_part == self.parts:
            after = PageNumber(self.page + 1)
        numbers = [f"{self.page}/{self.pages}"] if self.pages > 1 else []
        numbers += [f"{self.shown_part}/{self.parts}"] if self.parts > 1 else []
        here = " · ".join(numbers), PageNumber(self.page, self.shown_part)
        return [
            *([("◀️", before)] if before.page else []),
            here,
            *([("▶️", after)] if after.page <= self.pages else []),
        ]

    @property
    def as_taken(self) -> Self:
        """The view without what is known only when the card is written."""
        return replace(self, hides=False, shown_part=0, parts=0)

    @property
    def _shows_newest(self) -> bool:
        is_at_the_end = self.page == self.pages and self.shown_part == self.parts
        return self.shows_texts and (not self.page or is_at_the_end)

    @cached_property
    def for_settling(self) -> str:
        """The fields that the scripts need to settle a step, as JSON."""
        fields = {
            name: value
            for name in (
                "version",
                "state",
                "is_owner",
                "card",
                "changed",
                "note",
                "view",
                "has_menu",
                "page",
                "part",
                "is_silent",
                "is_off",
                "can_reopen",
            )
            if (value := getattr(self, name)) not in (None, "")
        }
        if self.thread:
            fields["thread"] = self.thread
        fields["total"] = self.total if self._shows_newest else 0
        fields["buttons"] = " ".join(verb for row in self.verbs for verb in row)
        return json.dumps(fields)
