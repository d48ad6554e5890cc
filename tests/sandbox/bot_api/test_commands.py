"""The command menu."""

import pytest

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object
from sandbox.bot_caller import Ask

ON: Json = {"command": "on", "description": "Start your shift"}
OFF: Json = {"command": "off", "description": "End your shift"}


async def test_each_scope_and_language_has_its_own_menu(
    local: Sandbox, ask: Ask, anna: Phone
) -> None:
    """A menu is found under exactly its scope and language, and deleted there."""
    chat: Json = {"type": "chat", "chat_id": anna.chat_id}
    await ask("setMyCommands", commands=[ON])
    await ask("setMyCommands", commands=[OFF], language_code="de")
    await ask("setMyCommands", commands=[ON, {**OFF, "command": "/off"}], scope=chat)
    assert (await ask("getMyCommands")).results == [ON]
    default: Json = {"type": "default"}
    assert (await ask("getMyCommands", scope=default, language_code="de")).results == [OFF]
    assert (await ask("getMyCommands", scope={"type": "chat", "chat_id": "7"})).results == [ON, OFF]
    assert (await ask("getMyCommands", scope={"type": "all_group_chats"})).results == []
    await ask("deleteMyCommands", scope=chat)
    assert (await ask("getMyCommands", scope=chat)).results == []
    await ask("setMyCommands", commands=[])
    assert (await ask("getMyCommands")).results == []
    menus = as_list((await local.bots())[0]["commands"])
    assert [as_object(menu)["language_code"] for menu in menus] == ["de"]


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"commands": [{**ON, "command": "On"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{**ON, "command": "x" * 33}]}, "command length must not exceed 32"),
        ({"commands": [{**ON, "command": "/"}]}, "command must be non-empty"),
        ({"commands": [{**ON, "description": " "}]}, "command description must be non-empty"),
        (
            {"commands": [{**ON, "description": "x" * 257}]},
            "command description length must not exceed 256",
        ),
        ({"commands": [ON] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        (
            {"commands": [{"command": "on"}]},
            "can't parse BotCommand: Can't find field \"description\"",
        ),
        ({"commands": ["on"]}, "can't parse BotCommand: expected an Object"),
        ({"commands": {}}, "expected an Array of BotCommand"),
        ({"commands": "["}, "can't parse commands JSON object"),
        ({"scope": "{"}, "can't parse BotCommandScope JSON object"),
        ({"scope": {"type": "x"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"scope": {"type": "chat"}}, "can't parse BotCommandScope: Empty chat_id specified"),
        ({"scope": {"type": "chat", "chat_id": 404}}, "chat not found"),
        (
            {"scope": {"type": "chat_member", "chat_id": 7}},
            "can't parse BotCommandScope: Invalid user_id specified",
        ),
        ({"language_code": "deutsch"}, "LANG_CODE_INVALID"),
    ],
)
async def test_a_wrong_menu_is_refused(
    ask: Ask, anna: Phone, parameters: dict[str, JsonValue], error: str
) -> None:
    """Nothing of it is kept."""
    given: dict[str, JsonValue] = {"commands": [ON], **parameters}
    assert (await ask("setMyCommands", **given)).error == f"Bad Request: {error}"
    assert (await ask("getMyCommands")).results == []
    assert anna.user_id == 7
