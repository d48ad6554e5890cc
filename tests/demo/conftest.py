"""`make run` as a person starts it: in an empty folder, with nothing set."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientError, ClientSession, web
from redis.asyncio import Redis

from bare import BARE
from demo.asking import SECRET, Asking, FixedDispatchers
from onduty import AsyncSupportDesk
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.routes import Shop, shop_routes
from onduty_demo.shop.web_chat import reach
from onduty_sandbox.client import Sandbox, SandboxError
from ports import free_port
from running_webchat import running_webchat
from waiting import until

READY_WITHIN_S = 200
PHRASES = {"support": "open", "sales": "a good deal"}


@dataclass
class Demo:
    """`python -m onduty_demo` at work."""

    process: asyncio.subprocess.Process
    said: list[str]
    environment: dict[str, str]

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    async def ready(self) -> str:
        """Wait until it has told what to try next; return all it said."""
        await self.says("Ctrl-C ends everything")
        return "".join(self.said)

    async def says(self, text: str) -> None:
        async with asyncio.timeout(READY_WITHIN_S):
            while text not in "".join(self.said):
                assert self.process.returncode is None, "".join(self.said)
                await asyncio.sleep(0.02)

    async def ended(self) -> tuple[int, str]:
        """Wait until it has ended; return its exit code and what it said."""
        async with asyncio.timeout(READY_WITHIN_S):
            code = await self.process.wait()
        return code, "".join(self.said)


async def ends_cleanly(demo: Demo, *endings: signal.Signals) -> None:
    """Send these, the second and all after it again and again: nothing is left, it is told so."""
    processes = demo.descendants()
    first, *more = endings
    demo.process.send_signal(first)
    if more:
        await demo.says("Ending everything")
    while more and demo.process.returncode is None:
        for number in more:
            with suppress(ProcessLookupError):
                # Not `send_signal`: it may wait for the process itself, and asyncio then says 255.
                os.kill(demo.process.pid, number)
        await asyncio.sleep(0.01)
    code, _ = await demo.ended()
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []
    await until(lambda: "Ended after" in "".join(demo.said))
    said = "".join(demo.said)
    assert code == 0
    assert "Traceback" not in said
    _, _, at_the_end = said.partition("\nEnding everything: ")
    assert "keeps it all for the next `make run`.\n" in at_the_end


Start = Callable[..., "asyncio.Future[Demo]"]


def environment_of(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """What a demo is told: nothing but this."""
    return {
        **BARE,
        "HOME": str(folder),
        "ONDUTY_DEMO_FOLDER": str(folder / "demo"),
        "ONDUTY_DEMO_REDIS_PORT": str(free_port()),
        "ONDUTY_DEMO_SANDBOX_PORT": str(free_port()),
        "ONDUTY_DEMO_WEBCHAT_PORT": str(free_port()),
        **settings,
    }


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start demos in an empty folder and an empty environment, on free ports."""
    demos: list[Demo] = []

    async def start_demo(*command: str, **settings: str) -> Demo:
        environment = environment_of(tmp_path, settings)
        process = await asyncio.create_subprocess_exec(
            *(command or (sys.executable, "-m", "onduty_demo")),
            cwd=tmp_path,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            process_group=0,
        )
        demo = Demo(process, [], environment)
        listening = asyncio.create_task(_listen(process, demo.said))
        demos.append(demo)
        del listening
        return demo

    yield start_demo  # type: ignore[misc]
    for demo in demos:
        if demo.process.returncode is None:
            demo.process.terminate()
            await demo.process.wait()


async def _listen(process: asyncio.subprocess.Process, said: list[str]) -> None:
    assert process.stdout
    async for line in process.stdout:
        said.append(line.decode())  # noqa: PERF401 - each as it comes


async def has_written(sandbox: Sandbox, user_id: int) -> bool:
    """Whether this user has sent anything; no while the sandbox does not answer."""
    try:
        return bool(await sandbox.phone(user_id).messages())
    except (ClientError, SandboxError):
        return False


@pytest.fixture
async def shop(
    redis: Redis, redis_url: str, sandbox: Sandbox, tmp_path: Path
) -> AsyncIterator[Asking]:
    async with (
        running_webchat(redis_url, tmp_path, ONDUTY_EVENTS_SECRET=SECRET) as running,
        reach(running.url) as web_chat,
        AsyncSupportDesk(redis_url) as desk,
        ClientSession() as session,
    ):
        conversations = Conversations(redis, web_chat)
        dispatchers = FixedDispatchers(tmp_path)
        app = web.Application()
        shop = Shop(
            *(redis, desk, conversations, web_chat, dispatchers, sandbox, SECRET),
            phrases=PHRASES,
            shown_phrases=frozenset(PHRASES),
        )
        app.add_routes(shop_routes(shop))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Asking(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        await shop.end()
        await runner.cleanup()
