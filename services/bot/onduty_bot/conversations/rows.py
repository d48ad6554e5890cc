"""Formats a conversation as a row of a list."""

from onduty_bot.answering.times import lasting
from onduty_desk.conversations.lists import Row
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import is_blank, one_line, short_name

MOST_OF_A_TEXT = 80


def row_line(number: int, row: Row, words: Words) -> str:
    """Return a conversation as a line, and below it, in quotes, its newest text."""
    mark = "❗ " if row.is_urgent else ""
    name = short_name(row.customer_name, words.gettext("Customer"))
    line = f"{number}. {mark}{name}, {lasting(words, row.lasting)}"
    if is_blank(row.text):
        return line
    quoted = words.gettext("“{words}”").format(words=one_line(row.text, MOST_OF_A_TEXT))
    return f"{line}\n{quoted}"
