"""Driving a sandbox from tests and the demo: people, trouble, and what phones show."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiohttp import ClientSession, ClientTimeout

from onduty_sandbox.faults import ContentType, Kind
from onduty_sandbox.json_types import Json, JsonValue, as_list, as_object
from onduty_sandbox.phone import (
    PATIENCE_S,
    Button,
    ChatMessage,
    Phone,
    SandboxError,
    TapAnswer,
    read_messages,
)

__all__ = [
    "Button",
    "ChatMessage",
    "LoggedRequest",
    "Phone",
    "Sandbox",
    "SandboxError",
    "StrangersSoFar",
    "TapAnswer",
]

# Longer than any wait of the control API.
REQUEST_TIMEOUT_S = 90


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


@dataclass(frozen=True)
class StrangersSoFar:
    """What a crowd of strangers wrote and was answered; their ids begin with `first_id`."""

    writing: bool
    count: int
    first_id: int
    wrote: int
    answered: int
    most_for_one: int
    answers: dict[str, int]


class Sandbox:
    """A client of the control API; use it as an async context manager."""

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

    async def add_user(  # noqa: PLR0913 -- a user has that many names
        self,
        user_id: int,
        first_name: str,
        username: str | None = None,
        language_code: str | None = "en",
        *,
        last_name: str | None = None,
        deactivated: bool = False,
    ) -> Phone:
        """Add a person, or rename one who is there; returns their phone."""
        await self.ask(
            "POST",
            "users",
            {
                "id": user_id,
                "first_name": first_name,
                "last_name": last_name,
                "username": username,
                "language_code": language_code,
                "deactivated": deactivated,
            },
        )
        return self.phone(user_id)

    def phone(self, user_id: int, chat_id: int | None = None, bot: int | None = None) -> Phone:
        """Return a person's phone, open at their chat with the bot or at a group."""
        return Phone(self, user_id, chat_id, bot)

    async def change_user(self, user_id: int, **changes: JsonValue) -> None:
        """Change names, language_code or deactivated."""
        await self.ask("PATCH", f"users/{user_id}", changes)

    async def add_group(
        self, title: str, members: Sequence[int], *, supergroup: bool = False
    ) -> int:
        """Make a group of these users and all bots; returns its chat id."""
        body: Json = {"title": title, "members": list(members), "supergroup": supergroup}
        return _chat_id(await self.ask("POST", "groups", body))

    async def upgrade_group(self, chat_id: int) -> int:
        """Make it a supergroup; returns its new chat id."""
        return _chat_id(await self.ask("POST", f"groups/{chat_id}/upgrade"))

    async def set_member(
        self, chat_id: int, status: str, *, user: int | None = None, bot: int | None = None
    ) -> None:
        """Make a user or a bot member, left or kicked."""
        who: Json = {"bot": bot} if user is None else {"user": user}
        await self.ask("POST", f"groups/{chat_id}/members", {**who, "status": status})

    async def messages(self, chat_id: int, bot: int | None = None) -> list[ChatMessage]:
        """All messages of a chat in order, the deleted ones too."""
        suffix = "" if bot is None else f"?bot={bot}"
        return read_messages(await self.ask("GET", f"chats/{chat_id}/messages{suffix}"))

    async def fault(  # noqa: PLR0913 -- one name for each property of the trouble
        self,
        kind: Kind,
        method: str = "*",
        *,
        chat_id: int | None = None,
        times: int | None = 1,
        retry_after: int = 1,
        delay_s: float = 0.0,
        taken_first: bool = False,
        migrate_to_chat_id: int | None = None,
        status: int | None = None,
        content_type: ContentType = "text/html",
        bot: int | None = None,
    ) -> None:
        """Let the next matching requests meet trouble; times None: until it is cleared."""
        body: Json = {
            "kind": kind,
            "method": method,
            "chat_id": chat_id,
            "times": times,
            "retry_after": retry_after,
            "delay_s": delay_s,
            "taken_first": taken_first,
            "migrate_to_chat_id": migrate_to_chat_id,
            "status": status,
            "content_type": content_type,
            "bot": bot,
        }
        await self.ask("POST", "faults", body)

    async def outage(  # noqa: PLR0913 -- one name for each property of the outage
        self,
        kind: Kind,
        for_s: float | None = None,
        method: str = "*",
        *,
        status: int | None = None,
        content_type: ContentType = "text/html",
        taken_first: bool = False,
        bot: int | None = None,
    ) -> None:
        """Let every request meet trouble for so long, or until it is cleared; cuts open polls.

        `page` with its status is a proxy, `refuse` nothing that listens (at `bots_url`), `hang` a
        black hole, `401` a token that is refused, `502` Telegram's own.
        """
        body: Json = {
            "kind": kind,
            "method": method,
            "times": None,
            "for_s": for_s,
            "status": status,
            "content_type": content_type,
            "taken_first": taken_first,
            "bot": bot,
        }
        await self.ask("POST", "faults", body)

    async def faults(self) -> list[Json]:
        """The faults that still wait for requests."""
        return [as_object(fault) for fault in as_list(await self.ask("GET", "faults"))]

    async def clear_faults(self) -> None:
        """End all trouble."""
        await self.ask("DELETE", "faults")

    async def odd_update(self, kind: str, body: Json, bot: int | None = None) -> None:
        """Bring the bot an update as it is, which no person here could cause."""
        await self.ask("POST", "updates", {"kind": kind, "body": body, "bot": bot})

    async def strangers(
        self, count: int, every_s: float, for_s: float, text: str = "hello", bot: int | None = None
    ) -> None:
        """Let so many strangers write to the bot, each of them every so often; "{n}" is a number.

        Asked again, others take their place; the same people are used again.
        """
        body: Json = {"count": count, "every_s": every_s, "for_s": for_s, "text": text, "bot": bot}
        await self.ask("POST", "strangers", body)

    async def strangers_so_far(self) -> StrangersSoFar:
        """How much they wrote and what they were answered since they began."""
        told = await self.ask("GET", "strangers")
        if not isinstance(told, dict):
            raise SandboxError(f"No counts in {told}.")
        return StrangersSoFar(**{name: told[name] for name in StrangersSoFar.__annotations__})

    async def stop_strangers(self) -> None:
        """Let none of them write any more."""
        await self.ask("DELETE", "strangers")

    async def limits(self, *, enabled: bool = True, **rates: float) -> None:
        """Switch the send limits; rates as in PUT /control/limits."""
        await self.ask("PUT", "limits", {"enabled": enabled, **rates})

    async def latency(self, latency_s: float) -> None:
        """Let every method be taken so much later."""
        await self.ask("PUT", "latency", {"latency_s": latency_s})

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

    async def bots(self) -> list[Json]:
        """The bots: account, webhook, pending updates, commands."""
        return [as_object(bot) for bot in as_list(await self.ask("GET", "bots"))]

    async def reset(self) -> None:
        """Forget people, chats, faults and the log."""
        await self.ask("POST", "reset")

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


def _chat_id(answer: JsonValue) -> int:
    chat_id = as_object(as_object(answer)["chat"])["id"]
    if not isinstance(chat_id, int):
        raise SandboxError(f"No chat id in {answer}.")
    return chat_id
