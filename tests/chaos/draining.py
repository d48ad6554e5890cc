"""Waits until everything that was accepted has gone its way, for a bounded time."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta

from redis.asyncio import Redis

from onduty import Priority
from onduty.wire import ACCEPTED, QUEUES, message_key
from onduty_desk.model.bot_keys import UPDATE_CHATS, UPDATE_CHATS_FIRST
from onduty_desk.model.event_keys import EVENTS_DUE
from onduty_desk.model.keys import ChatId
from onduty_desk.model.phone_keys import timetable_key
from onduty_sandbox.client import LoggedRequest, Sandbox

LOOK_EVERY_S = 0.25
TELL_EVERY_S = 10.0
LONGEST_ANSWER_S = 25.0
TOPICS_PAUSE_FROM_S = 25.0
"""The shortest such pause is 30 s."""


async def left_over(
    redis: Redis, pushed_by_rq: Sequence[str], with_topics: Collection[ChatId] = ()
) -> Mapping[str, int]:
    """Say what is still on its way, by station.

    A phone whose topics pause because nothing is taken for them stands where edits do until they
    are tried again, for up to ten minutes: that is not waited for.
    """
    soon_ms = (time.time() + TOPICS_PAUSE_FROM_S) * 1000
    async with redis.pipeline(transaction=False) as pipeline:
        pipeline.zcard(ACCEPTED)
        pipeline.zcard(UPDATE_CHATS)
        pipeline.zcard(UPDATE_CHATS_FIRST)
        pipeline.zrange(timetable_key("edits"), 0, -1, withscores=True)
        pipeline.zcard(timetable_key("boards"))
        pipeline.zcard(EVENTS_DUE)
        for priority in Priority:
            pipeline.zcard(timetable_key(priority))
        for queue in QUEUES.values():
            pipeline.llen(f"rq:queue:{queue}")
        # What RQ has in hand may never be done; a plain job's message is looked for instead.
        for message_id in pushed_by_rq:
            pipeline.exists(message_key(message_id))
        accepted, updates, first, edits, boards, events, *rest = await pipeline.execute()
    return {
        "accepted": accepted,
        "updates": updates + first,
        "cards to draw": sum(
            at_ms < soon_ms or int(chat) not in with_topics for chat, at_ms in edits
        ),
        "boards to touch": boards,
        "events to tell": events,
        "phones": sum(rest[: len(Priority)]),
        "wake-ups": sum(rest[len(Priority) : len(Priority) + len(QUEUES)]),
        "plain RQ jobs": rest[len(Priority) + len(QUEUES) :].count(0),
    }


async def drain(
    redis: Redis,
    pushed_by_rq: Sequence[str],
    at_most: timedelta,
    tell: Callable[[str], None],
    with_topics: Collection[ChatId] = (),
) -> tuple[Mapping[str, int], float]:
    """Wait until nothing is left; return what is, and how long it took."""
    began = told_at = time.monotonic()
    while any((left := await left_over(redis, pushed_by_rq, with_topics)).values()):
        if time.monotonic() - began > at_most.total_seconds():
            break
        if time.monotonic() > told_at + TELL_EVERY_S:
            told_at = time.monotonic()
            tell(f"still to come: {_only_what_is_there(left)}")
        await asyncio.sleep(LOOK_EVERY_S)
    return left, time.monotonic() - began


def _only_what_is_there(left: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {where}" for where, count in left.items() if count)


async def what_telegram_got(sandbox: Sandbox) -> list[LoggedRequest]:
    """Return the sends of the whole run, when each has been answered."""
    deadline = time.monotonic() + LONGEST_ANSWER_S
    while True:
        sends = await sandbox.log(method="sendMessage")
        if all(send.status is not None for send in sends) or time.monotonic() > deadline:
            return sends
        await asyncio.sleep(1)
