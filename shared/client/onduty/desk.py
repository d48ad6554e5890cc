"""The client's API: a backend pushes messages; a call returns when they are safely in Redis."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol, Self

from onduty.acceptance import (
    LINE_UP_SCRIPT,
    SCRIPT,
    Instruction,
    line_up_arguments,
    script_arguments,
)
from onduty.commit import SIGN_OF_LIFE, Committer, Request, with_wake_up
from onduty.message import CustomerMessage, Priority, check_conversation_id
from onduty.wire import RETENTION

MOST_AT_ONCE = 1_000
"""One transaction blocks Redis while it runs: about 30 ms for this many short messages."""

_BY_URGENCY = tuple(Priority)


class Desk(Protocol):
    """What `SupportDesk` and `onduty.testing.FakeSupportDesk` are to a backend's code."""

    def notify(self, message: CustomerMessage) -> str:
        """Push one message; return its id."""

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Push up to 1,000 messages, all or none; return their ids."""

    def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done."""

    def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat."""

    def ping(self) -> None:
        """Return if the desk takes messages now."""

    def disconnect(self) -> None:
        """Close the connections."""


class AsyncDesk(Protocol):
    """What `AsyncSupportDesk` and `onduty.testing.AsyncFakeSupportDesk` are to a backend's code."""

    async def notify(self, message: CustomerMessage) -> str:
        """Push one message; return its id."""

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Push up to 1,000 messages, all or none; return their ids."""

    async def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done."""

    async def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat."""

    async def ping(self) -> None:
        """Return if the desk takes messages now."""

    async def disconnect(self) -> None:
        """Close the connections."""


class SupportDesk:
    """The support desk, as a chat backend sees it. Safe to share between threads.

    Calls use connections of one background thread, shared by all desks of a process; it starts
    with the first call, and again after a fork.

    Args:
        redis_url: `redis://`, `rediss://`, `unix://`, `redis+sentinel://host:port,…/master/db` or
            `rediss+sentinel://…`.
        timeout_s: how long a call may take in all before it raises `DeskUnavailable`, in seconds.
        retention: how long a message is kept and its id recognised; the desk's own setting
            (`ONDUTY_RETENTION_DAYS`) should be the same.
        wait_replicas: how many replicas must have a call's writes before it returns (Redis
            `WAIT`); with 0 the master alone is enough.

    Raises:
        ValueError: the URL has none of these forms, or a parameter that nobody knows.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        timeout_s: float = 2.0,
        retention: timedelta = RETENTION,
        wait_replicas: int = 0,
    ) -> None:
        self._retention = retention
        self._committer = Committer(redis_url, timeout_s=timeout_s, wait_replicas=wait_replicas)

    def notify(self, message: CustomerMessage) -> str:
        """Push one message; return its id when it is safely in Redis.

        Called twice with the same id, the second call changes nothing and returns the same.

        Raises:
            DeskUnavailable: Redis did not take it; keep the message and call again.
            DeskMisconfigured: Redis never will, as it is set up.
            IdReused: the id is known, with another text or in another conversation.
        """
        until = self._committer.deadline()
        self._committer.commit(until, _messages(checked_batch([message]), self._retention))
        return message.id

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Push up to 1,000 messages, all or none, in their order; return their ids.

        Raises:
            DeskUnavailable: Redis took none of them, or did not say; call again with the same.
            DeskMisconfigured: Redis never will, as it is set up.
            IdReused: one of the ids is known, with another text or in another conversation.
            ValueError: more than 1,000 messages.
        """
        until = self._committer.deadline()
        batch = checked_batch(messages)
        if batch:
            self._committer.commit(until, _messages(batch, self._retention))
        return [message.id for message in batch]

    def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done; return when that is safely in Redis.

        It is processed in order with the conversation's messages. A later message reopens the
        conversation, and its last owner is rung first. For a conversation that is closed or not
        known, it does nothing: so a second call changes nothing more.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again, unless you have
                pushed a new message since, which that would close.
            ValueError: the id is not 1 to 128 characters.
        """
        until = self._committer.deadline()
        self._committer.commit(
            until, _instruction(Instruction.CLOSE, conversation_id, self._retention)
        )

    def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat; return when that is safely in Redis.

        Its owner keeps it: the claim's lease starts again. It is processed in order with the
        conversation's messages, as `close` is. A second call, or one for a conversation that is not
        known, changes nothing more.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: the id is not 1 to 128 characters.
        """
        until = self._committer.deadline()
        self._committer.commit(
            until, _instruction(Instruction.TOUCH, conversation_id, self._retention)
        )

    def ping(self) -> None:
        """Return if Redis accepts writes within `timeout_s`: for a health check.

        It does not check whether a dispatcher is running.

        Raises:
            DeskUnavailable: it accepts none now.
            DeskMisconfigured: it never will, as it is set up.
        """
        self._committer.commit(self._committer.deadline(), SIGN_OF_LIFE)

    def disconnect(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._committer.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.disconnect()


class AsyncSupportDesk:
    """`SupportDesk` for asyncio, with the same promises.

    One may be shared by several event loops; each has connections of its own.
    """

    def __init__(
        self,
        redis_url: str,
        *,
        timeout_s: float = 2.0,
        retention: timedelta = RETENTION,
        wait_replicas: int = 0,
    ) -> None:
        self._retention = retention
        self._committer = Committer(redis_url, timeout_s=timeout_s, wait_replicas=wait_replicas)

    async def notify(self, message: CustomerMessage) -> str:
        """Push one message; see `SupportDesk.notify`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, _messages(checked_batch([message]), self._retention)
        )
        return message.id

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Push up to 1,000 messages, all or none; see `SupportDesk.notify_many`."""
        until = self._committer.deadline()
        batch = checked_batch(messages)
        if batch:
            await self._committer.commit_async(until, _messages(batch, self._retention))
        return [message.id for message in batch]

    async def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done; see `SupportDesk.close`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, _instruction(Instruction.CLOSE, conversation_id, self._retention)
        )

    async def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat; see `SupportDesk.touch`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, _instruction(Instruction.TOUCH, conversation_id, self._retention)
        )

    async def ping(self) -> None:
        """Return if Redis accepts writes; see `SupportDesk.ping`."""
        await self._committer.commit_async(self._committer.deadline(), SIGN_OF_LIFE)

    async def disconnect(self) -> None:
        """Close the connections; a later call opens new ones."""
        await self._committer.disconnect_async()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect()


def checked_batch(messages: Iterable[CustomerMessage]) -> list[CustomerMessage]:
    """Return the messages of one call as a list.

    Raises `ValueError` for too many and `TypeError` for what is no message, in the fakes too.
    """
    batch = list(messages)
    if len(batch) > MOST_AT_ONCE:
        raise ValueError(
            f"notify_many takes up to {MOST_AT_ONCE} messages a call, got {len(batch)}; "
            "push them in several calls"
        )
    for message in batch:
        if not isinstance(message, CustomerMessage):
            raise TypeError(
                f"a message is a CustomerMessage, not of type {type(message).__name__}: "
                "CustomerMessage(text=…, customer_name=…, recipient=…)"
            )
    return batch


def _messages(messages: list[CustomerMessage], retention: timedelta) -> Request:
    priority = min((message.priority for message in messages), key=_BY_URGENCY.index)
    arguments = script_arguments(messages, retention)
    return with_wake_up(SCRIPT, arguments, priority, "the message", "keep it and push it again")


def _instruction(instruction: Instruction, conversation_id: str, retention: timedelta) -> Request:
    conversation_id = check_conversation_id(conversation_id)
    arguments = line_up_arguments(instruction, conversation_id, retention)
    return with_wake_up(
        LINE_UP_SCRIPT, arguments, Priority.NORMAL, f"the {instruction}", "call again"
    )
