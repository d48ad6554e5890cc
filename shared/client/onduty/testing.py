"""A fake desk for a backend's own tests: no Redis, the same API, and signed events to receive."""

import time
from collections.abc import Iterable
from typing import Self

from onduty.availability import Availability
from onduty.desk import checked_batch
from onduty.errors import DeskMisconfigured, DeskUnavailable, IdReused
from onduty.events import Event
from onduty.history import HistoryEntry
from onduty.message import (
    DEFAULT_GROUP,
    CustomerMessage,
    Priority,
    PriorityName,
    check_conversation_id,
    check_message_id,
    check_new_text,
)
from onduty.replies import ReplyStatus, check_report
from onduty.signing import read_secrets, sign

WEBHOOK_SECRET = "whsec_b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHM="  # noqa: S105 - see its line
"""Of the right form, and no secret."""


class FakeSupportDesk:
    """Stands in for `SupportDesk` in a backend's tests.

    `messages` holds what was accepted, in order and each id once; `closed`, `touched`,
    `typed` and `forgotten` the ids of conversations, one for each call and in their order,
    `prioritized` the same with the priority, `edited` each message's id and new text, `retracted`
    the ids of messages (`messages` stay as they were),
    and `reported` each reply's id, status and reason. `availabilities` holds what `availability`
    returns, by group; of another group None; `histories` what `history` returns, by
    conversation; of another nothing. Set `available = False` to see what the
    backend does while the desk is away: every call then raises `DeskUnavailable` and accepts
    nothing; `misconfigured = True`, and it raises `DeskMisconfigured`.
    """

    def __init__(self) -> None:
        self.available = True
        self.misconfigured = False
        self.messages: list[CustomerMessage] = []
        self.closed: list[str] = []
        self.touched: list[str] = []
        self.prioritized: list[tuple[str, Priority]] = []
        self.forgotten: list[str] = []
        self.typed: list[str] = []
        self.edited: list[tuple[str, str]] = []
        self.retracted: list[str] = []
        self.reported: list[tuple[str, str, str]] = []
        self.availabilities: dict[str, Availability] = {}
        self.histories: dict[str, list[HistoryEntry]] = {}

    def notify(self, message: CustomerMessage) -> str:
        """Accept one message and return its id; a known id changes nothing."""
        return self.notify_many([message])[0]

    def notify_many(self, messages: Iterable[CustomerMessage]) -> list[str]:
        """Accept up to 1,000 messages, all or none, and return their ids."""
        batch = checked_batch(messages)
        self._check_available()
        known = {message.id: message for message in self.messages}
        for message in batch:
            before = known.setdefault(message.id, message)
            if (before.text, before.conversation_id) != (message.text, message.conversation_id):
                raise IdReused(message.id)
        self.messages = list(known.values())
        return [message.id for message in batch]

    def close(self, conversation_id: str) -> None:
        """Record that the conversation is done."""
        self._record(self.closed, conversation_id)

    def touch(self, conversation_id: str) -> None:
        """Record that an operator answered in the web chat."""
        self._record(self.touched, conversation_id)

    def prioritize(self, conversation_id: str, priority: Priority | PriorityName) -> None:
        """Record how urgent the conversation is."""
        known = Priority(priority)
        conversation_id = check_conversation_id(conversation_id)
        self._check_available()
        self.prioritized.append((conversation_id, known))

    def edit(self, message_id: str, text: str) -> None:
        """Record that the customer has changed a message."""
        edited = check_message_id(message_id), check_new_text(text)
        self._check_available()
        self.edited.append(edited)

    def retract(self, message_id: str) -> None:
        """Record that the customer has taken a message back."""
        message_id = check_message_id(message_id)
        self._check_available()
        self.retracted.append(message_id)

    def forget(self, conversation_id: str) -> None:
        """Record it, and keep no message of the conversation and no history."""
        self._record(self.forgotten, conversation_id)
        self.messages = [one for one in self.messages if one.conversation_id != conversation_id]
        self.histories.pop(conversation_id, None)

    def report(self, reply_id: str, status: ReplyStatus, reason: str = "") -> None:
        """Record what became of an operator's answer."""
        checked = check_report(reply_id, status, reason)
        self._check_available()
        self.reported.append(checked)

    def typing(self, conversation_id: str) -> None:
        """Record that the customer is writing."""
        self._record(self.typed, conversation_id)

    def availability(self, group: str = DEFAULT_GROUP) -> Availability | None:
        """Return what the test has put into `availabilities`."""
        self._check_available()
        return self.availabilities.get(group)

    def history(self, conversation_id: str) -> list[HistoryEntry]:
        """Return what the test has put into `histories`."""
        conversation_id = check_conversation_id(conversation_id)
        self._check_available()
        return list(self.histories.get(conversation_id, ()))

    def ping(self) -> None:
        """Return if `available` is set; raise as the other calls do if not."""
        self._check_available()

    def disconnect(self) -> None:
        """Do nothing, as there is nothing to give back."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.disconnect()

    def _record(self, recorded: list[str], conversation_id: str) -> None:
        conversation_id = check_conversation_id(conversation_id)
        self._check_available()
        recorded.append(conversation_id)

    def _check_available(self) -> None:
        if self.misconfigured:
            raise DeskMisconfigured("the fake desk was told to be misconfigured")
        if not self.available:
            raise DeskUnavailable("the fake desk was told to be away")


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

    async def close(self, conversation_id: str) -> None:
        """Note that the conversation is done."""
        self.fake.close(conversation_id)

    async def touch(self, conversation_id: str) -> None:
        """Note that an operator answered in the web chat."""
        self.fake.touch(conversation_id)

    async def prioritize(self, conversation_id: str, priority: Priority | PriorityName) -> None:
        """Note how urgent the conversation is."""
        self.fake.prioritize(conversation_id, priority)

    async def edit(self, message_id: str, text: str) -> None:
        """Note that the customer has changed a message."""
        self.fake.edit(message_id, text)

    async def retract(self, message_id: str) -> None:
        """Note that the customer has taken a message back."""
        self.fake.retract(message_id)

    async def forget(self, conversation_id: str) -> None:
        """Note it, and keep nothing of the conversation."""
        self.fake.forget(conversation_id)

    async def report(self, reply_id: str, status: ReplyStatus, reason: str = "") -> None:
        """Note what became of an operator's answer."""
        self.fake.report(reply_id, status, reason)

    async def typing(self, conversation_id: str) -> None:
        """Note that the customer is writing."""
        self.fake.typing(conversation_id)

    async def availability(self, group: str = DEFAULT_GROUP) -> Availability | None:
        """Return what the test has put into `fake.availabilities`."""
        return self.fake.availability(group)

    async def history(self, conversation_id: str) -> list[HistoryEntry]:
        """Return what the test has put into `fake.histories`."""
        return self.fake.history(conversation_id)

    async def ping(self) -> None:
        """Return if `available` is set; raise as the other calls do if not."""
        self.fake.ping()

    async def disconnect(self) -> None:
        """Do nothing, as there is nothing to give back."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.disconnect()


def event_job(event: Event) -> dict[str, object]:
    """Return the one argument that the desk's RQ job has for this event."""
    return event.model_dump(mode="json", exclude_none=True)


def signed_webhook(
    event: Event, secret: str = WEBHOOK_SECRET, *, at_s: float | None = None
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the HTTP request that delivers this event.

    `at_s` is the Unix time of its signature, by default now.
    """
    body = event.model_dump_json(exclude_none=True).encode()
    at_s = time.time() if at_s is None else at_s
    return sign(read_secrets(secret), event.id, body, at_s=int(at_s)), body
