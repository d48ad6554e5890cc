"""What becomes of customers' messages: read from the desk's own records."""

from collections import Counter
from collections.abc import Sequence
from typing import cast

from redis.asyncio import Redis

from onduty.wire import ACCEPTED, QUEUES
from onduty_desk.model.keys import (
    FAILED,
    ON_DUTY,
    ChatId,
    ConversationId,
    deliveries_key,
    messages_key,
    outbox_key,
)


async def states(
    redis: Redis, conversation: str, message_ids: Sequence[str]
) -> dict[str, dict[str, int]]:
    """For each message how many of its deliveries are sent, waiting and so on.

    A message that no dispatcher has routed is `{"queued": 1}`, one that nobody is there for `{}`.
    """
    async with redis.pipeline(transaction=False) as together:
        for message_id in message_ids:
            together.zscore(messages_key(ConversationId(conversation)), message_id)
            together.hvals(deliveries_key(message_id))
        answers = await together.execute()
    found = {}
    for message_id, place, deliveries in zip(message_ids, answers[::2], answers[1::2], strict=True):
        words = Counter(
            "given_up" if it.startswith("given") else it.split()[0] for it in deliveries
        )
        found[message_id] = dict(words) if place is not None else {"queued": 1}
    return found


async def overview(redis: Redis) -> dict[str, object]:
    """Who is on duty, and how much waits where."""
    on_duty = [int(it) for it in cast("Sequence[str]", await redis.zrange(ON_DUTY, 0, -1))]
    async with redis.pipeline(transaction=False) as together:
        together.zcard(ACCEPTED)
        together.zcard(FAILED)
        for queue in QUEUES.values():
            together.llen(f"rq:queue:{queue}")
        for operator in on_duty:
            together.zcard(outbox_key(ChatId(operator)))
        accepted, failed, *lengths = await together.execute()
    return {
        "on_duty": on_duty,
        "queued": accepted,
        "wake_ups": sum(lengths[: len(QUEUES)]),
        "waiting": sum(lengths[len(QUEUES) :]),
        "given_up": failed,
    }
