"""The steps that two processes can race for: each is one Lua script, run whole or not at all."""

from functools import cache
from importlib.resources import files

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

TEST_CLOCK_OFFSET = "onduty:test:clock-offset-ms"
"""Milliseconds that the scripts add to Redis's clock; only tests set it."""


_SHARED = (
    "pace",
    "prelude",
    "reach",
    "events",
    "phones",
    "ownership",
    "offering",
    "rounds",
    "aside",
    "update_lines",
)


_OWN_PARTS = {
    "take": ("next_step",),
    "try_phrase": ("guessing",),
    "notice_phrase": ("guessing",),
    "note_exposed": ("guessing",),
}
"""Script → what stands before it alone."""


@cache
def source(name: str) -> str:
    """Return the text of a script, behind what all scripts share."""
    folder = files("onduty_desk") / "scripts"
    parts = (*_SHARED, *_OWN_PARTS.get(name, ()), name)
    return "\n".join((folder / f"{part}.lua").read_text() for part in parts)


def script(redis: Redis, name: str) -> AsyncScript:
    """Return a script to call; it loads itself again into a Redis that has forgotten it."""
    return redis.register_script(source(name))
