"""The client's API for asyncio: the same promises as `SupportDesk`."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Self

from onduty.acceptance import Instruction
from onduty.asking import (
    accepting,
    editing,
    instructing,
    prioritizing,
    reporting,
    retracting,
    typing,
)
from onduty.availability import Availability, asking_for, read_availability
from onduty.commit import SIGN_OF_LIFE, Committer, check_options
from onduty.desk import checked_batch
from onduty.history import HistoryEntry, asking_for_history, read_history
from onduty.message import DEFAULT_GROUP, CustomerMessage, Priority, PriorityName
from onduty.replies import ReplyStatus
from onduty.wire import RETENTION


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
        check_options(timeout_s, retention, wait_replicas)
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

    async def edit(self, message_id: str, text: str) -> None:
        """Say that the customer has changed a message; see `SupportDesk.edit`."""
        until = self._committer.deadline()
        await self._committer.commit_async(until, editing(message_id, text, self._retention))

    async def retract(self, message_id: str) -> None:
        """Say that the customer has taken a message back; see `SupportDesk.retract`."""
        until = self._committer.deadline()
        await self._committer.commit_async(until, retracting(message_id, self._retention))

    async def forget(self, conversation_id: str) -> None:
        """Have every trace of a conversation removed; see `SupportDesk.forget`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, instructing(Instruction.FORGET, conversation_id, self._retention)
        )

    async def report(self, reply_id: str, status: ReplyStatus, reason: str = "") -> None:
        """Say what became of an operator's answer; see `SupportDesk.report`."""
        until = self._committer.deadline()
        await self._committer.commit_async(
            until, reporting(reply_id, status, reason, self._retention)
        )

    async def typing(self, conversation_id: str) -> None:
        """Say that the customer is writing; see `SupportDesk.typing`."""
        until = self._committer.deadline()
        await self._committer.read_async(until, typing(conversation_id))

    async def availability(self, group: str = DEFAULT_GROUP) -> Availability | None:
        """Return who is there for a group; see `SupportDesk.availability`."""
        until = self._committer.deadline()
        return read_availability(await self._committer.read_async(until, asking_for(group)))

    async def history(self, conversation_id: str) -> list[HistoryEntry]:
        """Return what both sides have written; see `SupportDesk.history`."""
        until = self._committer.deadline()
        request = asking_for_history(conversation_id)
        return read_history(await self._committer.read_async(until, request))

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
