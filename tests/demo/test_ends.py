"""However `make run` ends, nothing of it is left behind."""

import os
import shutil
import signal
import sys
from pathlib import Path

import psutil

from demo.conftest import Demo, Start, ends_cleanly, has_written
from onduty_sandbox.client import Sandbox
from waiting import until

ROOT = Path(__file__).parents[2]


async def test_two_phones_ring_and_ctrl_c_leaves_nothing(start: Start, tmp_path: Path) -> None:
    """The example message on both phones and a clean end, on the kept data too.

    Nor does what somebody played in the run before stand in the way. A second Ctrl-C, and more
    while everything ends, are as harmless as none. A terminal's reaches `make` and the demo
    together: `make` waits for the demo's clean end, and complains of nothing.
    """
    demo = await start()
    await _two_phones_ring(demo)
    assert len(demo.descendants()) == 8
    # supervisord, Redis, sandbox, web chat, shop, bot, two dispatchers
    await _make_trouble(demo)
    await ends_cleanly(demo, signal.SIGINT, signal.SIGINT)
    assert "demo/42 keeps it all" in "".join(demo.said)

    settings = {key: demo.environment[key] for key in demo.environment if "DEMO" in key}
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    demo = await start("make", "--old-file", ".venv/.runs", "run", **settings)
    await _two_phones_ring(demo)
    processes = demo.descendants()
    assert len(processes) == 9  # the demo, too
    os.killpg(demo.process.pid, signal.SIGINT)
    await demo.ended()
    await until(lambda: "demo/42 keeps it all" in "".join(demo.said))
    said = "".join(demo.said)
    assert "Ending everything" in said
    assert "Traceback" not in said
    assert "rror" not in said
    _, alive = psutil.wait_procs(processes, timeout=0)
    assert alive == []


async def _two_phones_ring(demo: Demo) -> None:
    said = await demo.ready()
    assert said.count("Where is it?") == 2
    assert "Alice writes to The Shop" in said
    names = {" ".join(process.cmdline()) for process in demo.descendants()}
    assert len([name for name in names if "onduty_" in name or "valkey" in name]) >= 4
    assert "did not reach" not in said


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


async def test_ctrl_c_before_anything_runs_says_nothing(start: Start) -> None:
    """While it is still loading, there is nothing to end and nothing to say.

    An interpreter that has not come further than our first import says that it was interrupted.
    """
    demo = await start()
    demo.process.send_signal(signal.SIGINT)
    _, said = await demo.ended()
    assert "onduty_demo" not in said or "    import signal\n" in said
