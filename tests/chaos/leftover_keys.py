"""Finds the keys that nobody will ever remove: those without an expiry whose owner is not there."""

import re
from collections import defaultdict
from typing import cast

from redis.asyncio import Redis

from chaos.plan import ASSIGNED, CLAIMING, TOPICS, WAVES
from chaos.truth import Truth
from onduty.message import DEFAULT_GROUP
from onduty_desk.model.bot_keys import ACTIONS, ADMIN_LANGUAGES, DESCRIBED, HEARD
from onduty_desk.model.keys import (
    BOT,
    CLOCK,
    DUE,
    FAILED,
    FAILURES,
    IDLE_SINCE,
    TELEGRAM,
    TEST_DECISIONS,
    UNATTENDED,
    ChatId,
    ConversationId,
    OperatorId,
    claims_key,
    conversation_key,
    copies_key,
    waiting_key,
)
from onduty_desk.model.phone_keys import (
    BOARDS_CHANGED,
    board_key,
    boards_key,
    chat_key,
    timetable_key,
    topics_key,
    topics_phone_key,
)
from onduty_desk.model.roster_keys import (
    GROUP_RULES,
    ON_DUTY,
    PAUSED,
    PHRASES,
    SIGNED_OUT,
    UNREACHABLE,
    duty_key,
    operator_key,
)

GROUPS = (DEFAULT_GROUP, CLAIMING, ASSIGNED, WAVES, TOPICS)
MOMENTS = frozenset({"nudge_at_ms", "return_at_ms", "first_until_ms", "close_at_ms"})
MOST_APART_S = 600
_RQ_OWN = re.compile(r"rq:(queues|workers|workers:onduty-\w+|clean_registries:.*|worker:.*)")
"""RQ's lists of its queues and workers. A worker's own hash expires by itself."""

_RQ_HOLDER = re.compile(r"rq:(queue|wip|failed|finished|canceled|deferred|scheduled):")
_RQ_JOB = re.compile(r"rq:job:([^:]+)")
"""Not `rq:results:<job>`: RQ forgets to let those of a failed job expire."""


async def ownerless(redis: Redis, truth: Truth) -> list[str]:
    """Return them; called when nothing is on its way any more.

    Owners are those that keys.py names: operators on duty own their hash, the rosters their
    members, the lists of boards those boards, conversations their places among what waits, what is
    held and what is due, the failed list what was given up, and RQ the jobs in its queues and
    registries.
    """
    keys = [key async for key in redis.scan_iter(count=1000)]
    async with redis.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.ttl(key)
        ttls = cast("list[int]", await pipeline.execute())
    on_duty = cast("list[str]", await redis.zrange(ON_DUTY, 0, -1))
    owned = {
        ACTIONS,
        BOT,
        GROUP_RULES,
        IDLE_SINCE,
        ON_DUTY,
        FAILED,
        FAILURES,
        PHRASES,
        SIGNED_OUT,
        TEST_DECISIONS,
        UNATTENDED,
        TELEGRAM,
        CLOCK,
        HEARD,
        DESCRIBED,
        ADMIN_LANGUAGES,
    }
    owned |= {operator_key(OperatorId(int(member))) for member in on_duty}
    for key in (PAUSED, UNREACHABLE):
        owned |= {key} if set(await redis.zrange(key, 0, -1)) <= set(on_duty) else set()
    owned |= {board_key(ChatId(member)) for member in await _with_boards(redis)}
    owned |= {key(group) for key in (duty_key, boards_key) for group in GROUPS} | {BOARDS_CHANGED}
    of_topics = topics_phone_key(ChatId(0)).removesuffix("0")
    owned |= {key for key in keys if key.startswith(of_topics)}  # what somebody has chosen
    owned |= await _that_wait_for_topics(redis)
    owned |= await _owned_by_conversations(redis, truth)
    jobs = await _jobs_of_rq(redis)
    return [
        key
        for key, ttl in zip(keys, ttls, strict=True)
        if ttl == -1 and key not in owned and not _RQ_OWN.fullmatch(key) and not _is_held(key, jobs)
    ]


async def _with_boards(redis: Redis) -> set[int]:
    """Return the phones whose boards are compared within the hour with what they should show."""
    lists = [await redis.zrange(boards_key(group), 0, -1) for group in GROUPS]
    return {int(chat) for chats in cast("list[list[str]]", lists) for chat in chats if chat}


async def _that_wait_for_topics(redis: Redis) -> set[str]:
    """Return what keeps the moment when it is tried again whether a phone has topics after all."""
    edits = timetable_key("edits")
    phones = [ChatId(int(chat)) for chat in cast("list[str]", await redis.zrange(edits, 0, -1))]
    waiting = [chat for chat in phones if await redis.exists(topics_key(chat))]
    return {chat_key(chat) for chat in waiting} | ({edits} if waiting == phones else set())


async def _owned_by_conversations(redis: Redis, truth: Truth) -> set[str]:
    """Return the sets all of whose members are conversations that belong there."""
    belong: defaultdict[str, set[str]] = defaultdict(set)
    for key in (DUE, *map(waiting_key, GROUPS)):
        belong[key] = set()
    for name, known in truth.conversations.items():
        state, owner = known.state
        if state == "waiting":
            belong[waiting_key(known.fields["group"])].add(name)
        if owner:
            belong[claims_key(OperatorId(owner))].add(name)
        if MOMENTS & known.fields.keys():
            belong[DUE].add(name)
    return {
        key
        for key, members in belong.items()
        if members.issuperset(cast("list[str]", await redis.zrange(key, 0, -1)))
    }


async def outliving(redis: Redis, truth: Truth) -> list[str]:
    """Return the copies that last longer than their conversation, or not as long."""
    found = []
    for name, known in truth.conversations.items():
        ttl = await redis.ttl(conversation_key(ConversationId(name)))
        copies = await redis.ttl(copies_key(ConversationId(name)))
        if known.copies and abs(ttl - copies) > MOST_APART_S:
            found.append(f"{name} lasts {ttl} s, its copies {copies} s")
    return found


async def _jobs_of_rq(redis: Redis) -> set[str]:
    """Return the ids of jobs that RQ still holds somewhere, and the keys that hold them."""
    held: set[str] = set()
    async for key in redis.scan_iter(match="rq:*", count=1000):
        if not _RQ_HOLDER.match(key):
            continue
        if await redis.type(key) == "list":
            members = cast("list[str]", await redis.lrange(key, 0, -1))
        elif await redis.type(key) == "zset":
            members = cast("list[str]", await redis.zrange(key, 0, -1))
        else:
            continue
        held |= {key, *(member.partition(":")[0] for member in members)}
    return held


def _is_held(key: str, jobs: set[str]) -> bool:
    job = _RQ_JOB.match(key)
    return key in jobs or bool(job and job[1] in jobs)
