"""The tool that changes the code: what it changes, and that its table names what there is."""

import ast
from pathlib import Path

import pytest
from redis.asyncio import Redis

from mutants import lua, python, rooms
from mutants.__main__ import main, picked, places
from mutants.change import Change
from mutants.excused import EXCUSES, reason_for

ROOT = Path(__file__).parents[2]

LUA = """-- not x == 1
local function f(a, b)
  redis.call('DEL', a) -- and b
  if not a and #b <= -1 then
    return 'done', math.max(a + 2, b[1])
  end
  return f(
    b
  ) == 'x == y'
end
"""
PYTHON = '''"""Not 1 == 2."""
__all__ = ["a", "b"]
LIMIT: Literal[3] = 3

@cache(maxsize=4)
def f(ж: str, b: int = 5) -> bool | Literal[6]:
    """True."""
    _log.info("one", n=7)
    g(ж)
    if ж == "ж" and not (b <  # or so
        8):
        return b is not None
    return min(b - 9, b) in (f"{b + 10}", -1)
'''


def changed(text: str, change: Change) -> str:
    """Return what is changed, and into what, of how much there is around it."""
    return f"{text[change.start : change.end]} → {change.new}"


def test_the_table_names_what_there_is() -> None:
    """Who moves a file hears of it here, not from changes that nothing tests."""
    rooms.look_through(ROOT)


def test_what_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that names what is gone ends the run."""
    with pytest.raises(rooms.Gone, match=r"nothing is at shared/desk/\*\*/\*\.lua"):
        rooms.changed_files(tmp_path)
    monkeypatch.setattr(rooms, "ROOMS", (rooms.Room(("*.lua",), ("tests/**/test_gone.py",)),))
    with pytest.raises(rooms.Gone, match="test_gone"):
        rooms.look_through(ROOT)
    with pytest.raises(rooms.Gone, match=r"no room in .* has a\.py"):
        rooms.tests_of("a.py", ROOT)


def test_a_seed_picks_the_same_changes_each_time() -> None:
    """A survivor can be looked at again tomorrow."""
    assert picked(7, 20) == picked(7, 20)
    assert picked(7, 20)[0] != picked(8, 20)[0]
    assert len(set(picked(7, 20)[0])) == 20


def test_only_some_files_are_changed_if_wanted() -> None:
    """One room after another, while it is worked on."""
    assert {change.path for change in picked(7, 5, "*/pace.lua")[0]} == {
        "shared/desk/onduty_desk/telegram/pace.lua"
    }


def test_lua_is_changed_where_it_matters() -> None:
    """In no comment and no text, one place each, the whole of a call."""
    found = [changed(LUA, change) for place in lua.places("a", LUA) for change in place.changes]
    assert sorted(found) == sorted(
        [
            "redis.call('DEL', a) → ",
            "not  → ",
            "and → or",
            "<= → >",
            "<= → <",
            "-1 → 0",
            "'done' → 'done_x'",
            "max → min",
            "+ → -",
            "2 → 3",
            "== → ~=",
            "'x == y' → 'x == y_x'",
        ]
    )


def test_python_is_changed_where_it_matters() -> None:
    """In no docstring, annotation, decorator, f-string or log line."""
    found = [
        changed(PYTHON, change) for place in python.places("a", PYTHON) for change in place.changes
    ]
    assert sorted(found) == sorted(
        [
            "3 → 4",
            "5 → 6",
            "g(ж) → pass",
            "== → !=",
            "\"ж\" → 'ж_x'",
            "and → or",
            "not  → ",
            "< → >=",
            "< → <=",
            "8 → 9",
            "is not → is",
            "min → max",
            "- → +",
            "9 → 10",
            "in → not in",
            "-1 → 0",
        ]
    )


def test_moments_are_not_changed_by_a_millisecond() -> None:
    """Whether at the very moment, or behind it: nobody notices."""
    kinds = [c.kind for p in lua.places("a", "return until_ms <= now") for c in p.changes]
    assert kinds == ["comparison"]
    kinds = [c.kind for p in python.places("a", "x = wait_s <= 0") for c in p.changes]
    assert kinds == ["comparison", "number"]


def test_what_lua_is_not_is_told() -> None:
    """By its place: a file that this reader cannot read is changed nowhere."""
    with pytest.raises(lua.NotLua, match="a:2: no token of Lua begins here: '@'"):
        lua.places("a", "local b\n@")


async def test_changed_files_are_still_programs(redis: Redis) -> None:
    """A test should fail for what a change does, not because nothing can be read any more."""
    texts = {path: (ROOT / path).read_text() for path in rooms.changed_files(ROOT)}
    each_tenth = [change for place in places() for change in place.changes][::10]
    for change in each_tenth:
        text = texts[change.path]
        after = change.applied(text)
        assert after != text
        assert after.startswith(text[: change.start])
        assert after.endswith(text[change.end :])
        if change.path.endswith(".py"):
            ast.parse(after)
        else:
            await redis.script_load(after)  # Redis compiles it


def test_each_excuse_is_needed() -> None:
    """An excuse that excuses nothing any more goes."""
    changes = [change for place in places() for change in place.changes]
    texts = {path: (ROOT / path).read_text() for path in rooms.changed_files(ROOT)}
    reasons = {reason_for(change, texts[change.path]) for change in changes}
    assert {excuse.reason for excuse in EXCUSES} <= reasons


def test_the_list_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """To see what would be changed."""
    assert main(["--list", "--seed", "7", "--count", "3", "--only", "*/tap.lua"]) == 0
    assert capsys.readouterr().out.count("+++ ") == 3
