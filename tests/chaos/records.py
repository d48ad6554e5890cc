"""Holds the desk's own records against the phones: what it says was sent was, and where it says."""

from collections import defaultdict
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from chaos.producers import Accepted
from chaos.reckoning import marks_in
from onduty_desk.keys import deliveries_key
from onduty_sandbox.client import LoggedRequest

MOST_AT_ONCE = 500


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
