"""Whether an owner's phone is to show that their customer is writing: one script decides."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import cast

from redis.asyncio import Redis

from onduty_desk.lua.calling import script
from onduty_desk.model.keys import ChatId
from onduty_desk.model.pace_keys import pace_typing_chat_key

EACH_CHAT = timedelta(seconds=4)
"""Telegram shows it for five seconds at most (Bot API, sendChatAction)."""


@dataclass(frozen=True)
class Shown:
    """The phone that is to show it, and the chat to send to."""

    chat_id: ChatId
    send_to: ChatId
    thread: int = 0
    """The topic in which it is shown; 0: outside of any."""


class Typing:
    """Any number of processes may hear of the same; one of them shows it."""

    def __init__(self, redis: Redis, *, per_second: float) -> None:
        self._redis = redis
        self._gaps = int(1e6 / per_second), int(EACH_CHAT.total_seconds() * 1e6)
        self._take = script(redis, "replies/take_typing")

    async def take(self, conversation_id: str) -> Shown | None:
        """Return the phone that is to show it now; None if it is dropped."""
        found = cast("list[str]", await self._take(args=[conversation_id, *self._gaps]))
        if not found:
            return None
        phone, send_to, thread = (int(one) for one in found)
        return Shown(ChatId(phone), ChatId(send_to), thread)

    async def hold(self, shown: Shown, pause: timedelta) -> None:
        """Drop what is for this phone during a pause that Telegram has asked for."""
        until_ms = ceil(pause.total_seconds() * 1000)
        seconds, micros = await self._redis.time()
        at_us = seconds * 1_000_000 + micros + until_ms * 1000
        await self._redis.set(pace_typing_chat_key(shown.chat_id), at_us, px=max(1, until_ms))
