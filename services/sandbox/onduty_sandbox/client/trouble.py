"""Making trouble: faults, outages, odd updates, strangers, limits, late answers."""

from dataclasses import dataclass

from onduty_sandbox.client.asking import Asking, SandboxError
from onduty_sandbox.wire.fault_kinds import ContentType, Kind
from onduty_sandbox.wire.json_types import Json, as_list, as_object


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


class Trouble(Asking):
    """What hinders the bots of a sandbox."""

    async def fault(  # noqa: PLR0913 - one name for each property of the trouble
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
        in_topics: bool = False,
        topic: int | None = None,
    ) -> None:
        """Let the next matching requests meet trouble; times None: until it is cleared.

        With `in_topics`, or the id of a `topic`, only those that name one (or make one) match, as
        for the kinds `thread_not_found`, `topic_deleted`, `not_a_forum`, and `topic_lost`: the
        message is taken and stands outside of any topic.
        """
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
            "in_topics": in_topics,
            "topic": topic,
        }
        await self.ask("POST", "faults", body)

    async def outage(  # noqa: PLR0913 - one name for each property of the outage
        self,
        kind: Kind,
        for_s: float | None = None,
        method: str = "*",
        *,
        status: int | None = None,
        content_type: ContentType = "text/html",
        taken_first: bool = False,
        bot: int | None = None,
        in_topics: bool = False,
    ) -> None:
        """Let every request meet trouble for so long, or until it is cleared; cuts open polls.

        `page` with its status is a proxy, `refuse` nothing that listens (at `bots_url`), `hang` a
        black hole, `401` a token that is refused, `502` Telegram's own. With `in_topics` only what
        is sent into topics, or makes one, meets it.
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
            "in_topics": in_topics,
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

    async def switch_topics(
        self, *, enabled: bool = True, users_create: bool = False, bot: int | None = None
    ) -> None:
        """Give the private chats of a bot topics, or take them away, as BotFather does."""
        body: Json = {"enabled": enabled, "users_create": users_create, "bot": bot}
        await self.ask("PUT", "topics", body)

    async def limits(self, *, enabled: bool = True, **rates: float) -> None:
        """Switch the send limits; rates as in PUT /control/limits."""
        await self.ask("PUT", "limits", {"enabled": enabled, **rates})

    async def latency(self, latency_s: float) -> None:
        """Let every method be taken so much later."""
        await self.ask("PUT", "latency", {"latency_s": latency_s})
