"""/control/users: adding people and acting as them."""

import asyncio
import base64
import binascii

from aiohttp import web

from onduty_sandbox.bot_api.bots import Tap
from onduty_sandbox.bot_api.methods.files import store_upload
from onduty_sandbox.bot_api.requests import Upload
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.asking import (
    answer,
    find_person,
    find_user,
    guarded,
    number,
    optional_integer,
    path_id,
    read_body,
)
from onduty_sandbox.control.views import chat_view, message_view, user_view
from onduty_sandbox.people.acting import ActError
from onduty_sandbox.people.topics import clear_history, delete_own_topic
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Message, User

NAMES = ("first_name", "last_name", "username", "language_code")
FLAGS = ("deactivated", "no_reply_header")
PLACE = ("chat_id", "bot", "topic")
TAP_TIMEOUT_S = 10.0


class UserControl:
    """What people do."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        one = r"/control/users/{id:\d+}"
        acts = {
            "send": self.send,
            "send_file": self.send_file,
            "start": self.start,
            "edit": self.edit,
            "delete": self.delete,
            "react": self.react,
            "pin": self.pin,
            "unpin": self.unpin,
            "tap": self.tap,
            "read": self.read,
            "delete_topic": self.delete_topic,
            "clear_history": self.clear_history,
            "block": self.block,
            "unblock": self.unblock,
        }
        return [
            web.get("/control/users", guarded(self.list)),
            web.post("/control/users", guarded(self.add)),
            web.patch(one, guarded(self.change)),
            *(web.post(f"{one}/{name}", guarded(act)) for name, act in acts.items()),
        ]

    async def list(self, _request: web.Request) -> web.Response:
        """GET /control/users."""
        return answer([user_view(user) for user in self._telegram.world.users.values()])

    async def add(self, request: web.Request) -> web.Response:
        """POST /control/users: a new one, or new names for one that is there."""
        body = await read_body(request, "id", *NAMES, *FLAGS)
        user_id = body.integer("id")
        if user_id <= 0 or self._telegram.bot_by_id(user_id):
            raise ActError("A user needs a positive id that is no bot's.")
        if not body.text("first_name"):
            raise ActError("A user needs a first_name.")
        user = self._telegram.world.users.setdefault(user_id, User(user_id, ""))
        return answer(self._set(user, body.values))

    async def change(self, request: web.Request) -> web.Response:
        """PATCH /control/users/{id}: other names, another language, deactivated or not."""
        user = find_user(self._telegram, path_id(request))
        body = await read_body(request, *NAMES, *FLAGS)
        return answer(self._set(user, body.values))

    def _set(self, user: User, values: Json) -> Json:
        for name in NAMES:
            if name in values:
                value = values[name]
                setattr(user, name, None if value is None else str(value))
        for name in FLAGS:
            setattr(user, name, bool(values.get(name, getattr(user, name))))
        self._telegram.world.user_changed(user)
        return user_view(user)

    async def send(self, request: web.Request) -> web.Response:
        """POST …/send {text, reply_to?, chat_id?, bot?}."""
        body = await read_body(request, "text", "reply_to", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        return _shown(person.write(body.text("text"), optional_integer(body, "reply_to")))

    async def start(self, request: web.Request) -> web.Response:
        """POST …/start {payload?, bot?}: the Start button, or a deep link."""
        body = await read_body(request, "payload", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        return _shown(person.start(body.text("payload")))

    async def send_file(self, request: web.Request) -> web.Response:
        """POST …/send_file {kind, file_name, content_base64, mime_type?, caption?, …}."""
        known = ("kind", "file_name", "content_base64", "mime_type", "caption", "reply_to")
        body = await read_body(request, *known, *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        kind = body.text("kind")
        if kind not in ("photo", "document"):
            raise ActError("The kind is photo or document.")
        try:
            data = base64.b64decode(body.text("content_base64"), validate=True)
        except binascii.Error:
            raise ActError("content_base64 is not base64.") from None
        mime_type = body.text("mime_type") or "application/octet-stream"
        upload = Upload(body.text("file_name") or "file", mime_type, data)
        stored = store_upload(self._telegram.world, kind, upload)
        content: Json = {kind: stored.fields["sizes" if kind == "photo" else "document"]}
        if caption := body.text("caption"):
            content["caption"] = caption
        return _shown(person.put(content, optional_integer(body, "reply_to")))

    async def edit(self, request: web.Request) -> web.Response:
        """POST …/edit {message_id, text, …}: change an own text."""
        body = await read_body(request, "message_id", "text", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        return _shown(person.edit(body.integer("message_id"), body.text("text")))

    async def delete(self, request: web.Request) -> web.Response:
        """POST …/delete {message_id, …}."""
        body = await read_body(request, "message_id", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        return _shown(person.delete(body.integer("message_id")))

    async def react(self, request: web.Request) -> web.Response:
        """POST …/react {message_id, emoji}: null takes the reaction away."""
        body = await read_body(request, "message_id", "emoji", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        return _shown(person.react(body.integer("message_id"), body.text("emoji") or None))

    async def pin(self, request: web.Request) -> web.Response:
        """POST …/pin {message_id, …}."""
        body = await read_body(request, "message_id", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        return _shown(person.pin(body.integer("message_id")))

    async def unpin(self, request: web.Request) -> web.Response:
        """POST …/unpin {message_id, …}."""
        body = await read_body(request, "message_id", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        return _shown(person.unpin(body.integer("message_id")))

    async def tap(self, request: web.Request) -> web.Response:
        """POST …/tap {message_id, button, timeout_s?, …}: wait for what the bot answers."""
        body = await read_body(request, "message_id", "button", "timeout_s", *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        timeout_s = number(body, "timeout_s", TAP_TIMEOUT_S)
        tap = person.tap(body.integer("message_id"), body.text("button"))
        await _wait_for_answer(tap, timeout_s)
        return answer(
            {
                "answered": tap.answered,
                "text": tap.text,
                "show_alert": tap.show_alert,
                "url": tap.url,
            }
        )

    async def read(self, request: web.Request) -> web.Response:
        """POST …/read {chat_id?, topic?, bot?}."""
        body = await read_body(request, *PLACE)
        person = find_person(self._telegram, path_id(request), body)
        person.read()
        return answer({"read_up_to": (person.topic() or person.chat).read_up_to})

    async def delete_topic(self, request: web.Request) -> web.Response:
        """POST …/delete_topic {topic, bot?}: with all its messages."""
        person = find_person(self._telegram, path_id(request), await read_body(request, *PLACE))
        delete_own_topic(person)
        return answer(chat_view(person.chat))

    async def clear_history(self, request: web.Request) -> web.Response:
        """POST …/clear_history {bot?}: no message and no topic is left."""
        person = find_person(self._telegram, path_id(request), await read_body(request, *PLACE))
        clear_history(person)
        return answer(chat_view(person.chat))

    async def block(self, request: web.Request) -> web.Response:
        """POST …/block {bot?}."""
        return await self._block(request, blocked=True)

    async def unblock(self, request: web.Request) -> web.Response:
        """POST …/unblock {bot?}."""
        return await self._block(request, blocked=False)

    async def _block(self, request: web.Request, *, blocked: bool) -> web.Response:
        body = await read_body(request, *PLACE)
        find_person(self._telegram, path_id(request), body).block(blocked=blocked)
        return answer({"blocked": blocked})


async def _wait_for_answer(tap: Tap, timeout_s: float) -> None:
    deadline = asyncio.get_running_loop().time() + timeout_s
    while not tap.answered:
        remaining_s = deadline - asyncio.get_running_loop().time()
        if remaining_s <= 0 or not await tap.changed.wait(remaining_s):
            return


def _shown(message: Message) -> web.Response:
    return answer(message_view(message))
