"""What the real desks and their fakes have in common, as types for a backend's code."""

from collections.abc import Iterable
from typing import Protocol

from onduty.availability import Availability
from onduty.history import HistoryEntry
from onduty.message import DEFAULT_GROUP, CustomerMessage, Priority, PriorityName
from onduty.replies import ReplyStatus


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

    def prioritize(self, conversation_id: str, priority: Priority | PriorityName) -> None:
        """Set how urgent a conversation is."""

    def edit(self, message_id: str, text: str) -> None:
        """Say that the customer has changed a message."""

    def retract(self, message_id: str) -> None:
        """Say that the customer has taken a message back."""

    def forget(self, conversation_id: str) -> None:
        """Have every trace of a conversation removed."""

    def report(self, reply_id: str, status: ReplyStatus, reason: str = "") -> None:
        """Say what became of an operator's answer."""

    def typing(self, conversation_id: str) -> None:
        """Say that the customer is writing."""

    def availability(self, group: str = DEFAULT_GROUP) -> Availability | None:
        """Return who is there for a group; None if nobody has said."""

    def history(self, conversation_id: str) -> list[HistoryEntry]:
        """Return what both sides have written, the oldest first."""

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

    async def prioritize(self, conversation_id: str, priority: Priority | PriorityName) -> None:
        """Set how urgent a conversation is."""

    async def edit(self, message_id: str, text: str) -> None:
        """Say that the customer has changed a message."""

    async def retract(self, message_id: str) -> None:
        """Say that the customer has taken a message back."""

    async def forget(self, conversation_id: str) -> None:
        """Have every trace of a conversation removed."""

    async def report(self, reply_id: str, status: ReplyStatus, reason: str = "") -> None:
        """Say what became of an operator's answer."""

    async def typing(self, conversation_id: str) -> None:
        """Say that the customer is writing."""

    async def availability(self, group: str = DEFAULT_GROUP) -> Availability | None:
        """Return who is there for a group; None if nobody has said."""

    async def history(self, conversation_id: str) -> list[HistoryEntry]:
        """Return what both sides have written, the oldest first."""

    async def ping(self) -> None:
        """Return if the desk takes messages now."""

    async def disconnect(self) -> None:
        """Close the connections."""
