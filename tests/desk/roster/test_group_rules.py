"""The rules of groups in Redis: the newest start decides for all processes."""

import json
from collections.abc import Mapping

from redis.asyncio import Redis
from structlog.testing import capture_logs

from desk_at_work.fixtures import Lua
from onduty_desk.model.roster_keys import GROUP_RULES
from onduty_desk.roster.group_rules import GroupRules, write_group_rules
from onduty_desk.settings import DispatcherSettings

BOTH = ("support", "sales")


async def rules_of(redis: Redis, lua: Lua, group: str) -> dict[str, object]:
    """Return the rules as a script gets them."""
    text = lua("return cjson.encode(group_rules.of(ARGV[1]))", "roster/group_rules")
    found: dict[str, object] = json.loads(str(await redis.eval(text, 0, group)))
    found.pop("start_ms", None)
    return found


async def changes(redis: Redis, rules: Mapping[str, GroupRules], *groups: str) -> list[str]:
    with capture_logs() as logs:
        await write_group_rules(redis, groups or BOTH, rules)
    return [log["group"] for log in logs if log["event"] == "group.rules_changed"]


async def test_before_any_start_the_defaults_hold(redis: Redis, lua: Lua) -> None:
    """A desk that only the last release has started on: those of Python and Lua are the same."""
    assert await rules_of(redis, lua, "support") == GroupRules().model_dump()


async def test_a_rule_that_an_older_start_did_not_know_has_its_default(
    redis: Redis, lua: Lua
) -> None:
    """It has written what it knew."""
    await redis.hset(GROUP_RULES, "sales", '{"start_ms":1}')
    assert await rules_of(redis, lua, "sales") == GroupRules().model_dump()


async def test_a_start_writes_when_it_was(redis: Redis) -> None:
    """So that one can see whose rules hold."""
    await write_group_rules(redis, BOTH, {})
    written = {g: json.loads(text) for g, text in (await redis.hgetall(GROUP_RULES)).items()}
    assert set(written) == set(BOTH)
    assert all(rules["start_ms"] > 1_600_000_000_000 for rules in written.values())


async def test_the_same_rules_once_more_are_no_change(redis: Redis) -> None:
    """Many processes start with the same file, and one line says what changed."""
    rules = dict.fromkeys(BOTH, GroupRules(capacity=3))
    assert sorted(await changes(redis, rules)) == ["sales", "support"]
    assert await changes(redis, rules) == []


async def test_the_newest_start_decides(redis: Redis, lua: Lua) -> None:
    """For every process, whatever file it was started with; one without a file sets defaults."""
    await write_group_rules(redis, BOTH, {"sales": GroupRules(capacity=3)})
    assert (await rules_of(redis, lua, "sales"))["capacity"] == 3
    assert await changes(redis, {"sales": GroupRules(capacity=2)}) == ["sales"]
    assert (await rules_of(redis, lua, "sales"))["capacity"] == 2
    assert (await rules_of(redis, lua, "support"))["capacity"] == 0
    assert await changes(redis, {}) == ["sales"]
    assert (await rules_of(redis, lua, "sales"))["capacity"] == 0


async def test_a_group_that_is_no_more_has_no_rules(redis: Redis) -> None:
    """Its name may be used again one day."""
    await write_group_rules(redis, BOTH, {})
    assert await changes(redis, {}, "support") == ["sales"]
    assert await redis.hkeys(GROUP_RULES) == ["support"]


def test_the_settings_give_the_rules_of_the_file() -> None:
    """What bot and dispatcher write at start."""
    settings = DispatcherSettings.model_validate(
        {"bot_token": "42:abcdefghijklmnop", "team_secret": "x"}
    )
    assert settings.group_rules == {}
