"""The client's API: a backend pushes messages; a call returns when they are safely in Redis."""

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
from onduty.history import HistoryEntry, asking_for_history, read_history
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
        ValueError: the URL has none of these forms, or a parameter that nobody knows; or no call
            could succeed with another argument.
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

    def edit(self, message_id: str, text: str) -> None:
        """Say that the customer has changed a message; return when that is safely in Redis.

        It is processed in order with the conversation's messages, as `close` is, and rings nobody:
        what shows the message is drawn anew. A second call, or one for a message that is not known
        or was retracted, changes nothing.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: no message can have this id, or this text: it is blank, or too long.
        """
        until = self._committer.deadline()
        self._committer.commit(until, editing(message_id, text, self._retention))

    def retract(self, message_id: str) -> None:
        """Say that the customer has taken a message back; return when that is safely in Redis.

        It is processed in order, as `edit` is. What shows the message says that it was taken back,
        and its words are gone; what nobody was shown rings nobody. A second call, or one for a
        message that is not known, changes nothing.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: no message can have this id.
        """
        until = self._committer.deadline()
        self._committer.commit(until, retracting(message_id, self._retention))

    def forget(self, conversation_id: str) -> None:
        """Have every trace of a conversation removed; return when that is safely in Redis.

        It is processed in order with the conversation's messages: what was pushed before goes,
        without an event, from Redis and from operators' phones; a message that is pushed later
        begins a new conversation. What operators wrote themselves stays on their phones
        (`onduty forget` says where). A second call, or one for a conversation that is not known,
        changes nothing.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: the id is not 1 to 128 characters.
        """
        until = self._committer.deadline()
        self._committer.commit(
            until, instructing(Instruction.FORGET, conversation_id, self._retention)
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

    def typing(self, conversation_id: str) -> None:
        """Say that the customer is writing: the owner sees "typing…" for a few seconds.

        Call it again each few seconds for as long as they write. It is dropped rather than queued:
        where nobody owns the conversation, no dispatcher listens, or more is typed than can be
        shown, nothing comes of it.

        Raises:
            DeskUnavailable: Redis did not take it; there is nothing to repeat.
            ValueError: the id is not 1 to 128 characters.
        """
        self._committer.read(self._committer.deadline(), typing(conversation_id))

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

    def history(self, conversation_id: str) -> list[HistoryEntry]:
        """Return what both sides have written, the oldest first: the newest 1,000.

        Empty if the conversation is not known, or nothing of it is routed yet.

        Raises:
            DeskUnavailable: Redis did not say; ask again later.
            DeskMisconfigured: another program has written it, or a right is missing.
            ValueError: the id is not 1 to 128 characters.
        """
        until = self._committer.deadline()
        return read_history(self._committer.read(until, asking_for_history(conversation_id)))

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
