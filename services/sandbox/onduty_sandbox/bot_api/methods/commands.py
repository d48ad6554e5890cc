"""The bot's command menu (https://core.telegram.org/bots/api#setmycommands)."""

import json
import re

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.wire.json_types import Json, JsonValue

# https://core.telegram.org/bots/api#botcommand: what a command may consist of.
COMMAND_FORM = re.compile(r"[a-z0-9_]{1,32}")
LONGEST_COMMAND = 32
LONGEST_DESCRIPTION = 256
MOST_COMMANDS = 100
LANGUAGE_FORM = re.compile(r"(?:[a-z]{2})?")

CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
SCOPES = CHAT_SCOPES | {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
}


async def set_my_commands(call: Call) -> Answer:
    """Replace the commands of one scope and language."""
    value = call.arguments.structure("commands", "can't parse commands JSON object")
    if not isinstance(value, list | None):
        raise bad_request("expected an Array of BotCommand")
    commands = [_read_command(command) for command in value or []]
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    key = _read_key(call)
    if commands:
        call.bot.commands[key] = commands
    else:
        call.bot.commands.pop(key, None)
    _publish(call)
    return Answer(result=True)


async def get_my_commands(call: Call) -> Answer:
    """Return the commands of exactly this scope and language."""
    return Answer(call.bot.commands.get(_read_key(call), []))


async def delete_my_commands(call: Call) -> Answer:
    """Forget the commands of this scope and language, if there are any."""
    call.bot.commands.pop(_read_key(call), None)
    _publish(call)
    return Answer(result=True)


def read_language(call: Call) -> str:
    """Return the language that a call is about; "" for all that have no text of their own."""
    language = call.arguments.text("language_code")
    if not LANGUAGE_FORM.fullmatch(language):
        raise bad_request("LANG_CODE_INVALID")
    return language


def _publish(call: Call) -> None:
    call.world.feed.publish("commands", bot_id=call.bot.user.id)


def _read_command(value: JsonValue) -> Json:
    if not isinstance(value, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(value.get(name), str):
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    command = str(value["command"]).strip().removeprefix("/")
    description = str(value["description"]).strip()
    if not command:
        raise bad_request("command must be non-empty")
    if len(command) > LONGEST_COMMAND:
        raise bad_request(f"command length must not exceed {LONGEST_COMMAND}")
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > LONGEST_DESCRIPTION:
        raise bad_request(f"command description length must not exceed {LONGEST_DESCRIPTION}")
    if not COMMAND_FORM.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    return {"command": command, "description": description}


def _read_key(call: Call) -> tuple[str, str]:
    """Scope and language as one key; two ways to write a scope are the same scope."""
    language = read_language(call)
    scope = call.arguments.structure("scope", "can't parse BotCommandScope JSON object")
    return json.dumps(_read_scope(call, scope), sort_keys=True), language


def _read_scope(call: Call, scope: JsonValue) -> Json:
    if scope is None:
        return {"type": "default"}
    if not isinstance(scope, dict):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    kind = scope.get("type")
    if kind not in SCOPES:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    if kind not in CHAT_SCOPES:
        return {"type": kind}
    chat_id = scope.get("chat_id")
    if chat_id in (None, ""):
        raise bad_request("can't parse BotCommandScope: Empty chat_id specified")
    known = call.world.users.keys() | call.world.groups.keys()
    if str(chat_id) not in {str(known_id) for known_id in known}:
        raise bad_request("chat not found")
    read: Json = {"type": kind, "chat_id": str(chat_id)}
    if kind == "chat_member":
        user_id = scope.get("user_id")
        if not isinstance(user_id, int) or user_id <= 0:
            raise bad_request("can't parse BotCommandScope: Invalid user_id specified")
        read["user_id"] = user_id
    return read
