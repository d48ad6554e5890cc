"""What of an update is stored: everything but the phrases, and where they were."""

import json
from typing import cast

import pytest

from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.stored import Stored, Update

PHRASES = Phrases({"support": "open sesame", "billing": "pay day"}, "42:token")


def stored(**kinds: object) -> Stored:
    return Stored.read(json.loads(Stored.of({"update_id": 1, **kinds}, PHRASES).packed()), PHRASES)


def held(one: Stored) -> list[tuple[str, str, bool]]:
    return [(found.at, found.group, found.whole) for found in one.held]


def test_a_phrase_anywhere_is_hidden_and_its_place_recorded() -> None:
    """Text, quote, question, name, button, at any depth: nothing stored holds a phrase."""
    one = stored(
        message={
            "text": "it is Open  Sesame ok?",
            "from": {"id": 5, "first_name": "PAY DAY"},
            "reply_to_message": {"caption": "open sesame"},
            "poll": {"options": [{"text": "pay day!"}, {"text": "no"}]},
        },
        callback_query={"data": "open\u200b sesame"},
    )

    assert "sesame" not in one.packed().lower()
    assert "pay day" not in one.packed().lower()
    assert one.update["message"] == {
        "text": "it is ••• ok?",
        "from": {"id": 5, "first_name": "•••"},
        "reply_to_message": {"caption": "•••"},
        "poll": {"options": [{"text": "•••!"}, {"text": "no"}]},
    }
    assert held(one) == [
        ("message.text", "support", False),
        ("message.from.first_name", "billing", True),
        ("message.reply_to_message.caption", "support", True),
        ("message.poll.options.0.text", "billing", False),
        ("callback_query.data", "support", True),
    ]


def test_a_name_of_a_field_loses_it_too() -> None:
    """Not even where no person can write."""
    one = stored(message={"open sesame": 1, "pay day": 2, "text": "hi"})

    assert one.update["message"] == {"•••": 1, "•••2": 2, "text": "hi"}


@pytest.mark.parametrize("phrase", ["text", "private", "claim", "/on", "message", "queue"])
def test_a_phrase_that_is_a_word_of_telegrams_or_ours_breaks_nothing(phrase: str) -> None:
    """A team may choose an unhappy phrase: commands, buttons and chats go on working."""
    update: Update = {
        "update_id": 1,
        "message": {
            "chat": {"id": 1, "type": "private"},
            "text": "/queue now",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        },
        "callback_query": {"data": "claim", "message": {"text": "x"}},
    }

    assert Stored.of(update, Phrases({"support": phrase}, "")).update == update


def test_places_behind_a_phrase_are_no_longer_marked_up() -> None:
    """A command before the phrase stays one; what follows would be marked at the wrong place."""
    command = {"type": "bot_command", "offset": 0, "length": 3}
    bold = {"type": "bold", "offset": 16, "length": 4}
    one = stored(message={"text": "/on open sesame now!", "entities": [command, bold, 7]})

    assert one.update["message"] == {"text": "/on ••• now!", "entities": [command]}


def test_nobody_can_type_what_the_record_says() -> None:
    """A field of that name in Telegram's update is not ours."""
    forged = [{"at": "message.text", "group": "support", "whole": True}]
    one = stored(message={"text": "hi", "phrases": forged}, phrases=forged)
    assert one.phrase is None

    bare: Update = {"update_id": 1, "message": {"text": "hi"}, "phrases": forged}
    assert Stored.read(bare, PHRASES).phrase is None


def test_what_an_older_version_stored_is_read() -> None:
    """An upgrade between storing and handling loses nothing."""
    bare: Update = {"update_id": 1, "message": {"text": " open sesame "}}
    one = Stored.read(bare, PHRASES)

    assert one.phrase == "support"
    assert cast("Update", one.update["message"])["text"] == "•••"


def test_a_phrase_set_after_storing_is_taken_out_when_handled() -> None:
    """The bot restarts with a new phrase while somebody types it."""
    before = Stored.of({"update_id": 1, "message": {"text": "new one"}}, PHRASES)
    after = Stored.read(json.loads(before.packed()), Phrases({"support": "new one"}, ""))

    assert after.phrase == "support"
    assert after.update["message"] == {"text": "•••"}


@pytest.mark.parametrize(
    ("message", "exposes"),
    [
        ({"caption": "see open sesame"}, True),
        ({"quote": {"text": "open sesame"}}, True),
        ({"from": {"first_name": "open sesame"}, "text": "hi"}, False),
        ({"reply_to_message": {"text": "open sesame"}, "text": "hi"}, False),
        ({"text": "hi"}, False),
    ],
)
def test_a_message_exposes_a_phrase_only_if_its_removal_hides_it(
    message: Update, *, exposes: bool
) -> None:
    """Somebody with an unhappy name can write all the same."""
    assert stored(message=message).exposes is exposes
    assert stored(edited_message=message).exposes is exposes


def test_half_a_character_and_endless_depth_can_be_stored() -> None:
    """What Redis or JSON could not hold is made harmless."""
    deep: object = "open sesame"
    for _ in range(300):
        deep = [deep]
    packed = stored(message={"text": "half \ud83d", "deep": deep}).packed()

    packed.encode()
    assert "half \ufffd" in packed
    assert "sesame" not in packed


@pytest.mark.parametrize(
    "text",
    [
        "." * 65_536 + "open sesam",
        " " * 65_000 + "x",
        "open " * 13_000,
        "\u0301\u0323" * 32_000,
        "open sesame " * 5_000,
        "-" * 30_000 + "open sesame" + "…" * 30_000,
    ],
)
def test_the_longest_text_is_searched_in_one_go(text: str) -> None:
    """Nobody holds up the bot with a text made for it: the test's time limit is the measure."""
    assert "open sesame" not in stored(message={"text": text}).packed()
