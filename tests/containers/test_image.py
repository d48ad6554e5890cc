"""Each container's command, in an environment that holds only what the image would."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from sysconfig import get_path

import pytest
from redis.asyncio import Redis

from onduty_desk.process.judging import is_alive
from onduty_sandbox.client import Sandbox
from waiting import GENEROUS_S, until

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
BUILD, LAST = re.split(
    r"^FROM .*\n", (ROOT / "Dockerfile").read_text().replace("\\\n", " "), flags=re.MULTILINE
)[1:]
COMMANDS = re.findall(r'^    command: \["(onduty-.*)"\]$', COMPOSE, re.MULTILINE)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Follow the Dockerfile's first stage in a folder; return what is /onduty in the image.

    Our own Python and pip stand in for the image's; pip may use its cache, which changes no byte.
    """
    folder = tmp_path_factory.mktemp("image")
    source = folder / "src"
    source.mkdir()
    make_python(folder / "python")
    environment = os.environ | {"PATH": f"{folder / 'python/bin'}:{os.environ['PATH']}"}
    environment.pop("PYTHONPATH", None)
    for line in BUILD.splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "COPY":
            *froms, to = rest.split()
            for part in froms:
                copy_in(part, source / to)
        elif instruction == "RUN":
            here = re.sub(r"(?<=\s)/(?=onduty\b|wheels\b)", f"{folder}/", f" {rest}")
            command = here.replace("--no-cache-dir", "--quiet --disable-pip-version-check")
            subprocess.run(["/bin/sh", "-ec", command], cwd=source, env=environment, check=True)
    return folder / "onduty"


def make_python(folder: Path) -> None:
    """Make a Python with our pip: the one that Python brings along is slow to unpack, and old."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (installed,) = folder.glob("lib/python*/site-packages")
    for part in ("pip", f"pip-{version('pip')}.dist-info"):
        shutil.copytree(Path(get_path("purelib")) / part, installed / part)
    command = folder / "bin" / "pip"
    command.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m pip "$@"\n')
    command.chmod(0o755)


def copy_in(part: str, to: Path) -> None:
    """Copy as the builder would: what .dockerignore lets through, without compiled files."""
    assert f"!{Path(part).parts[0]}" in (ROOT / ".dockerignore").read_text().splitlines()
    if (ROOT / part).is_dir():
        shutil.copytree(ROOT / part, to, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        to.mkdir(exist_ok=True)
        shutil.copy(ROOT / part, to)


@pytest.fixture
def environment(image: Path) -> dict[str, str]:
    """What the last stage sets, and nothing else."""
    lines = re.findall(r"^ENV (.*)$", LAST, re.MULTILINE)
    pairs = (pair.split("=", 1) for line in lines for pair in line.split())
    return {
        name: value.replace("/onduty", str(image)).replace("$PATH", "/usr/bin:/bin")
        for name, value in pairs
    }


def run(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing but this environment."""
    return subprocess.run(
        command.split(), env=environment, cwd="/", check=False, capture_output=True, text=True
    )


def health_checks() -> list[tuple[str, str]]:
    """Return each of our containers' command and health check, as the compose file has them."""
    checks = re.findall(r'test: \["CMD", (.*)\]$', COMPOSE, re.MULTILINE)
    return list(zip(COMMANDS, (re.sub(r'[",]', "", check) for check in checks), strict=True))


def test_the_image_holds_what_runs_and_nothing_that_builds(
    image: Path, environment: dict[str, str]
) -> None:
    """No pip, no build backend, no sandbox, no demo; as a user that is not root."""
    assert environment["PATH"].startswith(str(image / "bin"))
    for module in ("pip", "hatchling", "editables", "onduty_sandbox", "onduty_demo", "pytest"):
        assert f"No module named {module}" in run(f"python -m {module}", environment).stderr
    assert re.search(r"^USER [1-9][0-9]*:[1-9][0-9]*$", LAST, re.MULTILINE)
    assert "RUN" not in LAST


@pytest.mark.parametrize("command", COMMANDS)
def test_without_settings_a_service_says_what_to_set(
    command: str, environment: dict[str, str]
) -> None:
    """One clear sentence, exit code 1, no traceback."""
    ended = run(command, environment)
    assert ended.returncode == 1
    assert "ONDUTY_BOT_TOKEN: is not set" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("command", "check"), health_checks())
async def test_a_service_starts_is_healthy_and_ends(
    command: str,
    check: str,
    environment: dict[str, str],
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    tmp_path: Path,
) -> None:
    """From secret files alone: healthy while it works, exit code 0 on SIGTERM."""
    for name, value in (("bot_token", token), ("team_secret", "x"), ("redis_url", redis_url)):
        (tmp_path / f"onduty_{name}").write_text(f"{value}\n")
    unset = dict.fromkeys(re.findall(r"^    (ONDUTY_\w+): \$", COMPOSE, re.MULTILINE), "")
    environment |= unset | {
        "ONDUTY_SECRETS_DIR": str(tmp_path),
        "ONDUTY_TELEGRAM_API_URL": sandbox.base_url,
    }

    async def health() -> int:
        return (await asyncio.to_thread(run, check, environment)).returncode

    assert await health() == 1
    process = await asyncio.create_subprocess_exec(command, env=environment, cwd="/")
    try:
        # Asked here first: each health check is a Python, which takes as long to start.
        await until(lambda: is_alive(redis, command.removeprefix("onduty-")))
        await until(health, equals=0)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(GENEROUS_S):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
