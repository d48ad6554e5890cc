"""What a phone's notification, a reply header and the chat list show: a card's first line."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_at_work.card_reading import read
from onduty_desk.model.words import LookKind, Note, State
from onduty_desk.phones.view import View
from onduty_desk.texts import LANGUAGES, words
from onduty_dispatcher.cards.card import ended, write_card, write_current_card
from onduty_dispatcher.cards.parts import ROOM_FOR_STATUS
from onduty_dispatcher.cards.pieces import Part, join, size
from onduty_dispatcher.cards.status import follow_up, further_down, next_step, note, status

from .card_messages import ENGLISH, message

MINUTE = 60_000
WAITING = View(now_ms=10 * MINUTE, waiting_since_ms=6 * MINUTE)
YOURS = View(state="claimed", is_owner=True, owner_name="Boris")
THEIRS = View(state="claimed", owner_name="Anna")
CLOSED = View(state="closed")


@pytest.mark.parametrize(
    ("view", "lines"),
    [
        (WAITING, []),
        (replace(WAITING, count=3), ["Emma · 3 messages, waiting 4 min"]),
        (replace(WAITING, count=2, waiting_since_ms=10 * MINUTE), ["Emma · 2 messages"]),
        (replace(WAITING, is_answered=True, count=3), ["Emma · answered"]),
        (replace(WAITING, returned_from="Anna"), ["↩️ Emma · returned from Anna"]),
        (
            replace(WAITING, returned_from="Anna", count=3),
            ["↩️ Emma · returned from Anna", "3 messages, waiting 4 min"],
        ),
        (replace(WAITING, returned_from="B", was_theirs=True), ["↩️ Emma · it was yours"]),
        (replace(WAITING, was_with="Anna"), ["🔁 Emma · back again, last with Anna"]),
        (
            replace(WAITING, was_with="B", was_with_them=True),
            ["🔁 Emma · back again, last with you"],
        ),
        (replace(WAITING, is_off=True), ["⏸️ Emma · you are off duty"]),
        (
            replace(WAITING, is_off=True, left_group="sales"),
            ["⏸️ Emma · you are not in the group sales any more"],
        ),
        (replace(WAITING, is_offered=True), ["🙋 Emma waits: will you answer?"]),
        (
            replace(WAITING, is_offered=True, was_with="B", was_with_them=True, count=3),
            [
                "🙋 Emma waits: will you answer?",
                "🔁 Emma · back again, last with you",
                "3 messages, waiting 4 min",
            ],
        ),
        (
            replace(WAITING, is_offered=True, handed_by="Anna", handed_reason="speaks French"),
            [
                "🙋 Emma waits: will you answer?",
                "🤝 passed on by Anna",
                "“speaks French”",
            ],
        ),
        (replace(WAITING, offered_to="Anna", count=3), ["⏳ Emma · Anna is asked"]),
        (YOURS, ["🟢 Emma · waits for your answer"]),
        (replace(YOURS, is_answered=True), ["🟢 Emma · answered"]),
        (THEIRS, ["👤 Emma · Anna is answering"]),
        (replace(THEIRS, view="open"), ["👤 Emma · Anna is answering"]),
        (CLOSED, ["☑️ Emma · closed"]),
        (replace(CLOSED, closed_by="Boris"), ["☑️ Emma · closed by Boris"]),
        (replace(CLOSED, closed_by="Boris", can_reopen=True), ["☑️ Emma · closed by you"]),
    ],
)
def test_the_first_line_says_who_and_what(view: View, lines: list[str]) -> None:
    """Whose, where it stands, and who has the last word."""
    shown = status(view, "Emma", ENGLISH)
    assert join(shown).plain.splitlines() == lines
    assert all("<b>Emma</b>" in line.html for line in shown[:1])


NOON = int(datetime(2026, 11, 27, 12, 0, tzinfo=UTC).timestamp() * 1000)
LONG = replace(WAITING, now_ms=NOON, waiting_since_ms=NOON - 40 * MINUTE)


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (
            {"escalated_to": "group", "escalated_ms": NOON - 30 * MINUTE},
            ["⏫ Emma · the whole group rung 12:30 CET"],
        ),
        (
            {"escalated_to": "wave", "escalated_ms": NOON, "next_to": "group", "next_ms": NOON},
            ["⏫ Emma · more colleagues rung 13:00 CET, the whole group at 13:00 CET"],
        ),
        (
            {"count": 2, "next_to": "admins", "next_ms": NOON + 24 * 60 * MINUTE},
            ["Emma · 2 messages, waiting 40 min", "⏫ admins at 2026-11-28 13:00 CET"],
        ),
        (
            {"escalated_to": "group:night", "escalated_ms": NOON, "next_to": "group:day"},
            ["⏫ Emma · moved here 13:00 CET, to day at 1970-01-01 01:00 CET"],
        ),
        (
            {"handed_by": "Anna", "escalated_to": "admins", "escalated_ms": NOON},
            ["🤝 Emma · passed on by Anna", "⏫ admins told 13:00 CET"],
        ),
        ({"escalated_to": "moon", "escalated_ms": NOON}, []),  # of a newer version
        ({"is_off": True, "next_to": "wave", "next_ms": NOON}, ["⏸️ Emma · you are off duty"]),
    ],
)
def test_a_card_says_what_escalation_has_done_and_what_comes_next(
    fields: dict[str, Any], lines: list[str]
) -> None:
    """By the desk's clock; with the day, if that is another."""
    shown = status(replace(LONG, **fields), "Emma", ENGLISH, ZoneInfo("Europe/Berlin"))
    assert join(shown).plain.splitlines() == lines


def test_a_step_to_come_takes_no_first_line_from_the_customers_words() -> None:
    """Nothing has happened yet: a notification shows what the customer wrote."""
    berlin = ZoneInfo("Europe/Berlin")
    coming = replace(LONG, next_to="wave", next_ms=NOON)
    assert status(coming, "Emma", ENGLISH, berlin) == ()
    (end,) = next_step(coming, "Emma", ENGLISH, berlin)
    assert end.text == "⏫ more colleagues at 13:00 CET"
    part = write_card([message("Hello?")], ENGLISH).parts[0]
    assert ended(part, [end]) == Part(f"{part.html}\n{end.html}", f"{part.plain}\n{end.text}")
    full = Part("x" * 4_090, "x" * 4_090)
    assert ended(full, [end]) == full
    said_above = {"count": 2}, {"escalated_to": "admins"}, {"is_off": True}, {"is_offered": True}
    for fields in said_above:
        assert next_step(replace(coming, **fields), "Emma", ENGLISH, berlin) == ()


def test_no_line_of_it_is_too_long_for_its_place() -> None:
    """Whatever the groups are called; the customer's words are not cut for it."""
    name = "a long name of a group " * 9
    fields: dict[str, Any] = {
        "escalated_to": "wave",
        "next_to": f"group:{name}",
        "escalated_ms": NOON - 10**10,
    }
    view = replace(LONG, count=9_999, returned_from="W" * 80, next_ms=NOON + 10**10, **fields)
    for language in ("en", "ru"):
        assert size(status(view, "W" * 99, words(language))) <= ROOM_FOR_STATUS


@pytest.mark.parametrize(
    ("view", "is_whole"),
    [
        (WAITING, True),
        (replace(WAITING, is_off=True), False),
        (YOURS, True),
        (replace(YOURS, is_off=True), True),
        (THEIRS, False),
        (replace(THEIRS, view="open"), True),
        (replace(THEIRS, view="confirm"), True),
        (replace(THEIRS, view="open", is_off=True), False),
        (CLOSED, False),
        (replace(CLOSED, can_reopen=True), False),
    ],
)
def test_texts_are_shown_to_who_needs_them(view: View, is_whole: bool) -> None:  # noqa: FBT001 - from the table
    """While it waits, to its owner, and to who has opened it; else one line is all."""
    assert view.shows_texts == is_whole
    assert ('"total": 7' in replace(view, total=7).for_settling) == is_whole


def test_the_name_is_bold_on_a_single_message() -> None:
    """The contract's form, in which the eye finds who it is."""
    card = write_card([message(reply_url=None)], ENGLISH)
    assert card.parts[0].html.endswith("\n<b>Alice</b> writes to The Shop")
    assert card.parts[0].plain.endswith("\nAlice writes to The Shop")


_NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=256),
    st.sampled_from(
        [
            "🟢 Bob · waits for your answer",
            "Bob · closed by Anna",
            "Bob • closed",
            "3 messages",
            "<b>Bob</b>",
            "{customer}",
            "https://evil.example",
            "/off",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿" * 20,
            "👩‍👩‍👧‍👦" * 40,
            "א" * 256,
        ]
    ),
)
_VIEWS = st.builds(
    View,
    state=st.sampled_from(get_args(State)),
    owner_name=_NAMES,
    is_owner=st.booleans(),
    can_reopen=st.booleans(),
    closed_by=_NAMES | st.just(""),
    is_answered=st.booleans(),
    is_off=st.booleans(),
    count=st.integers(1, 10**6),
    now_ms=st.just(10**12),
    waiting_since_ms=st.integers(0, 10**12),
    returned_from=_NAMES | st.just(""),
    was_theirs=st.booleans(),
    was_with=_NAMES | st.just(""),
    was_with_them=st.booleans(),
    passed_by=_NAMES,
    view=st.sampled_from(("", *get_args(LookKind))),
    note=st.sampled_from(("", *get_args(Note))),
)
_NOTES = st.lists(st.tuples(_NAMES, st.text(max_size=300)), min_size=1, max_size=3).map(tuple)


@given(view=_VIEWS, customer=_NAMES, language=st.sampled_from(LANGUAGES))
def test_whatever_they_are_called_a_first_line_is_ours(
    view: View, customer: str, language: str
) -> None:
    """It is valid, short, without links, and no name in it passes for a state."""
    catalogue = words(language)
    above = status(view, customer, catalogue)
    assert size(above) < ROOM_FOR_STATUS
    for piece in (
        *above,
        *note(view, customer, catalogue),
        follow_up(customer, catalogue),
        further_down(customer, catalogue),
    ):
        shown = read(Part(piece.html, piece.text))
        assert shown.links == []
        assert len(shown.text.splitlines()) == 1
    for piece in above[:1]:
        name = piece.html.partition("<b>")[2].partition("</b>")[0].strip("\u2068\u2069")
        assert "·" not in name or name[0] == "“"


@given(view=_VIEWS, customer=_NAMES, text=st.text(min_size=1, max_size=5_000))
def test_a_card_with_a_first_line_is_one_that_telegram_takes(
    view: View, customer: str, text: str
) -> None:
    """However long the names and the text."""
    try:
        sent = message(text, customer_name=customer)
    except ValueError:
        return  # refused by the client
    above = status(view, customer, ENGLISH)
    current = write_current_card([sent], ENGLISH, status=above, count=1)
    assert read(current).text.startswith(join(above).plain)


@given(view=_VIEWS, notes=_NOTES, reason=st.text(max_size=200), language=st.sampled_from(LANGUAGES))
def test_a_note_takes_no_more_room_than_the_other_lines_leave(
    view: View, notes: tuple[tuple[str, str], ...], reason: str, language: str
) -> None:
    """What a card does not show of it, a look does: then the card has that button."""
    seen = replace(view, notes=notes, notes_count=len(notes), handed_by="Anna")
    seen = replace(seen, handed_reason=reason)
    catalogue = words(language)
    without = status(replace(seen, notes=(), notes_count=0), "Emma", catalogue)
    above = status(seen, "Emma", catalogue)
    assert above[: len(without)] == without
    assert size(above) <= max(ROOM_FOR_STATUS, size(without))
    assert len(above) - len(without) in ({0, 1} if seen.shows_texts else {0})
