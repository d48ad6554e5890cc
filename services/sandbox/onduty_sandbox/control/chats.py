"""/control/groups and /control/chats: making groups and reading what any phone shows."""

import asyncio

from aiohttp import web

from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.asking import (
    answer,
    find_bot,
    find_group,
    find_user,
    guarded,
    number,
    path_id,
    read_body,
    read_query,
)
from onduty_sandbox.control.views import chat_view, message_view
from onduty_sandbox.people.acting import ActError
from onduty_sandbox.people.groups import create_group, set_bot_status, upgrade
from onduty_sandbox.wire.json_types import as_list
from onduty_sandbox.world.chats import Chat

LONGEST_WAIT_S = 60.0


class ChatControl:
    """Groups, and reading chats."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        group = r"/control/groups/{id:-\d+}"
        return [
            web.post("/control/groups", guarded(self.create)),
            web.post(f"{group}/members", guarded(self.change_members)),
            web.post(f"{group}/upgrade", guarded(self.upgrade)),
            web.get("/control/chats", guarded(self.list)),
            web.get(r"/control/chats/{id:-?\d+}/messages", guarded(self.messages)),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """POST /control/groups {title, members, bots?, supergroup?}."""
        body = await read_body(request, "title", "members", "bots", "supergroup")
        ids = as_list(body.structure("members"))
        users = [find_user(self._telegram, user_id) for user_id in ids if isinstance(user_id, int)]
        bots = list(self._telegram.bots.values())
        if "bots" in body.values:
            wanted = as_list(body.structure("bots"))
            bots = [bot for bot in bots if bot.user.id in wanted]
        title = body.text("title")
        supergroup = body.flag("supergroup")
        chat = create_group(self._telegram, title, users, bots, supergroup=supergroup)
        return answer(chat_view(chat))

    async def change_members(self, request: web.Request) -> web.Response:
        """POST …/members {user, status} or {bot, status}: member, left or kicked."""
        body = await read_body(request, "user", "bot", "status")
        chat = find_group(self._telegram, path_id(request))
        status = body.text("status")
        if body.given("user"):
            user = find_user(self._telegram, body.integer("user"))
            if status == "member":
                chat.users[user.id] = user
            else:
                chat.users.pop(user.id, None)
            self._telegram.world.chat_changed("chat", chat)
        else:
            owner = next(iter(chat.users.values()), None)
            if owner is None:
                raise ActError("The group is empty; add a user first.")
            bot = find_bot(self._telegram, body)
            set_bot_status(self._telegram, chat, bot, owner, status)
        return answer(chat_view(chat))

    async def upgrade(self, request: web.Request) -> web.Response:
        """POST …/upgrade: answers the supergroup."""
        chat = find_group(self._telegram, path_id(request))
        return answer(chat_view(upgrade(self._telegram, chat)))

    async def list(self, _request: web.Request) -> web.Response:
        """GET /control/chats."""
        return answer([chat_view(chat) for chat in self._telegram.world.chats()])

    async def messages(self, request: web.Request) -> web.Response:
        """GET …/messages?bot=&after_version=&wait_s=: what is new or different since a version."""
        query = read_query(request)
        chat = self._find_chat(path_id(request), request)
        after = query.integer("after_version")
        wait_s = min(number(query, "wait_s", 0), LONGEST_WAIT_S)
        deadline = asyncio.get_running_loop().time() + wait_s
        while chat.version <= after and not self._telegram.closed:
            remaining_s = deadline - asyncio.get_running_loop().time()
            if remaining_s <= 0 or not await chat.changed.wait(remaining_s):
                break
        messages = [message for message in chat.messages.values() if message.version > after]
        shown = [message_view(message) for message in messages]
        return answer({**chat_view(chat), "messages": shown})

    def _find_chat(self, chat_id: int, request: web.Request) -> Chat:
        if chat_id < 0:
            return find_group(self._telegram, chat_id)
        user = find_user(self._telegram, chat_id)
        bot = find_bot(self._telegram, read_query(request))
        return self._telegram.world.private_chat(bot.user.id, user)
