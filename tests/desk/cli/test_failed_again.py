"""`onduty failed retry` and `drop`: what was given up is offered again, or forgotten."""

import io
import json
import sys

import pytest
from redis import Redis

from .failed_list import Record, Run, accepted


@pytest.fixture
def redis(redis_url: str) -> Redis:
    return Redis.from_url(redis_url, decode_responses=True)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_lines_of_the_list_are_what_retry_and_drop_take(
    run: Run, record: Record, monkeypatch: pytest.MonkeyPatch, redis: Redis, options: list[str]
) -> None:
    """`onduty failed list … | onduty failed drop`, as a table, as JSON, or as bare ids."""
    for n in range(3):
        record(f"delivery-1-{n}")
    _, out, _ = run("list", *options)
    monkeypatch.setattr(sys, "stdin", io.StringIO(out))
    code, _, err = run("drop")
    assert (code, err) == (0, "3 forgotten\n")
    record("delivery-1-a")
    monkeypatch.setattr(sys, "stdin", io.StringIO("delivery-1-a\n\n"))
    assert run("drop", "-")[0] == 0
    assert redis.keys("onduty:fail*") == []


def test_nothing_named_is_a_wrong_usage(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty pipe drops nothing, least of all everything."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, _, err = run("drop")
    assert code == 2
    assert "say which" in err


def test_several_ids(run: Run, record: Record, redis: Redis) -> None:
    """What went wrong is said by id, the rest is counted."""
    record("conversation-c1", kind="conversation")
    record("conversation-c2", kind="conversation", conversation="c2")
    code, _, err = run("retry", "conversation-c1", "nope", "conversation-c2")
    assert code == 1
    assert err.splitlines() == [
        "nope: there is no such failure; `onduty failed list` shows what there is",
        "2: accepted again",
    ]
    assert set(redis.zrange("onduty:accepted", 0, -1)) == {"c1", "c2"}


def test_an_answer_that_failed_is_a_kind_of_its_own(run: Run, record: Record) -> None:
    """It says what can be done; of one that is not known any more only the row is left to go."""
    record("reply-r1", kind="reply", reply="r1", reason="the mailbox is full")
    code, out, err = run("show", "reply-r1")
    assert code == 0
    assert "sends it as it reads now" in out + err
    assert "the mailbox is full" in run("list", "--kind", "reply")[1]
    code, _, err = run("retry", "--kind", "reply")
    assert (code, "set ONDUTY_EVENTS_URL" in err) == (1, True)


OUTAGE = [
    "Telegram answered 502",
    "no connection to Telegram: Cannot connect to host",
    "twice no answer from Telegram",
    "no answer within 10 s",
    "connection lost before the answer: ServerDisconnectedError()",
]


def test_what_an_outage_put_there_is_offered_again_by_one_command(
    redis: Redis, run: Run, record: Record
) -> None:
    """An older desk gave up after half a minute without Telegram; what was refused stays."""
    accepted(redis, "m1", "c1", "Alice")
    redis.hset("onduty:conversation:c1", mapping={"group": "support", "priority": "normal"})
    redis.hset("onduty:conversation:c1", mapping={"waiting_since_ms": 1, "offered_seq": 1})
    for n, reason in enumerate(OUTAGE):
        record(f"delivery-{n}-a", chat=str(n), reason=reason)
    record("delivery-9-refused", reason="Bad Request: message is too long")
    code, _, err = run("retry", "--outage")
    assert code == 0
    assert err == "5: the operator is off duty; it is offered to the group\n"
    assert redis.zrange("onduty:failed", 0, -1) == ["delivery-9-refused"]
    assert redis.zrange("onduty:accepted", 0, -1) == ["c1"]
    assert run("retry", "--outage")[0] == 0


def test_all_of_a_kind(run: Run, record: Record, redis: Redis) -> None:
    """`--kind` chooses for retry and drop as it does for list."""
    for n in range(3):
        record(f"update-{n}", kind="update")
    record("delivery-1-a")
    code, _, err = run("retry", "--kind", "update")
    assert code == 1
    assert "nothing in it that could be tried again" in err
    assert run("drop", "--kind", "update")[0] == 0
    assert redis.zrange("onduty:failed", 0, -1) == ["delivery-1-a"]


def test_a_job_with_a_message_can_be_pushed_again(run: Run, record: Record, redis: Redis) -> None:
    """A wrong function name was its producer's mistake; the customer waits. Same id, one ring."""
    message = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}
    record("job-j1", kind="job", job="j1", queue="onduty-urgent", message=message)
    record("job-j2", kind="job", job="j2", data="\x80pickled")
    assert run("retry", "job-j1", "job-j2")[0] == 1
    assert redis.lrange("rq:queue:onduty-urgent", 0, -1) == ["j1"]
    assert redis.zrange("onduty:failed", 0, -1) == ["job-j2"]
    assert "let its producer push" in run("show", "job-j2")[2]


def test_a_step_that_broke_is_drawn_anew(run: Run, record: Record, redis: Redis) -> None:
    """The phone's card is looked at again; of one that is gone there is nothing to draw."""
    redis.hset("onduty:conversation:c1", mapping={"group": "support"})
    redis.hset("onduty:copies:c1", "1", '{"card": 17, "version": 3, "failures": 6}')
    record("step-1", kind="step", step="draw")
    record("step-2", kind="step", step="draw", chat="2")
    assert run("retry", "step-1")[0] == 0
    assert json.loads(redis.hget("onduty:copies:c1", "1") or "")["version"] == -1
    assert redis.zrange("onduty:redraws:1", 0, -1) == ["c1"]
    code, _, err = run("retry", "step-2")
    assert (code, "expired" in err) == (1, True)
