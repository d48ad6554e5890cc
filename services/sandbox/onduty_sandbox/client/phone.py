"""One person's phone at one chat: what it shows and what its owner does."""

import asyncio
import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from onduty_sandbox.client.asking import PATIENCE_S, Asking, SandboxError
from onduty_sandbox.client.messages import ChatMessage, read_messages
from onduty_sandbox.client.topics import TopicOnPhone, read_topics
from onduty_sandbox.wire.json_types import Json, JsonValue, as_object

Found = TypeVar("Found")


@dataclass(frozen=True)
class TapAnswer:
    """What the bot answered to a tap; `answered` is False when it said nothing in time."""

    answered: bool
    text: str
    show_alert: bool
    url: str | None


class Phone:
    """Acts as one user."""

    def __init__(
        self, control: Asking, user_id: int, chat_id: int | None = None, bot: int | None = None
    ) -> None:
        self.user_id = user_id
        self.chat_id = user_id if chat_id is None else chat_id
        self._control = control
        self._bot = bot

    async def send(
        self, text: str, reply_to: int | None = None, *, topic: int | None = None
    ) -> int:
        """Write to the chat, in a topic of it or outside of any; returns the message's id.

        A reply without a topic stands in that of the message it answers.
        """
        return await self._message("send", text=text, reply_to=reply_to, topic=topic)

    async def start(self, payload: str = "") -> int:
        """Press Start, or follow a deep link; returns the message's id."""
        return await self._message("start", payload=payload)

    async def send_file(  # noqa: PLR0913 - a file has that many properties
        self,
        kind: str,
        content: bytes,
        file_name: str,
        *,
        mime_type: str = "application/octet-stream",
        caption: str = "",
        reply_to: int | None = None,
        topic: int | None = None,
    ) -> int:
        """Send a "photo" or a "document"; returns the message's id."""
        return await self._message(
            "send_file",
            kind=kind,
            content_base64=base64.b64encode(content).decode(),
            file_name=file_name,
            mime_type=mime_type,
            caption=caption,
            reply_to=reply_to,
            topic=topic,
        )

    async def tap(self, message_id: int, button: str, timeout_s: float = PATIENCE_S) -> TapAnswer:
        """Tap the button with this callback data or text, and wait for the bot's answer."""
        answer = await self._act("tap", message_id=message_id, button=button, timeout_s=timeout_s)
        url = answer["url"]
        return TapAnswer(
            answered=bool(answer["answered"]),
            text=str(answer["text"]),
            show_alert=bool(answer["show_alert"]),
            url=None if url is None else str(url),
        )

    async def edit(self, message_id: int, text: str) -> None:
        """Change an own text."""
        await self._act("edit", message_id=message_id, text=text)

    async def delete(self, message_id: int) -> None:
        """Delete a message; the bot is not told."""
        await self._act("delete", message_id=message_id)

    async def react(self, message_id: int, emoji: str | None) -> None:
        """Set the own reaction; None takes it away."""
        await self._act("react", message_id=message_id, emoji=emoji)

    async def pin(self, message_id: int) -> None:
        """Pin a message for both sides."""
        await self._act("pin", message_id=message_id)

    async def unpin(self, message_id: int) -> None:
        """Take a message from the pinned ones; the bot is not told."""
        await self._act("unpin", message_id=message_id)

    async def pinned(self) -> list[ChatMessage]:
        """What is pinned, newest first."""
        there = [message for message in await self.messages() if not message.deleted]
        return [message for message in reversed(there) if message.pinned]

    async def block(self) -> None:
        """Block the bot."""
        await self._act("block")

    async def unblock(self) -> None:
        """Unblock the bot."""
        await self._act("unblock")

    async def messages(self) -> list[ChatMessage]:
        """All messages of the chat in order, the deleted ones too."""
        return read_messages(await self._read(after_version=0, wait_s=0))

    async def topics(self) -> list[TopicOnPhone]:
        """The topics of the chat, oldest first; deleted ones are gone."""
        answer = await self._read(after_version=0, wait_s=0)
        return read_topics(answer, read_messages(answer))

    async def delete_topic(self, topic: int) -> None:
        """Delete a topic with all its messages; the bot is not told."""
        await self._act("delete_topic", topic=topic)

    async def clear_history(self) -> None:
        """Delete every message and topic of the chat; the bot is not told."""
        await self._act("clear_history")

    async def read(self, topic: int | None = None) -> None:
        """Look at the chat, or a topic of it: nothing there is unread."""
        await self._act("read", topic=topic)

    async def wait_for(
        self,
        wanted: str | Callable[[ChatMessage], bool],
        timeout_s: float = PATIENCE_S,
        *,
        after: int = 0,
    ) -> ChatMessage:
        """Wait until the phone shows what is wanted, and return the newest such message.

        A text is wanted within a message of the bot that is not deleted; only ids above `after`
        count.

        Raises:
            TimeoutError: with what the phone showed instead.
        """
        fits = _shows(wanted) if isinstance(wanted, str) else wanted

        def newest(shown: list[ChatMessage]) -> ChatMessage | None:
            newer = (it for it in reversed(shown) if it.message_id > after and fits(it))
            return next(newer, None)

        try:
            return await self.wait_until(newest, timeout_s)
        except TimeoutError:
            raise TimeoutError(await self._instead_of(wanted, timeout_s)) from None

    async def wait_until(
        self, find: Callable[[list[ChatMessage]], Found | None], timeout_s: float = PATIENCE_S
    ) -> Found:
        """Wait until something is found in all messages of the chat, and return it.

        Raises:
            TimeoutError: it was not found.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        chat: dict[int, ChatMessage] = {}
        version = 0
        wait_s = 0.0
        while True:
            answer = await self._read(after_version=version, wait_s=wait_s)
            chat |= {message.message_id: message for message in read_messages(answer)}
            if (found := find([*chat.values()])) is not None:
                return found
            shown = as_object(answer)["version"]
            version = shown if isinstance(shown, int) else version
            wait_s = deadline - asyncio.get_running_loop().time()
            if wait_s <= 0:
                raise TimeoutError

    async def _instead_of(self, wanted: object, timeout_s: float) -> str:
        what = repr(wanted) if isinstance(wanted, str) else "what was wanted"
        lines = [_line(message) for message in await self.messages()]
        shown = "\n".join(lines) or "nothing"
        return f"After {timeout_s} s chat {self.chat_id} does not show {what} but:\n{shown}"

    async def _read(self, *, after_version: int, wait_s: float) -> JsonValue:
        bot = "" if self._bot is None else f"&bot={self._bot}"
        path = f"chats/{self.chat_id}/messages?after_version={after_version}&wait_s={wait_s}{bot}"
        return await self._control.ask("GET", path)

    async def _act(self, act: str, **fields: JsonValue) -> Json:
        body: Json = {**fields, "chat_id": self.chat_id, "bot": self._bot}
        return as_object(await self._control.ask("POST", f"users/{self.user_id}/{act}", body))

    async def _message(self, act: str, **fields: JsonValue) -> int:
        message_id = (await self._act(act, **fields))["message_id"]
        if not isinstance(message_id, int):
            raise SandboxError(f"{act} gave no message id.")
        return message_id


def _shows(text: str) -> Callable[[ChatMessage], bool]:
    return lambda message: message.from_bot and not message.deleted and text in message.text


def _line(message: ChatMessage) -> str:
    sender = "bot" if message.from_bot else "user"
    state = "".join(
        f" ({word})" for word in ("deleted", "edited", "silent", "pinned") if getattr(message, word)
    )
    return f"  {message.message_id} {sender}{state}: {message.text!r} {message.button_texts}"
