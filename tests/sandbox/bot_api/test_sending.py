"""Sending: what arrives, and what Telegram refuses in its own words."""

import pytest

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue
from sandbox.bot_caller import Ask


def buttons(*row: Json) -> Json:
    """One row of inline buttons."""
    return {"inline_keyboard": [list(row)]}


async def test_a_message_arrives_as_it_was_sent(ask: Ask, anna: Phone) -> None:
    """The phone shows text, buttons, silence and the missing preview."""
    reply = await ask(
        "sendMessage",
        chat_id=7,
        text="  Where is <b>my order</b>?\n",
        parse_mode="HTML",
        disable_notification=True,
        protect_content=True,
        link_preview_options={"is_disabled": True},
        reply_parameters={"message_id": 1},
        reply_markup=buttons(
            {"text": "Answer", "callback_data": "a"}, {"text": "Open", "url": "https://x.example"}
        ),
    )
    assert reply.result["text"] == "Where is my order?"
    assert reply.result["entities"] == [{"offset": 9, "length": 8, "type": "bold"}]
    assert reply.result["link_preview_options"] == {"is_disabled": True}
    assert reply.result["has_protected_content"] is True
    shown = (await anna.messages())[-1]
    assert (shown.text, shown.silent, shown.preview_off) == ("Where is my order?", True, True)
    assert (shown.from_bot, shown.reply_to, shown.edited) == (True, 1, False)
    assert shown.button_texts == ["Answer", "Open"]
    assert shown.buttons[0][1].url == "https://x.example/"


async def test_a_reply_shows_the_answered_message_one_level_deep(ask: Ask, anna: Phone) -> None:
    """A reply to a reply does not carry the whole thread."""
    first = await ask("sendMessage", chat_id=7, text="one", reply_parameters={"message_id": 1})
    second = await ask(
        "sendMessage",
        chat_id=7,
        text="two",
        reply_parameters={"message_id": first.result["message_id"]},
    )
    replied = second.result["reply_to_message"]
    assert isinstance(replied, dict)
    assert replied["text"] == "one"
    assert "reply_to_message" not in replied
    assert [message.reply_to for message in await anna.messages()] == [None, 1, 2]


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"chat_id": None}, "Bad Request: chat_id is empty"),
        ({"chat_id": "@nobody"}, "Bad Request: chat not found"),
        ({"chat_id": 404}, "Bad Request: chat not found"),
        ({"chat_id": -404}, "Bad Request: chat not found"),
        ({"chat_id": 42}, "Forbidden: bot can't send messages to bots"),
        ({"text": ""}, "Bad Request: message text is empty"),
        ({"text": " \n "}, "Bad Request: text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "Bad Request: text must be non-empty"),
        ({"text": "x" * 4097}, "Bad Request: message is too long"),
        ({"text": "😀" * 2049}, "Bad Request: message is too long"),
        ({"text": "x" * 32769}, "Bad Request: text is too long"),
        (
            {"text": "*x*", "parse_mode": "MarkdownV2"},
            "Bad Request: the sandbox speaks parse_mode HTML only (sandbox)",
        ),
        ({"parse_mode": "RTF"}, "Bad Request: unsupported parse_mode"),
        ({"entities": [{}]}, "Bad Request: can't parse MessageEntity: Can't find field \"offset\""),
        ({"reply_parameters": {"message_id": 99}}, "Bad Request: message to be replied not found"),
        (
            {"reply_parameters": "{"},
            "Bad Request: can't parse reply parameters JSON object",
        ),
        ({"reply_parameters": "[]"}, "Bad Request: object expected as reply parameters"),
        ({"reply_markup": "{"}, "Bad Request: can't parse reply keyboard markup JSON object"),
        ({"reply_markup": "[]"}, "Bad Request: object expected as reply markup"),
        (
            {"reply_markup": {"inline_keyboard": {}}},
            'Bad Request: field "inline_keyboard" must be an Array of Arrays',
        ),
        (
            {"reply_markup": buttons({"text": "x"})},
            (
                "Bad Request: can't parse inline keyboard button: "
                "Text buttons are unallowed in the inline keyboard"
            ),
        ),
        (
            {"reply_markup": buttons({"text": "x", "callback_data": "x" * 65})},
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            {"reply_markup": buttons({"text": "x", "callback_data": "é" * 33})},
            "Bad Request: BUTTON_DATA_INVALID",
        ),
        (
            {"reply_markup": buttons({"text": "x", "url": "http://localhost:8000"})},
            (
                "Bad Request: inline keyboard button URL 'http://localhost:8000' is invalid: "
                "Wrong HTTP URL"
            ),
        ),
        (
            {"reply_markup": buttons({"text": "x", "calback_data": "x"})},
            'Bad Request: unknown parameter "reply_markup.calback_data" (sandbox)',
        ),
        (
            {"link_preview_options": "x"},
            "Bad Request: can't parse link preview options JSON object",
        ),
    ],
)
async def test_what_telegram_refuses_is_refused(
    ask: Ask, anna: Phone, parameters: dict[str, JsonValue], error: str
) -> None:
    """Each refusal has Telegram's text, and nothing arrives."""
    reply = await ask("sendMessage", **{"chat_id": 7, "text": "hi", **parameters})
    assert reply.error == error
    assert reply.status == (403 if error.startswith("Forbidden") else 400)
    assert reply.body["error_code"] == reply.status
    assert len(await anna.messages()) == 1


async def test_lengths_are_counted_after_parsing_in_utf_16(ask: Ask, anna: Phone) -> None:
    """Tags cost nothing, an emoji costs two."""
    text = "<b>" + "x" * 4094 + "</b>😀"
    reply = await ask("sendMessage", chat_id=7, text=text, parse_mode="html")
    assert reply.status == 200
    assert (await anna.messages())[-1].text == "x" * 4094 + "😀"
    data = "d" * 64
    markup = buttons({"text": "x", "callback_data": data})
    reply = await ask("sendMessage", chat_id=7, text="x", reply_markup=markup)
    assert reply.status == 200


async def test_a_reply_to_nothing_may_be_allowed(ask: Ask, anna: Phone) -> None:
    """allow_sending_without_reply sends the message as no reply."""
    reply = await ask(
        "sendMessage",
        chat_id=7,
        text="hi",
        reply_parameters={"message_id": 99, "allow_sending_without_reply": True},
    )
    assert "reply_to_message" not in reply.result
    assert (await anna.messages())[-1].reply_to is None


async def test_a_bot_cannot_write_first(local: Sandbox, ask: Ask) -> None:
    """Somebody who never wrote to the bot cannot be written to."""
    bob = await local.add_user(8, "Bob")
    reply = await ask("sendMessage", chat_id=8, text="hi")
    assert (reply.status, reply.error) == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    await bob.send("hello")
    assert (await ask("sendMessage", chat_id=8, text="hi")).status == 200


async def test_a_blocked_bot_and_a_deactivated_user_are_told_apart(
    local: Sandbox, ask: Ask, anna: Phone
) -> None:
    """Both are for good, and each has its own text."""
    await anna.block()
    reply = await ask("sendMessage", chat_id=7, text="hi")
    assert (reply.status, reply.error) == (403, "Forbidden: bot was blocked by the user")
    await anna.unblock()
    assert (await ask("sendMessage", chat_id=7, text="hi")).status == 200
    await local.change_user(7, deactivated=True)
    reply = await ask("sendMessage", chat_id=7, text="hi")
    assert (reply.status, reply.error) == (403, "Forbidden: user is deactivated")


async def test_message_ids_grow_in_each_chat(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """Each chat counts its own messages."""
    bob = await local.add_user(8, "Bob")
    assert await bob.send("hello") == 1
    assert await anna.send("hello") == 2
    reply = await ask("sendMessage", chat_id=8, text="hi")
    assert reply.result["message_id"] == 2


async def test_given_entities_are_kept_and_links_found(ask: Ask, anna: Phone) -> None:
    """Entities can be given instead of a parse mode; commands, links and mentions are detected."""
    reply = await ask(
        "sendMessage",
        chat_id=7,
        text="😀 bold, then https://x.example/1. Or /on, @anna_s, a@b.example, #tag1",
        entities=[{"type": "bold", "offset": 3, "length": 4}],
    )
    entities = reply.result["entities"]
    assert isinstance(entities, list)
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in entities] == [
        ("bold", 3, 4),
        ("url", 14, 19),
        ("bot_command", 38, 3),
        ("mention", 43, 7),
        ("email", 52, 11),
        ("hashtag", 65, 5),
    ]
    assert (await anna.messages())[-1].entities[0]["type"] == "bold"


async def test_other_keyboards_are_shown_but_not_returned(ask: Ask, anna: Phone) -> None:
    """Message.reply_markup is for inline buttons only."""
    reply = await ask("sendMessage", chat_id=7, text="x", reply_markup={"force_reply": True})
    assert "reply_markup" not in reply.result
    keyboard: Json = {"keyboard": [[{"text": "one"}]]}
    assert (await ask("sendMessage", chat_id=7, text="x", reply_markup=keyboard)).status == 200
    assert len(await anna.messages()) == 3


async def test_a_bot_that_types_is_seen(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """A chat action is shown in the chat; a wrong one is refused."""
    assert (await ask("sendChatAction", chat_id=anna.chat_id, action="typing")).status == 200
    chats = await local.ask("GET", "chats")
    assert isinstance(chats, list)
    assert [chat["last_action"] for chat in chats if isinstance(chat, dict)] == ["typing"]
    reply = await ask("sendChatAction", chat_id=7, action="sleeping")
    assert reply.error == "Bad Request: wrong parameter action in request"
