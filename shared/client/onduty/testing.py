"""A desk for a backend's own tests: no Redis, the same answers."""

from collections.abc import Iterable
from typing import Self

from onduty.desk import MOST_AT_ONCE
from onduty.errors import DeskUnavailable
from onduty.message import CustomerMessage


class FakeSupportDesk:
    """Stands in for `SupportDesk` in a backend's tests.

    `messages` holds what was accepted, in order and each id once. Set `available = False` to see
    what the backend does while the desk is away: every push then raises `DeskUnavailable` and
    accepts nothing.
    """

    def __init__(self) -> None:
        self.available = True
        self.messages: list[CustomerMessage] = []

    def notify(self, message: CustomerMessage) -> str:
        """Accept one message and return its id; a known id changes nothing."""
        return self.notify_many([message])[0]

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Accept up to 1,000 messages, all or none, and return their ids."""
        batch = list(messages)
        if len(batch) > MOST_AT_ONCE:
            raise ValueError(f"notify_many takes up to {MOST_AT_ONCE} messages a call")
        if not self.available:
            raise DeskUnavailable("the fake desk was told to be away")
        known = {message.id for message in self.messages}
        for message in batch:
            if message.id not in known:
                known.add(message.id)
                self.messages.append(message)
        return [message.id for message in batch]

    def close(self) -> None:
        """Do nothing, as there is nothing to give back."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


class AsyncFakeSupportDesk:
    """Stands in for `AsyncSupportDesk`; what it accepted is in `fake.messages`."""

    def __init__(self) -> None:
        self.fake = FakeSupportDesk()

    async def notify(self, message: CustomerMessage) -> str:
        """Accept one message and return its id."""
        return self.fake.notify(message)

    async def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Accept up to 1,000 messages, all or none, and return their ids."""
        return self.fake.notify_many(messages)

    async def close(self) -> None:
        """Do nothing, as there is nothing to give back."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
