"""Holds the desk's own records against the phones: what it says was sent was, and where it says."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from chaos.draining import what_telegram_got
from chaos.producers import Accepted
from chaos.reckoning import marks_in
from onduty_desk.model.keys import deliveries_key
from onduty_sandbox.client import LoggedRequest, Sandbox

MOST_AT_ONCE = 500
AGREE_WITHIN_S = 20.0


async def sends_and_records(
    redis: Redis, sandbox: Sandbox, accepted: Sequence[Accepted]
) -> tuple[list[LoggedRequest], list[str]]:
    """Return the sends of the whole run, and the records that are untrue of them.

    Looks until they agree: a lease may end, and its conversation come once more, in between.
    """
    deadline = time.monotonic() + AGREE_WITHIN_S
    while True:
        sends = await what_telegram_got(sandbox)
        found = await untrue(redis, accepted, sends)
        if not found or time.monotonic() > deadline:
            return sends, found
        await asyncio.sleep(1)


async def untrue(
    redis: Redis, accepted: Sequence[Accepted], sends: Sequence[LoggedRequest]
) -> list[str]:
    """Return the deliveries whose state is not what the phone shows, or is not a last one.

    Called when nothing is on its way any more.
    """
    shown: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for send in sends:
        if send.taken:
            shown[str(send.chat_id), str(send.message_id)] |= set(marks_in(send))
    found = []
    for at in range(0, len(accepted), MOST_AT_ONCE):
        some = accepted[at : at + MOST_AT_ONCE]
        async with redis.pipeline(transaction=False) as pipeline:
            for message in some:
                pipeline.hgetall(deliveries_key(message.message_id))
            deliveries = cast("list[dict[str, str]]", await pipeline.execute())
        for message, states in zip(some, deliveries, strict=True):
            for chat, state in states.items():
                kind, _, cards = state.partition(" ")
                on_phone = set[str]().union(*(shown[chat, card] for card in cards.split(",")))
                is_true = on_phone.issuperset(message.marks) if kind == "sent" else True
                if kind in {"waiting", "attempting"} or not is_true:
                    found.append(f"{message.message_id} on phone {chat}: {state}")
    return found
