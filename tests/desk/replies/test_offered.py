"""Replies to what somebody is asked to take: their own accepts it."""

import pytest
from redis.asyncio import Redis

from desk.conversations.by_rules import ASSIGNED, go_by
from desk.conversations.passing_on import ask
from desk.replies.conftest import Answer
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.model.keys import OperatorId


async def kinds(redis: Redis) -> list[str]:
    found = await redis.lrange("onduty:events:c1", 0, -1)
    return [str(one).partition('"type":"')[2].partition('"')[0] for one in found]


async def test_whoever_is_asked_by_a_colleague_accepts_by_answering(
    answer: Answer, redis: Redis, conversations: Conversations
) -> None:
    """It is passed on, as by a tap on Accept, and the answer is theirs."""
    assert (await answer(by=1)).result == "sent"
    await ask(redis, 1, 2)
    passed = await conversations.pass_on(OperatorId(1), None, "", update_id=900)
    assert passed.result == "offered"
    assert (await answer("Mine now", by=2)).result == "sent"
    assert await kinds(redis) == [
        "conversation.claimed",
        "reply.sent",
        "conversation.delegated",
        "reply.sent",
    ]
    assert await redis.hmget("onduty:conversation:c1", "owner", "pass_to") == ["2", None]


@pytest.mark.parametrize("by", [1, 2])
async def test_what_the_desk_offers_to_one_is_for_them_alone(
    by: int, answer: Answer, redis: Redis
) -> None:
    """The others are told who was asked, and nothing is sent."""
    await go_by(redis, ASSIGNED)
    offer = {"pass_to": "2", "pass_to_name": "Operator 2", "pass_by": "", "pass_by_name": ""}
    for field, value in offer.items():
        await redis.hset("onduty:conversation:c1", field, value)
    outcome = await answer(by=by)
    if by == 1:
        assert (outcome.result, outcome.name) == ("asks", "Operator 2")
        assert await kinds(redis) == []
    else:
        assert outcome.result == "sent"
        assert await kinds(redis) == ["conversation.claimed", "reply.sent"]
