"""The systemd units: systemd takes them, and our processes work with what they forbid."""

import asyncio
import ctypes.util
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.phones import sign_in
from lua_files import ROOT
from onduty import CustomerMessage, SupportDesk
from onduty_sandbox.client import Sandbox
from systemd.hardened import settings_of
from waiting import GENEROUS_S

FOLDER = ROOT / "deploy" / "systemd"
BOT, DISPATCHER = FOLDER / "onduty-bot.service", FOLDER / "onduty-dispatcher@.service"
HARDENED = Path(__file__).with_name("hardened.py")
PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def systemd_analyze() -> str:
    """The checker of systemd, of Debian's package."""
    tool = shutil.which("systemd-analyze")
    if tool is None and os.environ.get("CI") != "true":
        pytest.skip("systemd-analyze is not installed: the units were NOT checked")
    assert tool, "CI must have systemd-analyze: .ci/run installs it"
    return tool


@pytest.mark.parametrize("unit", [BOT, DISPATCHER], ids=lambda unit: unit.stem)
def test_systemd_takes_the_unit(systemd_analyze: str, tmp_path: Path, unit: Path) -> None:
    """Without a word, and as one that may do little: each setting is known and has a meaning."""
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/opt/onduty/bin", str(PROGRAMS)))
    started = tmp_path / unit.name.replace("@.", "@1.")
    for command in (
        ("verify", "--recursive-errors=one"),
        ("security", "--offline=true", "--threshold=20"),
    ):
        done = subprocess.run(
            [systemd_analyze, *command, str(started if command[0] == "verify" else copy)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:", "SYSTEMD_LOG_LEVEL": "warning"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""


def test_both_services_are_run_alike() -> None:
    """They differ in the program alone."""
    bot, dispatcher = settings_of(BOT), settings_of(DISPATCHER)
    assert bot.keys() == dispatcher.keys()
    differ = {name for name in bot if bot[name] != dispatcher[name]}
    assert differ == {"Description", "ExecStart"}
    assert bot["ExecStart"] == ["/opt/onduty/bin/onduty-bot"]
    assert dispatcher["ExecStart"] == ["/opt/onduty/bin/onduty-dispatcher"]


async def test_the_services_work_with_what_the_units_forbid(
    systemd_analyze: str,  # noqa: ARG001 - it lists the system calls
    service_environment: dict[str, str],
    tmp_path: Path,
    sandbox: Sandbox,
    redis_url: str,
) -> None:
    """Somebody signs in, a card comes, metrics are there, and SIGTERM ends both with code 0."""
    if not ctypes.util.find_library("seccomp") and os.environ.get("CI") != "true":
        pytest.skip("libseccomp is not installed: the units' restrictions were NOT tried")
    environment = {**service_environment, "ONDUTY_METRICS_PORT": "0"}
    anna = await sandbox.add_user(101, "Anna")
    async with AsyncExitStack() as stack:
        started = [
            await stack.enter_async_context(hardened(unit, environment, tmp_path))
            for unit in (BOT, DISPATCHER)
        ]
        await sign_in(anna)
        with SupportDesk(redis_url) as backend:
            backend.notify(CustomerMessage(text="Hello", customer_name="A", recipient="B"))
        await anna.wait_for("Hello")
        for process in started:
            assert is_restricted(process.pid)
            process.terminate()
        async with asyncio.timeout(GENEROUS_S):
            assert [await process.wait() for process in started] == [0, 0]
    logs = logged(tmp_path)
    assert '"level": "error"' not in logs
    assert logs.count('"metrics.listening"') == 2


@pytest.mark.usefixtures("systemd_analyze")
@pytest.mark.parametrize(
    "forbidden",
    [
        "import os; os.nice(1)",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)",
        "import os; os.chown('/tmp', 0, 0)",
    ],
)
def test_what_the_units_forbid_is_forbidden_here(forbidden: str) -> None:
    """Or the test above would show nothing."""
    done = subprocess.run(
        [sys.executable, str(HARDENED), str(BOT), sys.executable, "-c", forbidden],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "PermissionError" in done.stderr


def is_restricted(pid: int) -> bool:
    """Whether the kernel says so of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return all(
        restriction in status
        for restriction in ("Seccomp:\t2", "NoNewPrivs:\t1", "CapBnd:\t0000000000000000")
    )


def logged(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.log"))


@asynccontextmanager
async def hardened(unit: Path, environment: dict[str, str], folder: Path) -> AsyncIterator[Process]:
    """Run a unit's program with its restrictions."""
    program = PROGRAMS / Path(settings_of(unit)["ExecStart"][0]).name
    with (folder / f"{program.name}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                str(HARDENED),
                str(unit),
                str(program),
            ),
            env=environment,
            cwd="/",
            stderr=log,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
