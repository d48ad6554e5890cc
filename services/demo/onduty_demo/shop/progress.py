"""What becomes of customers' messages: read from the desk's own records."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

from redis.asyncio import Redis

from onduty.wire import ACCEPTED, QUEUES
from onduty_desk.model.bot_keys import login_key
from onduty_desk.model.keys import (
    FAILED,
    ChatId,
    ConversationId,
    OperatorId,
    conversation_key,
    deliveries_key,
    messages_key,
)
from onduty_desk.model.phone_keys import outbox_key
from onduty_desk.model.roster_keys import ON_DUTY, PAUSED, duty_key


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


@dataclass(frozen=True)
class Overview:
    """Who is on duty, in which groups, who pauses or is signing in, and how much waits where."""

    on_duty: list[int]
    groups: dict[str, list[int]]
    paused: list[int]
    signing_in: list[int]
    queued: int
    wake_ups: int
    waiting: int
    given_up: int

    def as_json(self) -> dict[str, object]:
        """Return it for the page."""
        return asdict(self)


async def group_of(redis: Redis, conversation: str) -> str | None:
    """Return the group whose conversation it is now; None if the desk has not routed it."""
    key = conversation_key(ConversationId(conversation))
    return cast("str | None", await redis.hget(key, "group"))


async def overview(
    redis: Redis, phones: Sequence[int] = (), groups: Sequence[str] = ()
) -> Overview:
    """Look at the desk; whether somebody is signing in is only known of these phones."""
    on_duty = [int(it) for it in cast("Sequence[str]", await redis.zrange(ON_DUTY, 0, -1))]
    async with redis.pipeline(transaction=False) as together:
        together.zcard(ACCEPTED)
        together.zcard(FAILED)
        together.zrange(PAUSED, 0, -1)
        for group in groups:
            together.zrange(duty_key(group), 0, -1)
        for queue in QUEUES.values():
            together.llen(f"rq:queue:{queue}")
        for operator in on_duty:
            together.zcard(outbox_key(ChatId(operator)))
        for phone in phones:
            together.exists(login_key(OperatorId(phone)))
        accepted, failed, paused, *more = await together.execute()
    members, more = more[: len(groups)], more[len(groups) :]
    queues, more = more[: len(QUEUES)], more[len(QUEUES) :]
    outboxes, logins = more[: len(on_duty)], more[len(on_duty) :]
    return Overview(
        on_duty,
        dict(zip(groups, (list(map(int, it)) for it in members), strict=True)),
        [int(it) for it in paused],
        [phone for phone, is_open in zip(phones, logins, strict=True) if is_open],
        queued=accepted,
        wake_ups=sum(queues),
        waiting=sum(outboxes),
        given_up=failed,
    )
