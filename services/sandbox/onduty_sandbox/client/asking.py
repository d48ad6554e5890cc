"""Asking the control API over HTTP."""

from types import TracebackType
from typing import Self

from aiohttp import ClientSession, ClientTimeout

from onduty_sandbox.wire.json_types import Json, JsonValue, as_object

# Longer than any wait of the control API.
REQUEST_TIMEOUT_S = 90
PATIENCE_S = 40.0
"""A wait ends as soon as it can, so only what never happens costs so long."""


class SandboxError(Exception):
    """The control API refused, in one sentence."""


class Asking:
    """A connection to one sandbox; use it as an async context manager."""

    def __init__(self, base_url: str, bots_url: str | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        # Where bots are told to go: there, nothing listens during a fault of kind refuse.
        self.bots_url = (bots_url or base_url).rstrip("/")
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = ClientSession(timeout=ClientTimeout(total=REQUEST_TIMEOUT_S))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, verb: str, path: str, body: Json | None = None) -> JsonValue:
        """Ask the control API; raises SandboxError with its sentence when it refuses."""
        if self._session is None:
            raise RuntimeError("Use Sandbox as an async context manager.")
        url = f"{self.base_url}/control/{path}"
        async with self._session.request(verb, url, json=body) as response:
            answer: JsonValue = await response.json()
        if not response.ok:
            raise SandboxError(str(as_object(answer).get("error", answer)))
        return answer
