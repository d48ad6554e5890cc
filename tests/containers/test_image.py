"""Each container's command, in an environment that holds only what the image would."""

import asyncio
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from onduty_sandbox.client import Sandbox
from waiting import until

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing but these variables."""
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder made as the Dockerfile makes /onduty; return its bin."""
    folder = tmp_path_factory.mktemp("image")
    build = re.search(r"pip wheel .*?(shared/client[^&]*)&&", DOCKERFILE, re.DOTALL)
    assert build
    distributions = build[1].replace("\\", " ").split()
    quiet = ("-m", "pip", "--quiet", "--disable-pip-version-check")
    steps: list[tuple[str | Path, ...]] = [
        (sys.executable, "-m", "venv", folder / "onduty"),
        (
            *(folder / "onduty/bin/python", *quiet, "install", "--require-hashes"),
            *("--requirement", ROOT / "requirements/services.txt"),
        ),
        (
            *(sys.executable, *quiet, "wheel", "--no-deps", "--no-build-isolation"),
            *("--wheel-dir", folder / "wheels"),
            *(ROOT / part for part in distributions),
        ),
    ]
    for step in steps:
        subprocess.run([str(part) for part in step], check=True)
    install = (folder / "onduty/bin/python", *quiet, "install", "--no-deps")
    wheels = sorted((folder / "wheels").glob("*.whl"))
    subprocess.run([str(part) for part in (*install, *wheels)], check=True)
    check = (folder / "onduty/bin/python", *quiet, "check")
    subprocess.run([str(part) for part in check], check=True)
    return folder / "onduty" / "bin"


@pytest.mark.parametrize("service", ["onduty-bot", "onduty-dispatcher"])
def test_without_settings_a_service_says_what_to_set(service: str, image: Path) -> None:
    """One line for each, exit code 1, no traceback."""
    ended = run(image / service)
    assert ended.returncode == 1
    assert "ONDUTY_BOT_TOKEN: is not set" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("service", ["bot", "dispatcher"])
async def test_a_service_starts_is_healthy_and_ends(
    service: str, image: Path, redis_url: str, sandbox: Sandbox, token: str, tmp_path: Path
) -> None:
    """From secret files alone: healthy while it works, exit code 0 on SIGTERM."""
    for name, value in (("bot_token", token), ("team_secret", "x"), ("redis_url", redis_url)):
        (tmp_path / f"onduty_{name}").write_text(value)
    environment = {
        "ONDUTY_SECRETS_DIR": str(tmp_path),
        "ONDUTY_TELEGRAM_API_URL": sandbox.base_url,
    }

    async def health() -> int:
        ended = await asyncio.to_thread(
            run, image / "onduty", "health", service, ONDUTY_SECRETS_DIR=str(tmp_path)
        )
        return ended.returncode

    assert await health() == 1
    process = await asyncio.create_subprocess_exec(
        image / f"onduty-{service}", env=environment, cwd="/"
    )
    try:
        await until(health, equals=0)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
