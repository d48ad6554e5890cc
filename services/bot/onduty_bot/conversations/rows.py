"""Formats a conversation as a row of a list."""

from onduty_desk.conversations.lists import Row, Which
from onduty_desk.texts import Words
from onduty_desk.texts.times import lasting
from onduty_desk.texts.untrusted_text import is_blank, one_line, short_name

MOST_OF_A_TEXT = 80


def row_line(
    number: int, row: Row, words: Words, which: Which, *, names_group: bool = False
) -> str:
    """Return a conversation as a line, and below it, in quotes, its newest text."""
    mark = "❗ " if row.is_urgent else ""
    name = short_name(row.customer_name, words.gettext("Customer"))
    name = f"{name} ({row.group})" if names_group else name
    text = words.gettext("waits {time}") if which == "queue" else words.gettext("yours for {time}")
    line = f"{number}. {mark}{name}: {text.format(time=lasting(words, row.lasting))}"
    if is_blank(row.text):
        return line
    quoted = words.gettext("“{words}”").format(words=one_line(row.text, MOST_OF_A_TEXT))
    return f"{line}\n{quoted}"
