"""The client's API: a backend pushes messages; a call returns when they are safely in Redis."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from onduty.acceptance import Instruction
from onduty.asking import accepting, instructing, prioritizing, reporting
from onduty.availability import Availability, asking_for, read_availability
from onduty.commit import SIGN_OF_LIFE, Committer
from onduty.message import DEFAULT_GROUP, CustomerMessage, Priority, PriorityName
from onduty.replies import ReplyStatus
from onduty.wire import RETENTION

MOST_AT_ONCE = 1_000
"""One transaction blocks Redis while it runs: about 30 ms for this many short messages."""


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
        self._committer.commit(until, accepting(checked_batch([message]), self._retention))
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
            self._committer.commit(until, accepting(batch, self._retention))
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
            until, instructing(Instruction.CLOSE, conversation_id, self._retention)
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
            until, instructing(Instruction.TOUCH, conversation_id, self._retention)
        )

    def prioritize(self, conversation_id: str, priority: Priority | PriorityName) -> None:
        """Set how urgent a conversation is; return when that is safely in Redis.

        It is processed in order with the conversation's messages, as `close` is. Later messages
        only raise it, and a close ends it. Raised, it rings again. A second call, or one for a
        conversation that is closed or not known, changes nothing more.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: the id is not 1 to 128 characters, or there is no such priority.
        """
        until = self._committer.deadline()
        self._committer.commit(
            until, prioritizing(conversation_id, Priority(priority), self._retention)
        )

    def report(self, reply_id: str, status: ReplyStatus, reason: str = "") -> None:
        """Say what became of an operator's answer; return when that is safely in Redis.

        Its author sees it on their own message: `delivered`, `read`, or `failed` with the reason,
        and may then send it again. A second call, or one for an answer that is not known, taken
        back, or on its way to you in newer words, changes nothing.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: the id is not 1 to 64 characters, or there is no such status.
        """
        until = self._committer.deadline()
        self._committer.commit(until, reporting(reply_id, status, reason, self._retention))

    def availability(self, group: str = DEFAULT_GROUP) -> Availability | None:
        """Return who is there for a group, as the desk has written it a few seconds ago.

        None if there is no such group, or no dispatcher has run for a minute.

        Raises:
            DeskUnavailable: Redis did not say; ask again later.
            DeskMisconfigured: another program has written it, or a right is missing.
        """
        return read_availability(
            self._committer.read(self._committer.deadline(), asking_for(group))
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
            until, accepting(checked_batch([message]), self._retention)
        )
        return message.id

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Push up to 1,000 messages, all or none; see `SupportDesk.notify_many`."""
        until = self._committer.deadline()
        batch = checked_batch(messages)
        if batch:
            await self._committer.commit_async(until, accepting(batch, self._retention))
        return [message.id for message in batch]

    async def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done; see `SupportDesk.close`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, instructing(Instruction.CLOSE, conversation_id, self._retention)
        )

    async def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat; see `SupportDesk.touch`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, instructing(Instruction.TOUCH, conversation_id, self._retention)
        )

    async def prioritize(self, conversation_id: str, priority: Priority | PriorityName) -> None:
        """Set how urgent a conversation is; see `SupportDesk.prioritize`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, prioritizing(conversation_id, Priority(priority), self._retention)
        )

    async def report(self, reply_id: str, status: ReplyStatus, reason: str = "") -> None:
        """Say what became of an operator's answer; see `SupportDesk.report`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, reporting(reply_id, status, reason, self._retention)
        )

    async def availability(self, group: str = DEFAULT_GROUP) -> Availability | None:
        """Return who is there for a group; see `SupportDesk.availability`."""
        until = self._committer.deadline()
        return read_availability(await self._committer.read_async(until, asking_for(group)))

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
