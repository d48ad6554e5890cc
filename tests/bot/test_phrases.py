from onduty_bot.phrases import Phrases

PHRASES = {"support": "open sesame", "billing": "Ключ 🗝"}


def test_a_phrase_opens_its_own_group() -> None:
    """Each group has a phrase of its own; spaces around it do not matter."""
    phrases = Phrases(PHRASES, "42:token")

    assert phrases.group_of("open sesame") == "support"
    assert phrases.group_of("  Ключ 🗝\n") == "billing"


def test_a_near_miss_opens_nothing() -> None:
    """Only the exact phrase is the phrase."""
    phrases = Phrases(PHRASES, "42:token")

    for text in ("Open sesame", "open  sesame", "open sesame!", "", "\ud83d", "support"):
        assert phrases.group_of(text) is None


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
