"""A customer's message, as the chat backend pushes it to the desk."""

import difflib
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    JsonValue,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from onduty import readable
from onduty.mistakes import said

DEFAULT_GROUP = "support"
_HTTP_URL = TypeAdapter(HttpUrl)
_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")
MOMENT = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$"
"""ISO 8601 with a time zone, for the JSON Schemas."""

_SHORT = [{"type": kind} for kind in ("string", "number", "boolean", "null")]
_SAYS_SOMETHING: list[JsonValue] = [
    {
        "required": ["text"],
        "properties": {"text": {"type": "string", "pattern": r"\S"}},
    },
    {
        "required": ["attachments"],
        "properties": {"attachments": {"type": "array", "minItems": 1}},
    },
]
_MOST_NAME = 256
_MOST_ATTACHMENTS = 10
_NEUTRAL_FILE_NAME = "file"
_SURROGATE = re.compile("[\ud800-\udfff]")


class Priority(StrEnum):
    """How soon a conversation wants an answer; each has lanes of its own."""

    URGENT = "urgent"
    NORMAL = "normal"
    LOW = "low"


PriorityName = Literal["urgent", "normal", "low"]
"""The same as a plain text."""


def _whole_characters(value: object) -> object:
    if isinstance(value, str) and (half := _SURROGATE.search(value)):
        raise ValueError(
            f"holds half a character (an unpaired surrogate) at position {half.start()}; "
            "decode it from UTF-8 or UTF-16 before pushing"
        )
    return value


def _name(value: object) -> object:
    return readable.line(value, _MOST_NAME)


def _file_name(value: object) -> object:
    name = readable.line(value, _MOST_NAME)
    return name if isinstance(name, str) and name else _NEUTRAL_FILE_NAME


def _web_address(value: str) -> str:
    if _SPACE_OR_CONTROL.search(value):
        raise ValueError("must not hold white space or control characters")
    _HTTP_URL.validate_python(value)  # checked, not rewritten: operators get the link as it came
    return value


# An id is never repaired: two different ids could become the same.
_WHOLE = BeforeValidator(_whole_characters)
Name = Annotated[
    str,
    Field(min_length=1, description="Longer than 256 characters, it is shortened."),
    BeforeValidator(_name),
]
WebAddress = Annotated[
    str,
    Field(max_length=2048, json_schema_extra={"pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}),
    _WHOLE,
    AfterValidator(_web_address),
]
Label = Annotated[str, Field(min_length=1, max_length=64), _WHOLE]
Moment = Annotated[
    AwareDatetime,
    # No `format`: strict validators refuse those that they have no plug-in for.
    WithJsonSchema({"type": "string", "pattern": MOMENT}),
]
MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Text = Annotated[str, Field(max_length=65_536), BeforeValidator(readable.whole)]
ConversationId = Annotated[str, Field(min_length=1, max_length=128), _WHOLE]
_CONVERSATION_ID: TypeAdapter[str] = TypeAdapter(ConversationId)
_MESSAGE_ID: TypeAdapter[str] = TypeAdapter(MessageId)
_TEXT: TypeAdapter[str] = TypeAdapter(Text)


def new_message_id() -> str:
    """Return 32 hex digits that sort by the time they were made (milliseconds, then chance)."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


def check_conversation_id(conversation_id: str) -> str:
    """Return the id unchanged; raises `ValueError` with the rule if a message could not have it."""
    return _checked(_CONVERSATION_ID, conversation_id, "conversation_id")


def check_message_id(message_id: str) -> str:
    """Do the same for the id of a message."""
    return _checked(_MESSAGE_ID, message_id, "message_id")


def check_new_text(text: str) -> str:
    """Return what a message's text is changed to, half an emoji mended; raises `ValueError`."""
    checked = _checked(_TEXT, text, "text")
    if not checked.strip():
        raise ValueError("text: write something, or retract the message")
    return checked


def _checked(rule: TypeAdapter[str], value: str, name: str) -> str:
    try:
        return rule.validate_python(value)
    except ValidationError as invalid:
        raise ValueError(f"{name}: {said(invalid.errors()[0])}") from None


class _Fields(BaseModel):
    """In Python an unknown field is an error; from the wire it is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    def __new__(cls, *_: object, **fields: object) -> Self:
        """Refuse a misspelt field. Only the constructor calls this; reading JSON does not."""
        if unknown := [name for name in fields if name not in cls.model_fields]:
            raise ValidationError.from_exception_data(
                cls.__name__,
                [
                    InitErrorDetails(type=_no_such_field(cls, name), loc=(name,), input=None)
                    for name in unknown
                ],
                hide_input=True,
            )
        return super().__new__(cls)


def _no_such_field(model: type[BaseModel], name: str) -> PydanticCustomError:
    near = difflib.get_close_matches(name, model.model_fields, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(model.model_fields)}"
    return PydanticCustomError("no_such_field", "there is no such field; {hint}", {"hint": hint})


class Attachment(_Fields):
    """A file the customer sent, as an address where an operator can open it."""

    url: WebAddress
    file_name: Annotated[str, BeforeValidator(_file_name)] = _NEUTRAL_FILE_NAME
    mime_type: Annotated[str, BeforeValidator(readable.mime_type)] = readable.DEFAULT_MIME_TYPE
    size: Annotated[int | None, BeforeValidator(readable.size)] = Field(
        default=None, ge=0, description="In bytes; beyond 2^53 it counts as unknown."
    )

    if TYPE_CHECKING:  # what a type checker accepts

        def __init__(
            self,
            *,
            url: str,
            file_name: str = ...,
            mime_type: str | None = ...,
            size: float | None = ...,
        ) -> None: ...


class CustomerMessage(_Fields):
    """One text (and attachments) that a customer wrote.

    Immutable, and its id is fixed when it is built: pushing the same object, or another with the
    same id, delivers nothing twice. A field that breaks its rule raises `pydantic.ValidationError`,
    which names the field and the rule, and never the customer's words; so does a field that does
    not exist. Decorations (details, files, the length of a name) are shortened instead.
    """

    model_config = ConfigDict(
        json_schema_extra={"$id": "urn:onduty:customer-message", "anyOf": _SAYS_SOMETHING}
    )

    version: int = Field(default=1, ge=1)
    id: MessageId = Field(default_factory=new_message_id)
    conversation_id: ConversationId = Field(
        default_factory=lambda fields: fields.get("id", ""),
        description="One customer thread; by default the message is a thread of its own.",
    )
    text: Text = ""
    customer_name: Name
    recipient: Name = Field(
        description="Whom the customer writes to: a shop, a team. "
        "Longer than 256 characters, it is shortened."
    )
    reply_url: WebAddress | None = Field(
        default=None, description="Where an operator can answer in the browser."
    )
    group: Label = DEFAULT_GROUP
    priority: Priority = Priority.NORMAL
    attachments: tuple[Attachment, ...] = Field(
        default=(), description="10 are shown, more are counted."
    )
    more_attachments: Annotated[int, BeforeValidator(lambda count: readable.size(count) or 0)] = (
        Field(default=0, ge=0, description="Files that are not among `attachments`.")
    )
    details: Annotated[
        dict[str, str],
        BeforeValidator(readable.details),
        WithJsonSchema({"type": "object", "additionalProperties": {"anyOf": _SHORT}}),
    ] = Field(
        default_factory=dict,
        description="Shown on the card: page, order number, phone. 20 are shown; a label longer "
        "than 64 characters, or a value longer than 256, is shortened.",
    )
    sent_at: Moment = Field(default_factory=lambda: datetime.now(UTC))

    if TYPE_CHECKING:  # what a type checker accepts

        def __init__(  # noqa: PLR0913 - its fields
            self,
            *,
            text: str = ...,
            customer_name: str,
            recipient: str,
            id: str = ...,  # noqa: A002 - the name on the wire
            conversation_id: str = ...,
            reply_url: str | None = ...,
            group: str = ...,
            priority: Priority | PriorityName = ...,
            attachments: Iterable[Attachment | Mapping[str, object]] = ...,
            more_attachments: int = ...,
            details: Mapping[str, object] = ...,
            sent_at: datetime | str = ...,
            version: int = ...,
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _shows_what_it_can(cls, fields: object) -> object:
        if not isinstance(fields, dict) or "attachments" not in fields:
            return fields
        usable, names = _usable(fields["attachments"])
        left_out = len(names) + len(usable[_MOST_ATTACHMENTS:])
        repaired = {
            **fields,
            "attachments": usable[:_MOST_ATTACHMENTS],
            "more_attachments": left_out + (readable.size(fields.get("more_attachments")) or 0),
        }
        if names and not usable and not str(fields.get("text") or "").strip():
            # Otherwise the message would be empty, and the operator would not know of the files.
            repaired["text"] = "\n".join(f"📎 {name}" for name in names[:_MOST_ATTACHMENTS])
        return repaired

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and not self.attachments:
            raise ValueError("text: write something or attach a file; this message is empty")
        return self


def _usable(attachments: object) -> tuple[list[Attachment], list[str]]:
    """Return the files that can be opened, and the names of those that cannot."""
    usable: list[Attachment] = []
    names: list[str] = []
    if isinstance(attachments, Mapping | str | bytes):
        attachments = [attachments]
    for given in attachments if isinstance(attachments, Iterable) else ():
        fields = {"url": given} if isinstance(given, str) else given
        try:
            usable.append(Attachment.model_validate(fields))
        except ValidationError:
            name = fields.get("file_name") if isinstance(fields, Mapping) else None
            names.append(str(_file_name(name)))
    return usable, names
