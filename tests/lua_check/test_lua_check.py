"""The Lua's linter and formatter, with files that are right and files that are not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lua_check import stylua

ROOT = Path(__file__).parents[2]
GOOD = """-- A phone's copy of a conversation.
local keys = require 'model/keys'

local copies = {}

function copies.of(id, chat)
  local json = redis.call('HGET', keys.copies(id), chat)
  return json and cjson.decode(json) or {}
end

return copies
"""
TOOLS = {"luacheck": "lua-check", "node": "nodejs", "npm": "npm"}


@pytest.fixture(scope="module", autouse=True)
def _the_tools() -> None:
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"CI must have {', '.join(missing)}: .ci/run installs it")
    elif missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


@pytest.fixture
def lua(tmp_path: Path) -> Path:
    """A file that is right."""
    file = tmp_path / "room" / "copies.lua"
    file.parent.mkdir()
    file.write_text(GOOD)
    return file


def check(file: Path, *more: str, **environment: str) -> tuple[int, str]:
    """Return how the check of its folder ended and what it said."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "CI": "", **environment}
    done = subprocess.run(
        [sys.executable, "-m", "lua_check", *more, str(file.parent)],
        cwd=ROOT,
        env=surroundings,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_module_that_requires_another_is_right(lua: Path) -> None:
    """What Redis gives every script, and `require`, are no unknown globals."""
    code, said = check(lua, CI="true")
    assert code == 0
    assert said == "Total: 0 warnings / 0 errors in 1 file\n"


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("local seq = redis.call('TIME')", "unused variable 'seq'"),
        ("counted = 1", "setting non-standard global variable 'counted'"),
        ("redis.log(1, something)", "accessing undefined variable 'something'"),
        ("print('here')", "accessing undefined variable 'print'"),
        (f"-- {'long ' * 30}long", "line is too long"),
    ],
)
def test_what_is_odd_is_told(lua: Path, line: str, complaint: str) -> None:
    """A slip of the pen fails before Redis runs it."""
    lua.write_text(GOOD.replace("local copies = {}\n", f"local copies = {{}}\n{line}\n"))
    code, said = check(lua)
    assert code == 1
    assert complaint in said


def test_another_format_is_told_and_mended(lua: Path) -> None:
    """`make check` names the file and leaves it alone, `make format` writes it."""
    lua.write_text(GOOD.replace("  local json", '\tlocal json = "";json'))
    before = lua.read_text()
    code, said = check(lua)
    assert (code, lua.read_text()) == (1, before)
    assert f"Would reformat: {lua}" in said
    assert check(lua, "--write")[0] == 0
    assert "  local json = ''\n  json = redis.call(" in lua.read_text()


def test_what_is_no_lua_is_told(lua: Path) -> None:
    """By its name, and the other files are looked at all the same."""
    lua.write_text("local function")
    assert check(lua)[0] == check(lua, "--write")[0] == 1
    assert str(lua) in check(lua, "--write")[1]


def test_without_the_tools_that_is_said_and_ci_fails(lua: Path) -> None:
    """Python and make are enough for a newcomer; nothing is skipped in silence."""
    code, said = check(lua, PATH="/nowhere")
    assert code == 0
    assert "The Lua was NOT linted; install the linter: apt-get install lua-check" in said
    assert "apt-get install nodejs npm" in said
    assert check(lua, PATH="/nowhere", CI="true")[0] == 1


def test_another_package_is_not_used(tmp_path: Path) -> None:
    """Whatever the registry brings under the pinned version."""
    archive = tmp_path / "other.tgz"
    archive.write_bytes(b"another one")
    with pytest.raises(stylua.NotThePinned):
        stylua.unpack(archive, tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()
