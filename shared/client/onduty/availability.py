"""Who is there for a group, as the desk writes it for backends each few seconds."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onduty.commit import Request
from onduty.message import Moment
from onduty.readable import whole
from onduty.refusals import misread
from onduty.wire import availability_key

__all__ = ["Availability", "availability_schema"]


class Availability(BaseModel):
    """A group at the moment when the desk last looked, a few seconds ago.

    Unknown fields are ignored: a newer desk may write more.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: int = Field(
        default=1, ge=1, description="Of this form; fields are added and never renamed."
    )
    group: str
    on_duty: int = Field(ge=0, description="Operators on duty, those who are paused included.")
    available: int = Field(ge=0, description="Operators on duty who are not paused.")
    free_places: int | None = Field(
        ge=0,
        description="How many more customers those available have room for; null: one of them has "
        "no limit. 0 if nobody is available.",
    )
    waiting: int = Field(ge=0, description="Conversations of the group that nobody has claimed.")
    claimed_within_s: int | None = Field(
        ge=0,
        description="Half of the last claims (20, of the last hour) came within so many seconds; "
        "null if there were none.",
    )
    written_at: Moment


def availability_schema() -> dict[str, Any]:
    """Return the JSON Schema of what the desk writes, of one file."""
    return {"$id": "urn:onduty:availability", **Availability.model_json_schema()}


def asking_for(group: str) -> Request:
    """Return the question that the desk answers for a group; no group has half a character."""
    key = availability_key(str(whole(group)))
    return Request([["GET", key]], "a question", "ask again later")


def read_availability(written: bytes | None) -> Availability | None:
    """Read the answer; None if there is none.

    Raises:
        DeskMisconfigured: another program has written it.
    """
    try:
        return None if written is None else Availability.model_validate_json(written)
    except ValidationError as error:
        raise misread("the availability of the group") from error
