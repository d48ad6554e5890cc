"""Describes Redis keys: type, owner, and what ends them; registers each under its name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, ParamSpec

KeyType = Literal["string", "hash", "list", "set", "zset", "stream", "channel", "any"]
Owner = Literal["desk", "process", "conversation", "message", "operator", "chat", "update", "rq"]

Args = ParamSpec("Args")


@dataclass(frozen=True)
class Key:
    """A key of Redis, or a family of keys that differ in the id of their owner."""

    name: str
    """As scripts know it: `keys.<name>`."""
    text: str
    """The key; for a family, the prefix before the id."""
    type: KeyType
    owner: Owner
    ends: str
    """What removes it, or when it expires."""
    is_family: bool


KEYS: dict[str, Key] = {}
"""All of them, by name."""


def one(text: str, kind: KeyType, *, name: str, owner: Owner = "desk", ends: str) -> str:
    """Register a single key, and return it."""
    return _add(Key(name, text, kind, owner, ends, is_family=False)).text


def family(
    kind: KeyType, owner: Owner, *, ends: str
) -> Callable[[Callable[Args, str]], Callable[Args, str]]:
    """Register the family of keys that a function `<name>_key` builds from an id."""

    def describe(build: Callable[Args, str]) -> Callable[Args, str]:
        count = build.__code__.co_argcount
        text, _, _ = build(*["\0"] * count).partition("\0")  # type: ignore[call-arg,arg-type] # any id
        _add(Key(build.__name__.removesuffix("_key"), text, kind, owner, ends, is_family=True))
        return build

    return describe


def _add(key: Key) -> Key:
    if key.name in KEYS or any(key.text == other.text for other in KEYS.values()):
        raise ValueError(f"the key {key.name}, {key.text}, is described twice")
    KEYS[key.name] = key
    return key
