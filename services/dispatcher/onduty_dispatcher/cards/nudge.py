"""Writes the nudge: the one message that asks about all whom an operator lets wait."""

from collections.abc import Mapping

from onduty import CustomerMessage
from onduty_desk.conversations.kept_message import is_retracted
from onduty_desk.nudges.view import NudgeView
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import is_blank, one_line, short_name
from onduty_dispatcher.cards.pieces import Part, Piece, join, line, named

MOST_OF_A_TEXT = 80


def nudge_part(view: NudgeView, newest: Mapping[str, CustomerMessage], words: Words) -> Part:
    """Return the text of a nudge.

    Args:
        view: which rows it has.
        newest: the messages that `view` names; what has expired is left out.
        words: the catalogue.
    """
    rows = [(number, newest.get(message_id)) for number, message_id in view.rows]
    if len(rows) == 1 and not view.more:
        _, message = rows[0]
        head = named(
            words.gettext("⏳ Are you still answering {customer}?"), customer=_name(message, words)
        )
        return join([head, *_said(message, words)])
    pieces = [line(words.gettext("⏳ Are you still answering them?"))]
    for number, message in rows:
        row = named(f"{number}. {{customer}}", customer=_name(message, words))
        pieces += [row, *_said(message, words)]
    if view.more:
        more = words.ngettext("and {more} more: /mine", "and {more} more: /mine", view.more)
        pieces.append(line(more.format(more=view.more)))
    return join(pieces)


def _name(message: CustomerMessage | None, words: Words) -> str:
    return short_name(message.customer_name if message else "", words.gettext("Customer"))


def _said(message: CustomerMessage | None, words: Words) -> list[Piece]:
    if message is None or is_retracted(message) or is_blank(message.text):
        return []
    text = words.gettext("“{words}”").format(words=one_line(message.text, MOST_OF_A_TEXT))
    return [line(text)]
