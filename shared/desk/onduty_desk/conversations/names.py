"""Normalizes customers' names for the index, and what operators look for."""

import unicodedata

import regex

MOST_WORDS = 8
MOST_OF_A_WORD = 24
"""Longer ones are cut, in names and in what is looked for: the index stays small."""

MOST_LOOKED_FOR = 256
"""Characters of what an operator looks for; a name has no more."""

_IGNORED = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cs}\p{Co}\p{Mn}]")
_BETWEEN_WORDS = regex.compile(r"[\s\p{Cc}\p{P}\p{Z}\u2800]+")
_WHITE_SPACE = regex.compile(r"[\s\p{Cc}\p{Z}\u2800]+")
_MOST_TIMES = 4


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared.

    Capitals, accents, widths of letters and invisible characters do not matter; punctuation ends a
    word, unless there is nothing else. Empty for a name that nobody can see. Idempotent: the words
    of a word are that word, and the beginning of a word stays one.
    """
    folded = _folded(name)
    words = _BETWEEN_WORDS.split(folded)
    if not any(words):
        words = _WHITE_SPACE.split(folded)
    return tuple(word[:MOST_OF_A_WORD] for word in words if word)[:MOST_WORDS]


def _folded(text: str) -> str:
    """Fold case, width and accents, until nothing changes."""
    for _ in range(_MOST_TIMES):
        before = text
        bare = _IGNORED.sub("", unicodedata.normalize("NFKD", text[:MOST_LOOKED_FOR]))
        text = unicodedata.normalize("NFKC", bare).casefold()
        if text == before:
            break
    return text
