"""The way in: a backend hands over messages and knows that they are safe."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Self

from onduty.acceptance import LINE_UP_SCRIPT, SCRIPT, Word, line_up_arguments, script_arguments
from onduty.connection import connect
from onduty.handover import Accepting, Handover
from onduty.message import CustomerMessage, Priority, check_conversation_id
from onduty.wire import RETENTION

MOST_AT_ONCE = 1_000
"""One transaction blocks Redis while it runs: about 30 ms for this many short messages."""

_BY_URGENCY = tuple(Priority)


class SupportDesk:
    """The support desk, as a chat backend sees it. Safe to share between threads.

    Args:
        redis_url: `redis://`, `rediss://`, `unix://` or `redis+sentinel://host:port,…/master/db`.
        timeout_s: how long a call may take before it raises `DeskUnavailable`, in seconds.
        retention: how long a message is kept and its id recognised; the desk's own setting
            (`ONDUTY_RETENTION_DAYS`) should be the same.
        wait_replicas: how many replicas must have what was handed over before a call returns
            (Redis `WAIT`); 0 trusts the master alone.

    Raises:
        ValueError: the URL has none of these forms.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        timeout_s: float = 2.0,
        retention: timedelta = RETENTION,
        wait_replicas: int = 0,
    ) -> None:
        self._redis = connect(redis_url, timeout_s=timeout_s)
        self._retention = retention
        self._handover = Handover(self._redis, timeout_s=timeout_s, wait_replicas=wait_replicas)

    def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; return its id when it is safely in Redis.

        Called twice with the same id, the second call changes nothing and returns the same.

        Raises:
            DeskUnavailable: Redis did not take it; keep the message and call again.
        """
        self._push([message])
        return message.id

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none, in their order; return their ids.

        Raises:
            DeskUnavailable: Redis took none of them, or did not say; call again with the same.
            ValueError: more than 1,000 messages.
        """
        batch = list(messages)
        if len(batch) > MOST_AT_ONCE:
            raise ValueError(
                f"notify_many takes up to {MOST_AT_ONCE} messages a call, got {len(batch)}; "
                "push them in several calls"
            )
        if batch:
            self._push(batch)
        return [message.id for message in batch]

    def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done; return when that is safely in Redis.

        It takes its place in the conversation, behind the messages pushed before. A later message
        reopens the conversation, and its last owner is rung first. Of a closed conversation, or of
        one that nobody knows, nothing happens: so called twice, nothing more does.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again, unless you have
                pushed a new message since, which that would close.
            ValueError: the id is not 1 to 128 characters.
        """
        self._say(Word.CLOSE, conversation_id)

    def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat; return when that is safely in Redis.

        Its owner keeps it: the lease of the claim begins anew. It takes its place in the
        conversation, as `close` does. Called twice, or of a conversation that nobody knows, nothing
        more happens.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: the id is not 1 to 128 characters.
        """
        self._say(Word.TOUCH, conversation_id)

    def disconnect(self) -> None:
        """Give the connections back; a later call opens new ones."""
        self._redis.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.disconnect()

    def _push(self, messages: Sequence[CustomerMessage]) -> None:
        arguments = script_arguments(messages, self._retention)
        self._handover.commit(
            Accepting(SCRIPT, arguments, "the message", "keep it and push it again"),
            min((message.priority for message in messages), key=_BY_URGENCY.index),
        )

    def _say(self, word: Word, conversation_id: str) -> None:
        conversation_id = check_conversation_id(conversation_id)
        arguments = line_up_arguments(word, conversation_id, self._retention)
        self._handover.commit(
            Accepting(LINE_UP_SCRIPT, arguments, f"the {word}", "call again"), Priority.NORMAL
        )


class AsyncSupportDesk:
    """`SupportDesk` for asyncio: the same promises, run in a thread so that the loop stays free."""

    def __init__(
        self,
        redis_url: str,
        *,
        timeout_s: float = 2.0,
        retention: timedelta = RETENTION,
        wait_replicas: int = 0,
    ) -> None:
        self._desk = SupportDesk(
            redis_url, timeout_s=timeout_s, retention=retention, wait_replicas=wait_replicas
        )

    async def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; see `SupportDesk.notify`."""
        return await asyncio.to_thread(self._desk.notify, message)

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none; see `SupportDesk.notify_many`."""
        return await asyncio.to_thread(self._desk.notify_many, messages)

    async def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done; see `SupportDesk.close`."""
        await asyncio.to_thread(self._desk.close, conversation_id)

    async def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat; see `SupportDesk.touch`."""
        await asyncio.to_thread(self._desk.touch, conversation_id)

    async def disconnect(self) -> None:
        """Give the connections back; a later call opens new ones."""
        await asyncio.to_thread(self._desk.disconnect)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect()
