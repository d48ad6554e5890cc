"""Answers and parameters, field by field, against the Bot API's specification."""

import asyncio
import struct

from onduty_sandbox.bot_api.methods import METHODS
from onduty_sandbox.bot_api.parameters import PARAMETERS
from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object
from sandbox.bot_caller import Ask

PRIMITIVES: dict[str, type] = {"Integer": int, "String": str, "Boolean": bool, "Float": float}
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 3, 4)


def problems(specification: Json, kinds: list[str], value: JsonValue, path: str) -> list[str]:
    """What is wrong with a value that should be of one of these types."""
    found = [_problems_of(specification, kind, value, path) for kind in kinds]
    return min(found, key=len)


def _problems_of(specification: Json, kind: str, value: JsonValue, path: str) -> list[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            return [f"{path} is no array"]
        inner = kind.removeprefix("Array of ")
        items = [_problems_of(specification, inner, item, f"{path}[]") for item in value]
        return [problem for item in items for problem in item]
    if kind in PRIMITIVES:
        right = type(value) is PRIMITIVES[kind]
        return [] if right else [f"{path} is {value!r}, not {kind}"]
    return _object_problems(specification, kind, value, path)


def _object_problems(specification: Json, kind: str, value: JsonValue, path: str) -> list[str]:
    described = as_object(as_object(specification["types"])[kind])
    subtypes = [str(subtype) for subtype in as_list(described.get("subtypes"))]
    if subtypes:
        return problems(specification, subtypes, value, path)
    if not isinstance(value, dict):
        return [f"{path} is no {kind}"]
    fields = {
        str(as_object(field)["name"]): as_object(field) for field in as_list(described["fields"])
    }
    found = [f"{path}.{name} is unknown to {kind}" for name in value if name not in fields]
    for name, field in fields.items():
        if name in value:
            types = [str(type_name) for type_name in as_list(field["types"])]
            found += problems(specification, types, value[name], f"{path}.{name}")
        elif field["required"]:
            found.append(f"{path}.{name} is missing")
    return found


def test_the_parameters_are_those_of_the_specification(specification: Json) -> None:
    """Every method knows exactly the parameters that Telegram documents."""
    methods = as_object(specification["methods"])
    for method, names in PARAMETERS.items():
        fields = as_list(as_object(methods[method]).get("fields"))
        assert names == {str(as_object(field)["name"]) for field in fields}, method
    assert PARAMETERS.keys() == METHODS.keys()


async def test_every_answer_has_the_shape_of_the_specification(
    specification: Json, local: Sandbox, ask: Ask, anna: Phone
) -> None:
    """Required fields are there, no field is made up, and types are right."""
    markup: Json = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    group = await local.add_group("Team", [7])
    calls: list[tuple[str, dict[str, JsonValue]]] = [
        ("getMe", {}),
        (
            "sendMessage",
            {
                "chat_id": 7,
                "text": '<b>x</b> <a href="https://x.example">y</a> '
                '<a href="tg://user?id=7">z</a> <pre><code class="language-c">c</code></pre>',
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True, "url": "https://x.example"},
                "reply_parameters": {"message_id": 1},
                "protect_content": True,
                "reply_markup": markup,
            },
        ),
        ("sendMessage", {"chat_id": group, "text": "hi"}),
        ("editMessageText", {"chat_id": 7, "message_id": 2, "text": "new", "reply_markup": markup}),
        ("editMessageReplyMarkup", {"chat_id": 7, "message_id": 2}),
        ("editMessageReplyMarkup", {"chat_id": 7, "message_id": 2, "reply_markup": markup}),
        ("setMyCommands", {"commands": [{"command": "on", "description": "x"}]}),
        ("getMyCommands", {}),
        ("deleteMyCommands", {}),
        ("setMyDescription", {"description": "x", "language_code": "ru"}),
        ("getMyDescription", {"language_code": "ru"}),
        ("setMyShortDescription", {"short_description": "x"}),
        ("getMyShortDescription", {}),
        (
            "setMessageReaction",
            {"chat_id": 7, "message_id": 2, "reaction": [{"type": "emoji", "emoji": "👍"}]},
        ),
        ("sendChatAction", {"chat_id": 7, "action": "typing"}),
        ("pinChatMessage", {"chat_id": 7, "message_id": 2, "disable_notification": True}),
        ("unpinChatMessage", {"chat_id": 7}),
        ("unpinAllChatMessages", {"chat_id": 7}),
        ("deleteMessages", {"chat_id": 7, "message_ids": [1]}),
        ("getWebhookInfo", {}),
    ]
    for method, parameters in calls:
        await _check(specification, ask, method, **parameters)
    await _check_files(specification, ask, anna)
    await local.switch_topics()
    await _check_topics(specification, ask)


async def _check_topics(specification: Json, ask: Ask) -> None:
    created = as_object(
        await _check(
            specification,
            ask,
            "createForumTopic",
            chat_id=7,
            name="Alice",
            icon_color=0xFFD67E,
            icon_custom_emoji_id="5368324170671202286",
        )
    )
    topic = {"chat_id": 7, "message_thread_id": created["message_thread_id"]}
    await _check(specification, ask, "sendMessage", **topic, text="x")
    await _check(specification, ask, "sendChatAction", **topic, action="typing")
    for changes in ({"name": "✓ Alice"}, {"icon_custom_emoji_id": ""}):
        await _check(specification, ask, "editForumTopic", **topic, **changes)
    await _check(specification, ask, "unpinAllForumTopicMessages", **topic)
    await _check(specification, ask, "deleteForumTopic", **topic)


async def _check(specification: Json, ask: Ask, method: str, **parameters: JsonValue) -> JsonValue:
    reply = await ask(method, **parameters)
    assert reply.status == 200, reply.body
    assert reply.body.keys() <= {"ok", "result", "description"}
    returns = as_object(as_object(specification["methods"])[method])["returns"]
    kinds = [str(kind) for kind in as_list(returns)]
    assert problems(specification, kinds, reply.body["result"], method) == []
    return reply.body["result"]


async def _check_files(specification: Json, ask: Ask, anna: Phone) -> None:
    await ask("getUpdates", offset=-1, allowed_updates=["message"])
    await anna.send_file("photo", PNG, "x.png")
    await anna.send_file("document", b"x", "x.txt")
    updates = as_list(await _check(specification, ask, "getUpdates"))
    photo, document = [as_object(as_object(update)["message"]) for update in updates[-2:]]
    photo_id = as_object(as_list(photo["photo"])[0])["file_id"]
    document_id = as_object(document["document"])["file_id"]
    await _check(specification, ask, "sendPhoto", chat_id=7, photo=photo_id, has_spoiler=True)
    await _check(specification, ask, "sendDocument", chat_id=7, document=document_id, caption="x")
    await _check(specification, ask, "getFile", file_id=document_id)


async def test_every_update_has_the_shape_of_the_specification(
    specification: Json, local: Sandbox, ask: Ask, anna: Phone
) -> None:
    """Messages, edits, taps, reactions, blocking, groups and their upgrade."""
    kinds = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"]
    await ask("getUpdates", allowed_updates=kinds)
    markup: Json = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}
    await ask("sendMessage", chat_id=7, text="card", reply_markup=markup)
    message_id = await anna.send("/on a@b.example", reply_to=2)
    await anna.edit(message_id, "other")
    await anna.react(2, "👍")
    await ask("pinChatMessage", chat_id=7, message_id=2)
    tapping = asyncio.create_task(anna.tap(2, "x"))
    await anna.wait_for(lambda message: message.message_id == 2)
    await anna.block()
    await anna.unblock()
    await local.upgrade_group(await local.add_group("Team", [7]))
    await local.switch_topics(users_create=True)
    await anna.send("in a topic of its own")
    created = (await ask("createForumTopic", chat_id=7, name="Alice")).result
    topic = {"chat_id": 7, "message_thread_id": created["message_thread_id"]}
    await ask("editForumTopic", **topic, name="✓ Alice", icon_custom_emoji_id="")
    updates = as_list(await _check(specification, ask, "getUpdates"))
    while not (queries := [it for it in map(as_object, updates) if "callback_query" in it]):
        updates = as_list(await _check(specification, ask, "getUpdates", timeout=10))
    seen = {name for update in updates for name in as_object(update) if name != "update_id"}
    assert seen == set(kinds)
    query_id = as_object(queries[0]["callback_query"])["id"]
    await _check(specification, ask, "answerCallbackQuery", callback_query_id=query_id)
    assert (await tapping).answered
    await _check(specification, ask, "setWebhook", url="http://127.0.0.1:9/", ip_address="1.2.3.4")
    info = await _check(specification, ask, "getWebhookInfo")
    while "last_error_date" not in as_object(info):
        info = await _check(specification, ask, "getWebhookInfo")
    await _check(specification, ask, "deleteWebhook")
