"""The command `onduty failed`, and what stands on its list."""

import json
import time

import pytest
from redis import Redis

from onduty.cli import main
from onduty_desk.failures.failures import Failure

from .failed_list import Record, Run


@pytest.fixture
def run(redis_url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `onduty failed …`; return its exit code, stdout and stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["failed", *arguments, "--redis", redis_url])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture
def record(redis_url: str) -> Record:
    """Put a failure on the list as any service, or another program, may have written it."""
    redis = Redis.from_url(redis_url)
    counted = iter(range(1, 1_000_000))

    def write(failure_id: str, text: str | None = None, **failure: object) -> None:
        at_ms = int(time.time() * 1000) - 10_000_000 + next(counted)
        known = Failure(kind="delivery", chat="1", conversation="c1")
        known |= {"messages": ["m1"], "reason": "Bad Request: no", "at_ms": at_ms}
        redis.hset("onduty:failures", failure_id, text or json.dumps(known | failure))
        redis.zadd("onduty:failed", {failure_id: at_ms})

    return write
