import pytest
from hypothesis import given
from hypothesis import strategies as st

from onduty_bot.signing_in.phrases import HIDDEN, Phrases
from onduty_desk.roster.normal_form import compared

PHRASES = {"support": "open sesame", "billing": "Ключ 🗝", "night": 'it\'s "late" - so... ё'}


def found(text: str) -> list[tuple[str, bool, str]]:
    """Return whose phrases are found, whether alone, and the part of the text."""
    hits = Phrases(PHRASES, "42:token").find(text)
    return [(hit.group, hit.is_whole, text[hit.start : hit.end]) for hit in hits]


def test_a_phrase_opens_its_own_group() -> None:
    """Each group has a phrase of its own; spaces around it do not matter."""
    phrases = Phrases(PHRASES, "42:token")

    assert phrases.group_of("open sesame") == "support"
    assert phrases.group_of("  Ключ 🗝\n") == "billing"


@pytest.mark.parametrize(
    "typed",
    [
        "Open sesame",
        "OPEN SESAME",
        "open sesame. ",
        "open\u00a0sesame",
        "open  sesame",
        "open. sesame",
        "open\nsesame",
        "o\u200bpen sesame",
        "\ufeffopen sesame\u2800",
        "ｏｐｅｎ sesame",
    ],
)
def test_what_a_phone_makes_of_a_phrase_is_still_that_phrase(typed: str) -> None:
    """Capitals, spaces and invisible characters of a keyboard lock nobody out."""
    assert Phrases(PHRASES, "42:token").group_of(typed) == "support"


@pytest.mark.parametrize(
    "typed",
    [
        "It’s “late” – so… ё",
        "it’s «late» — so... е\u0308",
        "IT'S ''late'' -- SO. Ё.",
        "it`s „late“ - so.. ё",
    ],
)
def test_quotes_dashes_and_dots_are_each_one(typed: str) -> None:
    """However the keyboard of the day likes them."""
    typed = typed.replace("''", '"')
    assert Phrases(PHRASES, "42:token").group_of(typed) == "night"


def test_a_near_miss_opens_nothing() -> None:
    """Only the phrase is the phrase."""
    phrases = Phrases(PHRASES, "42:token")

    for text in ("opensesame", "open sesam", "open sesame!", "", ".", "\ud83d", "support"):
        assert phrases.group_of(text) is None


def test_a_phrase_is_found_between_other_words() -> None:
    """Where it stands is known exactly, so that the other words can stay."""
    assert found("my phrase is Open  sesame… ok?") == [("support", False, "Open  sesame")]
    assert found("/on OPEN\u200b SESAME") == [("support", False, "OPEN\u200b SESAME")]
    assert found("(ключ 🗝)(open sesame)") == [
        ("billing", False, "ключ 🗝"),
        ("support", False, "open sesame"),
    ]
    assert found(" open sesame ") == [("support", True, " open sesame ")]


def test_a_phrase_within_a_longer_word_is_none() -> None:
    """`reopen sesame` is something else."""
    assert found("reopen sesame") == found("open sesames") == found("open the sesame") == []


def test_a_very_short_phrase_is_found_only_alone() -> None:
    """A phrase like "on" stands in half of all texts."""
    phrases = Phrases({"support": "on"}, "42:token")

    assert [hit.is_whole for hit in phrases.find("On.")] == [True]
    assert phrases.find("we go on") == []


@given(st.text(), st.text(), st.sampled_from(sorted(PHRASES.values())))
def test_whatever_stands_around_a_phrase_it_is_found(before: str, after: str, phrase: str) -> None:
    """No text hides it from being removed, and what is left holds none."""
    phrases = Phrases(PHRASES, "42:token")
    text = f"{before} | {phrase} | {after}"
    hits = phrases.find(text)
    assert hits
    for hit in reversed(hits):
        text = text[: hit.start] + HIDDEN + text[hit.end :]
    assert phrases.find(text) == []


@given(st.text())
def test_a_text_in_the_form_of_comparing_stays_as_it_is(text: str) -> None:
    """Settings and messages come to the same form by any way."""
    assert compared(compared(text)) == compared(text)


def test_a_fingerprint_changes_with_phrase_group_and_token_and_tells_none_of_them() -> None:
    """Who signed in with which phrase can be kept without keeping the phrase."""
    fingerprint = Phrases({"support": "open sesame"}, "42:token").fingerprints["support"]

    others = [
        Phrases({"support": "open sesam"}, "42:token").fingerprints["support"],
        Phrases({"billing": "open sesame"}, "42:token").fingerprints["billing"],
        Phrases({"support": "open sesame"}, "43:token").fingerprints["support"],
    ]
    assert fingerprint not in others
    assert fingerprint == Phrases({"support": "open sesame"}, "42:token").fingerprints["support"]
    assert "sesame" not in fingerprint


def test_a_fingerprint_is_that_of_older_versions() -> None:
    """The new way of comparing signs nobody out."""
    was = "ce45903effa4fdfe1b3f5a42595f09d9"  # of Onduty before it compared as people type
    assert Phrases({"support": "Open sesame"}, "42:token").fingerprints["support"].startswith(was)


def test_nothing_tells_a_phrase_by_accident() -> None:
    """Not even a traceback that shows its variables."""
    assert "sesame" not in repr(Phrases(PHRASES, "42:token"))
