"""`onduty conversations`: whose messages ring nobody, and how that is undone."""

import json

import pytest
from redis import Redis

from onduty.cli import main


def muted(redis: Redis, conversation: str, **fields: str) -> None:
    """Let a conversation be muted, as its scripts write it."""
    written = {
        "group": "support",
        "state": "closed",
        "muted_ms": "1795000000000",
        "muted_by": "Anna\n",
        "muted_seq": "2",
        "last_seq": "5",
        **fields,
    }
    for field, value in written.items():
        redis.hset(f"onduty:conversation:{conversation}", field, value)
    redis.zadd("onduty:muted", {conversation: 1_795_000_000_000})


def test_they_are_listed(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as JSON; what is open again, or gone, is not."""
    redis = Redis.from_url(redis_url)
    muted(redis, "c1")
    muted(redis, "c2", state="waiting")
    redis.zadd("onduty:muted", {"gone": 1})
    message = {"version": 1, "id": "m5", "customer_name": "Spam", "text": "Buy"}
    redis.zadd("onduty:messages:c1", {"m5": 5})
    redis.set("onduty:message:m5", json.dumps(message))
    assert main(["conversations", "muted", "--redis", redis_url]) == 0
    assert capsys.readouterr().out == (
        "c1  Spam muted by Anna  since 2026-11-18 11:06 UTC, 3 messages since then\n"
    )
    assert main(["conversations", "muted", "--json", "--redis", redis_url]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "conversation_id": "c1",
        "customer_name": "Spam",
        "by": "Anna\n",
        "since": "2026-11-18T11:06:40+00:00",
        "written_since": 3,
    }


def test_it_is_undone(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Once; who is not muted is a failure with a word."""
    redis = Redis.from_url(redis_url)
    muted(redis, "c1")
    assert main(["conversations", "unmute", "c1", "--redis", redis_url]) == 0
    assert capsys.readouterr().out.startswith("c1 rings again")
    assert redis.hget("onduty:conversation:c1", "state") == b"waiting"
    assert main(["conversations", "unmute", "c1", "--redis", redis_url]) == 1
    assert "is not muted" in capsys.readouterr().err
    assert main(["conversations", "muted", "--redis", redis_url]) == 0
    assert capsys.readouterr() == ("", "nobody is muted\n")
