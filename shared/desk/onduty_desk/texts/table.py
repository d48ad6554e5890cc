"""Writes docs/texts.md: each text that operators read, in every language, side by side.

`make catalogues` runs it; it is for people who review the words, and needs Babel.
"""

import html
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from babel.messages import Catalog
from babel.messages.catalog import Message

_HEAD = """\
# The bot's texts

Every text that operators read, by the file that says it. `make catalogues` writes this page from
the code and the translations in `shared/desk/onduty_desk/texts/locale/`: change those, not this
page. Words in braces are filled in. Forms that depend on a number stand below each other.
"""


def as_markdown(template: Catalog, translations: Mapping[str, Catalog]) -> str:
    """Return the page; the same catalogues give the same page."""
    by_place: dict[str, list[Message]] = {}
    for message in template:
        if message.id:
            by_place.setdefault(_place(message), []).append(message)
    lines = [_HEAD]
    for place in sorted(by_place):
        lines += [f"## {place}", "", _row(["English", *map(_language, translations.values())])]
        lines.append(_row(["---"] * (1 + len(translations))))
        for message in sorted(by_place[place], key=lambda one: _forms(one.id)):
            shown = [message.id, *(_translated(one, message) for one in translations.values())]
            lines.append(_row([_cell(forms) for forms in shown]))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _language(catalogue: Catalog) -> str:
    locale = catalogue.locale
    return str(locale.english_name if locale else "")


def _place(message: Message) -> str:
    path = PurePath(min(name for name, _ in message.locations))
    return f"{path.parts[1]}: {path.parent.name}/{path.stem}"


def _translated(catalogue: Catalog, message: Message) -> Sequence[str] | str:
    found = catalogue.get(message.id)
    return (found.string if found else None) or ""


def _cell(forms: Sequence[str] | str) -> str:
    texts = dict.fromkeys(_forms(forms))
    escaped = (html.escape(text, quote=False).replace("|", "\\|") for text in texts)
    return "<br>".join(text.replace("\n", "<br>") for text in escaped)


def _forms(text: Sequence[str] | str) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
