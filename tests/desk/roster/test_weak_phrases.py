"""Phrases that anybody would guess are warned of, and no warning holds one."""

import pytest

from onduty_desk.roster.weak_phrases import weak


@pytest.mark.parametrize(
    "phrase",
    ["x", "four", "a. b", "Password", "PASS WORD", "123456", "qwerty", "Пароль", "zzzzzzzzzz"],
)
def test_a_short_or_common_phrase_is_weak(phrase: str) -> None:
    """As it is compared: neither capitals nor spaces make it better."""
    ((group, reason),) = weak({"support": phrase})
    assert group == "support"
    assert phrase not in reason


@pytest.mark.parametrize("phrase", ["Sales-Team", "acme help bot", "@Acme_Help_Bot", "acme_help"])
def test_what_everybody_knows_of_the_desk_is_weak(phrase: str) -> None:
    """The group's name, and the bot's, with or without its ending."""
    assert list(weak({"sales-team": phrase}, ["acme_help_bot", "Acme Help Bot"]))


def test_several_words_are_fine() -> None:
    """Most phrases are not complained about."""
    assert not list(weak({"support": "blue kettle on the roof"}, ["acme_help_bot"]))
