"""What an answer refers to and carries, and what a backend may report of it."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from onduty.readable import whole

ReplyStatus = Literal["delivered", "read", "failed"]
"""What a backend may report of a reply."""

MOST_OF_A_REASON = 200
_MOST_OF_AN_ID = 64


class RepliedTo(BaseModel):
    """The customer's message that an operator has replied to."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    message_id: str
    quote: str | None = Field(default=None, description="The words of it that they have quoted.")


class ReplyAttachment(BaseModel):
    """A file of a reply."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    kind: str
    url: str
    file_name: str | None = None
    mime_type: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    duration: int | None = None


def check_report(reply_id: str, status: ReplyStatus, reason: str) -> tuple[str, str, str]:
    """Return what `report` takes, with a reason that is shortened if it is too long.

    Raises:
        ValueError: the id is not 1 to 64 characters, there is no such status, or the reason is no
            text.
    """
    if not _is_text(reply_id) or not 1 <= len(reply_id) <= _MOST_OF_AN_ID:
        raise ValueError(f"reply_id: takes 1 to {_MOST_OF_AN_ID} characters")
    if whole(reply_id) != reply_id:
        raise ValueError("reply_id: holds half a character (an unpaired surrogate)")
    if status not in get_args(ReplyStatus):
        raise ValueError(f"status: {' or '.join(get_args(ReplyStatus))}")
    if not _is_text(reason):
        raise ValueError("reason: a text")
    return reply_id, status, reason.encode(errors="replace").decode()[:MOST_OF_A_REASON]


def _is_text(value: object) -> bool:
    return isinstance(value, str)
