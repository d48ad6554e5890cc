"""The way in: a backend hands over messages and knows that they are safe."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Protocol, Self

from onduty.acceptance import LINE_UP_SCRIPT, SCRIPT, Word, line_up_arguments, script_arguments
from onduty.handover import SIGN_OF_LIFE, Handover, Saying, accepting
from onduty.message import CustomerMessage, Priority, check_conversation_id
from onduty.wire import RETENTION

MOST_AT_ONCE = 1_000
"""One transaction blocks Redis while it runs: about 30 ms for this many short messages."""

_BY_URGENCY = tuple(Priority)


class Desk(Protocol):
    """What `SupportDesk` and `onduty.testing.FakeSupportDesk` are to a backend's code."""

    def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; return its id."""

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none; return their ids."""

    def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done."""

    def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat."""

    def ping(self) -> None:
        """Return if the desk takes messages now."""

    def disconnect(self) -> None:
        """Give the connections back."""


class AsyncDesk(Protocol):
    """What `AsyncSupportDesk` and `onduty.testing.AsyncFakeSupportDesk` are to a backend's code."""

    async def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; return its id."""

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none; return their ids."""

    async def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done."""

    async def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat."""

    async def ping(self) -> None:
        """Return if the desk takes messages now."""

    async def disconnect(self) -> None:
        """Give the connections back."""


class SupportDesk:
    """The support desk, as a chat backend sees it. Safe to share between threads.

    What they say goes over connections of a thread in the background, one for all desks of a
    process, which begins with the first call, and anew after a fork.

    Args:
        redis_url: `redis://`, `rediss://`, `unix://`, `redis+sentinel://host:port,…/master/db` or
            `rediss+sentinel://…`.
        timeout_s: how long a call may take in all before it raises `DeskUnavailable`, in seconds.
        retention: how long a message is kept and its id recognised; the desk's own setting
            (`ONDUTY_RETENTION_DAYS`) should be the same.
        wait_replicas: how many replicas must have what was handed over before a call returns
            (Redis `WAIT`); 0 trusts the master alone.

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
        self._handover = Handover(redis_url, timeout_s=timeout_s, wait_replicas=wait_replicas)

    def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; return its id when it is safely in Redis.

        Called twice with the same id, the second call changes nothing and returns the same.

        Raises:
            DeskUnavailable: Redis did not take it; keep the message and call again.
            DeskMisconfigured: Redis never will, as it is set up.
            IdReused: the id is known, with other words or in another conversation.
        """
        until = self._handover.limit()
        self._handover.say(until, _pushing(checked_batch([message]), self._retention))
        return message.id

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none, in their order; return their ids.

        Raises:
            DeskUnavailable: Redis took none of them, or did not say; call again with the same.
            DeskMisconfigured: Redis never will, as it is set up.
            IdReused: one of the ids is known, with other words or in another conversation.
            ValueError: more than 1,000 messages.
        """
        until = self._handover.limit()
        batch = checked_batch(messages)
        if batch:
            self._handover.say(until, _pushing(batch, self._retention))
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
        until = self._handover.limit()
        self._handover.say(until, _saying(Word.CLOSE, conversation_id, self._retention))

    def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat; return when that is safely in Redis.

        Its owner keeps it: the lease of the claim begins anew. It takes its place in the
        conversation, as `close` does. Called twice, or of a conversation that nobody knows, nothing
        more happens.

        Raises:
            DeskUnavailable: Redis did not take it, or did not say; call again.
            ValueError: the id is not 1 to 128 characters.
        """
        until = self._handover.limit()
        self._handover.say(until, _saying(Word.TOUCH, conversation_id, self._retention))

    def ping(self) -> None:
        """Return if Redis takes what is handed over, within `timeout_s`: for a health check.

        It does not tell whether a dispatcher is there.

        Raises:
            DeskUnavailable: it takes nothing now.
            DeskMisconfigured: it never will, as it is set up.
        """
        self._handover.say(self._handover.limit(), SIGN_OF_LIFE)

    def disconnect(self) -> None:
        """Give the connections back; a later call opens new ones."""
        self._handover.disconnect()

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
        self._handover = Handover(redis_url, timeout_s=timeout_s, wait_replicas=wait_replicas)

    async def notify(self, message: CustomerMessage) -> str:
        """Hand over one message; see `SupportDesk.notify`."""
        until = self._handover.limit()
        await self._handover.say_async(until, _pushing(checked_batch([message]), self._retention))
        return message.id

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Hand over up to 1,000 messages, all or none; see `SupportDesk.notify_many`."""
        until = self._handover.limit()
        batch = checked_batch(messages)
        if batch:
            await self._handover.say_async(until, _pushing(batch, self._retention))
        return [message.id for message in batch]

    async def close(self, conversation_id: str) -> None:
        """Say that the customer's matter is done; see `SupportDesk.close`."""
        until = self._handover.limit()
        await self._handover.say_async(until, _saying(Word.CLOSE, conversation_id, self._retention))

    async def touch(self, conversation_id: str) -> None:
        """Say that an operator answered in the web chat; see `SupportDesk.touch`."""
        until = self._handover.limit()
        await self._handover.say_async(until, _saying(Word.TOUCH, conversation_id, self._retention))

    async def ping(self) -> None:
        """Return if Redis takes what is handed over; see `SupportDesk.ping`."""
        await self._handover.say_async(self._handover.limit(), SIGN_OF_LIFE)

    async def disconnect(self) -> None:
        """Give the connections back; a later call opens new ones."""
        await self._handover.disconnect_async()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect()


def checked_batch(messages: Iterable[CustomerMessage]) -> list[CustomerMessage]:
    """Return the messages of one call; raise what both desks and their fakes raise for others."""
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


def _pushing(messages: list[CustomerMessage], retention: timedelta) -> Saying:
    priority = min((message.priority for message in messages), key=_BY_URGENCY.index)
    arguments = script_arguments(messages, retention)
    return accepting(SCRIPT, arguments, priority, "the message", "keep it and push it again")


def _saying(word: Word, conversation_id: str, retention: timedelta) -> Saying:
    conversation_id = check_conversation_id(conversation_id)
    arguments = line_up_arguments(word, conversation_id, retention)
    return accepting(LINE_UP_SCRIPT, arguments, Priority.NORMAL, f"the {word}", "call again")
