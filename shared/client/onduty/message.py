"""What a customer wrote, as the chat backend hands it to the desk."""

import re
import secrets
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    TypeAdapter,
    ValidationError,
    model_validator,
)

DEFAULT_GROUP = "support"
_HTTP_URL = TypeAdapter(HttpUrl)
_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Priority(StrEnum):
    """How soon a conversation wants an answer; each has lanes of its own."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"


def _whole_characters(value: object) -> object:
    if isinstance(value, str) and (half := _SURROGATE.search(value)):
        raise ValueError(
            f"holds half a character (an unpaired surrogate) at position {half.start()}; "
            "decode it from UTF-8 or UTF-16 before pushing"
        )
    return value


def _visible(value: str) -> str:
    value = value.strip()
    if not value:
        raise ValueError("must hold more than white space")
    return value


def _web_address(value: str) -> str:
    if _SPACE_OR_CONTROL.search(value):
        raise ValueError("must not hold white space or control characters")
    _HTTP_URL.validate_python(value)  # checked, not rewritten: operators get the link as it came
    return value


# The length comes first, so that it is the string's own rule and speaks of characters.
_WHOLE = BeforeValidator(_whole_characters)
Name = Annotated[str, Field(min_length=1, max_length=256), _WHOLE, AfterValidator(_visible)]
WebAddress = Annotated[
    str,
    Field(max_length=2048, json_schema_extra={"pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}),
    _WHOLE,
    AfterValidator(_web_address),
]
ShortText = Annotated[str, Field(max_length=256), _WHOLE]
Label = Annotated[str, Field(min_length=1, max_length=64), _WHOLE]
ConversationId = Annotated[str, Field(min_length=1, max_length=128), _WHOLE]
_CONVERSATION_ID: TypeAdapter[str] = TypeAdapter(ConversationId)


def new_message_id() -> str:
    """Return 32 hex digits that sort by the time they were made (milliseconds, then chance)."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def check_conversation_id(conversation_id: str) -> str:
    """Return the id if a message could have it; raise `ValueError` with the rule if not."""
    try:
        return _CONVERSATION_ID.validate_python(conversation_id)
    except ValidationError as invalid:
        raise ValueError(f"conversation_id: {invalid.errors()[0]['msg']}") from None


class Attachment(BaseModel):
    """A file the customer sent, as an address where an operator can open it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: WebAddress
    file_name: Name
    mime_type: Annotated[str, Field(min_length=1, max_length=128), _WHOLE] = (
        "application/octet-stream"
    )
    size: int | None = Field(default=None, ge=0, description="In bytes.")


class CustomerMessage(BaseModel):
    """One text (and attachments) that a customer wrote.

    Immutable, and its id is fixed when it is built: pushing the same object, or another with the
    same id, delivers nothing twice. A field that breaks its rule raises `pydantic.ValidationError`,
    which names the field and the rule. Unknown fields are ignored, so that a newer backend can
    talk to an older desk.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = Field(default=1, ge=1)
    id: str = Field(default_factory=new_message_id, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    conversation_id: ConversationId = Field(
        default_factory=lambda fields: fields.get("id", ""),
        description="One customer thread; by default the message is a thread of its own.",
    )
    text: Annotated[str, Field(max_length=65_536), _WHOLE] = ""
    customer_name: Name
    recipient: Name = Field(description="Whom the customer writes to: a shop, a team.")
    reply_url: WebAddress | None = Field(
        default=None, description="Where an operator can answer in the browser."
    )
    group: Label = DEFAULT_GROUP
    priority: Priority = Priority.NORMAL
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=10)
    details: dict[Label, ShortText] = Field(
        default_factory=dict,
        max_length=20,
        description="Shown on the card: page, order number, phone.",
    )
    sent_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and not self.attachments:
            raise ValueError("text: write something or attach a file; this message is empty")
        return self
