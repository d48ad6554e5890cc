"""The processes of a run: started, restarted at once when they end, and none left behind."""

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from redis.asyncio import Redis

from bare import BARE
from chaos.plan import ADMIN, PHRASE, RULES, TOKEN, Plan
from onduty.testing import WEBHOOK_SECRET
from servers import Valkey

GRACE_S = 10.0
RESTART_AFTER_S = 0.2
STARTED_AFTER_S = 10.0
"""A process younger than this may end by itself when Redis is away: it says so and is restarted."""


@dataclass(frozen=True)
class Ended:
    """A process of ours that ended, and why."""

    at: float
    name: str
    how: str
    lasted_s: float = 0.0


@dataclass
class House:
    """Redis, the sandbox, and what is kept running."""

    folder: Path
    valkey: Valkey
    sandbox_url: str
    bots_url: str
    """Where nothing listens while connections are refused."""
    environment: dict[str, str]
    ended: list[Ended] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._processes: dict[str, Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self._our_doing: set[int] = set()
        self._killed: set[int] = set()

    def keep(self, name: str, module: str, **more: str) -> None:
        """Start a process, and again whenever it ends; `more` is environment of its own."""
        environment = {**self.environment, **more}
        self._keepers[name] = asyncio.create_task(self._keep(name, module, environment))

    def kill(self, name: str) -> Ended | None:
        """End one as a crash would; None if it is just being started."""
        if not (process := self._running(name)):
            return None
        self._our_doing.add(process.pid)
        self._killed.add(process.pid)
        process.kill()
        self.ended.append(Ended(time.time(), name, "SIGKILL"))
        return self.ended[-1]

    async def terminate(self, name: str) -> None:
        """Ask one to end, and note how long that took; kill it when the grace period is over.

        One that is being started is left alone: Python itself cannot be asked yet.
        """
        process = self._running(name)
        if not process or not _can_be_asked(process.pid):
            return
        self._our_doing.add(process.pid)
        asked_at = time.time()
        process.terminate()
        how = "SIGTERM"
        try:
            async with asyncio.timeout(GRACE_S):
                code = await process.wait()
            if process.pid in self._killed:
                return  # by another blow, which has noted it
            how = "SIGTERM" if code == 0 else f"SIGTERM, exit {code}"
        except TimeoutError:
            how = "SIGKILL after the grace period"
            if process.returncode is None:
                process.kill()
        self.ended.append(Ended(time.time(), name, how, time.time() - asked_at))

    async def retire(self, name: str) -> None:
        """End one for good, as an upgrade does: ask it, or kill it if it is just being started."""
        self._keepers.pop(name).cancel()
        await self.terminate(name)
        self.kill(name)

    async def restart_redis(self, away_s: float) -> None:
        """Kill Redis and start it again from its append-only file."""
        self.valkey.kill()
        self.ended.append(Ended(time.time(), "redis", "SIGKILL"))
        await asyncio.sleep(away_s)
        await asyncio.to_thread(self.valkey.start)

    async def make_read_only(self, for_s: float) -> None:
        """Make Redis a replica, as a failover behind one address does, and a master again."""
        async with Redis.from_url(self.valkey.url) as redis:
            await redis.replicaof("127.0.0.1", "1")  # nobody listens there
            try:
                await asyncio.sleep(for_s)
            finally:
                await redis.replicaof("NO", "ONE")

    async def close(self) -> None:
        """End everything."""
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        for process in self._processes.values():
            await _end(process)

    def _running(self, name: str) -> Process | None:
        process = self._processes.get(name)
        return process if process and process.returncode is None else None

    async def _keep(self, name: str, module: str, environment: dict[str, str]) -> None:
        while True:
            started_at = time.monotonic()
            with (self.folder / f"{name}.log").open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", module),
                    env=environment,
                    cwd=self.folder,  # no .env here
                    start_new_session=True,  # Ctrl-C is for us; we end them
                    stdin=DEVNULL,
                    stdout=log,
                    stderr=STDOUT,
                )
            self._processes[name] = process
            code = await process.wait()
            lasted_s = time.monotonic() - started_at
            if process.pid not in self._our_doing:
                how = "by itself" if lasted_s > STARTED_AFTER_S else "by itself, at start"
                self.ended.append(Ended(time.time(), name, f"{how}, exit {code}", lasted_s))
                await asyncio.sleep(RESTART_AFTER_S)


@asynccontextmanager
async def open_house(
    plan: Plan, folder: Path, events_url: str, **more: str
) -> AsyncIterator[House]:
    """Start Redis and the sandbox, then bots and dispatchers; end them all, whatever happens."""
    valkey = Valkey(folder, "--appendfsync", "everysec")
    await asyncio.to_thread(valkey.start)
    sandbox: Process | None = None
    house: House | None = None
    try:
        sandbox, sandbox_url, bots_url = await _start_sandbox(plan, folder)
        environment = _environment(plan, valkey.url, bots_url, folder, events_url) | more
        house = House(folder, valkey, sandbox_url, bots_url, environment)
        for n in range(plan.bots):
            house.keep(f"bot-{n}", "onduty_bot")
        for n in range(plan.dispatchers):
            house.keep(f"dispatcher-{n}", "onduty_dispatcher")
        yield house
    finally:
        if house is not None:
            await house.close()
        if sandbox is not None:
            await _end(sandbox)
        with suppress(ProcessLookupError):
            valkey.kill()


async def _start_sandbox(plan: Plan, folder: Path) -> tuple[Process, str, str]:
    with (folder / "sandbox.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "onduty_sandbox", "--port", "0", "--token", TOKEN),
            *("--bots-port", "0", *(["--topics"] if plan.with_topics else [])),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=log,
            start_new_session=True,
        )
    assert process.stdout
    try:
        async with asyncio.timeout(20):
            told = [await process.stdout.readline() for _ in range(2)]
        everything, bots = (line.decode().split()[-1] for line in told)
    except BaseException:
        await _end(process)
        raise
    return process, everything, bots


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
        await process.wait()


def _environment(
    plan: Plan, redis_url: str, bots_url: str, folder: Path, events_url: str
) -> dict[str, str]:
    rules = folder / "desk.toml"
    rules.write_text("".join(f"[groups.{it.group}]\n{RULES[it.group]}" for it in plan.teams))
    return {
        **BARE,
        "PYTHONPATH": os.pathsep.join(sys.path),  # the code that is tested is what we import
        "ONDUTY_SECRETS_DIR": str(folder),
        "ONDUTY_BOT_TOKEN": TOKEN,
        "ONDUTY_TEAM_SECRET": PHRASE,
        "ONDUTY_ADMIN_IDS": str(ADMIN),
        "ONDUTY_GROUPS": json.dumps({team.group: team.phrase for team in plan.teams}),
        "ONDUTY_DESK_FILE": str(rules),
        "ONDUTY_REDIS_URL": redis_url,
        "ONDUTY_TELEGRAM_API_URL": bots_url,
        "ONDUTY_LOG_FORMAT": "json",
        # So that thousands are delivered in the time of a run.
        "ONDUTY_SENDS_PER_SECOND": "400",
        "ONDUTY_SENDS_PER_CHAT_PER_SECOND": "40",
        # So that each message is in a card that was sent, where loss and repeats are counted.
        "ONDUTY_RING_EVERY": "0",
        # So that a tap does what the button says, however fast the phones are.
        "ONDUTY_BUTTONS_REST": "0",
        # So that owners are nudged, and lose what they hold, in the time of a run.
        "ONDUTY_NUDGE_AFTER": "6",
        "ONDUTY_RETURN_AFTER": "4",
        "ONDUTY_RELEASE_DELAY": "2",
        "ONDUTY_LAST_OWNER_FIRST": "2",
        "ONDUTY_EVENTS_URL": events_url,
        "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET,
    }


def _can_be_asked(pid: int) -> bool:
    """Whether a process has said what it does at SIGTERM; see proc_pid_status(5), SigCgt."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)
