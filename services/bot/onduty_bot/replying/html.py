"""The HTML of what an operator has written: a few marks that every web chat can show."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from telegram import MessageEntity

_TAGS = {
    MessageEntity.BOLD: "b",
    MessageEntity.ITALIC: "i",
    MessageEntity.UNDERLINE: "u",
    MessageEntity.STRIKETHROUGH: "s",
    MessageEntity.CODE: "code",
    MessageEntity.PRE: "pre",
    MessageEntity.BLOCKQUOTE: "blockquote",
    MessageEntity.EXPANDABLE_BLOCKQUOTE: "blockquote",
}
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_LARGEST = 1 << 20


def html_of(text: str, entities: Sequence[MessageEntity]) -> str:
    """Return a text with its marks as b, i, u, s, code, pre, a and blockquote; the rest escaped.

    Other marks are left out, their text stays. Tags are always nested, whatever the entities are.
    """
    units = text.encode("utf-16-le", errors="surrogatepass")  # Telegram counts in these
    parts: list[str] = []
    open_until: list[tuple[int, str]] = []
    at = 0

    def write(upto: int) -> None:
        nonlocal at
        written = units[2 * at : 2 * upto].decode("utf-16-le", errors="replace")
        parts.append(escape(written, quote=False))
        at = max(at, upto)

    def close(upto: int) -> None:
        while open_until and open_until[-1][0] <= upto:
            end, tag = open_until.pop()
            write(end)
            parts.append(f"</{tag}>")

    for entity in sorted(entities, key=lambda one: (one.offset, -one.length)):
        close(entity.offset)
        end = min([entity.offset + entity.length, len(units) // 2, *(e for e, _ in open_until)])
        opening, tag = _tag(entity)
        if tag and end > entity.offset >= at:
            write(entity.offset)
            parts.append(f"<{opening}>")
            open_until.append((end, tag))
    close(_LARGEST)
    write(len(units) // 2)
    return "".join(parts)


def _tag(entity: MessageEntity) -> tuple[str, str]:
    if entity.type == MessageEntity.TEXT_LINK and entity.url and _is_safe(entity.url):
        return f'a href="{escape(entity.url)}"', "a"
    tag = _TAGS.get(entity.type, "")
    return tag, tag


def _is_safe(url: str) -> bool:
    try:
        return urlsplit(url).scheme.lower() in _SCHEMES
    except ValueError:
        return False
