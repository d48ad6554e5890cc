"""A desk that is well, for tests that plant a fault in it."""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from onduty.cli import main
from onduty_desk.lua.calling import install
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.model.keys import BOT, PROCESSES
from onduty_sandbox.client import Sandbox
from servers import Valkey

PHRASE = "seven green hats"


@dataclass
class Patient:
    """A desk, and what a test may change about it."""

    redis: Redis
    server: Valkey
    sandbox: Sandbox
    folder: Path
    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def set(self, name: str, value: str) -> None:
        """Set a setting in the environment."""
        self.patch.setenv(f"ONDUTY_{name}", value)

    async def doctor(self, *arguments: str) -> tuple[int, list[dict[str, str]]]:
        """Run `onduty doctor --json`; return its exit code and what it found."""
        self.capsys.readouterr()
        code = await asyncio.to_thread(main, ["doctor", "--json", *arguments])
        lines = self.capsys.readouterr().out.splitlines()
        return code, [cast("dict[str, str]", json.loads(line)) for line in lines]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user of this host can enter."""
    with tempfile.TemporaryDirectory(prefix="onduty-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


@pytest.fixture
async def patient(
    own_valkey: Valkey,
    sandbox: Sandbox,
    token: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AsyncIterator[Patient]:
    """All is well: bot and dispatcher have just shown a sign of life, nothing waits."""
    monkeypatch.chdir(folder)
    (folder / ".env").write_text(f"ONDUTY_TEAM_SECRET={PHRASE}\n")
    (folder / ".env").chmod(0o600)
    for name, value in {
        "BOT_TOKEN": token,
        "REDIS_URL": own_valkey.url,
        "TELEGRAM_API_URL": sandbox.base_url,
        "SECRETS_DIR": str(folder / "secrets"),
    }.items():
        monkeypatch.setenv(f"ONDUTY_{name}", value)
    async with Redis.from_url(own_valkey.url, decode_responses=True) as redis:
        await redis.config_set("appendfsync", "everysec")
        await install(redis, "onduty_desk")
        await redis.set(BOT, token.partition(":")[0])
        await redis.set(HEARD, int(time.time() * 1000))
        alive = dict.fromkeys(("bot here 1", "dispatcher here 2"), time.time() * 1000)
        await redis.zadd(PROCESSES, alive)
        yield Patient(redis, own_valkey, sandbox, folder, monkeypatch, capsys)
