"""Start again: the page as it was in the beginning, whatever was done with it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from onduty import AsyncSupportDesk
from onduty.message import DEFAULT_GROUP
from onduty.wire import ACCEPTED
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.dispatchers import Dispatchers
from onduty_demo.shop.scene import example, open_phones, sign_all_in
from onduty_demo.shop.steps import Steps
from onduty_demo.starting.plan import DISPATCHERS
from onduty_desk.model.keys import OperatorId, claims_key, waiting_key
from onduty_desk.model.roster_keys import ON_DUTY
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Sandbox

CLOSED_WITHIN_S = 40
_LOOK_AGAIN_S = 0.1


async def start_again(  # noqa: PLR0913 - everything is set up again
    redis: Redis,
    desk: AsyncSupportDesk,
    conversations: Conversations,
    dispatchers: Dispatchers,
    sandbox: Sandbox,
    *,
    phrases: Mapping[str, str],
) -> None:
    """Close every conversation, sign everybody out, forget phones and customers, set the scene.

    Raises:
        TimeoutError: dispatchers or the bot do not answer; asked again, it goes on from there.
    """
    for name in DISPATCHERS:
        await dispatchers.switch(name, on=True)
    known = [it for it, _ in await conversations.names()]
    await _close_all(redis, desk, known, phrases)
    roster = Roster(redis)
    for operator in await _on_duty(redis):
        await roster.sign_out(OperatorId(operator), "removed")
    await sandbox.reset()
    await conversations.forget_all()
    await Steps(redis).begin_anew()
    phones = await open_phones(sandbox)
    await sign_all_in(redis, phones, phrases[DEFAULT_GROUP])
    await conversations.say(example())


async def _close_all(
    redis: Redis, desk: AsyncSupportDesk, known: Sequence[str], groups: Iterable[str]
) -> None:
    """Close what is open, those that were pushed elsewhere too, and wait until nothing is."""
    asked: set[str] = set()
    async with asyncio.timeout(CLOSED_WITHIN_S):
        while True:
            is_open = await _open(redis, groups)
            for conversation in {*is_open, *(() if asked else known)} - asked:
                await desk.close(conversation)
                asked.add(conversation)
            if not is_open and await redis.zcard(ACCEPTED) == 0:
                return
            await asyncio.sleep(_LOOK_AGAIN_S)


async def _open(redis: Redis, groups: Iterable[str]) -> set[str]:
    """Conversations that wait or are claimed, or are not even routed."""
    keys = [
        *(ACCEPTED, *map(waiting_key, groups)),
        *(claims_key(OperatorId(operator)) for operator in await _on_duty(redis)),
    ]
    async with redis.pipeline(transaction=False) as together:
        for key in keys:
            together.zrange(key, 0, -1)
        found = cast("list[list[str]]", await together.execute())
    return {conversation for each in found for conversation in each}


async def _on_duty(redis: Redis) -> list[int]:
    return [int(it) for it in cast("Sequence[str]", await redis.zrange(ON_DUTY, 0, -1))]
