"""Starts everything, tells the story, and ends everything when told to stop."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Coroutine
from pathlib import Path

from onduty.given import ENV_FILE
from onduty_demo.settings import DemoSettings, load_demo_settings
from onduty_demo.shop.scene import open_phones
from onduty_demo.starting.folder import take_folder
from onduty_demo.starting.plan import Plan, make_plan
from onduty_demo.starting.readiness import (
    CannotStart,
    check_port,
    check_redis,
    redis_answers,
    services_answer,
    wait_until_ready,
)
from onduty_demo.starting.supervise import ProgramFailed, Supervisor
from onduty_demo.story import example, sayings
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.program import read_arguments
from onduty_desk.settings import BotSettings, DispatcherSettings, SettingsRefused, load
from onduty_sandbox.client import Sandbox

DOES = "Starts the whole desk on this machine, shows it at work, and ends it on Ctrl-C."
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run() -> int:
    """Run until told to stop; return 0, or 1 after one sentence that says what to do."""
    read_arguments("onduty-demo", DOES, DemoSettings)
    os.umask(0o077)  # Redis's file and the logs hold phrases and customers' words
    try:
        settings = load_demo_settings()
        say_who_reads_our_settings()
        # A Unix socket's path has room for about a hundred characters: not the user's folder.
        with tempfile.TemporaryDirectory(prefix="onduty-", ignore_cleanup_errors=True) as sockets:
            plan = make_plan(settings, Path(sockets))
            os.environ.update(plan.environment)
            load(DispatcherSettings)  # what the programs would refuse is said before any is started
            with take_folder(plan.folder, is_sandbox=plan.sandbox_url is not None):
                for program in plan.programs:
                    check_port(program)
                try:
                    asyncio.run(_until_told_to_stop(plan, settings))
                finally:
                    _ignore_stop_signals()
    except (CannotStart, ProgramFailed, SettingsRefused) as error:
        print(f"make run: {error}", file=sys.stderr)  # noqa: T201 - told to a person
        return 1
    return 0


def say_who_reads_our_settings() -> None:
    """Hint at a `.env` that is not private; it is the user's, so no more than that."""
    if ENV_FILE.is_file() and ENV_FILE.stat().st_mode & 0o044:
        print("Others on this machine can read .env; keep it to yourself: chmod 600 .env")  # noqa: T201 - told to a person


async def _until_told_to_stop(plan: Plan, settings: DemoSettings) -> None:
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()

    def stop() -> None:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
        _ignore_stop_signals()
        stopping.set()

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop)
    running = asyncio.create_task(_run(plan, settings))
    told_to_stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({running, told_to_stop}, return_when=asyncio.FIRST_COMPLETED)
    told_to_stop.cancel()
    await cancel(running, again_after_s=5)
    if not running.cancelled():
        running.result()


def _ignore_stop_signals() -> None:
    """A second Ctrl-C, while everything ends, finds nothing more to end."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


async def _run(plan: Plan, settings: DemoSettings) -> None:
    if settings.redis_url is not None:
        await check_redis(plan)
    bot_name = None
    if plan.sandbox_url is None:
        # Its library takes as long to import as all the rest.
        from onduty_demo.starting.own_token import check_telegram  # noqa: PLC0415 - Telegram's library takes long to load, and only this needs it

        bot_name = await check_telegram(load(BotSettings))
    told_at = 0.0
    try:
        with _supervisor(plan) as supervisor:
            try:
                await _while_all_is_well(_work(plan, supervisor, bot_name), supervisor)
            finally:
                told_at = time.monotonic()
                sayings.say_ending()
    except asyncio.CancelledError:
        sayings.say_ended(plan, time.monotonic() - told_at)
        raise


def _supervisor(plan: Plan) -> Supervisor:
    return Supervisor(plan.folder, plan.supervisor_socket, plan.programs, plan.environment)


async def _while_all_is_well(work: Coroutine[object, object, None], supervisor: Supervisor) -> None:
    """Do the work; end it and raise `ProgramFailed` when a program does not stay up."""
    working = asyncio.create_task(work)
    try:
        while not working.done():
            supervisor.check()
            await asyncio.wait([working], timeout=0.5)
        working.result()
    finally:
        await cancel(working, again_after_s=0.5)


async def _work(plan: Plan, supervisor: Supervisor, bot_name: str | None) -> None:
    began = time.monotonic()
    await _start(plan, supervisor)
    sayings.say_where(plan, bot_name, time.monotonic() - began)
    if plan.sandbox_url is None:
        sayings.say_what_to_try(plan, supervisor.config)
        await asyncio.Event().wait()
    else:
        async with Sandbox(plan.sandbox_url) as sandbox:
            phones = await open_phones(sandbox)
            try:
                await example.tell_the_story(phones, plan)
            except CannotStart as error:  # the page is there to see why, and to go on
                print(f"make run: {error}", file=sys.stderr)  # noqa: T201 - told to a person
            sayings.say_what_to_try(plan, supervisor.config)
            await example.show_what_comes(sandbox, phones)


async def _start(plan: Plan, supervisor: Supervisor) -> None:
    by_name = {program.name: program for program in plan.programs}
    print("Starting " + ", ".join(by_name) + " …", flush=True)  # noqa: T201 - told to a person
    if "redis" in by_name:
        supervisor.start(by_name.pop("redis"))
        await wait_until_ready(lambda: redis_answers(plan), plan.folder / "log")
    if "sandbox" in by_name and plan.sandbox_url:
        supervisor.start(by_name.pop("sandbox"))
        async with Sandbox(plan.sandbox_url) as sandbox:
            await wait_until_ready(sandbox.bots, plan.folder / "log")
    for program in by_name.values():
        supervisor.start(program)
    await wait_until_ready(lambda: services_answer(plan), plan.folder / "log")
