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
    build = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    wheel = ("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path)
    run(*build, *wheel, ROOT / "shared" / "client")
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-compile")
    run(*pip, "--require-hashes", "--requirement", ROOT / "requirements" / "client.txt")
    (built,) = tmp_path.glob("onduty-*.whl")
    run(*pip, "--no-deps", built)
    run(python, "-m", "pip", "check")
    installed = run(python, "-m", "pip", "list")
    assert "telegram" not in installed
    assert "aiohttp" not in installed
    message_id = run(python, "-c", PUSH, redis_url).strip()
    sent = run(
        tmp_path / "venv" / "bin" / "onduty",
        *("send", "--text", "Hi", "--name", "Bob", "--to", "Us", "--redis", redis_url),
    ).strip()
    store = Redis.from_url(redis_url)
    assert store.exists(f"onduty:message:{message_id}", f"onduty:message:{sent}") == 2
