"""Operators' notes as cards and pages show them: never to a customer."""

from collections.abc import Iterator, Sequence

from onduty_desk.phones.view import View
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import customer_words, one_line, short_name
from onduty_dispatcher.cards import pieces
from onduty_dispatcher.cards.pieces import Piece

_LENGTHS = (100, 60, 30)
"""Characters that a card shows of the newest, as the other lines leave room; a look shows all."""


def newest_note(view: View, words: Words, room: int) -> tuple[Piece, ...]:
    """Return the line of a card with the newest note; none on a page, which has them whole.

    None either if there is no room for it: then a look shows it.
    """
    if not view.notes or view.page or not view.shows_texts:
        return ()
    name, text = view.notes[-1]
    others = ""
    if more := view.notes_count - 1:
        others = " " + words.ngettext("(and {count} more note)", "(and {count} more notes)", more)
    for most in _LENGTHS:
        said = words.gettext("📝 {name}: {text}").format(
            name=short_name(name), text=one_line(text, most)
        )
        line = pieces.line(said + others.format(count=more))
        if pieces.size([line]) <= room:
            return (line,)
    return ()


def hides_notes(view: View) -> bool:
    """Whether a look shows more of them than that line surely does."""
    least = _LENGTHS[-1]
    return view.notes_count > 1 or any(len(t) > least or "\n" in t for _, t in view.notes)


def all_notes(notes: Sequence[tuple[str, str]], words: Words) -> Iterator[Piece]:
    """Return notes as they were written, each below the name of who has written it."""
    for name, text in notes:
        said = words.gettext("📝 {name} noted, not for the customer:")
        yield pieces.line(said.format(name=short_name(name)))
        yield pieces.quote(customer_words(text) or "—")
