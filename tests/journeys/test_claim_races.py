"""Fifty operators tap at once: one owner, and everybody sees who."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from balancer import free_ports, running_balancer
from chaos.claim_rounds import ClaimRounds
from chaos.story import contradictions
from chaos.truth import read_truth
from chat_backend import ChatBackend, running_chat_backend
from onduty import SupportDesk
from onduty.events import ConversationClaimed
from onduty.testing import WEBHOOK_SECRET
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.roster_keys import known_key
from waiting import until

from .conftest import Desk

OPERATORS = 50
ROUNDS = 5
REPLICAS = 4
CHANGES_OF_A_COPY = 3  # claimed, released, claimed again; `make chaos` measures how soon
CHATS = [ChatId(101 + n) for n in range(OPERATORS)]
NAMES = [f"Operator {n}" for n in range(OPERATORS)]


@pytest.fixture
async def chat(desk: Desk) -> AsyncIterator[ChatBackend]:
    """A backend that keeps what it is told."""
    async with running_chat_backend() as chat:
        desk.environment |= {
            "ONDUTY_EVENTS_URL": chat.url,
            "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
        }
        yield chat


async def race(desk: Desk, redis: Redis, chat: ChatBackend) -> None:
    """Hold the races, and check the owners, the event log and what it cost to tell everybody.

    They have been operators before: fifty strangers at once are answered by and by.
    """
    for chat_id in CHATS:
        await redis.set(known_key(OperatorId(chat_id)), "1")
    signing_in = (desk.operator(c, n, has_board=False) for c, n in zip(CHATS, NAMES, strict=True))
    await asyncio.gather(*signing_in)
    backend = SupportDesk(desk.environment["ONDUTY_REDIS_URL"])
    races = await ClaimRounds(desk.sandbox, backend, CHATS, NAMES).run(ROUNDS)
    assert [wrong for race in races for wrong in race.wrong] == []
    await until(lambda: len(chat.received), equals=ROUNDS + ROUNDS // 2)
    assert len([e for e in chat.received if isinstance(e, ConversationClaimed)]) == ROUNDS
    truth = await read_truth(redis)
    assert {state for state, _ in truth.states.values()} == {"claimed"}
    assert contradictions(chat.received, truth.states) == []
    edits = Counter(
        (edit.chat_id, edit.message_id) for edit in await desk.sandbox.log(method="editMessageText")
    )
    assert max(edits.values()) <= CHANGES_OF_A_COPY


async def test_one_of_fifty_wins_over_four_webhook_replicas(
    desk: Desk, redis: Redis, chat: ChatBackend
) -> None:
    """At Telegram's own pace: 49 are told who, and a change costs every copy one edit at most."""
    desk.environment |= {
        "ONDUTY_SENDS_PER_CHAT_PER_SECOND": "1",
        "ONDUTY_WEBHOOK_SECRET": "the-secret",
    }
    await desk.sandbox.limits()
    ports = free_ports(REPLICAS)
    async with running_balancer(ports) as balancer:
        desk.environment["ONDUTY_WEBHOOK_URL"] = balancer.url
        bots = [desk.start("bot", ONDUTY_WEBHOOK_PORT=str(port)) for port in ports]
        await asyncio.gather(*bots, desk.start("dispatcher", "dispatcher"))
        await race(desk, redis, chat)
        assert set(balancer.taken) == set(ports)


async def test_one_of_fifty_wins_with_one_bot_that_polls(
    desk: Desk, redis: Redis, chat: ChatBackend
) -> None:
    """The same by polling; faster than Telegram allows, because only the updates differ."""
    desk.environment["ONDUTY_SENDS_PER_SECOND"] = "300"
    await desk.start("bot", "dispatcher", "dispatcher")
    await race(desk, redis, chat)
