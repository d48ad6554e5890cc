"""Calling the Bot API as plain HTTP, for the tests that look at its very words."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from onduty_sandbox.wire.json_types import Json, as_list, as_object


@dataclass(frozen=True)
class Reply:
    """What the Bot API answered."""

    status: int
    body: Json
    headers: dict[str, str]

    @property
    def result(self) -> Json:
        """The result, when it is an object."""
        return as_object(self.body["result"])

    @property
    def results(self) -> list[Json]:
        """The result, when it is an array."""
        return [as_object(item) for item in as_list(self.body["result"])]

    @property
    def error(self) -> str:
        """The description of a refusal."""
        return str(self.body["description"])


Ask = Callable[..., Coroutine[object, object, Reply]]


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def read(self) -> float:
        """Return the time."""
        return self.now
