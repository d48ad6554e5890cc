"""The names that signatures use for JSON, so that they need no Any."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
Json: TypeAlias = dict[str, JsonValue]


def as_list(value: JsonValue) -> list[JsonValue]:
    """Return the value when it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def as_object(value: JsonValue) -> Json:
    """Return the value when it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}
