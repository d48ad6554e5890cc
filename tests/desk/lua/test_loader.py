"""A script gets the parts that it names, each once, and nothing else."""

import re

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from lua_files import LUA
from onduty_desk.lua import loader
from onduty_desk.lua.loader import (
    ScriptRefused,
    library,
    package_of,
    put_together,
    requires,
    source,
)


@pytest.mark.parametrize("name", LUA)
async def test_every_script_and_part_can_be_put_together(redis: Redis, name: str) -> None:
    """Nothing names a part or a key that is not there, and Redis takes what comes of it."""
    assert await redis.script_load(source(name))


async def test_a_script_gets_what_its_parts_need_too(redis: Redis) -> None:
    """Each part stands before those that use it."""
    text = "local wake = require 'phones'\nwake.dispatchers()\nreturn 'woken'"
    assert await redis.eval(put_together(text, "a test"), 0) == "woken"


async def test_a_part_that_is_needed_twice_is_there_once(redis: Redis) -> None:
    """Else a script would have two clocks."""
    parts = ["local clock = require 'lua'", "local copies = require 'phones'"]
    text = put_together("\n".join([*parts, "return clock.ms()", ""]), "a test")
    assert text.count("local clock = (function()") == 1
    assert int(await redis.eval(text, 0)) > 0


async def test_what_a_script_does_not_name_it_does_not_get(redis: Redis) -> None:
    """Neither another part, nor what a part keeps to itself."""
    for text in ("copies.of('c', 1)", "local pace = require 'telegram'\nreturn as_true(1)"):
        with pytest.raises(ResponseError, match="nonexistent global variable"):
            await redis.eval(put_together(text, "a test"), 0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("local nothing = require 'phones'\n", "there is no phones/nothing.lua"),
        ("local clock = require 'lua'\nreturn clock.now()\n", "clock has no now"),
        (
            "local keys = require 'model'\nreturn keys.nothing\n",
            "there is no key nothing in the schema",
        ),
        (
            "local words = require 'model'\nreturn words.state.asleep\n",
            "there is no word state.asleep in the schema",
        ),
    ],
)
def test_what_is_not_there_is_refused(text: str, says: str) -> None:
    """When the script is loaded, not when a rare branch runs."""
    with pytest.raises(ScriptRefused, match=re.escape(says)):
        put_together(text, "a test")


def test_a_circle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which parts make it."""
    texts = {"a/one": "local two = require 'a'\n", "a/two": "local one = require 'a'\n"}
    monkeypatch.setattr(loader, "_read", texts.__getitem__)
    with pytest.raises(ScriptRefused, match="a test -> a/one -> a/two -> a/one"):
        put_together("local one = require 'a'\n", "a test")


@pytest.mark.parametrize("package", ["onduty_desk", "onduty_bot", "onduty_dispatcher"])
async def test_redis_takes_the_library_of_each_package(redis: Redis, package: str) -> None:
    """Each script of it is a function; a text that changes is another library."""
    ours = library(package)
    await redis.function_load(ours.text, replace=True)
    ((_, name, _, _, _, functions),) = await redis.function_list(ours.name)
    assert name == ours.name
    scripts = {path for path in LUA if package_of(path) == package and not is_part(path)}
    assert {function[1] for function in functions} == {ours.function(path) for path in scripts}


def is_part(path: str) -> bool:
    return LUA[path].endswith(f"\nreturn {path.rpartition('/')[2]}\n")


def test_what_a_part_keeps_of_a_call_it_forgets() -> None:
    """A part outlives the call: what stands in it but constants is set anew in `begin`."""
    kept = re.compile(
        r"^local ([a-z_, ]+?)(?: = (?!require|cjson)[^\n]*| --[^\n]*)?$", re.MULTILINE
    )
    found = {}
    for path in filter(is_part, LUA):
        part = path.rpartition("/")[2]
        begin = re.search(
            rf"^function {part}\.begin\(\)\n(.*?)^end", LUA[path], re.DOTALL | re.MULTILINE
        )
        reset = set(re.findall(r"\w+", begin[1].partition(" = ")[0])) if begin else set()
        names = {name for line in kept.findall(LUA[path]) for name in line.split(", ")}
        found[path] = names - reset - {part}
    assert {path: names for path, names in found.items() if names} == {}


def test_one_name_means_one_part_everywhere() -> None:
    """A reader who knows `copies` in one script knows it in all."""
    meant: dict[str, set[str]] = {}
    for text in LUA.values():
        for path in requires(text):
            meant.setdefault(path.rpartition("/")[2], set()).add(path)
    assert meant
    assert {name: paths for name, paths in meant.items() if len(paths) > 1} == {}
