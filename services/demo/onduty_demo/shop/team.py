"""A small team that works by itself: comes on duty, serves customers, and goes off duty."""

import asyncio
from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from onduty.message import DEFAULT_GROUP
from onduty_demo.shop.crowd import make_known
from onduty_demo.shop.scene import TEAM
from onduty_demo.shop.team_member import Habits, Member
from onduty_demo.shop.web_chat import WebChat
from onduty_desk.process.cancellation import cancel
from onduty_sandbox.client import Sandbox

ONE_AFTER_THE_OTHER_S = 0.5


class Team:
    """Its task, and how far it is.

    Args:
        phrases: of every group; who is in the second one is so beside support, or alone.
        habits: of the members, in their order.
    """

    def __init__(
        self,
        redis: Redis,
        sandbox: Sandbox,
        web_chat: WebChat,
        phrases: Mapping[str, str],
        habits: Sequence[Habits] | None = None,
    ) -> None:
        self._redis = redis
        self._sandbox = sandbox
        self._web_chat = web_chat
        self._phrases = phrases
        self._habits = habits or _habits([it for it in phrases if it != DEFAULT_GROUP][:1])
        self._task: asyncio.Task[None] | None = None
        self._going_home = asyncio.Event()
        self._phase = ""

    def state(self) -> dict[str, str | bool]:
        """Say whether it is on, and what it does."""
        is_there = self._task is not None and not self._task.done()
        return {
            "on": is_there and not self._going_home.is_set(),
            "phase": self._phase if is_there else "",
        }

    async def switch(self, *, on: bool) -> None:
        """Let them come, or finish what they have and go; what is so already stays so."""
        if on and not self.state()["on"]:
            await self.end()
            self._going_home = asyncio.Event()
            self._phase = "They come on duty …"
            self._task = asyncio.create_task(self._work(self._going_home))
        elif not on and self.state()["on"]:
            self._phase = "They finish what they have, and go off duty …"
            self._going_home.set()

    async def end(self) -> None:
        """Let all of them stop where they are."""
        if self._task is not None:
            await cancel(self._task, again_after_s=1.0)
            self._task = None

    async def _work(self, going_home: asyncio.Event) -> None:
        phones = [await self._sandbox.add_user(it, name) for it, name in TEAM.items()]
        await make_known(self._redis, phones)
        async with asyncio.TaskGroup() as together:
            for phone, habits in zip(phones, self._habits, strict=True):
                phrases = [self._phrases[group] for group in habits.groups]
                member = Member(self._redis, phone, self._web_chat, phrases, habits, going_home)
                together.create_task(member.work())
                await asyncio.sleep(ONE_AFTER_THE_OTHER_S)
            if not going_home.is_set():
                self._phase = "At work. Write as a customer, or let a storm come, and watch them."


def _habits(second: list[str]) -> tuple[Habits, ...]:
    """Nico is the first to take one, and passes it on; Marta pauses after her first."""
    both = (DEFAULT_GROUP, *second)
    return (
        Habits((DEFAULT_GROUP,), takes_after_s=5, pauses_each=3),
        Habits((DEFAULT_GROUP,), takes_after_s=2, passes_on_each=3),
        Habits(both, takes_after_s=7),
        Habits(tuple(second) or both, takes_after_s=4),
    )
