"""Customers' names as they are compared, whatever characters are in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile import HOSTILE
from onduty_desk.conversations.names import MOST_OF_A_WORD, MOST_WORDS, words_of

NAMES = st.text(min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Anna Maria Smith", ("anna", "maria", "smith")),
        ("  ANNA\tmaria ", ("anna", "maria")),
        ("José Ñandú", ("jose", "nandu")),
        ("Алёна Ёжикова", ("алена", "ежикова")),
        ("Straße Σίσυφος", ("strasse", "σισυφοσ")),
        ("Ａｎｎａ", ("anna",)),
        ("O'Brien-Jones, Dr.", ("o", "brien", "jones", "dr")),
        ("שָׁלוֹם כהן", ("שלום", "כהן")),
        ("\u202eanna\u202c", ("anna",)),
        ("مُحَمَّد", ("محمد",)),
        ("王小明", ("王小明",)),
        ("👩🏽\u200d💻 Anna", ("👩🏽💻", "anna")),
        ("+49 170 1234", ("+49", "170", "1234")),
        ("?!", ("?!",)),
        ("\u200b\u2060", ()),
        ("İstanbul", ("istanbul",)),
    ],
)
def test_a_name_has_these_words(name: str, words: tuple[str, ...]) -> None:
    """Capitals, accents, width, direction and invisible characters do not matter."""
    assert words_of(name) == words


@given(NAMES)
def test_the_words_of_a_word_are_that_word(name: str) -> None:
    """So what was copied from a list finds the same."""
    words = words_of(name)
    assert words_of(" ".join(words)) == words


@given(NAMES, st.integers(1, MOST_OF_A_WORD))
def test_the_beginning_of_a_word_stays_the_beginning(name: str, length: int) -> None:
    """Whoever types a few letters of a word finds it."""
    for word in words_of(name):
        typed = words_of(word[:length])
        assert len(typed) == 1
        assert word.startswith(typed[0])


@given(st.text(max_size=2_000))
def test_names_are_bounded_and_hold_no_separator(name: str) -> None:
    """A blank stands between words, and the end of a line before the conversation."""
    words = words_of(name)
    assert len(words) <= MOST_WORDS
    for word in words:
        assert 1 <= len(word) <= MOST_OF_A_WORD
        assert not {" ", "\n"} & set(word)


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_have_words(name: str) -> None:
    """What somebody can see can be looked for."""
    assert words_of(f"A{name}")[0].startswith("a")
