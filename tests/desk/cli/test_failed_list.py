"""`onduty failed list` and `show` serve a person: what was given up is found and understood."""

import asyncio
import json
import subprocess
import sys
import time

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from onduty_desk.cli.failed_rows import age
from onduty_desk.failures.failures import Failures
from onduty_desk.texts.reasons import shown_reason

from .failed_list import Record, Run, accepted


@pytest.fixture
def redis(redis_url: str) -> Redis:
    return Redis.from_url(redis_url, decode_responses=True)


def fill(redis: Redis, count: int) -> None:
    """Put many on the list at once."""
    failure = json.dumps({"kind": "delivery", "chat": "1", "conversation": "c1", "reason": "no"})
    redis.hset("onduty:failures", mapping={f"delivery-1-{n:05}": failure for n in range(count)})
    redis.zadd("onduty:failed", {f"delivery-1-{n:05}": n for n in range(count)})


def test_a_line_says_whose_it_was(redis: Redis, run: Run, record: Record) -> None:
    """The customer, the operator, since when, and why."""
    accepted(redis, "m1", "c1", "Alice Jones")
    redis.hset("onduty:operator:1", "name", "Anna")
    record("delivery-1-a", at_ms=int((time.time() - 3 * 86_400) * 1000))
    code, out, err = run("list")
    _, line = out.splitlines()
    assert [cell.strip() for cell in line.split("  ") if cell] == [
        *("delivery-1-a", "c1", "Alice Jones", "Anna", "3 days", "Bad Request: no")
    ]
    assert (code, err) == (0, "1 in all\n")


def test_the_customer_of_a_conversation_is_that_of_its_newest_message(
    redis: Redis, run: Run, record: Record
) -> None:
    """Events, steps and conversations name no message."""
    accepted(redis, "m1", "c1", "Alice")
    for kind in ("event", "conversation", "step"):
        record(f"{kind}-1", kind=kind, messages=None)
    _, out, _ = run("list")
    assert out.count("Alice") == 3


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "just now"),
        (300, "5 min"),
        (89 * 60, "89 min"),
        (2 * 3600, "2 h"),
        (47 * 3600, "47 h"),
        (3 * 86_400, "3 days"),
        (None, "-"),
    ],
)
def test_an_age_in_words(seconds: float | None, words: str) -> None:
    """As people say it."""
    assert age(seconds) == words


def test_a_long_list_shows_its_newest(redis: Redis, run: Run) -> None:
    """It says how many more there are, and reads no more than it shows."""
    fill(redis, 10_000)
    before = redis.info("stats")["total_net_output_bytes"]
    _, out, err = run("list")
    assert redis.info("stats")["total_net_output_bytes"] - before < 30_000
    assert [line.split()[0] for line in out.splitlines()[1:]] == [
        f"delivery-1-{n:05}" for n in range(9_980, 10_000)
    ]
    assert err == "the newest 20 of 10000; --all shows 9980 more\n"
    _, out, err = run("list", "--all")
    assert len(out.splitlines()) == 10_001
    assert err == "10000 in all\n"


def test_a_list_of_one_kind(run: Run, record: Record) -> None:
    """All of it, and of how many."""
    for n in range(30):
        record(f"job-{n}", kind="job")
        record(f"delivery-{n}")
    _, out, err = run("list", "--kind", "job")
    assert len(out.splitlines()) == 31
    assert err == "30 of kind job, of 60 in all\n"


ODD = [" ", "no JSON", "[]", "17", "null", '"text"', "[" * 100_000, "{}", '{"kind": 17}']
ODD += [
    f'{{"kind": "new", "{name}": {value}}}'
    for name in ("reason", "at_ms", "conversation")
    for value in ("{}", "[]", "null", "-1", "true", "1e999", "NaN")
]
ODD += [
    '{"kind": "delivery", "messages": {"a": 1}, "chat": {}}',
    '{"kind": "delivery", "chat": 1}',
    '{"kind": "delivery", "chat": "1", "conversation": "c", "messages": [{}]}',
    '{"kind": "job", "message": "\\ud83d"}',
    '{"kind": "step", "chat": "\\ud83d"}',
]


def test_what_is_not_understood_breaks_nothing(run: Run, record: Record) -> None:
    """An entry of a newer desk, or of another program, is listed, shown, and can be dropped."""
    for n, text in enumerate(ODD):
        record(f"odd-{n}", text)
    record("delivery-1-a")
    for options in ([], ["--json"]):
        code, out, _ = run("list", "--all", *options)
        assert code == 0
        assert len(out.splitlines()) == len(ODD) + 1 + (not options)
    for n in range(len(ODD)):
        assert run("show", f"odd-{n}")[0] == 0
        code, _, err = run("retry", f"odd-{n}")
        assert (code, "forgets it" in err) == (1, True)
        assert run("drop", f"odd-{n}")[0] == 0
    assert "delivery-1-a" in run("list")[1]


ESCAPES = "\x1b[2J\x1b]0;title\x07 red\x9b31m\nnew line\r\u202e\u2028 end"


def test_nothing_on_the_list_steers_a_terminal(redis: Redis, run: Run, record: Record) -> None:
    """Neither a customer's name nor a reason clears the screen or adds a line."""
    accepted(redis, "m1", "c1", f"Alice {ESCAPES}")
    redis.hset("onduty:operator:1", "name", ESCAPES)
    record("delivery-1-a", reason=ESCAPES, note=ESCAPES)
    for arguments in (["list"], ["list", "--json"], ["show", "delivery-1-a"]):
        _, out, _ = run(*arguments)
        assert not [c for c in out if c != "\n" and not c.isprintable()]
    assert len(run("list")[1].splitlines()) == 2


def test_reasons_hold_no_secret(run: Run, record: Record) -> None:
    """Whatever a library's error says: no token, no password, no book."""
    record(
        "delivery-1-a",
        reason="Cannot connect to https://api.example/bot4242424242:AAbbCCddEEffGGhhIIjjKKllMMnn/x "
        "through http://proxy:p@a/s/word@host:1 " + "x" * 5_000,
    )
    for arguments in (["list"], ["list", "--json"], ["show", "delivery-1-a"]):
        _, out, _ = run(*arguments)
        assert "AAbbCC" not in out
        assert "word" not in out
        assert "<token>" in out
        assert "…@host" in out or "\\u2026@host" in out
    assert len(shown_reason("x" * 5_000)) == 300


def test_show_says_who_else_got_it(redis: Redis, run: Run, record: Record) -> None:
    """Each operator's state of each message, and what can be done."""
    redis.hset("onduty:operator:2", "name", "Boris")
    redis.hset("onduty:deliveries:m1", mapping={"1": "given up: no", "2": "sent 17"})
    record("delivery-1-a")
    code, out, err = run("show", "delivery-1-a")
    assert json.loads(out)["who_got_it"] == {"m1": {"1": "given up: no", "Boris (2)": "sent 17"}}
    assert code == 0
    assert err.startswith("`retry` offers it again")


def test_a_reader_that_has_enough_is_no_error(redis_url: str, redis: Redis) -> None:
    """`| head -1` ends in silence."""
    fill(redis, 3_000)
    command = f"{sys.executable} -m onduty failed list --all --redis {redis_url} | head -1"
    done = subprocess.run(
        ["/bin/bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ID ")


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ({"text": "x" * 300_000}, '{"text": "xxx'),
        ({"n": float("inf")}, {"n": None}),
        ({"text": "half an emoji \ud83d"}, {"text": "half an emoji \ud83d"}),
        ("Hello", "Hello"),
    ],
)
async def test_what_is_kept_of_a_message(redis_url: str, message: object, kept: object) -> None:
    """Of a book the beginning; of anything else all, as JSON that every tool reads."""
    async with AsyncRedis.from_url(redis_url, decode_responses=True) as client:
        failures = Failures(client)
        failure = {"kind": "message", "job": "j", "reason": "x", "message": message}
        await failures.record("message-j", failure)
        text = await client.hget("onduty:failures", "message-j")
        found = await failures.find("message-j")
    assert found
    assert len(text or "") < 5_000
    if isinstance(kept, str):
        assert found["message"].startswith(kept)
    else:
        assert found["message"] == kept


def test_a_message_too_deep_to_keep_is_told_all_the_same(redis_url: str) -> None:
    """Its reason stands on the list."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    async def write() -> str:
        async with AsyncRedis.from_url(redis_url, decode_responses=True) as client:
            failure = {"kind": "message", "job": "j", "reason": "x", "message": deep}
            await Failures(client).record("message-j", failure)
            found = await Failures(client).find("message-j")
        assert found
        return str(found["message"])

    assert "too deep" in asyncio.run(write())
