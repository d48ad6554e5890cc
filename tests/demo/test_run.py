"""`make run` as a person starts it: two phones ring, and nothing is left behind."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from aiohttp import ClientError

from onduty import AsyncSupportDesk, CustomerMessage
from onduty_sandbox.client import Sandbox, SandboxError
from ports import free_port
from waiting import until

READY_WITHIN_S = 120
ROOT = Path(__file__).parents[2]


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


Start = Callable[..., "asyncio.Future[Demo]"]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Start demos in an empty folder and an empty environment, on free ports."""
    demos: list[Demo] = []

    async def start_demo(*command: str, **settings: str) -> Demo:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "ONDUTY_DEMO_FOLDER": str(tmp_path / "demo"),
            "ONDUTY_DEMO_REDIS_PORT": str(free_port()),
            "ONDUTY_DEMO_SANDBOX_PORT": str(free_port()),
            **settings,
        }
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


async def test_nobody_else_on_the_machine_reads_what_it_keeps(start: Start, tmp_path: Path) -> None:
    """Redis's file and the logs, those of an older version too, which others could read."""
    folder = tmp_path / "demo"
    (folder / "redis" / "appendonlydir").mkdir(parents=True)
    old = [folder, folder / "redis", folder / "redis" / "appendonlydir"]
    for path in old:
        path.chmod(0o755)
    for path in (folder / "sandbox.db", folder / "redis" / "dump.old"):
        path.touch()
        path.chmod(0o644)
        old.append(path)
    demo = await start()
    await demo.ready()
    kept = [folder, *folder.glob("**/*")]
    assert {path.name for path in kept} >= {"appendonlydir", "bot.log", "lock", "sandbox.db"}
    assert {*old} <= {*kept}
    open_to_others = [path for path in kept if path.stat().st_mode & 0o077]
    assert open_to_others == []


async def test_two_phones_ring_and_ctrl_c_leaves_nothing(start: Start) -> None:
    """The example message on both phones and a clean end by any signal, on the kept data too.

    Nor does what somebody played in the run before stand in the way.
    """
    settings: dict[str, str] = {}
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        demo = await start(**settings)
        said = await demo.ready()
        assert said.count("Where is it?") == 2
        assert "Alice writes to The Shop" in said
        processes = demo.descendants()
        names = {" ".join(process.cmdline()) for process in processes}
        assert len([name for name in names if "onduty_" in name or "valkey" in name]) >= 4
        assert len(processes) == 7  # supervisord, Redis, sandbox, shop, bot, two dispatchers
        assert "did not reach" not in said
        if not settings:
            await _make_trouble(demo)
        demo.process.send_signal(ending)
        code, said = await demo.ended()
        assert code == 0
        assert "Traceback" not in said
        _, alive = psutil.wait_procs(processes, timeout=0)
        assert alive == []
        settings = {key: demo.environment[key] for key in demo.environment if "DEMO" in key}


async def _make_trouble(demo: Demo) -> None:
    """A blocked bot, another language, late answers."""
    url = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    async with Sandbox(url) as told:
        await told.change_user(101, language_code="ru")
        await told.phone(102).block()
        await told.latency(0.1)


async def test_ctrl_c_while_the_operators_sign_in_is_a_clean_end(start: Start) -> None:
    """Not only when everything is ready."""
    demo = await start(ONDUTY_SENDS_PER_SECOND="0.01")  # so they never come to the end of it
    await demo.says("Starting")
    async with Sandbox(f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}") as told:
        await until(lambda: _has_written(told, 101))
    processes = demo.descendants()
    demo.process.send_signal(signal.SIGINT)
    code, said = await demo.ended()
    assert code == 0
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []


async def _has_written(sandbox: Sandbox, user_id: int) -> bool:
    try:
        return bool(await sandbox.phone(user_id).messages())
    except (ClientError, SandboxError):
        return False


async def test_a_terminal_s_ctrl_c_reaches_make_and_the_demo_together(
    start: Start, tmp_path: Path
) -> None:
    """As in a terminal: `make` waits for the demo's clean end, and complains of nothing."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    demo = await start("make", "--old-file", ".venv/.ready", "run")
    await demo.ready()
    processes = demo.descendants()
    os.killpg(demo.process.pid, signal.SIGINT)
    _, said = await demo.ended()
    await until(lambda: "Ending everything" in "".join(demo.said))
    assert "Traceback" not in said
    assert "rror" not in said
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []


async def test_the_printed_command_reaches_the_phones(start: Start) -> None:
    """Typed as printed, a customer's message is drawn as it comes."""
    demo = await start()
    await demo.ready()
    redis_url = f"redis://127.0.0.1:{demo.environment['ONDUTY_DEMO_REDIS_PORT']}/0"
    assert f"onduty send --redis {redis_url}" in "".join(demo.said)
    sending = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("onduty"),
        *("send", "--redis", redis_url, "--name", "Carol", "--to", "The Shop"),
        *("--text", "Do you ship to Malta?"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await sending.wait() == 0
    await until(lambda: "".join(demo.said).count("Do you ship to Malta?"), equals=3)


async def test_a_killed_dispatcher_is_started_again(start: Start) -> None:
    """The supervisor sees to it."""
    demo = await start()
    await demo.ready()

    def dispatchers() -> set[int]:
        found = set()
        for child in demo.descendants():
            with suppress(psutil.Error):  # it has just ended
                if "onduty_dispatcher" in child.cmdline():
                    found.add(child.pid)
        return found

    before = dispatchers()
    os.kill(min(before), signal.SIGKILL)
    await until(lambda: len(dispatchers()) == 2 and dispatchers() != before)


async def test_a_killed_demo_takes_everything_with_it(start: Start) -> None:
    """SIGKILL of the demo itself leaves no process either."""
    demo = await start()
    await demo.ready()
    processes = demo.descendants()
    demo.process.kill()
    await until(lambda: [p for p in processes if p.is_running()], equals=[])


async def test_a_killed_supervisor_takes_everything_with_it(start: Start) -> None:
    """It is said, and no program is left that nobody looks after."""
    demo = await start()
    await demo.ready()
    processes = demo.descendants()
    psutil.Process(demo.process.pid).children()[0].kill()
    code, _ = await demo.ended()
    assert code == 1
    await until(lambda: "make run: supervisord has ended; see " in "".join(demo.said))
    assert "Traceback" not in "".join(demo.said)
    await until(lambda: [p for p in processes if p.is_running()], equals=[])


async def test_a_restarted_sandbox_knows_everybody(start: Start) -> None:
    """Any program may be restarted by supervisorctl; nobody has to sign in again."""
    demo = await start()
    await demo.ready()
    sandbox = next(p for p in demo.descendants() if "onduty_sandbox" in p.cmdline())
    url = f"http://127.0.0.1:{demo.environment['ONDUTY_DEMO_SANDBOX_PORT']}"
    async with Sandbox(url) as told:
        before = await told.phone(101).messages()
        sandbox.kill()
        await until(sandbox.is_running, equals=False)
        await until(lambda: _has_written(told, 101))
        assert await told.phone(101).messages() == before
    async with AsyncSupportDesk(
        f"redis://127.0.0.1:{demo.environment['ONDUTY_DEMO_REDIS_PORT']}/0"
    ) as desk:
        await desk.notify(CustomerMessage(text="Anybody?", customer_name="C", recipient="S"))
    await until(lambda: "".join(demo.said).count("Anybody?"), equals=2)


async def test_a_phrase_of_the_group_support_is_used(start: Start, tmp_path: Path) -> None:
    """None is made up beside it; and a webhook in `.env` does not keep the sandbox's bot deaf."""
    (tmp_path / ".env").write_text(
        'ONDUTY_GROUPS={"support": "open sesame"}\nONDUTY_WEBHOOK_URL=https://bot.example\n'
    )
    said = await (await start()).ready()
    assert said.count("Where is it?") == 2
    assert "the secret phrase of today" not in said


async def test_a_program_that_keeps_ending_is_named(
    start: Start, sandbox: Sandbox, token: str, tmp_path: Path
) -> None:
    """With its last words and the place of its log; nothing is left running."""
    port = sandbox.base_url.rpartition(":")[2]
    demo = await start(
        ONDUTY_BOT_TOKEN=token,
        ONDUTY_TELEGRAM_API_URL=sandbox.base_url,
        ONDUTY_WEBHOOK_URL="https://bot.example",
        ONDUTY_WEBHOOK_SECRET="secret",
        ONDUTY_WEBHOOK_PORT=port,
    )
    code, _ = await demo.ended()
    assert code == 1
    await until(lambda: "make run: bot keeps ending: " in "".join(demo.said))
    said = "".join(demo.said)
    assert port in said.partition("bot keeps ending: ")[2]
    assert f"(more in {tmp_path / 'demo' / 'log' / 'bot.log'})" in said
    assert "Traceback" not in said


async def test_a_real_token_needs_no_sandbox(start: Start, sandbox: Sandbox, token: str) -> None:
    """With a token of one's own: how to sign in, and the phrase; no example operators."""
    demo = await start(ONDUTY_BOT_TOKEN=token, ONDUTY_TELEGRAM_API_URL=sandbox.base_url)
    said = await demo.ready()
    assert "send /on and then" in said
    assert "sandbox," not in said
    assert "Anna" not in said
    phrase = said.split("“")[1].split("”")[0]
    phone = await sandbox.add_user(7, "Me")
    await phone.send("/on")
    await phone.wait_for("Enter team secret phrase:")
    await phone.send(phrase)
    await phone.wait_for("You've started receiving messages")


async def test_a_redis_of_one_s_own_is_used(start: Start, own_valkey: object) -> None:
    """No second one is started."""
    url = str(getattr(own_valkey, "url", ""))
    demo = await start(ONDUTY_REDIS_URL=url)
    assert f"--redis {url}" in await demo.ready()
    assert not [child for child in demo.descendants() if "valkey" in child.name()]
    demo.process.send_signal(signal.SIGINT)
    assert (await demo.ended())[0] == 0


async def test_what_stands_in_the_way_is_said_in_one_sentence(
    start: Start, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Exit code 1, what to do, and nothing left running."""
    taken = str(sandbox.base_url.rpartition(":")[2])
    (tmp_path / "file").write_text("")
    for settings, told in (
        ({"ONDUTY_DEMO_REDIS_PORT": taken}, f"port {taken} is taken, redis needs it"),
        ({"ONDUTY_DEMO_SANDBOX_PORT": taken}, "set ONDUTY_DEMO_SANDBOX_PORT to a free one"),
        ({"ONDUTY_DEMO_REDIS_PORT": "none"}, "ONDUTY_DEMO_REDIS_PORT: Input should be"),
        ({"ONDUTY_DEMO_SANDBOX_PORT": "65536"}, "ONDUTY_DEMO_SANDBOX_PORT: Input should be"),
        ({"ONDUTY_GROUPS": "sales"}, "ONDUTY_GROUPS: write it as JSON"),
        ({"ONDUTY_LANGUAGE": "xx"}, "ONDUTY_LANGUAGE: use one of"),
        ({"ONDUTY_REDIS_URL": "redis://127.0.0.1:1/0"}, "Redis does not answer"),
        ({"ONDUTY_REDIS_URL": "localhost"}, "use redis://host:port/db"),
        ({"ONDUTY_BOT_TOKEN": "hunter2"}, "ONDUTY_BOT_TOKEN: is not a bot token"),
        (
            {
                "ONDUTY_BOT_TOKEN": "42:not-the-token-that-it-knows",
                "ONDUTY_TELEGRAM_API_URL": sandbox.base_url,
            },
            "Telegram does not know this bot token",
        ),
        (
            {
                "ONDUTY_BOT_TOKEN": "42:a-token-of-the-right-form",
                "ONDUTY_TELEGRAM_API_URL": "http://127.0.0.1:1",
            },
            "Telegram does not answer at http://127.0.0.1:1",
        ),
        ({"ONDUTY_DEMO_FOLDER": str(tmp_path / "file")}, "set ONDUTY_DEMO_FOLDER"),
    ):
        demo = await start(**settings)
        code, said = await demo.ended()
        await until(lambda told=told, demo=demo: told in "".join(demo.said))  # type: ignore[misc]
        assert code == 1, said
        assert "Traceback" not in "".join(demo.said)


async def test_a_second_run_in_the_same_folder_says_so(start: Start) -> None:
    """One sentence instead of two desks that fight."""
    first = await start()
    await first.says("Starting")
    second = await start(ONDUTY_DEMO_FOLDER=first.environment["ONDUTY_DEMO_FOLDER"])
    code, _ = await second.ended()
    await until(lambda: "another `make run` works in" in "".join(second.said))
    assert code == 1
