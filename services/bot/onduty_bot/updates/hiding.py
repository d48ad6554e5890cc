"""Hides phrases and tokens of invites in an update, JSON of any shape, before it is stored."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from telegram import TelegramObject
from telegram.constants import ChatMemberStatus, ChatType, MessageEntityType

from onduty_bot.answering.commanded import AT_THE_START
from onduty_bot.conversations.button_data import VERBS
from onduty_bot.signing_in.phrases import HIDDEN, Found, Phrases
from onduty_bot.updates.invite_tokens import tokens_in

MOST_DEEP = 40
"""Telegram's own updates are about ten levels deep; anything deeper is left out."""

TELEGRAMS_WORDS = frozenset(
    str(word.value) for words in (ChatType, MessageEntityType, ChatMemberStatus) for word in words
)
_OUR_DATA = re.compile(rf"(?:{'|'.join(sorted(VERBS))})(?::[0-9]{{1,16}}){{0,2}}")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def _telegrams_fields() -> Iterator[str]:
    kinds = [TelegramObject]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
        yield from kind.__slots__
    yield "from"


_FIELDS = frozenset(_telegrams_fields())
"""Telegram's field names, which must not be hidden if a phrase is spelled like one."""


@dataclass(frozen=True)
class Held:
    """Where in an update a group's phrase was; `whole` if it was the whole text."""

    at: str
    group: str
    whole: bool


def without_phrases(
    update: dict[str, object], phrases: Phrases
) -> tuple[dict[str, object], list[Held]]:
    """Return the update without phrases in any text or field name, and where phrases were.

    Tokens of invites are hidden, too.

    Our commands, our buttons and Telegram's own words stay unchanged, whatever the phrases. A lone
    surrogate becomes U+FFFD, because it cannot be encoded.
    """
    hiding = _Hiding(phrases)
    return hiding.names(update, "", 0), hiding.held


class _Hiding:
    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self.held: list[Held] = []

    def names(self, value: dict[str, object], at: str, depth: int) -> dict[str, object]:
        """Hide phrases in an object: in its names, its values, and the entities of its texts."""
        kept: dict[str, object] = {}
        shortened: dict[str, int] = {}
        for given, inner in value.items():
            name = self._name(given, at, kept)
            place = f"{at}.{name}" if at else name
            if isinstance(inner, str):
                kept[name], begins = self._text(name, inner, place)
                if begins is not None:
                    shortened[name] = begins
            else:
                kept[name] = self._value(inner, place, depth + 1)
        for name, begins in shortened.items():
            _drop_entities(kept, name, begins)
        return kept

    def _value(self, value: object, at: str, depth: int) -> object:
        if isinstance(value, str):
            return self._text("", value, at)[0]
        if depth > MOST_DEEP and isinstance(value, dict | list):
            return HIDDEN
        if isinstance(value, dict):
            return self.names(value, at, depth)
        if isinstance(value, list):
            return [
                self._value(inner, f"{at}.{place}", depth + 1) for place, inner in enumerate(value)
            ]
        return value

    def _name(self, name: str, at: str, taken: dict[str, object]) -> str:
        if name in _FIELDS:
            return name
        shown, _ = self._text("", name, f"{at}.{HIDDEN}" if at else HIDDEN)
        free, times = shown, 1
        while free in taken:
            times += 1
            free = f"{shown}{times}"
        return free

    def _text(self, name: str, text: str, at: str) -> tuple[str, int | None]:
        """Return a text without phrases, and the UTF-16 offset of the first one."""
        if name in {"type", "status"} and text in TELEGRAMS_WORDS:
            return text, None
        if name == "data" and _OUR_DATA.fullmatch(text):
            return text, None
        text, begins = _without_tokens(_HALF_CHARACTER.sub("\ufffd", text))
        found = self._find(text)
        if not found:
            return text, begins
        self.held += [Held(at, one.group, one.is_whole) for one in found]
        hidden = _replaced(text, found)
        if self._find(hidden):  # the rest joined together is a phrase again
            hidden, found = HIDDEN, [Found(found[0].group, found[0].is_whole, 0, len(text))]
        start = _units(text[: found[0].start])
        return hidden, start if begins is None else min(start, begins)

    def _find(self, text: str) -> list[Found]:
        command = AT_THE_START.match(text)
        begins = command.end() if command else 0
        return [one for one in self._phrases.find(text) if one.is_whole or one.end > begins]


def _without_tokens(text: str) -> tuple[str, int | None]:
    """Return a text without tokens of invites, and the UTF-16 offset of the first one."""
    found = tokens_in(text)
    for start, end in reversed(found):
        text = f"{text[:start]}{HIDDEN}{text[end:]}"
    return text, _units(text[: found[0][0]]) if found else None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _replaced(text: str, found: list[Found]) -> str:
    parts, after = [], 0
    for one in found:
        parts += [text[after : one.start], HIDDEN]
        after = one.end
    return "".join((*parts, text[after:]))


def _drop_entities(kept: dict[str, object], name: str, begins: int) -> None:
    """Drop the entities from where a text was changed: their offsets are no longer right."""
    for field in ("entities", f"{name}_entities"):
        entities = kept.get(field)
        if isinstance(entities, list):
            kept[field] = [entity for entity in entities if _ends_before(entity, begins)]


def _ends_before(entity: object, begins: int) -> bool:
    match entity:
        case {"offset": int(offset), "length": int(length)}:
            return offset + length <= begins
    return False
