"""`onduty actions`: what admins did, as a shell shows it."""

import json

import pytest
from redis import Redis

from onduty.cli import main
from onduty_desk.model.bot_keys import ACTIONS

CHIEF = {"id": "4503599627370495", "name": "Chief"}


def test_actions_are_shown_oldest_first(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each, of text or of JSON; what cannot be read is left out."""
    redis = Redis.from_url(redis_url)
    anna = {"id": "101", "name": "Anna\nroot kicked everybody"}
    for action in (
        {"kind": "invite", "groups": ["sales"]},
        {"kind": "joined", "whom": anna, "groups": ["sales"]},
        {"kind": "kick", "whom": anna, "groups": ["support", "sales"]},
        {"kind": "unkick", "whom": {"id": "101", "name": ""}, "groups": ["sales"]},
        {"kind": "prioritize", "groups": ["sales"], "conversation": "c\n1", "priority": "urgent"},
        {"kind": "of a newer version"},
    ):
        redis.lpush(ACTIONS, json.dumps({"at_ms": 1_795_000_000_000, "admin": CHIEF} | action))
    redis.lpush(ACTIONS, "{")

    assert main(["actions", "--redis", redis_url]) == 0
    lines = capsys.readouterr().out.splitlines()
    at, chief = "2026-11-18 11:06:40 UTC  ", "Chief (4503599627370495)"
    assert lines == [
        f"{at}{chief} made an invite to sales",
        f"{at}{chief} had invited Anna root kicked everybody (101), who joined sales",
        f"{at}{chief} kicked Anna root kicked everybody (101) out of support, sales",
        f"{at}{chief} let 101 in again: sales",
        f"{at}{chief} set c 1 of sales to urgent",
    ]
    assert main(["actions", "--json", "--redis", redis_url]) == 0
    first, *_ = map(json.loads, capsys.readouterr().out.splitlines())
    assert first == {
        "at": "2026-11-18T11:06:40+00:00",
        "kind": "invite",
        "admin": {"id": 4503599627370495, "name": "Chief"},
        "whom": None,
        "groups": ["sales"],
        "conversation": None,
        "priority": None,
    }


def test_no_actions_are_no_failure(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on stdout, which a script reads."""
    assert main(["actions", "--redis", redis_url]) == 0
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "no admin has done anything yet\n")
