"""The steps of the first minute, and which of them somebody has done by hand."""

from collections.abc import Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from onduty.events import ConversationClaimed, ConversationClosed, Event, ReplySent
from onduty_demo.shop.scene import TEAM
from onduty_demo.shop.signing_in import BY_PROGRAM

_RUN = "onduty-demo:run"
"""String: how often the page was started again."""


class Steps:
    """Each is done once a run; doing it again changes nothing."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def run(self) -> int:
        """Return which run of the scene this is; a page that knows another one forgets drafts."""
        return int(cast("str | None", await self._redis.get(_RUN)) or 0)

    async def begin_anew(self) -> None:
        """Begin another run: nothing is done in it."""
        before = await self.run()
        await self._redis.incr(_RUN)
        await self._redis.delete(_key(before))

    async def written(self) -> None:
        """A customer has written."""
        await self._done("write")

    async def answered(self) -> None:
        """An operator has answered."""
        await self._done("answer")

    async def hear(self, event: Event) -> None:
        """Somebody has taken, answered or closed."""
        match event:
            case ConversationClaimed() | ConversationClosed() if _is_of_the_team(event):
                pass
            case ConversationClaimed(operator=operator):
                taken = ["take", str(operator.id), "taken", event.conversation_id]
                await self._redis.hset(_key(await self.run()), items=taken)
            case ReplySent():
                await self.answered()
            case ConversationClosed() if event.operator:  # a backend's close is nobody's step
                await self._done("close")
            case _:
                pass

    async def done(self, run: int, on_duty: Sequence[int]) -> Mapping[str, str]:
        """Which are done in this run; an operator whom no program signed in has done one of them.

        Whoever asks looks at `run` before they look who is on duty: those of the run before are
        signed out when a new one begins.
        """
        if on_duty:
            by_program = await self._redis.smismember(BY_PROGRAM, [str(it) for it in on_duty])
            asked = zip(on_duty, by_program, strict=True)
            by_hand = [operator for operator, is_by_program in asked if not is_by_program]
            if by_hand and run == await self.run():
                await self._redis.hsetnx(_key(run), "sign_in", str(by_hand[-1]))
        return cast("Mapping[str, str]", await self._redis.hgetall(_key(run)))

    async def _done(self, step: str) -> None:
        await self._redis.hsetnx(_key(await self.run()), step, "")


def _is_of_the_team(event: Event) -> bool:
    return event.operator is not None and event.operator.id in TEAM


def _key(run: int) -> str:
    """Hash: step → who did it, an operator's id; `taken`: the conversation that was taken."""
    return f"onduty-demo:steps:{run}"
