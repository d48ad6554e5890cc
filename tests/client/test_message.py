"""What a customer message takes and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from onduty import Attachment, CustomerMessage, Priority

LEAST = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}
SCHEMA = Path(__file__).parents[2] / "docs" / "customer-message.schema.json"


def build(**fields: object) -> CustomerMessage:
    return CustomerMessage.model_validate({**LEAST, **fields})


def test_the_least_message_fills_in_the_rest() -> None:
    """Three fields are enough: id, conversation, group, priority and time are made."""
    message = build()
    assert message.conversation_id == message.id
    assert (message.group, message.priority) == ("support", Priority.NORMAL)
    assert message.sent_at.tzinfo is not None


def test_made_ids_sort_by_time() -> None:
    """A later message has a larger id, so that ids list in the order of writing."""
    ids = [build().id[:12] for _ in range(50)]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    ("fields", "field", "rule"),
    [
        ({"text": ""}, "", "write something or attach a file"),
        ({"text": " \n\t"}, "", "write something or attach a file"),
        ({"text": "x" * 65_537}, "text", "at most 65536 characters"),
        ({"customer_name": ""}, "customer_name", "at least 1 character"),
        ({"customer_name": "  \n"}, "customer_name", "at least 1 character"),
        ({"conversation_id": "\udc00"}, "conversation_id", "unpaired surrogate) at position 0"),
        ({"id": "no spaces"}, "id", "should match pattern"),
        ({"id": "x" * 65}, "id", "should match pattern"),
        ({"id": "line\n"}, "id", "should match pattern"),
        ({"conversation_id": ""}, "conversation_id", "at least 1 character"),
        (
            {"reply_url": "javascript:alert(1)"},
            "reply_url",
            "URL scheme should be 'http' or 'https'",
        ),
        ({"reply_url": "https://"}, "reply_url", "valid URL"),
        ({"reply_url": "https://a.example/ b"}, "reply_url", "must not hold white space"),
        ({"reply_url": "https://a.example/\u0007"}, "reply_url", "control characters"),
        ({"priority": "high"}, "priority", "'urgent', 'normal' or 'low'"),
        ({"sent_at": "2026-01-01T00:00:00"}, "sent_at", "should have timezone info"),
        ({"version": 0}, "version", "greater than or equal to 1"),
    ],
)
def test_a_broken_rule_names_the_field_and_the_rule(
    fields: dict[str, object], field: str, rule: str
) -> None:
    """A backend developer reads in the error what to mend."""
    with pytest.raises(ValidationError) as refused:
        build(**fields)
    error = refused.value.errors()[0]
    assert (error["loc"][-1] if error["loc"] else "") == field
    assert rule in error["msg"]


def test_an_error_holds_none_of_the_customers_words() -> None:
    """Errors go into logs; what a customer wrote does not."""
    for fields in (
        {"text": "my secret" * 9_000},
        {"text": ["my secret"]},
        {"reply_url": "my secret"},
    ):
        with pytest.raises(ValidationError) as refused:
            build(**fields)
        assert "secret" not in f"{refused.value}{refused.value!r}"


def test_a_misspelt_field_is_refused_where_it_is_written() -> None:
    """In Python it is a slip and the error says what was meant; on the wire, a newer field."""
    fields: dict[str, Any] = {**LEAST, "reply_uri": "https://shop.example"}
    with pytest.raises(ValidationError, match=r"reply_uri\n.*did you mean reply_url\?"):
        CustomerMessage(**fields)
    with pytest.raises(ValidationError, match="there are url, file_name"):
        Attachment(url="https://shop.example", x=1)  # type: ignore[call-arg]  # the slip
    assert CustomerMessage.model_validate(fields).reply_url is None


def test_an_attachment_is_enough() -> None:
    """A photo without a word is a message."""
    photo = {"url": "https://a.example/cat.jpg", "file_name": "cat.jpg", "mime_type": "image/jpeg"}
    assert build(text="", attachments=[photo]).attachments[0].file_name == "cat.jpg"


def test_fields_of_a_newer_client_are_ignored() -> None:
    """A newer backend can talk to an older desk."""
    assert build(version=2, mood="angry").version == 2


def test_the_link_is_kept_as_it_came() -> None:
    """Operators get the address the backend gave, not a normalised one."""
    assert build(reply_url="HTTPS://Shop.example").reply_url == "HTTPS://Shop.example"


def test_a_message_survives_the_wire() -> None:
    """What is pushed is what arrives."""
    message = build(details={"order": "17"}, text="Привет 👋🏽 \u202e")
    assert CustomerMessage.model_validate_json(message.model_dump_json()) == message


def test_the_documented_schema_is_the_model_s() -> None:
    """docs/customer-message.schema.json is generated: `onduty schema > …` writes it anew."""
    assert json.loads(SCHEMA.read_text()) == CustomerMessage.model_json_schema()
