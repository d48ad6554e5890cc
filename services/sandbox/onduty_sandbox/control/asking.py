"""Reading what the control API was asked, and answering it."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.people.acting import ActError, Person
from onduty_sandbox.wire.arguments import Arguments, decode_json
from onduty_sandbox.wire.errors import ApiError
from onduty_sandbox.wire.json_types import Json, JsonValue
from onduty_sandbox.world.chats import Chat, User

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def read_body(request: web.Request, *known: str) -> Arguments:
    """Read a JSON object; a field that is not known is an error, so that no typo is missed."""
    source = await request.read()
    try:
        value = decode_json(source) if source else {}
    except ValueError:
        raise ActError("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise ActError("The body is not a JSON object.")
    for name in value:
        if name not in known:
            raise ActError(f"Unknown field {name!r}; known are {', '.join(known)}.")
    return Arguments(value)


def read_query(request: web.Request) -> Arguments:
    """Read the query."""
    return Arguments(dict(request.query))


def number(arguments: Arguments, name: str, default: float) -> float:
    """Return a number of seconds or the like; raises when it is none or negative."""
    text = arguments.text(name)
    try:
        value = float(text) if text else default
    except ValueError:
        raise ActError(f"{name} is a number.") from None
    if value < 0:
        raise ActError(f"{name} is not negative.")
    return value


def optional_integer(arguments: Arguments, name: str) -> int | None:
    """Return a whole number or None when it is absent."""
    return arguments.integer(name) if arguments.given(name) else None


def path_id(request: web.Request) -> int:
    """Return the id in the path."""
    return int(request.match_info["id"])


def answer(value: JsonValue) -> web.Response:
    """Answer 200 with JSON."""
    return web.Response(
        body=json.dumps(value, ensure_ascii=False).encode(), content_type="application/json"
    )


def guarded(handler: Handler) -> Handler:
    """Turn what cannot be done into 400 with `{"error": sentence}`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ActError as error:
            sentence = str(error)
        except ApiError as error:
            sentence = error.description
        body: Json = {"error": sentence}
        return web.json_response(body, status=400)

    return handle


def find_bot(telegram: Telegram, arguments: Arguments) -> Bot:
    """Return the bot that `bot` names by its id; without it the only one."""
    bots = list(telegram.bots.values())
    if not arguments.given("bot"):
        if len(bots) > 1:
            ids = ", ".join(str(bot.user.id) for bot in bots)
            raise ActError(f"Say which bot: {ids}.")
        return bots[0]
    bot = telegram.bot_by_id(arguments.integer("bot"))
    if bot is None:
        raise ActError(f"There is no bot {arguments.text('bot')}.")
    return bot


def find_user(telegram: Telegram, user_id: int) -> User:
    """Return the user."""
    user = telegram.world.users.get(user_id)
    if user is None:
        raise ActError(f"There is no user {user_id}; add one with POST /control/users.")
    return user


def find_group(telegram: Telegram, chat_id: int) -> Chat:
    """Return the group or supergroup."""
    chat = telegram.world.groups.get(chat_id)
    if chat is None:
        raise ActError(f"There is no group {chat_id}; make one with POST /control/groups.")
    return chat


def find_person(telegram: Telegram, user_id: int, arguments: Arguments) -> Person:
    """Return the user at the chat that `chat_id` or `bot` names; by default with the only bot.

    `topic` names the topic of that chat in which they act.
    """
    user = find_user(telegram, user_id)
    chat_id = arguments.integer("chat_id", user_id)
    if chat_id < 0:
        return Person(telegram, user, find_group(telegram, chat_id))
    if chat_id != user_id:
        raise ActError("A user acts in their own private chat or in a group.")
    bot = find_bot(telegram, arguments)
    chat = telegram.world.private_chat(bot.user.id, user)
    return Person(telegram, user, chat, optional_integer(arguments, "topic"))
