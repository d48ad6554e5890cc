"""Looking on: what bots called, and what became of it."""

import asyncio
from dataclasses import dataclass

from onduty_sandbox.client.asking import PATIENCE_S, Asking
from onduty_sandbox.wire.json_types import Json, as_list


@dataclass(frozen=True)
class LoggedRequest:
    """One request that the sandbox got; status 0 is a cut connection, None one still open."""

    sequence: int
    received_at: float
    received_monotonic: float
    bot_id: int
    method: str
    chat_id: int | None
    parameters: Json
    status: int | None
    description: str | None
    message_id: int | None
    taken: bool
    fault: str | None


class RequestLog(Asking):
    """Every request of the bots of a sandbox."""

    async def log(self, after: int = 0, method: str | None = None) -> list[LoggedRequest]:
        """The requests with a higher sequence number, in order; of one method if it is given."""
        requests = await self._log(after, 0)
        return [request for request in requests if method in (None, request.method)]

    async def wait_for_request(
        self, method: str, timeout_s: float = PATIENCE_S, *, after: int = 0
    ) -> LoggedRequest:
        """Wait until a bot has called this method; it may still be without an answer.

        Raises:
            TimeoutError: with the methods that were called instead.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        called: list[str] = []
        wait_s = 0.0
        while True:
            for request in await self._log(after, wait_s):
                if request.method == method:
                    return request
                called.append(request.method)
                after = request.sequence
            wait_s = deadline - asyncio.get_running_loop().time()
            if wait_s <= 0:
                instead = ", ".join(called) or "nothing"
                raise TimeoutError(f"After {timeout_s} s no {method} was called but: {instead}.")

    async def _log(self, after: int, wait_s: float) -> list[LoggedRequest]:
        entries = as_list(await self.ask("GET", f"log?after={after}&wait_s={wait_s}"))
        return [LoggedRequest(**entry) for entry in entries if isinstance(entry, dict)]

    async def keep_log(self, *, enabled: bool) -> None:
        """Switch the log, for benchmarks."""
        await self.ask("PUT", "log", {"enabled": enabled})
