"""The JSON Schemas are for other languages: as strict as the prose, for strict validators too.

What strict mode of ajv, the validator of JavaScript, asks for is asked for here without npm.
"""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from onduty import CustomerMessage
from onduty.availability import availability_schema
from onduty.events import event_schema
from onduty.history import history_schema

LEAST: dict[str, Any] = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}
FILE = {"url": "https://shop.example/1"}
SCHEMAS = pytest.mark.parametrize(
    "schema",
    [CustomerMessage.model_json_schema(), event_schema(), availability_schema(), history_schema()],
)

OF_TYPE = {
    "string": {"pattern", "minLength", "maxLength"},
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems"},
    "integer": {"minimum", "maximum"},
}
OTHERS = {"type", "title", "description", "default", "enum", "const", "anyOf", "oneOf", "not"}
NAMED = {"$id", "$ref", "$defs"}


def parts(schema: dict[str, Any], outer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema inside, with what the same value must be by the schema around it."""
    here = {"type": outer.get("type"), **schema}
    here["around"] = {**outer.get("properties", {}), **schema.get("properties", {})}
    yield here
    for kind in ("anyOf", "oneOf"):
        for inner in schema.get(kind, []):
            yield from parts(inner, here)
    for kind in ("properties", "$defs"):
        for inner in schema.get(kind, {}).values():
            yield from parts(inner, {})
    for kind in ("items", "additionalProperties"):
        if isinstance(schema.get(kind), dict):
            yield from parts(schema[kind], {})


@SCHEMAS
def test_a_strict_validator_takes_the_schema(schema: dict[str, Any]) -> None:
    """Keywords that it knows, each beside its type, of fields that there are."""
    assert schema["$id"].startswith("urn:onduty:")
    jsonschema.Draft202012Validator.check_schema(schema)
    for part in parts(schema, {}):
        used = part.keys() - OTHERS - NAMED - {"around"}
        assert used <= OF_TYPE.get(part["type"] or "", set()), part
        assert set(part.get("required", [])) <= part["around"].keys()
        re.compile(part.get("pattern", ""))
        if ref := part.get("$ref"):
            assert ref.removeprefix("#/$defs/") in schema["$defs"]


@pytest.mark.parametrize(
    ("fields", "is_taken"),
    [
        ({}, True),
        ({"text": ""}, False),
        ({"text": " \n"}, False),
        ({"text": "", "attachments": []}, False),
        ({"text": "", "attachments": [FILE]}, True),
        ({"attachments": [FILE] * 11, "more_attachments": 2, "newer": 1}, True),
        ({"attachments": [{"file_name": "cat.jpg"}]}, False),
        ({"details": {"order": 4711, "paid": True, "long": "x" * 300, "none": None}}, True),
        ({"details": {"order": [1]}}, False),
        ({"customer_name": "x" * 300}, True),
        ({"customer_name": ""}, False),
        ({"sent_at": "2026-11-26T15:28:45.187Z"}, True),
        ({"sent_at": "2026-11-26T15:28:45+03:00"}, True),
        ({"sent_at": "2026-11-26T15:28:45"}, False),
        ({"priority": "high"}, False),
        ({"reply_url": "javascript:alert(1)"}, False),
    ],
)
def test_a_message_is_taken_by_the_schema_as_the_prose_says(
    fields: dict[str, Any], *, is_taken: bool
) -> None:
    """And what the schema takes, the desk takes."""
    message = {**LEAST, **fields}
    validator = jsonschema.Draft202012Validator(CustomerMessage.model_json_schema())
    assert validator.is_valid(message) is is_taken
    if is_taken:
        CustomerMessage.model_validate(message)


def test_what_a_desk_writes_is_taken_by_the_schema() -> None:
    """With all that it fills in."""
    written = CustomerMessage(**LEAST).model_dump(mode="json")
    jsonschema.validate(written, CustomerMessage.model_json_schema())


def test_an_event_has_a_type_and_may_have_a_new_one() -> None:
    """A newer desk's event is no error; one without a type is none."""
    event = {
        "id": "1",
        "conversation_id": "c",
        "sequence": 1,
        "occurred_at": "2026-11-23T05:37:01Z",
    }
    validator = jsonschema.Draft202012Validator(event_schema())
    assert validator.is_valid({**event, "type": "conversation.praised", "stars": 5})
    assert validator.is_valid({**event, "type": "conversation.closed"})
    assert not validator.is_valid(event)
    assert not validator.is_valid({**event, "type": "reply.sent"})
