"""What operators write in a run, as they know it."""

import re
from dataclasses import dataclass

from onduty_desk.model.keys import ChatId

MARK = re.compile(r"\(answer (\d+-\d+)\) v(\d+)")
"""In the text of each answer: whose it is, which, and how often it was changed."""

NOTE_MARK = re.compile(r"\(note (\d+-\d+)\)")
"""In the text of each note."""

_QUOTE = re.compile(r"^“[^”]*”\n\n")


@dataclass
class Answer:
    """What an operator has written to a customer."""

    chat: ChatId
    message_id: int
    mark: str
    for_customers: set[str]
    """The conversation whose card was replied to, or whose topic it is; or those that were chosen
    by a button."""
    versions: int = 0
    is_undone: bool = False
    topic: int | None = None
    """In which it stands; None: outside of any."""


@dataclass(frozen=True)
class Note:
    """What an operator has written for colleagues alone."""

    chat: ChatId
    message_id: int
    mark: str


def text_of(mark: str, version: int) -> str:
    """Return what is written as an answer."""
    return f"(answer {mark}) v{version}"


def without_quote(text: str) -> str:
    """Return what the bot says of an answer, without the answer, which it quotes in topics."""
    return _QUOTE.sub("", text)
