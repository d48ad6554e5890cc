"""What a backend says of operators' answers: in order, safely in Redis, or a clear error."""

import json

import pytest
from redis import Redis

from onduty import AsyncSupportDesk, DeskUnavailable, SupportDesk
from onduty.events import ReplyStatus
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk
from onduty.wire import REPORTS, RETENTION
from servers import Valkey


def reports(store: Redis) -> list[list[str]]:
    return [json.loads(entry) for entry in store.lrange(REPORTS, 0, -1)]


def test_reports_stand_in_redis_in_their_order(desk: SupportDesk, store: Redis) -> None:
    """A repeat while it is the last is none; they do not live for ever."""
    desk.report("r1", "delivered")
    desk.report("r1", "delivered")
    desk.report("r2", "failed", "the mailbox is full")
    desk.report("r1", "read")
    assert reports(store) == [
        ["r1", "delivered", ""],
        ["r2", "failed", "the mailbox is full"],
        ["r1", "read", ""],
    ]
    assert 0 < store.ttl(REPORTS) <= RETENTION.total_seconds()


async def test_the_async_one_does_the_same(redis_url: str, store: Redis) -> None:
    """Over the same keys."""
    async with AsyncSupportDesk(redis_url) as desk:
        await desk.report("r1", "failed", "x" * 1_000)
    assert reports(store) == [["r1", "failed", "x" * 200]]


def test_it_says_that_redis_is_away(own_valkey: Valkey) -> None:
    """The backend calls again."""
    desk = SupportDesk(own_valkey.url)
    own_valkey.kill()
    with pytest.raises(DeskUnavailable, match="the report"):
        desk.report("r1", "read")


@pytest.mark.parametrize(
    ("reply_id", "status", "why"),
    [
        ("", "read", "reply_id"),
        ("r" * 65, "read", "reply_id"),
        ("\ud83d", "read", "half"),
        ("r1", "seen", "status"),
    ],
)
async def test_what_cannot_be_is_refused(
    reply_id: str, status: ReplyStatus, why: str, desk: SupportDesk, redis_url: str
) -> None:
    """By the fakes too."""
    for each in (desk, FakeSupportDesk()):
        with pytest.raises(ValueError, match=why):
            each.report(reply_id, status)
    for waiting in (AsyncSupportDesk(redis_url), AsyncFakeSupportDesk()):
        with pytest.raises(ValueError, match=why):
            await waiting.report(reply_id, status)


@pytest.mark.parametrize(("reply_id", "reason"), [(5, ""), (None, ""), ("r1", None)])
def test_what_is_no_text_is_refused_as_other_wrong_arguments(
    reply_id: str, reason: str, desk: SupportDesk
) -> None:
    """With its name."""
    with pytest.raises(ValueError, match="reply_id" if reason == "" else "reason"):
        desk.report(reply_id, "failed", reason)
