"""`onduty status`: the desk at a glance, in a bounded number of commands."""

import asyncio
import json
import re
import sys
import time
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from onduty.cli import main
from onduty.wire import ACCEPTED
from onduty_desk.availability.groups import Groups
from onduty_desk.lua.calling import script
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.model.event_keys import EVENTS_SINCE
from onduty_desk.model.keys import (
    FAILED,
    PROCESS_IDS,
    PROCESSES,
    TELEGRAM,
    OperatorId,
    claims_key,
    process_key,
    waiting_key,
)
from onduty_desk.model.roster_keys import GROUP_RULES, ON_DUTY, duty_key, operator_key

NORMAL = 10**14


def ago(seconds: float) -> int:
    return round((time.time() - seconds) * 1000)


@pytest.fixture
async def at_work(redis: Redis) -> Redis:
    """Two groups, somebody on duty, customers who wait and who are answered, a dead process."""
    await redis.hset(GROUP_RULES, mapping={"support": "{}", "sales": "{}"})
    for key in (ON_DUTY, duty_key("support")):
        await redis.zadd(key, {"101": ago(9_000), "102": ago(8_000)})
    await redis.zadd(waiting_key("support"), {"c1": ago(450), "c2": ago(5)})
    await redis.zadd(waiting_key("sales"), {"c3": NORMAL + ago(630)})
    await redis.zadd(claims_key(OperatorId(101)), {"c4": ago(1_530), "c5": ago(60)})
    await redis.zadd(ACCEPTED, {"c6": NORMAL + ago(210)})
    await redis.zadd(EVENTS_SINCE, {"c1": ago(150)})
    await redis.zadd(FAILED, {"delivery-1": 1})
    await redis.set(HEARD, ago(210))
    for number, (service, seen_s) in enumerate((("bot", 1), ("dispatcher", 2), ("dispatcher", 90))):
        record = {"service": service, "host": "here", "pid": number, "version": "0.1.0"}
        record |= {"started_ms": ago(9_999), "seen_ms": ago(seen_s)}
        await redis.set(process_key(str(number)), json.dumps(record))
        await redis.zadd(PROCESS_IDS, {str(number): ago(seen_s)})
        await redis.zadd(PROCESSES, {f"{service} here {number}": ago(seen_s)})
    await script(redis, "process/now")()  # the library is there, as on a desk that runs
    return redis


async def status(*arguments: str) -> int:
    return await asyncio.to_thread(main, ["status", *arguments])


@pytest.mark.usefixtures("at_work")
async def test_it_shows_what_there_is_with_ages(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By group and priority; whoever is not well is named."""
    assert await status("--redis", redis_url) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].endswith(" UTC")
    table = [[cell.strip() for cell in line.split("  ") if cell] for line in shown[2:5]]
    assert table == [
        ["GROUP", "ON DUTY", "AVAILABLE", "FREE PLACES", "URGENT WAIT", "NORMAL WAIT", "LOW WAIT"],
        ["sales", "0", "?", "?", "0", "1, the first for 10 min", "0"],
        ["support", "2", "?", "?", "2, the first for 7 min", "0", "0"],
    ]
    assert [re.sub(r"\d+ s;", "… s;", line) for line in shown[6:]] == [
        "claimed         2, the first for 25 min",
        "not routed      1, the first for 3 min",
        "events pending  1, the first for 2 min",
        "failed          1, see `onduty failed list`",
        "Telegram        there; updates were read 3 min ago",
        "processes       bot 1, dispatcher 1",
        "  dispatcher 2 on here: no sign of life for … s; see its log",
    ]


async def test_as_json_it_is_one_line(
    at_work: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With numbers where people read words."""
    await at_work.hset(TELEGRAM, mapping={"away_since_ms": str(ago(30)), "reason": "502 page"})
    assert await status("--json", "--redis", redis_url) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found: dict[str, Any] = json.loads(line)
    assert found["groups"]["support"]["on_duty"] == 2
    assert found["groups"]["support"]["waiting"]["urgent"]["count"] == 2
    assert 450 <= found["groups"]["support"]["waiting"]["urgent"]["oldest_s"] < 500
    assert found["telegram"]["reason"] == "502 page"
    assert 30 <= found["telegram"]["away_s"] < 80
    assert [one["trouble"] is None for one in found["processes"]] == [False, True, True]


async def test_it_shows_who_has_room(
    at_work: Redis, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the desk has written it for backends: customers may wait while all on duty are full."""
    for number in (101, 102):
        limit = "2" if number == 101 else "1"
        await at_work.hset(operator_key(OperatorId(number)), "limit", limit)
    for conversation in ("c4", "c5"):
        await at_work.hset(f"onduty:conversation:{conversation}", mapping={"owner": "101"})
    await Groups(at_work, ["support"]).look("five")
    assert await status("--redis", redis_url) == 0
    shown = capsys.readouterr().out.splitlines()[4].split()
    assert shown[:4] == ["support", "2", "2", "1"]
    await at_work.hdel(operator_key(OperatorId(102)), "limit")
    await Groups(at_work, ["support"]).look("five")
    await status("--redis", redis_url)
    assert "no limit" in capsys.readouterr().out.splitlines()[4]
    await status("--json", "--redis", redis_url)
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert groups["support"]["availability"] == {"available": 2, "free_places": None}
    assert groups["sales"]["availability"] is None


async def test_it_watches_until_it_is_ended(at_work: Redis, redis_url: str) -> None:
    """Again and again, what has changed with it."""
    watching = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "onduty",
            "status",
            "--json",
            "--watch",
            "0.05",
            "--redis",
            redis_url,
        ),
        stdout=asyncio.subprocess.PIPE,
    )
    assert watching.stdout
    first = json.loads(await watching.stdout.readline())
    assert first["failed"] == 1
    await at_work.zadd(FAILED, {"delivery-2": 2})
    while json.loads(await watching.stdout.readline())["failed"] != 2:
        pass
    watching.send_signal(2)
    assert await watching.wait() == 0


async def test_it_asks_redis_the_same_however_large_the_desk_is(
    at_work: Redis, redis_url: str
) -> None:
    """A thousand customers more cost no command more."""

    async def commands() -> int:
        before = cast("int", (await at_work.info("stats"))["total_commands_processed"])
        await status("--json", "--redis", redis_url)
        after = cast("int", (await at_work.info("stats"))["total_commands_processed"])
        return after - before

    few = await commands()
    await at_work.zadd(waiting_key("support"), {f"more-{n}": ago(n) for n in range(1_000)})
    assert await commands() == few
    assert few < 100


async def test_a_desk_that_has_never_run_is_shown_too(
    redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Empty, and without an error."""
    assert await status("--redis", redis_url) == 0
    shown = capsys.readouterr().out
    assert "support" in shown
    assert "updates were read never" in shown
