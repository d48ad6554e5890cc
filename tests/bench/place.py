"""Where everything is measured: a Redis, a Telegram sandbox with operators, and processes."""

import asyncio
import contextlib
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from redis.asyncio import Redis

from bare import BARE
from onduty import Priority
from onduty.wire import ACCEPTED
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.phone_keys import timetable_key
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import LoggedRequest, Phone, Sandbox
from servers import Valkey

TOKEN = "9000000042:sandbox-token-for-benches-012345678"
PHRASE = "open sesame"
CALM_S = 4.0
SIGNED_IN_WITHIN_S = 120.0
STARTED_WITHIN_S = 120.0
LIFTED = "1000000"
"""Sends a second that nothing here reaches."""

_FAST_SANDBOX = """
import asyncio, gc, uvloop
from onduty_sandbox.__main__ import main
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
gc.disable()
main()
"""
"""On the faster loop it is less of a bottleneck; and were it to stop for 40 ms to look through what
it holds for garbage, what arrives meanwhile would count as sent too closely together."""

TESTS = Path(__file__).parent.parent


@dataclass
class Process:
    """A process that is measured."""

    process: asyncio.subprocess.Process
    told: psutil.Process = field(init=False)

    def __post_init__(self) -> None:
        self.told = psutil.Process(self.process.pid)

    @property
    def cpu_s(self) -> float:
        """Processor time it has used, its children too, those that have ended (forks) included."""
        spent = 0.0
        for process in (self.told, *self.told.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
        return spent

    @property
    def memory_bytes(self) -> int:
        """Memory that it holds."""
        return self.told.memory_info().rss

    async def end(self) -> None:
        """Ask it to end, with all it has started; kill what does not."""
        if self.process.returncode is not None:
            return
        children = self.told.children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(5):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


class Place:
    """One Redis and one sandbox for all that are compared, and what runs at the moment."""

    def __init__(self, redis_url: str, redis: Redis, sandbox: Sandbox, telegram: Process) -> None:
        self.redis_url = redis_url
        self.redis = redis
        self.sandbox = sandbox
        self.telegram = telegram
        self.beside: dict[str, str] = {}
        """The environment of another version, to be measured in turn with this one."""
        self._running: list[Process] = []
        self._known: set[int] = set()

    async def clear(
        self, *, latency_s: float, per_second: int | None = None, burst: int = 1, log: bool = True
    ) -> None:
        """Make everything as if nothing had been sent.

        Args:
            latency_s: of each of Telegram's answers.
            per_second: what the sandbox allows over all chats; None: everything.
            burst: how many it tolerates at once in one chat, of one a second.
            log: whether the sandbox keeps its log of requests.
        """
        # Its memory is given back before anything else happens.
        await self.redis.execute_command("FLUSHALL", "SYNC")  # type: ignore[no-untyped-call]  # redis-py's
        await self.sandbox.reset()
        self._known.clear()
        await self.sandbox.latency(latency_s)
        await self.sandbox.keep_log(enabled=log)
        if per_second:
            rates = {"per_second": per_second, "paid_per_second": per_second}
            await self.sandbox.limits(enabled=True, private_burst=burst, **rates)
        else:
            await self.sandbox.limits(enabled=False)

    async def sign_in(self, operators: Sequence[int], group: str = "support") -> None:
        """Put operators on duty; their phones have started the bot."""
        roster = Roster(self.redis)

        async def come_on(operator: int) -> None:
            phone = await self.sandbox.add_user(operator, f"Operator {operator}")
            await phone.start()
            await roster.sign_in(
                OperatorId(operator),
                name=f"Operator {operator}",
                language="en",
                group=group,
                fingerprint="f",
                update_id=operator,
            )

        for at in range(0, len(operators), 50):
            await asyncio.gather(*(come_on(operator) for operator in operators[at : at + 50]))

    async def come_on(self, operators: Iterable[int]) -> list[Phone]:
        """Let operators of the day before sign in, by `/on` and the phrase, to a bot that runs.

        It knows them: to strangers it would say no more than one or two words a second.
        """
        operators, roster = list(operators), Roster(self.redis)
        await self.sign_in(operators)
        for operator in operators:
            await roster.sign_out(OperatorId(operator))

        async def type_phrase(operator: int) -> Phone:
            phone = self.sandbox.phone(operator)
            await phone.send("/on")
            await phone.wait_for("Enter team secret phrase:", SIGNED_IN_WITHIN_S)
            await phone.send(PHRASE)
            await phone.wait_for("You've started receiving messages", SIGNED_IN_WITHIN_S)
            return phone

        return await asyncio.gather(*map(type_phrase, operators))

    async def calm(self, longest_s: float) -> None:
        """Wait until nothing has been sent, edited or deleted for some seconds."""
        until_s, seen, since = time.monotonic() + longest_s, 0, time.monotonic()
        while time.monotonic() < min(until_s, since + CALM_S):
            if new := [r for r in await self.sandbox.log(after=seen) if r.chat_id is not None]:
                seen, since = new[-1].sequence, time.monotonic()
            await asyncio.sleep(0.2)

    async def start(self, *arguments: str, is_quiet: bool = False, **environment: str) -> Process:
        """Start a Python program that finds this Redis and this Telegram."""
        process = Process(
            await asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                env={
                    **BARE,
                    "PYTHONPATH": str(TESTS),
                    "ONDUTY_BOT_TOKEN": TOKEN,
                    "ONDUTY_TEAM_SECRET": PHRASE,
                    "ONDUTY_REDIS_URL": self.redis_url,
                    "ONDUTY_TELEGRAM_API_URL": self.sandbox.base_url,
                    **environment,
                },
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL if is_quiet else None,
            )
        )
        self._running.append(process)
        return process

    async def bot(self, **environment: str) -> Process:
        """Start a bot, which polls, and wait until it listens."""
        started = await self.start("-m", "onduty_bot", is_quiet=True, **environment)
        await self.sandbox.wait_for_request("getUpdates", STARTED_WITHIN_S)
        return started

    async def dispatchers(
        self, number: int, *, per_second: str = LIFTED, per_chat: str = LIFTED, **more: str
    ) -> list[Process]:
        """Start dispatchers and wait until each listens."""
        greeted = await self._greetings()
        settings = {
            "ONDUTY_SENDS_PER_SECOND": per_second,
            "ONDUTY_SENDS_PER_CHAT_PER_SECOND": per_chat,
            "ONDUTY_BUTTONS_REST": "0",
            "ONDUTY_RING_EVERY": "0",  # each message is a delivery, and counted
            "ONDUTY_LOG_FORMAT": "json",
            **more,
        }
        started = [
            await self.start("-m", "onduty_dispatcher", is_quiet=False, **settings)
            for _ in range(number)
        ]
        async with asyncio.timeout(STARTED_WITHIN_S):
            while await self._greetings() < greeted + number:  # noqa: ASYNC110 - the sandbox tells it in its log
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # lanes and sender are at rest
        return started

    async def end(self) -> None:
        """End what runs."""
        await asyncio.gather(*(process.end() for process in self._running))
        self._running.clear()

    async def first_send(self) -> float:
        """Wait for a send; return the time."""
        await self.sandbox.wait_for_request("sendMessage", 60)
        return time.monotonic()

    async def at_rest(self, longest_s: float = 60) -> None:
        """Wait until no phone has anything to come."""
        keys = [ACCEPTED, *(timetable_key(priority) for priority in Priority)]
        for _ in range(int(longest_s * 5)):
            if not any([await self.redis.zcard(key) for key in keys]):
                return
            await asyncio.sleep(0.2)

    async def _greetings(self) -> int:
        return len(await self.sandbox.log(method="getMe"))

    async def sends(self) -> list[LoggedRequest]:
        """Every send that Telegram got, in order."""
        return await self.sandbox.log(method="sendMessage")


@asynccontextmanager
async def a_place() -> AsyncIterator[Place]:
    """Start Redis and the sandbox, and end everything afterwards."""
    with tempfile.TemporaryDirectory(prefix="onduty-bench-") as folder:
        valkey = Valkey(Path(folder))
        valkey.start()
        telegram = Process(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _FAST_SANDBOX, "--port", "0", "--token", TOKEN),
                stdout=asyncio.subprocess.PIPE,
            )
        )
        try:
            assert telegram.process.stdout
            told = (await telegram.process.stdout.readline()).decode().split()
            async with (
                Redis.from_url(valkey.url, decode_responses=True) as redis,
                Sandbox(told[-1]) as sandbox,
            ):
                # As docs/sre.md tells to run it; the tests' own setting is stricter and slower.
                await redis.config_set("appendfsync", "everysec")
                place = Place(valkey.url, redis, sandbox, telegram)
                try:
                    yield place
                finally:
                    await place.end()
        finally:
            await telegram.end()
            valkey.kill()
