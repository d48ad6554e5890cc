"""Telegram's HTML: a text with tags becomes a plain text and its entities.

https://core.telegram.org/bots/api#html-style. Offsets and lengths count UTF-16 units; errors name
the byte where the trouble starts, as Telegram's do.
"""

import re
from dataclasses import dataclass

from onduty_sandbox.texts.links import checked_link
from onduty_sandbox.wire.errors import ApiError, bad_request
from onduty_sandbox.wire.json_types import Json

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
# "The API currently supports only the following named HTML entities."
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,8})|#([0-9]{1,8})|(lt|gt|amp|quot));?")
MARKUP = re.compile(r"[<&]")
START_NAME = re.compile(r"[^\s>]*")
ATTRIBUTE_NAME = re.compile(r"\s*([^\s=>]*)\s*(=?)\s*")
NAME_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
END_TAG = re.compile(r"</([^\s>]*)\s*")
MENTION_LINK = re.compile(r"tg://user\?id=([0-9]{1,15})/?")
LAST_CODE_POINT = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)


def utf16_length(text: str) -> int:
    """Count a text as Telegram does."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Return the plain text and its entities; raises "can't parse entities: …"."""
    if not MARKUP.search(source):
        return source, []
    return _Parser(source).parse()


@dataclass(slots=True)
class _Open:
    tag: str
    value: str
    offset: int
    position: int


class _Parser:
    """One pass over one text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._parts: list[str] = []
        self._offset = 0
        self._open: list[_Open] = []
        self._entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        while found := MARKUP.search(self._source, self._at):
            self._add(self._source[self._at : found.start()])
            self._at = found.start()
            if found.group() == "&":
                self._add(self._reference())
            elif self._source.startswith("</", self._at):
                self._end_tag()
            else:
                self._start_tag()
        self._add(self._source[self._at :])
        if self._open:
            raise _unparsable(
                f'Can\'t find end tag corresponding to start tag "{self._open[-1].tag}"'
            )
        return "".join(self._parts), _without_nesting_in_code(self._entities)

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._offset += utf16_length(text)

    def _reference(self) -> str:
        found = REFERENCE.match(self._source, self._at)
        text = _character(found) if found else None
        if found is None or text is None:
            self._at += 1
            return "&"
        self._at = found.end()
        return text

    def _start_tag(self) -> None:
        begin = self._at
        name = START_NAME.match(self._source, begin + 1)
        self._at = name.end() if name else begin + 1
        if self._at >= len(self._source):
            raise _unparsable(f"Unclosed start tag at byte offset {self._byte(begin)}")
        tag = self._source[begin + 1 : self._at].lower()
        if tag not in TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {self._byte(begin)}')
        attributes = self._attributes(tag, begin)
        self._at += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsable(
                f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(begin)}'
            )
        value = _value(tag, attributes)
        self._open.append(_Open(tag, value, self._offset, len(self._parts)))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            found = ATTRIBUTE_NAME.match(self._source, self._at)
            name = found.group(1).lower() if found else ""
            if found and not name and self._source.startswith(">", found.end()):
                self._at = found.end()
                return attributes
            if not name or not found:
                self._refuse_unclosed(found.end() if found else self._at, begin)
                raise _unparsable(
                    f'Empty attribute name in the tag "{tag}" at byte offset {self._byte(begin)}'
                )
            self._at = found.end()
            if found.group(2):
                attributes[name] = self._attribute_value(begin)
            elif tag == "blockquote" and name == "expandable":
                attributes[name] = "1"
            else:
                self._refuse_unclosed(self._at, begin)
                raise _unparsable(
                    "Expected equal sign in declaration of an attribute of the tag "
                    f'"{tag}" at byte offset {self._byte(begin)}'
                )

    def _attribute_value(self, begin: int) -> str:
        self._refuse_unclosed(self._at, begin)
        quote = self._source[self._at]
        if quote not in "'\"":
            start = self._at
            token = NAME_TOKEN.match(self._source, start)
            self._at = token.end() if token else start
            self._refuse_unclosed(self._at, begin)
            if not self._source[self._at].isspace() and self._source[self._at] != ">":
                raise _unparsable(f"Unexpected end of name token at byte offset {start}")
            return self._source[start : self._at].lower()
        end = self._source.find(quote, self._at + 1)
        self._refuse_unclosed(len(self._source) if end < 0 else end, begin)
        value = self._source[self._at + 1 : end]
        self._at = end + 1
        self._refuse_unclosed(self._at, begin)
        return REFERENCE.sub(lambda found: _character(found) or found.group(), value)

    def _end_tag(self) -> None:
        begin = self._at
        if not self._open:
            raise _unparsable(f"Unexpected end tag at byte offset {self._byte(begin)}")
        found = END_TAG.match(self._source, begin)
        if not found or not self._source.startswith(">", found.end()):
            raise _unparsable(f"Unclosed end tag at byte offset {self._byte(begin)}")
        opened = self._open.pop()
        name = found.group(1).lower()
        if name and name != opened.tag:
            raise _unparsable(
                f"Unmatched end tag at byte offset {self._byte(begin)}, expected "
                f'"</{opened.tag}>", found "</{name}>"'
            )
        self._at = found.end() + 1
        length = self._offset - opened.offset
        if length:
            text = "".join(self._parts[opened.position :])
            self._close(opened, length, text)

    def _close(self, opened: _Open, length: int, text: str) -> None:
        entity: Json = {"offset": opened.offset, "length": length, "type": TAGS[opened.tag]}
        match opened.tag:
            case "a":
                link = _link(opened.value or text)
                if link is None:
                    return
                entity.update(link)
            case "pre":
                inner = self._entities[-1] if self._entities else {}
                if _is_code_of_all(inner, entity):
                    self._entities.pop()
                    if "language" in inner:
                        entity["language"] = inner["language"]
            case "code" if opened.value and self._open and self._open[-1].tag == "pre":
                entity["language"] = opened.value
            case "tg-emoji":
                entity["custom_emoji_id"] = opened.value
            case "blockquote" if opened.value:
                entity["type"] = "expandable_blockquote"
            case _:
                pass
        self._entities.append(entity)

    def _refuse_unclosed(self, position: int, begin: int) -> None:
        if position >= len(self._source):
            raise _unparsable(f"Unclosed start tag at byte offset {self._byte(begin)}")

    def _byte(self, position: int) -> int:
        return len(self._source[:position].encode())


def _unparsable(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")


def _character(reference: re.Match[str]) -> str | None:
    hexadecimal, decimal, name = reference.groups()
    if name:
        return NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code <= LAST_CODE_POINT and code not in SURROGATES else None


def _value(tag: str, attributes: dict[str, str]) -> str:
    match tag:
        case "a":
            return attributes.get("href", "")
        case "code" if attributes.get("class", "").startswith("language-"):
            return attributes["class"].removeprefix("language-")
        case "tg-emoji":
            return attributes.get("emoji-id", "")
        case "blockquote":
            return "1" if "expandable" in attributes else ""
        case _:
            return ""


def _link(url: str) -> Json | None:
    """The entity of a link; one that Telegram does not accept leaves only its text."""
    if mention := MENTION_LINK.fullmatch(url):
        return {"type": "text_mention", "user": {"id": int(mention.group(1))}}
    link = checked_link(url)
    return None if link is None else {"type": "text_link", "url": link}


def _is_code_of_all(inner: Json, outer: Json) -> bool:
    return inner.get("type") == "code" and (inner["offset"], inner["length"]) == (
        outer["offset"],
        outer["length"],
    )


def _without_nesting_in_code(entities: list[Json]) -> list[Json]:
    """Drop what stands within pre and code, where no other entity may be."""
    blocks = [entity for entity in entities if entity["type"] in ("pre", "code")]
    if not blocks:
        return entities
    return [
        entity
        for entity in entities
        if not any(block is not entity and _covers(block, entity) for block in blocks)
    ]


def _covers(block: Json, entity: Json) -> bool:
    start, end = _span(block)
    inner_start, inner_end = _span(entity)
    return start <= inner_start and inner_end <= end


def _span(entity: Json) -> tuple[int, int]:
    offset, length = entity["offset"], entity["length"]
    return (
        (offset, offset + length) if isinstance(offset, int) and isinstance(length, int) else (0, 0)
    )
