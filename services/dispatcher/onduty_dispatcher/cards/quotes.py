"""A customer's text as a quote: long links shown short, a long text to unfold at a tap."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from onduty_desk.texts.found_links import found_links
from onduty_desk.texts.untrusted_text import without_commands
from onduty_dispatcher.cards.addresses import shortened
from onduty_dispatcher.cards.split import cut, units

_LONG_UNITS, _MANY_LINES = 300, 6
"""Telegram shows three lines of a quote that unfolds, about 120 characters."""


@dataclass(frozen=True)
class _Link:
    """A long link: where its short text is, and where it leads."""

    start: int
    end: int
    address: str


@dataclass(frozen=True)
class Quote:
    """What is shown of a text, and the links behind it."""

    shown: str
    links: tuple[_Link, ...]

    @classmethod
    def of(cls, text: str) -> Self:
        """Return a text with its long links shown short."""
        shown, links, at, length = [], [], 0, 0
        for start, end in found_links(text):
            if short := shortened(text[start:end]):
                length += start - at
                shown += [text[at:start], short]
                links.append(_Link(length, length + len(short), text[start:end]))
                length, at = length + len(short), end
        return cls("".join([*shown, text[at:]]), tuple(links))

    @property
    def html(self) -> str:
        """The same as HTML."""
        is_long = units(self.shown) > _LONG_UNITS or self.shown.count("\n") >= _MANY_LINES
        tag = "blockquote expandable" if is_long else "blockquote"
        return f"<{tag}>{''.join(self._markup())}</blockquote>"

    def _markup(self) -> Iterator[str]:
        at = 0
        for link in self.links:
            yield html.escape(self.shown[at : link.start], quote=False)
            text = html.escape(self.shown[link.start : link.end], quote=False)
            yield f'<a href="{html.escape(link.address)}">{text}</a>'
            at = link.end
        yield html.escape(self.shown[at:], quote=False)

    def cut(self, room: int) -> tuple[str, str]:
        """Return the texts of the part that fits into the room, and of the rest; "" for none.

        A link is in one of them, whole.
        """
        least = room
        while least > 0:
            fits, rest = cut(self.shown, least)
            if any(link.start < len(fits) < link.end for link in self.links):
                break
            # At the cut, a part may become a command that was none inside a longer word.
            first = without_commands(self._source(fits, 0))
            second = without_commands(self._source(rest, len(self.shown) - len(rest)))
            if units(Quote.of(first).shown) <= room:
                return first, second
            least -= max(1, units(Quote.of(first).shown) - room)
        return "", self._source(self.shown, 0)

    def _source(self, shown: str, begins: int) -> str:
        """Return what the customer wrote, for a part of what is shown."""
        return "".join(_with_addresses(shown, self.links, begins))


def _with_addresses(shown: str, links: Sequence[_Link], begins: int) -> Iterator[str]:
    at = 0
    for link in links:
        start, end = link.start - begins, link.end - begins
        if start >= at and end <= len(shown):
            yield shown[at:start]
            yield link.address
            at = end
    yield shown[at:]
