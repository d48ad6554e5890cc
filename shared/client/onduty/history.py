"""What was written in a conversation by both sides, as the desk keeps it for backends."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onduty.commit import Request
from onduty.message import Moment, check_conversation_id
from onduty.refusals import misread
from onduty.replies import RepliedTo
from onduty.wire import history_key

__all__ = ["Author", "HistoryEntry", "HistoryFile", "history_schema"]


class _Written(BaseModel):
    """Unknown fields are ignored: a newer desk may write more."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Author(_Written):
    """Who wrote it."""

    id: int | None = Field(
        default=None, description="An operator's Telegram id; null for the customer."
    )
    name: str


class HistoryFile(_Written):
    """A file of a message."""

    url: str
    file_name: str | None = None
    mime_type: str | None = None
    size: int | None = None


class HistoryEntry(_Written):
    """One message of a conversation, as it reads now.

    The desk keeps the newest 1,000 of a conversation, in the order in which it took them, and lets
    them expire with it.
    """

    version: int = Field(
        default=1, ge=1, description="Of this form; fields are added and never renamed."
    )
    kind: str = Field(
        description="message: the customer wrote it; reply: an operator answered from Telegram. "
        "There may be others later: leave out what you do not know."
    )
    id: str = Field(description="The message's id, or the reply_id.")
    place: int = Field(
        ge=0,
        description="Of the customer's message in the conversation, from 1; of a reply, that of "
        "the newest message before it.",
    )
    author: Author
    text: str = Field(description="Empty if it was taken back.")
    html: str | None = Field(default=None, description="Of a reply: the same with its marks.")
    attachments: tuple[HistoryFile, ...] = ()
    in_reply_to: RepliedTo | None = None
    at: Moment = Field(description="When it was written.")
    edited_at: Moment | None = Field(
        default=None, description="When it was last edited; null if never."
    )
    deleted_at: Moment | None = Field(
        default=None, description="When its author took it back; null if they did not."
    )
    status: str | None = Field(
        default=None,
        description="Of a reply: sending, delivered, read, failed or deleted, as its author sees "
        "it; null of a message.",
    )


def history_schema() -> dict[str, Any]:
    """Return the JSON Schema of one entry, of one file."""
    return {"$id": "urn:onduty:history-entry", **HistoryEntry.model_json_schema()}


def asking_for_history(conversation_id: str) -> Request:
    """Return the question; raises `ValueError` for a bad id."""
    key = history_key(check_conversation_id(conversation_id))
    return Request([["LRANGE", key, 0, -1]], "a question", "ask again later")


def read_history(written: Sequence[bytes]) -> list[HistoryEntry]:
    """Read the answer, the oldest first; empty if there is no such conversation.

    Raises:
        DeskMisconfigured: another program has written it.
    """
    try:
        return [HistoryEntry.model_validate_json(entry) for entry in written]
    except ValidationError as error:
        raise misread("the history of the conversation") from error
