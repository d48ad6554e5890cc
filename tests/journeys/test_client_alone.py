"""A backend installs the client and nothing else of ours."""

import subprocess
import sys
from pathlib import Path

from redis import Redis

ROOT = Path(__file__).parents[2]
PUSH = """
import sys
from onduty import CustomerMessage, SupportDesk
print(SupportDesk(sys.argv[1]).notify(
    CustomerMessage(text="Hello", customer_name="Alice", recipient="The Shop")))
"""


def run(*command: str | Path) -> str:
    return subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, text=True
    ).stdout


def test_the_client_installs_alone_and_pushes(redis_url: str, tmp_path: Path) -> None:
    """From its wheel and its pinned requirements: pydantic, redis, rq, and no Telegram."""
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    wheel = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path)
    run(*pip, *wheel, ROOT / "shared" / "client")
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    there = (*pip, "--python", python)
    install = (*there, "install", "--quiet", "--no-compile")
    run(*install, "--require-hashes", "--requirement", ROOT / "requirements" / "client.txt")
    (built,) = tmp_path.glob("onduty-*.whl")
    run(*install, "--no-deps", built)
    run(*there, "check")
    installed = run(*there, "list")
    assert "onduty" in installed
    assert "telegram" not in installed
    assert "aiohttp" not in installed
    message_id = run(python, "-c", PUSH, redis_url).strip()
    sent = run(
        tmp_path / "venv" / "bin" / "onduty",
        *("send", "--text", "Hi", "--name", "Bob", "--to", "Us", "--redis", redis_url),
    ).strip()
    store = Redis.from_url(redis_url)
    assert store.exists(f"onduty:message:{message_id}", f"onduty:message:{sent}") == 2
