"""The names that signatures use for JSON, so that they need no Any."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = (
    "None | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]"
)
Json: TypeAlias = dict[str, JsonValue]


def as_list(value: JsonValue) -> list[JsonValue]:
    """Return the value when it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def as_object(value: JsonValue) -> Json:
    """Return the value when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}
