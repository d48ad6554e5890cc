"""Writes what an operator has answered, as a page of a look shows it."""

from collections.abc import Iterator

from pydantic import ValidationError

from onduty import HistoryEntry
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import customer_words, short_name
from onduty_dispatcher.cards import pieces
from onduty_dispatcher.cards.pieces import Piece


def answered(written: str, words: Words) -> Iterator[Piece]:
    """Return the answer as a quote, and below it who wrote it and what became of it.

    Nothing of one that another program wrote, or of a kind that this version does not know.
    """
    try:
        entry = HistoryEntry.model_validate_json(written)
    except ValidationError:
        return
    if entry.kind != "reply":
        return
    if text := customer_words(entry.text):
        yield pieces.quote(text)
    yield pieces.named(_became(entry, words), name=short_name(entry.author.name))


def _became(entry: HistoryEntry, words: Words) -> str:
    if entry.deleted_at:
        return words.gettext("↪️ {name} took an answer back")
    if entry.status == "failed":
        return words.gettext("↪️ {name} answered · 😢 it did not arrive")
    if entry.edited_at:
        return words.gettext("↪️ {name} answered · edited")
    return words.gettext("↪️ {name} answered")
