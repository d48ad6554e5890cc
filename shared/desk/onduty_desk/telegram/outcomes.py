"""The outcomes of a request to Telegram; each determines what to do next."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta

from telegram import Bot, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from onduty_desk.telegram import reading

ASK_WITHIN_S = 3.0
"""Time-out of getMe, which Telegram answers in a tenth of a second."""

NO_BOT = "the answer to getMe is no bot"
NO_MODEL = (AttributeError, KeyError, TypeError, ValueError)
"""What PTB raises if Telegram's JSON does not fit its models."""


async def who_it_is(bot: Bot) -> int:
    """Ask Telegram for the bot's id.

    Raises:
        TelegramError: no answer, a refusal, or an answer that is no bot.
    """
    try:
        return (await bot.get_me(read_timeout=ASK_WITHIN_S, connect_timeout=ASK_WITHIN_S)).id
    except NO_MODEL:
        raise NetworkError(NO_BOT) from None


@dataclass(frozen=True)
class Sent:
    """Telegram took it."""

    message_id: int


@dataclass(frozen=True)
class Later:
    """429: try again after `wait`; it does not count as a failed try."""

    wait: timedelta


@dataclass(frozen=True)
class NotTaken:
    """It was certainly not taken, and the message is not the cause: again after a pause."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """The request was sent and no answer of Telegram came: the message may be on the phone."""

    reason: str


@dataclass(frozen=True)
class Unauthorized:
    """Telegram does not know the token (or the method): certainly not taken."""

    reason: str


@dataclass(frozen=True)
class Impossible:
    """This phone cannot be reached: blocked, deactivated, not found."""

    reason: str


@dataclass(frozen=True)
class Moved:
    """The group chat has another id now."""

    chat_id: int


@dataclass(frozen=True)
class Unreadable:
    """Telegram cannot parse our markup, which is a bug: the same text is sent without markup."""

    reason: str


@dataclass(frozen=True)
class Refused:
    """Telegram will never take this request."""

    reason: str


@dataclass(frozen=True)
class Gone:
    """The message that was to be changed no longer exists, or cannot be changed."""

    reason: str


Outcome = (
    Sent | Later | NotTaken | Unknown | Unauthorized | Impossible | Moved | Unreadable | Refused
)


class TokenRefused(Exception):  # noqa: N818 - it ends the process with one sentence
    """Telegram itself answered 401 or 404 at start: it does not know the bot's token."""


async def outcome_of(send: Awaitable[Message | int]) -> Outcome:  # noqa: PLR0911 - one an answer
    """Await a send, which returns a message or its id; return its outcome.

    Telegram's descriptions are those of its server's source; see "Making requests" and
    "ResponseParameters" in the Bot API. `reading.py` detects answers of other servers.
    """
    try:
        message = await send
    except RetryAfter as error:
        return Later(as_timedelta(error.retry_after))
    except ChatMigrated as error:
        return Moved(error.new_chat_id)
    except Forbidden as error:
        return Impossible(error.message)
    except InvalidToken as error:
        return Unauthorized(error.message)
    except BadRequest as error:  # a subclass of NetworkError: it comes first
        return _bad_request(error.message)
    except reading.NotTaken as error:
        return NotTaken(error.message)
    except NetworkError as error:
        return Unknown(error.message)
    except TelegramError as error:
        return Refused(error.message)
    return Sent(message if isinstance(message, int) else message.message_id)


async def outcome_of_edit(edit: Awaitable[int], message_id: int) -> Outcome | Gone:
    """Await a change to a message, which returns its id; return its outcome.

    "Message is not modified" is a success: it happens after an unknown outcome.
    """
    outcome = await outcome_of(edit)
    if not isinstance(outcome, Refused):
        return outcome
    description = outcome.reason.lower()
    if "message is not modified" in description:
        return Sent(message_id)
    if any(sign in description for sign in _SIGNS_OF_GONE):
        return Gone(outcome.reason)
    return outcome


def is_topic_gone(reason: str) -> bool:
    """Whether a refusal says that a topic is not there any more."""
    description = reason.lower()
    return any(sign in description for sign in _SIGNS_OF_NO_TOPIC)


def is_without_topics(reason: str) -> bool:
    """Whether a refusal says that the bot has no topics (any more)."""
    return "is not a forum" in reason.lower()


async def outcome_of_deletion(deletion: Awaitable[int], message_id: int) -> Outcome | Gone:
    """Await a deletion, which returns the message's id; return its outcome.

    A message that is not there any more counts as deleted.
    """
    outcome = await outcome_of_edit(deletion, message_id)
    if isinstance(outcome, Gone) and "message to delete not found" in outcome.reason.lower():
        return Sent(message_id)
    return outcome


_SIGNS_OF_GONE = (
    "message to edit not found",
    "message to delete not found",
    "message to pin not found",
    "message can't be edited",
    "message can't be deleted",
    "message_id_invalid",
    "message identifier is not specified",
)
"""As the Bot API server's source words them."""

_SIGNS_OF_NO_TOPIC = (
    "message thread not found",
    "topic_deleted",
    "topic_id_invalid",
    "it came outside of its topic",
)
"""Telegram has several words for it; the last are ours, see `Misplaced`."""


def as_timedelta(retry_after: timedelta | float) -> timedelta:
    """Read a `retry_after`, which python-telegram-bot types as either."""
    return retry_after if isinstance(retry_after, timedelta) else timedelta(seconds=retry_after)


def _bad_request(description: str) -> Outcome:
    description = description.lower()
    if "chat not found" in description or "user not found" in description:
        return Impossible(description)
    if "can't parse entities" in description:
        return Unreadable(description)
    return Refused(description)
