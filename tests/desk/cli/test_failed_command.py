"""`onduty failed`: what was given up, and what to do with it."""

import asyncio
import json
from typing import cast

import pytest
from redis import Redis

from onduty.cli import main
from onduty_desk.failures.failures import Failure, Failures
from onduty_desk.model.event_keys import EVENTS_DUE, EVENTS_WANTED
from onduty_desk.process.connection import connect

DELIVERY: Failure = {
    "kind": "delivery",
    "chat": "1",
    "conversation": "c1",
    "messages": ["m1"],
    "reason": "Bad Request: no",
}


def record(redis_url: str, failure_id: str, failure: Failure) -> None:
    async def write() -> None:
        async with connect(redis_url) as redis:
            await Failures(redis).record(failure_id, failure)

    asyncio.run(write())


def test_nothing_given_up_says_so(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty list is good news."""
    assert main(["failed", "list", "--redis", redis_url]) == 0
    assert capsys.readouterr().err == "nothing was given up\n"


def test_list_and_show(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each with its reason; show tells everything."""
    record(redis_url, "delivery-1-a", DELIVERY)
    capsys.readouterr()
    assert main(["failed", "list", "--redis", redis_url]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["ID", "CONVERSATION", "CUSTOMER", "OPERATOR", "AGE", "REASON"]
    assert line.split() == ["delivery-1-a", "c1", "-", "1", "just", "now", "Bad", "Request:", "no"]
    assert main(["failed", "show", "delivery-1-a", "--redis", redis_url]) == 0
    assert json.loads(capsys.readouterr().out)["messages"] == ["m1"]


@pytest.mark.parametrize("action", ["show", "retry", "drop"])
def test_an_unknown_id_says_where_to_look(
    action: str, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and the next step."""
    assert main(["failed", action, "nope", "--redis", redis_url]) == 1
    assert "`onduty failed list`" in capsys.readouterr().err


def test_drop_forgets(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is left of it."""
    record(redis_url, "delivery-1-a", DELIVERY)
    assert main(["failed", "drop", "delivery-1-a", "--redis", redis_url]) == 0
    assert Redis.from_url(redis_url).keys("onduty:fail*") == []
    assert "forgotten" in capsys.readouterr().err


def test_retrying_what_has_expired_says_so(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing left to send, and the list is clean."""
    record(redis_url, "delivery-1-a", DELIVERY)
    assert main(["failed", "retry", "delivery-1-a", "--redis", redis_url]) == 1
    assert "expired" in capsys.readouterr().err
    assert Redis.from_url(redis_url).keys("onduty:fail*") == []


def test_retrying_an_invalid_message_pushes_it_as_it_came(redis_url: str) -> None:
    """For a desk that takes it now; the same job id, so it rings once."""
    invalid: Failure = {
        "kind": "message",
        "job": "j1",
        "message": {"text": ""},
        "reason": "text: empty",
    }
    record(redis_url, "message-j1", invalid)
    assert main(["failed", "retry", "message-j1", "--redis", redis_url]) == 0
    assert Redis.from_url(redis_url).lrange("rq:queue:onduty-normal", 0, -1) == [b"j1"]


def test_retrying_a_conversation_accepts_it_again(redis_url: str) -> None:
    """The dispatchers route it at their next look."""
    record(
        redis_url, "conversation-c1", {"kind": "conversation", "conversation": "c1", "reason": "x"}
    )
    assert main(["failed", "retry", "conversation-c1", "--redis", redis_url]) == 0
    assert Redis.from_url(redis_url).zrange("onduty:accepted", 0, -1) == [b"c1"]


EVENT: Failure = {
    "kind": "event",
    "conversation": "c1",
    "event": {"type": "reply.sent", "id": "e1", "sequence": 4, "text": "Привет 👋🏽"},
    "reason": "HTTP 410",
}


def test_retrying_an_event_tells_the_backend_again(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once, as it was, however often it is asked for."""
    record(redis_url, "event-e1", EVENT)
    redis = Redis.from_url(redis_url)
    assert main(["failed", "retry", "event-e1", "--redis", redis_url]) == 1
    assert "set ONDUTY_EVENTS_URL or ONDUTY_EVENTS_JOB" in capsys.readouterr().err
    redis.set(EVENTS_WANTED, 60)
    assert main(["failed", "retry", "event-e1", "--redis", redis_url]) == 0
    assert main(["failed", "retry", "event-e1", "--redis", redis_url]) == 1
    (event,) = cast("list[bytes]", redis.lrange("onduty:events:c1", 0, -1))
    assert json.loads(event) == EVENT["event"]
    assert redis.zrange(EVENTS_DUE, 0, -1) == [b"c1"]
    assert redis.keys("onduty:fail*") == []
