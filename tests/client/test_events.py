"""What a backend receives: typed events, from RQ jobs and from signed webhooks."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from hostile import HOSTILE
from onduty.events import (
    CloseReason,
    ConversationClaimed,
    ConversationClosed,
    ConversationReleased,
    InvalidWebhook,
    Operator,
    ReleaseReason,
    ReplySent,
    UnknownEvent,
    event_schema,
    parse_event,
    verify_webhook,
)
from onduty.signing import read_secret
from onduty.testing import WEBHOOK_SECRET, event_job, signed_webhook

SCHEMA = Path(__file__).parents[2] / "docs" / "event.schema.json"
ANNA = {"id": 4503599627370495, "name": "Anna"}
EVERY_EVENT = {
    "id": "0190",
    "conversation_id": "c1",
    "occurred_at": "2026-11-23T05:37:01.120Z",
    "sequence": 3,
}
OWN_FIELDS: dict[str, dict[str, object]] = {
    "reply.sent": {"operator": ANNA, "reply_id": "r1", "text": "On its way"},
    "reply.edited": {"operator": ANNA, "reply_id": "r1", "text": "On its way!"},
    "reply.deleted": {"operator": ANNA, "reply_id": "r1"},
    "conversation.claimed": {"operator": ANNA, "previous": {"id": 2, "name": "Boris"}},
    "conversation.released": {"operator": ANNA, "reason": "lease_ended"},
    "conversation.delegated": {"operator": ANNA, "previous": {"id": 2, "name": "Boris"}},
    "conversation.closed": {"operator": ANNA, "reason": "idle"},
    "conversation.unattended": {"group": "support", "reason": "off_duty"},
    "conversation.escalated": {
        "group": "support",
        "to": "group:night",
        "priority": "urgent",
        "waited_s": 120,
    },
    "conversation.muted": {"operator": ANNA},
    "message.undeliverable": {"message_id": "m1", "reason": "Bad Request: no"},
}


def json_of(kind: str, **fields: object) -> dict[str, object]:
    return {"type": kind, **EVERY_EVENT, **OWN_FIELDS.get(kind, {}), **fields}


def reply(text: str = "On its way") -> ReplySent:
    event = parse_event(json_of("reply.sent", text=text))
    assert isinstance(event, ReplySent)
    return event


@pytest.mark.parametrize("kind", OWN_FIELDS)
def test_every_type_has_its_model(kind: str) -> None:
    """Frozen, with the type as its name, and the same when written again."""
    event = parse_event(json_of(kind))
    assert not isinstance(event, UnknownEvent)
    assert event.type == kind
    assert parse_event(event_job(event)) == event
    with pytest.raises(ValidationError, match="frozen"):
        event.sequence = 4  # type: ignore[misc]  # that it is refused is the fact


@pytest.mark.parametrize("kind", OWN_FIELDS)
def test_the_schema_takes_what_the_models_take(kind: str) -> None:
    """For backends in other languages."""
    jsonschema.validate(json_of(kind, newer="field"), event_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json_of(kind) | {"sequence": 0}, event_schema())


def test_the_documented_schema_is_the_models() -> None:
    """docs/event.schema.json is generated: `onduty schema event > …` writes it anew."""
    assert json.loads(SCHEMA.read_text()) == event_schema()


def test_a_newer_desk_does_not_break_an_older_backend() -> None:
    """Unknown fields are ignored, unknown types and reasons are readable."""
    claimed = parse_event(json_of("conversation.claimed", mood="happy"))
    assert isinstance(claimed, ConversationClaimed)
    unknown = parse_event(json_of("conversation.praised", stars=5))
    assert isinstance(unknown, UnknownEvent)
    assert (unknown.type, unknown.conversation_id) == ("conversation.praised", "c1")
    released = parse_event(json_of("conversation.released", reason="moon_rose"))
    assert isinstance(released, ConversationReleased)
    assert released.reason == "moon_rose"


def test_a_known_reason_is_one_of_the_enum() -> None:
    """So that a backend can match on it."""
    released = parse_event(json_of("conversation.released"))
    assert isinstance(released, ConversationReleased)
    assert released.reason is ReleaseReason.LEASE_ENDED
    closed = parse_event(json_of("conversation.closed"))
    assert isinstance(closed, ConversationClosed)
    assert closed.reason is CloseReason.IDLE


@pytest.mark.parametrize("broken", [None, [], "text", {}, {"type": "reply.sent"}, {"type": []}, 7])
def test_what_is_no_event_is_refused(broken: object) -> None:
    """By the one exception that pydantic has for it."""
    with pytest.raises(ValidationError):
        parse_event(broken)


def test_nobody_did_it() -> None:
    """The backend closed the conversation itself: there is no operator."""
    event = ConversationClosed.model_validate({**EVERY_EVENT})
    assert (event.operator, event.reason) == (None, None)
    assert "operator" not in event_job(event)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_signed_webhook_is_read(text: str) -> None:
    """Whatever an operator writes."""
    headers, body = signed_webhook(reply(text))
    assert verify_webhook(headers, body, WEBHOOK_SECRET) == reply(text)


def test_the_signature_is_that_of_the_standard() -> None:
    """HMAC-SHA256 of `id.timestamp.body`, base64, by the key in the secret."""
    headers, body = signed_webhook(reply(), at_s=1_700_000_000.9)
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    signed = b"0190.1700000000." + body
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers == {
        "webhook-id": "0190",
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{signature}",
    }


def test_the_standard_s_own_example_verifies() -> None:
    """The one in the specification's reference libraries, so that any of them reads ours."""
    key = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert signature == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_any_of_several_signatures_is_enough() -> None:
    """While a secret is being changed; names of headers are of any case."""
    headers, body = signed_webhook(reply())
    changing = {
        "Webhook-Id": headers["webhook-id"],
        "WEBHOOK-TIMESTAMP": headers["webhook-timestamp"],
        "Webhook-Signature": f"v1a,xyz v1,AAAA {headers['webhook-signature']} nonsense",
    }
    assert verify_webhook(changing, body, WEBHOOK_SECRET) == reply()


OTHER_SECRET = "whsec_" + base64.b64encode(b"x" * 32).decode()


@pytest.mark.parametrize(
    "known",
    [
        OTHER_SECRET,
        WEBHOOK_SECRET,
        [WEBHOOK_SECRET, OTHER_SECRET],
        f" {OTHER_SECRET}  {WEBHOOK_SECRET} ",
    ],
)
def test_two_secrets_sign_and_either_verifies(known: str | list[str]) -> None:
    """While it is being changed nobody has to be quick, on whichever side it is changed first."""
    headers, body = signed_webhook(reply(), f"{WEBHOOK_SECRET} {OTHER_SECRET}")
    assert headers["webhook-signature"].count("v1,") == 2
    assert verify_webhook(headers, body, known) == reply()
    old_headers, old_body = signed_webhook(reply(), WEBHOOK_SECRET)
    assert verify_webhook(old_headers, old_body, [OTHER_SECRET, WEBHOOK_SECRET]) == reply()


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_an_old_webhook_is_refused(seconds: int) -> None:
    """It may be a recording; the text names both causes."""
    headers, body = signed_webhook(reply(), at_s=time.time() + seconds)
    with pytest.raises(InvalidWebhook, match="clocks"):
        verify_webhook(headers, body, WEBHOOK_SECRET)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"webhook-id": "other"}, "ONDUTY_EVENTS_SECRET"),
        ({"webhook-signature": "v1,"}, "ONDUTY_EVENTS_SECRET"),
        ({"webhook-signature": "v1,\udc80é"}, "ONDUTY_EVENTS_SECRET"),
        ({"webhook-id": "\udc80"}, "ONDUTY_EVENTS_SECRET"),
        ({"webhook-signature": "v2,x"}, "ONDUTY_EVENTS_SECRET"),
        ({"webhook-signature": ""}, "no header webhook-signature"),
        ({"webhook-timestamp": "soon"}, "Unix time"),
        ({"webhook-timestamp": "٣"}, "Unix time"),
        ({"webhook-timestamp": "9" * 5_000}, "Unix time"),
    ],
)
def test_a_forged_webhook_is_refused(changed: dict[str, str], told: str) -> None:
    """By one exception that says what to look at, whatever is in the headers."""
    headers, body = signed_webhook(reply())
    with pytest.raises(InvalidWebhook, match=told):
        verify_webhook(headers | changed, body, WEBHOOK_SECRET)


def test_a_changed_body_or_another_secret_is_refused() -> None:
    """Not one byte may differ."""
    headers, body = signed_webhook(reply())
    with pytest.raises(InvalidWebhook, match="as they came"):
        verify_webhook(headers, body + b" ", WEBHOOK_SECRET)
    other = "whsec_" + base64.b64encode(b"x" * 32).decode()
    with pytest.raises(InvalidWebhook, match="as they came"):
        verify_webhook(headers, body, other)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b"{}", b"[]", b'{"type": "x"}'])
def test_what_is_signed_but_no_event_is_refused(body: bytes) -> None:
    """The same exception: a receiver handles one."""
    at = int(time.time())
    key = read_secret(WEBHOOK_SECRET)
    mac = hmac.digest(key, f"i.{at}.".encode() + body, hashlib.sha256)
    headers = {
        "webhook-id": "i",
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }
    with pytest.raises(InvalidWebhook, match="signed, but"):
        verify_webhook(headers, body, WEBHOOK_SECRET)


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "hunter2", "whsec_c2hvcnQ=", "whsec_%%%", f"{WEBHOOK_SECRET} x"]
)
def test_a_secret_of_another_form_says_how_to_make_one(secret: str) -> None:
    """It is a mistake of the backend's own, not of a request: another exception."""
    headers, body = signed_webhook(reply())
    with pytest.raises(ValueError, match="openssl rand -base64 32"):
        verify_webhook(headers, body, secret)


def test_an_event_can_be_built_for_a_test() -> None:
    """As the desk would tell it, without a desk."""
    event = ConversationClaimed.model_validate({**EVERY_EVENT, "operator": ANNA})
    assert event.operator == Operator(id=4503599627370495, name="Anna")
    assert parse_event(event_job(event)) == event
