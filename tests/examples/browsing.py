"""Asks the web chat what its pages ask, and tells it what the desk tells."""

import json
import time
from typing import Any

from aiohttp import ClientSession
from redis.asyncio import Redis
from yarl import URL

from onduty import CustomerMessage
from onduty.signing import read_secret, sign
from onduty.testing import WEBHOOK_SECRET
from onduty.wire import inbox_key, message_key
from running_webchat import RunningWebChat

CHAT = "c/chat-17"


class Browsing:
    """What pages ask, and what the desk has got and tells."""

    def __init__(self, chat: RunningWebChat, session: ClientSession, redis: Redis) -> None:
        self.chat = chat
        self._session = session
        self._redis = redis

    async def write(self, text: str, key: str = "k1", at: str = CHAT, **headers: str) -> int:
        said = {"key": key, "name": "Alice", "text": text}
        return await self.post(f"{at}/lines", json.dumps(said).encode(), headers)

    async def post(self, path: str, body: bytes, headers: dict[str, str] | None = None) -> int:
        async with self._session.post(self._url(path), data=body, headers=headers) as answer:
            return answer.status

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self._session.get(self._url(path), headers=headers) as answer:
            return answer.status, await answer.text()

    async def lines(self, at: str = CHAT) -> list[tuple[str, str, str]]:
        return [
            (it["kind"], it["by"], it["text"])
            for it in json.loads((await self.get(f"{at}/lines"))[1])
        ]

    async def unsent(self) -> list[str]:
        return [
            it["text"]
            for it in json.loads((await self.get(f"{CHAT}/lines"))[1])
            if not it["is_sent"]
        ]

    async def tell(
        self, kind: str, number: int, secret: str = WEBHOOK_SECRET, **fields: Any
    ) -> int:
        """Tell of an event as the desk does."""
        occurred = {"occurred_at": "2026-11-03T10:00:00.000Z", "sequence": number}
        event = {
            "type": kind,
            "id": f"e{number}",
            "conversation_id": "chat-17",
            **occurred,
            **fields,
        }
        body = json.dumps(event).encode()
        headers = sign([read_secret(secret)], f"e{number}", body, at_s=int(time.time()))
        return await self.post("events", body, headers)

    async def inbox(self, conversation: str = "chat-17") -> list[list[str]]:
        """What the desk has got of a conversation, in order: what it is, and a message's id."""
        entries = await self._redis.lrange(inbox_key(conversation), 0, -1)
        return [json.loads(entry)[:2] for entry in entries]

    async def link(self, message_id: str = "k1") -> str:
        """Where the card of a message leads, without the server."""
        kept = await self._redis.get(message_key(message_id))
        message = CustomerMessage.model_validate_json(str(kept))
        assert str(message.reply_url).startswith(f"{self.chat.url}/o/")
        return str(message.reply_url).removeprefix(f"{self.chat.url}/")

    def _url(self, path: str) -> URL:
        return URL(f"{self.chat.url}/{path}", encoded=True)
