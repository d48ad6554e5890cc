"""However `make run` ends, nothing of it is left behind."""

import asyncio
import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from demo.conftest import Demo, Start, has_written
from onduty_sandbox.client import Sandbox
from waiting import until

ROOT = Path(__file__).parents[2]


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
        assert (
            len(processes) == 8
        )  # supervisord, Redis, sandbox, web chat, shop, bot, two dispatchers
        assert "did not reach" not in said
        if not settings:
            await _make_trouble(demo)
        demo.process.send_signal(ending)
        code, said = await demo.ended()
        assert code == 0
        assert "Traceback" not in said
        _, alive = psutil.wait_procs(processes, timeout=0)
        assert alive == []
        await until(lambda demo=demo: "Ended after" in "".join(demo.said))  # type: ignore[misc]
        _, _, at_the_end = "".join(demo.said).partition("\nEnding everything: ")
        assert "demo/42 keeps it all for the next `make run`.\n" in at_the_end
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
        await until(lambda: has_written(told, 101))
    processes = demo.descendants()
    demo.process.send_signal(signal.SIGINT)
    code, said = await demo.ended()
    assert code == 0
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []


async def test_a_second_ctrl_c_is_harmless(start: Start) -> None:
    """While everything ends as well as after it: the end is as clean as with one."""
    demo = await start()
    await demo.ready()
    processes = demo.descendants()
    demo.process.send_signal(signal.SIGINT)
    await demo.says("Ending everything")
    while demo.process.returncode is None:
        with suppress(ProcessLookupError):
            # Not `send_signal`: it may wait for the process itself, and asyncio then says 255.
            os.kill(demo.process.pid, signal.SIGINT)
        await asyncio.sleep(0.01)
    await until(lambda: "Ended after" in "".join(demo.said))
    assert demo.process.returncode == 0
    assert "Traceback" not in "".join(demo.said)
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []


async def test_ctrl_c_before_anything_runs_says_nothing(start: Start) -> None:
    """While it is still loading, there is nothing to end and nothing to say.

    An interpreter that has not come to our code yet says that it was interrupted.
    """
    demo = await start()
    demo.process.send_signal(signal.SIGINT)
    await demo.ended()
    assert "onduty_demo" not in "".join(demo.said)


async def test_a_terminal_s_ctrl_c_reaches_make_and_the_demo_together(
    start: Start, tmp_path: Path
) -> None:
    """As in a terminal: `make` waits for the demo's clean end, and complains of nothing."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    demo = await start("make", "--old-file", ".venv/.runs", "run")
    await demo.ready()
    processes = demo.descendants()
    os.killpg(demo.process.pid, signal.SIGINT)
    _, said = await demo.ended()
    await until(lambda: "Ending everything" in "".join(demo.said))
    assert "Traceback" not in said
    assert "rror" not in said
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []


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
