"""Reads a card as Telegram does: its lines, what is a customer's in them, and what is a link."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from onduty_dispatcher.cards.card import Card
from onduty_dispatcher.cards.parts import MOST_UNITS
from onduty_dispatcher.cards.pieces import Part
from onduty_dispatcher.cards.split import units
from onduty_sandbox.texts.found_links import find_links

_MARKUP: tuple[tuple[str, list[str]], ...] = (
    ("blockquote", []),
    ("blockquote", ["expandable"]),
    ("a", ["href"]),
    ("b", []),
)


@dataclass
class Read(HTMLParser):
    """One message; refuses the markup that Telegram refuses."""

    text: str = ""
    ours: str = ""
    """What stands outside quotes."""
    quoted: str = ""
    """What stands in quotes, with the whole addresses of the links that are shown short."""
    links: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert (tag, names) in _MARKUP
        self.tags.append(tag)
        self.links += [value or "" for _, value in attrs if tag == "a"]

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        is_link = self.tags[-1:] == ["a"]
        if is_link and data.endswith("…"):
            seems, leads_to = urlsplit(data[:-1]), urlsplit(self.links[-1])
            assert self.links[-1].startswith(data[:-1])
            assert (seems.scheme, seems.netloc) == (leads_to.scheme, leads_to.netloc)
            assert "@" not in leads_to.netloc
        if "blockquote" not in self.tags:
            self.ours += data
        else:
            self.quoted += self.links[-1] if is_link else data
        if "a" not in self.tags:
            self.links += [
                data[start:end] for start, end, kind in find_links(data) if kind == "url"
            ]


def read(part: Part) -> Read:
    """Read a message, and check what Telegram would check."""
    reader = Read()
    reader.feed(part.html)
    reader.close()
    assert not reader.tags
    assert reader.text == part.plain
    assert 0 < units(part.plain) <= MOST_UNITS
    return reader


def read_card(card: Card) -> list[Read]:
    """Read all parts of a card."""
    return [read(part) for part in card.parts]
