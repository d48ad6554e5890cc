"""Editing, deleting, reacting."""

import pytest

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue
from sandbox.bot_caller import Ask, HandClock

MARKUP: Json = {"inline_keyboard": [[{"text": "Answer", "callback_data": "a"}]]}
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


async def test_an_edited_text_is_shown_and_dated(
    ask: Ask, anna: Phone, hand_clock: HandClock
) -> None:
    """The phone shows the new text; buttons that are not sent again are gone."""
    sent = await ask("sendMessage", chat_id=7, text="one", reply_markup=MARKUP)
    hand_clock.now += 5
    message_id = sent.result["message_id"]
    edited = await ask("editMessageText", chat_id=7, message_id=message_id, text="two")
    assert edited.result["text"] == "two"
    assert edited.result["edit_date"] == int(hand_clock.now)
    assert "reply_markup" not in edited.result
    shown = (await anna.messages())[-1]
    assert (shown.text, shown.edited, shown.buttons) == ("two", True, ())


async def test_buttons_are_edited_alone(ask: Ask, anna: Phone) -> None:
    """The text stays when only the buttons change."""
    sent = await ask("sendMessage", chat_id=7, text="one")
    message_id = sent.result["message_id"]
    await ask("editMessageReplyMarkup", chat_id=7, message_id=message_id, reply_markup=MARKUP)
    assert (await anna.messages())[-1].button_texts == ["Answer"]
    await ask("editMessageReplyMarkup", chat_id=7, message_id=message_id)
    shown = (await anna.messages())[-1]
    assert (shown.text, shown.button_texts) == ("one", [])


async def test_an_edit_that_changes_nothing_is_refused(ask: Ask, anna: Phone) -> None:
    """Telegram says so at length."""
    sent = await ask("sendMessage", chat_id=7, text="one", reply_markup=MARKUP)
    message: dict[str, JsonValue] = {"chat_id": 7, "message_id": sent.result["message_id"]}
    same = await ask("editMessageText", **message, text=" one ", reply_markup=MARKUP)
    assert (same.status, same.error) == (400, NOT_MODIFIED)
    same = await ask("editMessageReplyMarkup", **message, reply_markup=MARKUP)
    assert same.error == NOT_MODIFIED
    assert not (await anna.messages())[-1].edited


@pytest.mark.parametrize(
    ("method", "parameters", "error"),
    [
        ("editMessageText", {"message_id": 99}, "message to edit not found"),
        ("editMessageText", {"message_id": 1}, "message can't be edited"),
        ("editMessageText", {}, "message identifier is not specified"),
        ("editMessageText", {"chat_id": None}, "message identifier is not specified"),
        ("editMessageText", {"message_id": 1, "text": ""}, "message text is empty"),
        ("editMessageReplyMarkup", {"message_id": 99, "text": None}, "message to edit not found"),
        ("deleteMessage", {"message_id": 99, "text": None}, "message to delete not found"),
        ("setMessageReaction", {"message_id": 99, "text": None}, "message to react not found"),
        (
            "setMessageReaction",
            {"message_id": 1, "text": None, "reaction": [{"type": "emoji", "emoji": "🦀"}]},
            "REACTION_INVALID",
        ),
        (
            "deleteMessages",
            {"text": None, "message_ids": {}},
            "expected an Array of message identifiers",
        ),
    ],
)
async def test_a_message_that_cannot_be_changed_is_told(
    ask: Ask, anna: Phone, method: str, parameters: dict[str, JsonValue], error: str
) -> None:
    """Not there, not ours, not named: each has its own text."""
    given = {"chat_id": anna.chat_id, "text": "x", **parameters}
    reply = await ask(method, **{name: value for name, value in given.items() if value is not None})
    assert (reply.status, reply.error) == (400, f"Bad Request: {error}")


async def test_a_bot_deletes_what_was_written_to_it(ask: Ask, anna: Phone) -> None:
    """In a private chat incoming messages can be deleted, once."""
    message_id = await anna.send("open sesame")
    assert (await ask("deleteMessage", chat_id=7, message_id=message_id)).body["result"] is True
    assert (await anna.messages())[-1].deleted
    again = await ask("deleteMessage", chat_id=7, message_id=message_id)
    assert again.error == "Bad Request: message to delete not found"
    edited = await ask("editMessageText", chat_id=7, message_id=message_id, text="x")
    assert edited.error == "Bad Request: message to edit not found"


async def test_old_messages_cannot_be_deleted(ask: Ask, anna: Phone, hand_clock: HandClock) -> None:
    """After 48 hours a message stays."""
    hand_clock.now += 48 * 3600
    reply = await ask("deleteMessage", chat_id=7, message_id=1)
    assert reply.error == "Bad Request: message can't be deleted for everyone"
    assert not (await anna.messages())[0].deleted


async def test_many_messages_are_deleted_at_once(ask: Ask, anna: Phone) -> None:
    """Those that are not there are passed over."""
    second = await anna.send("two")
    reply = await ask("deleteMessages", chat_id=7, message_ids=[1, second, 99])
    assert reply.body["result"] is True
    assert [message.deleted for message in await anna.messages()] == [True, True]


async def test_in_a_group_only_own_messages_are_deleted(local: Sandbox, ask: Ask) -> None:
    """A bot that is no administrator leaves other people's messages alone."""
    await local.add_user(7, "Anna")
    group = await local.add_group("Team", [7])
    theirs = await local.phone(7, group).send("/hello")
    reply = await ask("deleteMessage", chat_id=group, message_id=theirs)
    assert reply.error == "Bad Request: message can't be deleted"
    own = await ask("sendMessage", chat_id=group, text="hi")
    reply = await ask("deleteMessage", chat_id=group, message_id=own.result["message_id"])
    assert reply.status == 200


async def test_a_reaction_is_shown_and_taken_away(ask: Ask, anna: Phone) -> None:
    """A bot has one reaction on a message."""
    thumb: Json = {"type": "emoji", "emoji": "👍"}
    await ask("setMessageReaction", chat_id=7, message_id=1, reaction=[thumb])
    assert (await anna.messages())[0].reactions == {42: "👍"}
    two = await ask("setMessageReaction", chat_id=7, message_id=1, reaction=[thumb, thumb])
    assert two.error == "Bad Request: REACTION_INVALID"
    await ask("setMessageReaction", chat_id=7, message_id=1)
    assert (await anna.messages())[0].reactions == {}
