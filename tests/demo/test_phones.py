"""Phones drawn for a terminal: what is shown fits, whatever is in it."""

import pytest
from wcwidth import wcswidth

from onduty_demo.story.phones import Bubble, draw_phones

CARD = Bubble("Where is my parcel? 👋\nAlice writes to The Shop", is_from_bot=True)


def test_two_phones_stand_side_by_side() -> None:
    """The bot's words on the left, the operator's on the right, a removed phrase as removed."""
    mine = Bubble("/on", is_from_bot=False)
    phrase = Bubble("open sesame", is_from_bot=False, is_deleted=True)
    drawn = draw_phones([("Anna", [mine, phrase]), ("Boris", [CARD])], 80)
    assert drawn == (
        "╭─ Anna ──────────────────────────────╮  ╭─ Boris ─────────────────────────────╮\n"
        "│                                 /on │  │ │ Where is my parcel? 👋            │\n"
        "│                                     │  │ │ Alice writes to The Shop          │\n"
        "│             (removed from the chat) │  │                                     │\n"
        "╰─────────────────────────────────────╯  ╰─────────────────────────────────────╯"
    )
    assert "sesame" not in drawn


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 200])
@pytest.mark.parametrize(
    "text", ["", "x" * 300, "слово " * 40, "🏴󠁧󠁢󠁥󠁮󠁧󠁿👩‍👩‍👧‍👦" * 20, "\x07bell \u200b\u202e", "漢字" * 60]
)
def test_nothing_breaks_the_frame(columns: int, text: str) -> None:
    """Every line of a phone is as wide as its frame."""
    drawn = draw_phones([("Anna", [Bubble(text, is_from_bot=True)]), ("Boris", [])], columns)
    widths = {wcswidth(line) for line in drawn.splitlines()}
    assert len(widths) == 1
    assert widths.pop() > 0


def test_a_text_cannot_steer_the_terminal() -> None:
    """No escape sequence, no bell and no turned direction comes through."""
    text = "a\x1b[2Jb\x07c\u202ed\te"
    drawn = draw_phones([("Anna", [Bubble(text, is_from_bot=True)])], 80)
    assert "│ a[2Jbcd e " in drawn


def test_a_narrow_terminal_gets_one_phone_below_the_other() -> None:
    """Rather than two that cannot be read."""
    drawn = draw_phones([("Anna", [CARD]), ("Boris", [CARD])], 40)
    assert "╮  ╭" not in drawn
    assert drawn.count("╭─") == 2
