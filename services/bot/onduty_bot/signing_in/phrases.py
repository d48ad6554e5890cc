"""The groups' secret phrases: finds them in texts, and makes their fingerprints."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from onduty_desk.roster.normal_form import compared, folded

HIDDEN = "•••"
"""Replaces a phrase."""

_SHORTEST_HELD = 4
"""A shorter phrase is found only as the whole text: within texts there are too many matches."""

_REMEMBERED, _LONGEST = 1000, 4096
"""Texts whose phrases are remembered, and how long they may be: as a message of Telegram's."""


@dataclass(frozen=True)
class Found:
    """A phrase in a text: its group, whether it is the whole text, and its place."""

    group: str
    is_whole: bool
    start: int
    end: int


class Phrases:
    """The phrase of each group. Signing in compares digests, in constant time.

    Args:
        phrases: group → phrase, without white space at its ends.
        token: the bot's token, the key of the fingerprints: elsewhere they are useless. Those of
            an earlier token are recognised by `onduty_desk.roster.known_phrases`.
    """

    def __init__(self, phrases: Mapping[str, str], token: str) -> None:
        in_form = {group: compared(phrase) for group, phrase in phrases.items()}
        self._digests = {group: _digest(phrase) for group, phrase in in_form.items()}
        self._groups = [group for group, phrase in in_form.items() if _is_long_enough(phrase)]
        self._pattern = _pattern([in_form[group] for group in self._groups])
        self._find = lru_cache(maxsize=_REMEMBERED)(self._search)
        # Of the phrase as it was set, not normalized: a new normalization signs nobody out.
        self.fingerprints = {
            group: hmac.new(
                token.encode(), f"{group}\0{phrase}".encode(), hashlib.sha256
            ).hexdigest()
            for group, phrase in phrases.items()
        }

    def __repr__(self) -> str:
        return f"Phrases(of {', '.join(self._digests)})"

    @property
    def groups(self) -> list[str]:
        """The groups one can sign in to."""
        return list(self._digests)

    def group_of(self, text: str) -> str | None:
        """Return the group whose phrase this text is, after normalizing it.

        It takes equally long for any text: digests of one length are compared with every group's.
        """
        return self._group_of(compared(text))

    def _group_of(self, in_form: str) -> str | None:
        digest = _digest(in_form)
        found = None
        for group, expected in self._digests.items():
            if hmac.compare_digest(digest, expected):
                found = group
        return found

    def find(self, text: str) -> list[Found]:
        """Return the phrases in a text, in order: the whole text, or parts between other words.

        A text is asked for when its update is stored and again when it is handled, and names stand
        in many updates: the last thousand are not searched again.
        """
        return list(self._find(text) if len(text) <= _LONGEST else self._search(text))

    def _search(self, text: str) -> list[Found]:
        in_form = compared(text)
        if (group := self._group_of(in_form)) is not None:
            return [Found(group, is_whole=True, start=0, end=len(text))]
        hits = list(self._pattern.finditer(in_form)) if self._pattern else []
        if not hits:
            return []
        characters = _with_origins(text)
        if "".join(character.form for character in characters) != in_form:
            # The places are not certain, so the whole text is hidden.
            return [Found(self._group_at(hits[0]), is_whole=False, start=0, end=len(text))]
        return [
            Found(
                self._group_at(hit),
                is_whole=False,
                start=characters[hit.start()].start,
                end=characters[hit.end() - 1].end,
            )
            for hit in hits
        ]

    def _group_at(self, hit: re.Match[str]) -> str:
        return self._groups[int((hit.lastgroup or "p0")[1:])]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _is_long_enough(phrase: str) -> bool:
    return len(phrase) >= _SHORTEST_HELD


def _pattern(phrases: Sequence[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the phrases, but not inside a longer word."""
    longest_first = sorted(enumerate(phrases), key=lambda numbered: -len(numbered[1]))
    choices = [f"(?P<p{number}>{_not_within_a_word(phrase)})" for number, phrase in longest_first]
    return re.compile("|".join(choices)) if choices else None


def _not_within_a_word(phrase: str) -> str:
    before = r"(?<!\w)" if re.match(r"\w", phrase) else ""
    after = r"(?!\w)" if re.search(r"\w\Z", phrase) else ""
    return before + re.escape(phrase) + after


class _Character(NamedTuple):
    """A character of the normalized text, and the part of the original text that it came from."""

    form: str
    start: int
    end: int


def _with_origins(text: str) -> list[_Character]:
    """Normalize a text piece by piece, as `compared` does; a run becomes one character."""
    joined: list[_Character] = []
    for character in _pieces(text):
        last = joined[-1] if joined else None
        if last and character.form in "-." and character.form == last.form:
            joined[-1] = last._replace(end=character.end)
        else:
            joined.append(character)
    kept: list[_Character] = []
    for place, character in enumerate(joined):
        ends_word = place + 1 == len(joined) or joined[place + 1].form.isspace()
        if character.form == "." and ends_word:
            continue
        if not character.form.isspace():
            kept.append(character)
        elif kept and kept[-1].form != " ":
            kept.append(character._replace(form=" "))
    return kept[:-1] if kept and kept[-1].form == " " else kept


def _pieces(text: str) -> Iterator[_Character]:
    start, known = 0, dict[str, str]()
    for end in range(1, len(text) + 1):
        if end < len(text) and not text[end].isascii() and _belongs_to_the_last(text[end]):
            continue
        piece = text[start:end]
        if piece not in known:
            known[piece] = folded(piece)
        for form in known[piece]:
            yield _Character(form, start, end)
        start = end


def _belongs_to_the_last(character: str) -> bool:
    """Whether NFKC may compose it with the character before: a combining mark, a Hangul jamo."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
