"""A real Redis-protocol server and a real local Telegram for every test."""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis as BlockingRedis
from redis import utils as redis_utils
from redis.asyncio import Redis
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from bare import BARE
from evidence import HAS_FAILED, last_words
from onduty_desk.model.keys import TEST_CLOCK_OFFSET
from onduty_sandbox.client import Sandbox
from onduty_sandbox.server import running_sandbox
from ports import free_port as a_free_port
from servers import Valkey
from users import acl_file

pytest_plugins = ["desk_at_work.fixtures"]

TOKEN = "42:sandbox-token-for-tests-0123456789"

# The same examples each time, and none judged by how fast this machine is just now: a fresh clone's
# first run makes Hypothesis's tables of characters, and would fail by its 200 ms for an example.
settings.register_profile(
    "onduty", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("onduty")

# A test opens a dozen connections, and for each redis-py would read its version from a file: 5 ms.
redis_utils.get_lib_version = cache(redis_utils.get_lib_version)


gc.disable()
"""Until all is imported and collected: nothing of that is ever garbage."""


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not in what stays until the end: that is the most of it."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let somebody who changes the kernel play more stories than a run of all tests does."""
    parser.addoption("--stories", type=int, default=30, help="how many stories are played")


TOGETHER = frozenset(
    {
        "tests/containers/test_image.py",
        "tests/journeys/test_rolling_upgrade.py",
        "tests/mutants/test_mutants.py",
    }
)
"""Files whose tests one worker runs, because they share what takes long to make."""

SLOW_FIRST = ("browser", "journeys", "chaos", "containers", "demo")
"""Folders whose tests take long, and judge how a desk of several processes keeps time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow folders to the front; within them and behind them nothing changes."""
    ranks = {name: rank for rank, name in enumerate(SLOW_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.parent.name, len(ranks)))


class FromBothEnds(LoadScopeScheduling):  # type: ignore[misc]  # xdist gives it no types
    """Gives a worker the next test, whichever file it is of.

    Every second worker begins at the end: so half of them are at the slow tests, which have the
    machine's time while they wait, and no more.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        if int(node.gateway.id.removeprefix("gw")) % 2:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FromBothEnds:
    """Go before `loadgroup`, which knows no groups with this pytest."""
    return FromBothEnds(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what the test's processes logged."""
    report = yield
    if report.failed:
        item.stash[HAS_FAILED] = True
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        report.sections += last_words(folder) if folder else []
    return report


_IN_MEMORY, _MUCH = Path("/dev/shm"), 2 * 2**30  # noqa: S108 - a folder of each server's own is made there


def _folder_of_servers() -> str | None:
    """Where writing never waits for a busy disk, if there is much room; else the usual place."""
    has_room = _IN_MEMORY.is_dir() and shutil.disk_usage(_IN_MEMORY).free > _MUCH
    return str(_IN_MEMORY) if has_room and os.access(_IN_MEMORY, os.W_OK) else None


def _a_valkey(*, has_users: bool = False) -> Iterator[Valkey]:
    with tempfile.TemporaryDirectory(prefix="onduty-", dir=_folder_of_servers()) as folder:
        options = ["--aclfile", str(acl_file(Path(folder)))] if has_users else []
        server = Valkey(Path(folder), *options)
        server.start()
        yield server
        server.kill()


@pytest.fixture(scope="session")
def _shared_valkey() -> Iterator[Valkey]:
    yield from _a_valkey(has_users=True)


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A server for a test that kills it."""
    yield from _a_valkey()


@pytest.fixture
def redis_url(_shared_valkey: Valkey) -> str:
    """An empty Redis."""
    with BlockingRedis.from_url(_shared_valkey.url) as client:
        client.flushall()
    return _shared_valkey.url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of that Redis."""
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def move_clock(redis: Redis) -> Callable[[timedelta], Awaitable[None]]:
    """Move the clock that the scripts read, from the real time."""

    async def move(by: timedelta) -> None:
        await redis.set(TEST_CLOCK_OFFSET, int(by.total_seconds() * 1000))

    return move


@pytest.fixture
def token() -> str:
    """The sandbox's bot token."""
    return TOKEN


@pytest.fixture
async def sandbox(token: str) -> AsyncIterator[Sandbox]:
    """A fresh local Telegram."""
    async with running_sandbox(tokens=[token]) as running:
        yield running


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    return a_free_port()


@pytest.fixture
def service_environment(redis_url: str, sandbox: Sandbox, token: str) -> dict[str, str]:
    """What a service process of a test gets: nothing but this."""
    return {
        **BARE,
        "ONDUTY_BOT_TOKEN": token,
        "ONDUTY_TEAM_SECRET": "open sesame",
        "ONDUTY_REDIS_URL": redis_url,
        "ONDUTY_TELEGRAM_API_URL": sandbox.base_url,
        "ONDUTY_LOG_FORMAT": "json",
        "ONDUTY_SENDS_PER_CHAT_PER_SECOND": "100",
        "ONDUTY_RING_EVERY": "0",
        "ONDUTY_BUTTONS_REST": "0",  # no second taps here
    }


@pytest.fixture
def with_replica(free_port: int) -> Iterator[tuple[Valkey, Valkey]]:
    """A master and its replica."""
    listening = ("--port", str(free_port), "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0")
    with tempfile.TemporaryDirectory(prefix="onduty-", dir=_folder_of_servers()) as folder:
        place = Path(folder)
        (place / "m").mkdir()
        (place / "r").mkdir()
        master = Valkey(place / "m", *listening)
        replica = Valkey(place / "r", "--replicaof", f"127.0.0.1 {free_port}")
        for server in (master, replica):
            server.start()
        yield master, replica
        for server in (master, replica):
            server.kill()
