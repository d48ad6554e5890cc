"""What every subcommand of `onduty` does alike: where it looks, what it shows, how it ends."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from onduty.cli import main
from onduty_desk.failures.failures import Failures
from onduty_desk.process.connection import connect

EVERY = [
    ["send", "--text", "Hi", "--name", "Alice", "--to", "The Shop"],
    ["close", "c1"],
    ["touch", "c1"],
    ["operators", "list"],
    ["operators", "remove", "7"],
    ["health", "bot"],
    ["status"],
    ["adopt", "123"],
    ["failed", "list"],
    ["failed", "show", "x"],
    ["failed", "retry", "x"],
    ["failed", "drop", "x"],
]
PASSWORD = "hunter2"
AWAY = f"redis://:{PASSWORD}@127.0.0.1:1/0"
TOKEN = "123456789:AAHfiqksKZ8WmR2zSjiQ7_v4TMAKdiHm9T0"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDUTY_SECRETS_DIR", str(tmp_path / "secrets"))
    monkeypatch.delenv("ONDUTY_REDIS_URL", raising=False)


def read_one_line(*arguments: str, both: bool = False) -> "tuple[int, str]":
    """Run it as `… | head -1` does; return its exit code and what it wrote on stderr."""
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "onduty", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=write,
        stderr=write if both else subprocess.PIPE,
        text=True,
    ) as process:
        os.close(write)
        os.close(read)  # nobody reads a line
        told = process.stderr.read() if process.stderr else ""
    return process.returncode, told


@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
def test_it_says_which_redis_it_cannot_use_without_the_password(
    arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence: it may be another than one thinks."""
    monkeypatch.setenv("ONDUTY_REDIS_URL", AWAY)
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert "redis://…@127.0.0.1:1/0" in captured.err
    assert PASSWORD not in captured.err + captured.out


@pytest.mark.parametrize("arguments", [EVERY[0], ["close", "c1"], ["forget", "c1"]], ids=" ".join)
def test_it_says_which_redis_has_no_password_set(
    arguments: Sequence[str], redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the client cannot use is named as what the desk cannot."""
    url = redis_url.replace("unix://", f"unix://:{PASSWORD}@")
    assert main([*arguments, "--redis", url]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"{redis_url.replace('unix://', 'unix://…@')}: ")
    assert "no password set, and its URL has one; take it out there" in told
    assert PASSWORD not in told


@pytest.mark.parametrize("arguments", [EVERY[0], ["status"], ["doctor"]], ids=" ".join)
def test_it_says_which_url_it_cannot_read(
    arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the password, also where that is what cannot be read."""
    assert main([*arguments, "--redis", f"redis://:{PASSWORD}/@127.0.0.1:1/0"]) == 1
    told = capsys.readouterr().err
    assert "redis://…@127.0.0.1:1/0" in told
    assert "percent-encoded" in told
    assert PASSWORD not in told


@pytest.mark.parametrize("arguments", EVERY, ids=" ".join)
@pytest.mark.parametrize("where", ["environment", ".env", "secret file"])
def test_it_looks_where_the_services_look(
    arguments: Sequence[str],
    where: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the same order: an outbox must not go to another Redis than the desk's."""
    places = ["environment", ".env", "secret file"]
    for number, place in enumerate(places[places.index(where) :]):
        url = "redis://127.0.0.1:1/7" if number == 0 else "redis://127.0.0.1:1/8"
        if place == "environment":
            monkeypatch.setenv("ONDUTY_REDIS_URL", url)
        elif place == ".env":
            (tmp_path / ".env").write_text(f"ONDUTY_REDIS_URL='{url}' # ours\nONDUTY_GROUPS=\n")
        else:
            (tmp_path / "secrets").mkdir()
            (tmp_path / "secrets" / "onduty_redis_url").write_text(f"{url}\n")
    assert main(arguments) == 1
    assert "redis://127.0.0.1:1/7" in capsys.readouterr().err


def test_what_is_said_on_the_command_line_needs_no_file(
    tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken `.env` is in the way only of what would be read from it."""
    (tmp_path / ".env").write_bytes(b"ONDUTY_REDIS_URL=\xff")
    assert main(["failed", "list", "--redis", redis_url]) == 0
    capsys.readouterr()
    assert main(["failed", "list"]) == 1
    assert ".env is not UTF-8" in capsys.readouterr().err
    assert main(["schema"]) == 0


@pytest.mark.parametrize("arguments", [*EVERY, ["schema"], ["--help"], ["failed", "--help"]])
def test_a_reader_that_has_seen_enough_is_no_error(
    arguments: Sequence[str], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`onduty … | head -1` ends in silence."""
    monkeypatch.setenv("ONDUTY_REDIS_URL", redis_url)
    _, told = read_one_line(*arguments)
    assert "Redis cannot be used" not in told
    assert "Traceback" not in told
    assert "Exception ignored" not in told


@pytest.mark.parametrize("arguments", [EVERY[0], ["schema"]])
def test_with_errors_in_the_same_pipe_neither(
    arguments: Sequence[str], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`onduty … 2>&1 | head -1`."""
    monkeypatch.setenv("ONDUTY_REDIS_URL", redis_url)
    code, _ = read_one_line(*arguments, both=True)
    assert code in {0, 1}


def test_no_list_shows_a_secret(redis_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever an older desk, or a library, wrote down as the reason."""
    failure = {
        "kind": "delivery",
        "conversation": "c1",
        "reason": f"https://api.telegram.org/bot{TOKEN}/sendMessage",
        "more": [f"bot{TOKEN}", AWAY, "whsec_c2VjcmV0c2VjcmV0"],
    }

    async def write() -> None:
        async with connect(redis_url) as redis:
            await Failures(redis).record("x", failure)

    asyncio.run(write())
    capsys.readouterr()
    for arguments in (["list"], ["list", "--json"], ["show", "x"]):
        assert main(["failed", *arguments, "--redis", redis_url]) == 0
        shown = capsys.readouterr().out
        assert "c1" in shown
        assert not any(each in shown for each in (TOKEN, PASSWORD, "whsec_c2V"))


def test_wrong_usage_shows_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    """The complaint quotes what was not understood."""
    with pytest.raises(SystemExit):
        main(["failed", "list", "--rediss", AWAY])
    told = capsys.readouterr().err
    assert "unrecognized arguments" in told
    assert PASSWORD not in told


@pytest.mark.parametrize("name", ["WAIT_REPLICAS", "RETENTION_DAYS"])
def test_a_number_that_is_none_is_told(
    name: str, tmp_path: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the name of its setting."""
    (tmp_path / ".env").write_text(f"ONDUTY_{name}=many")
    assert main(["close", "c1", "--redis", redis_url]) == 1
    assert f"ONDUTY_{name}: must be a whole number" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("schema",), ("operators", "list")])
def test_a_full_disk_is_the_outputs(arguments: tuple[str, ...], redis_url: str) -> None:
    """One sentence and exit code 1, also where the output is short and written at the end."""
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [sys.executable, "-m", "onduty", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={"ONDUTY_REDIS_URL": redis_url},
        )
    assert told.returncode == 1
    assert told.stderr == "the output cannot be written: No space left on device\n"
