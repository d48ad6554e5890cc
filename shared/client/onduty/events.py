"""The events that the desk sends to a chat backend, by RQ jobs or by webhooks.

    event = parse_event(job_argument)
    event = verify_webhook(request.headers, request_body, secret)

An event may be delivered twice, with the same `id`. `sequence` is its place in the conversation.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from onduty.message import Moment
from onduty.reasons import CloseReason, ReleaseReason, UnattendedReason
from onduty.replies import RepliedTo, ReplyAttachment, ReplyStatus
from onduty.signing import InvalidWebhook, check

__all__ = [
    "CloseReason",
    "ConversationClaimed",
    "ConversationClosed",
    "ConversationDelegated",
    "ConversationEscalated",
    "ConversationMuted",
    "ConversationReleased",
    "ConversationUnattended",
    "Event",
    "InvalidWebhook",
    "KnownEvent",
    "MessageUndeliverable",
    "Operator",
    "ReleaseReason",
    "RepliedTo",
    "ReplyAttachment",
    "ReplyDeleted",
    "ReplyEdited",
    "ReplySent",
    "ReplyStatus",
    "UnattendedReason",
    "UnknownEvent",
    "event_schema",
    "parse_event",
    "verify_webhook",
]


class Operator(BaseModel):
    """Somebody who answers customers."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: int = Field(description="Their Telegram id, up to 52 bits.")
    name: str = Field(description="As Telegram shows it; never unique.")


class _Event(BaseModel):
    """The fields of all events. Unknown fields are ignored: a newer desk may send more."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str = Field(min_length=1, max_length=64, description="The same for a repeat.")
    conversation_id: str = Field(min_length=1, description="As the backend's messages had it.")
    occurred_at: Moment
    sequence: int = Field(
        ge=1,
        description="Counts a conversation's events from 1, and again from 1 when it has expired.",
    )
    operator: Operator | None = Field(
        default=None, description="Who did it; absent if nobody did, or the backend itself."
    )


class _Reply(_Event):
    operator: Operator
    reply_id: str = Field(description="The same in every event about this reply.")


class _Written(_Reply):
    text: str
    html: str = Field(
        default="",
        description="The text with its marks: b, i, u, s, code, pre, a and blockquote, all else "
        "escaped. Empty: an older desk, take the text.",
    )
    attachments: tuple[ReplyAttachment, ...] = ()


class ReplySent(_Written):
    """An operator answered: show it to the customer, once for its `reply_id`."""

    type: Literal["reply.sent"] = "reply.sent"
    in_reply_to: RepliedTo | None = Field(
        default=None, description="Absent if it is not known which message it answers."
    )
    sent_at: Moment | None = Field(default=None, description="When the operator wrote it.")


class ReplyEdited(_Written):
    """An operator changed an answer: show the new text in its place."""

    type: Literal["reply.edited"] = "reply.edited"


class ReplyDeleted(_Reply):
    """An operator took an answer back: do not show it any more."""

    type: Literal["reply.deleted"] = "reply.deleted"


class ConversationClaimed(_Event):
    """`operator` is answering; `previous` was, if it was taken over."""

    type: Literal["conversation.claimed"] = "conversation.claimed"
    operator: Operator
    previous: Operator | None = None


class ConversationReleased(_Event):
    """Nobody is answering any more: it waits again. `operator` is who had it."""

    type: Literal["conversation.released"] = "conversation.released"
    reason: Annotated[ReleaseReason | str, Field(union_mode="left_to_right")] = Field(
        description="One of ReleaseReason; a newer desk may know others."
    )


class ConversationDelegated(_Event):
    """`previous` passed it on: `operator` is answering now, or it waits in `group`."""

    type: Literal["conversation.delegated"] = "conversation.delegated"
    previous: Operator | None = None
    group: str | None = Field(default=None, description="The group that it is in now.")
    reason: str | None = Field(
        default=None, description="What `previous` wrote about it, if they did: for people."
    )


class ConversationClosed(_Event):
    """It is done, until the customer writes again."""

    type: Literal["conversation.closed"] = "conversation.closed"
    reason: Annotated[CloseReason | str, Field(union_mode="left_to_right")] | None = Field(
        default=None,
        description="Why, if neither an operator nor the backend closed it: one of CloseReason; a "
        "newer desk may know others.",
    )


class ConversationUnattended(_Event):
    """The customer waits and nobody is available; once until they get an answer or write anew."""

    type: Literal["conversation.unattended"] = "conversation.unattended"
    group: str | None = Field(default=None, description="The group in whose line it waits.")
    reason: Annotated[UnattendedReason | str, Field(union_mode="left_to_right")] = Field(
        description="One of UnattendedReason; a newer desk may know others."
    )


class ConversationEscalated(_Event):
    """The customer has waited for long: a step of the escalation that the group's rules ask for.

    A move to another group is followed by `conversation.delegated`.
    """

    type: Literal["conversation.escalated"] = "conversation.escalated"
    group: str | None = Field(default=None, description="The group whose rule it is.")
    to: str = Field(
        description="wave, group, admins, or group: and the name of a group; a newer desk may know "
        "others."
    )
    priority: str | None = Field(default=None, description="The priority that the rule is for.")
    waited_s: int | None = Field(
        default=None, description="How long the customer has waited, in seconds."
    )


class ConversationMuted(_Event):
    """`operator` lets this customer ring nobody any more; who writes there gets no answer.

    `conversation.closed` comes before it, if it was open. A claim, or its customer's next message
    once somebody has undone it, ends it.
    """

    type: Literal["conversation.muted"] = "conversation.muted"


class MessageUndeliverable(_Event):
    """A customer's message reached no operator, and nobody will get it unless an SRE retries it."""

    type: Literal["message.undeliverable"] = "message.undeliverable"
    message_id: str
    reason: str = Field(description="For people; no list of them is promised.")


class UnknownEvent(_Event):
    """Of a type that this version does not know, sent by a newer desk: confirm it and go on."""

    type: str


KnownEvent = Annotated[
    ReplySent
    | ReplyEdited
    | ReplyDeleted
    | ConversationClaimed
    | ConversationReleased
    | ConversationDelegated
    | ConversationClosed
    | ConversationUnattended
    | ConversationEscalated
    | ConversationMuted
    | MessageUndeliverable,
    Field(discriminator="type"),
]


Event = KnownEvent | UnknownEvent


_KNOWN: TypeAdapter[KnownEvent] = TypeAdapter(KnownEvent)


_TYPES = (
    "reply.sent",
    "reply.edited",
    "reply.deleted",
    "conversation.claimed",
    "conversation.released",
    "conversation.delegated",
    "conversation.closed",
    "conversation.unattended",
    "conversation.escalated",
    "conversation.muted",
    "message.undeliverable",
)


def parse_event(event: object) -> Event:
    """Read an event from its JSON object, the one argument of an RQ job.

    Raises:
        pydantic.ValidationError: it is no event.
    """
    if isinstance(event, Mapping) and event.get("type") not in _TYPES:
        return UnknownEvent.model_validate(event)
    return _KNOWN.validate_python(event)


def verify_webhook(headers: Mapping[str, str], body: bytes, secret: str | Sequence[str]) -> Event:
    """Read an event from an HTTP request: its headers, its body as it came, and the secret.

    The secret is the desk's `ONDUTY_EVENTS_SECRET`; while it is being changed, a list of the new
    and the old one, or both in one text with a space between. Answer any 2xx when the event is
    safe with you; 410 or 422 to refuse it for good; anything else, or nothing within 10 s, and it
    comes again, after 429 and 503 when your `Retry-After` says.

    Raises:
        InvalidWebhook: it is not from the desk, or not an event; answer 400.
        ValueError: a secret has not the form `whsec_<base64>`.
    """
    check(headers, body, secret)
    try:
        return parse_event(json.loads(body))
    except ValidationError as invalid:
        fields = ", ".join(".".join(map(str, error["loc"])) for error in invalid.errors())
        raise InvalidWebhook(f"signed, but no event ({fields}): use a newer onduty") from None
    except (ValueError, RecursionError):
        raise InvalidWebhook("signed, but the body is no JSON") from None


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of events: those that this version knows, and any other type.

    Of one file, without `format` and without `discriminator`, which strict validators refuse.
    """
    schema = _KNOWN.json_schema()
    del schema["discriminator"]
    models: dict[str, Any] = schema["$defs"]
    models["UnknownEvent"] = UnknownEvent.model_json_schema(ref_template="#/$defs/{model}")
    models["UnknownEvent"].pop("$defs")
    models["UnknownEvent"]["properties"]["type"]["not"] = {"enum": list(_TYPES)}
    for model in models.values():
        if kind := model.get("properties", {}).get("type"):
            kind.pop("default", None)
            model["required"] = ["type", *(name for name in model["required"] if name != "type")]
    schema["oneOf"].append({"$ref": "#/$defs/UnknownEvent"})
    return {"$id": "urn:onduty:event", "title": "Event", **schema}
