"""`make run`: starts the whole desk on this machine, shows it at work, and ends it on Ctrl-C."""

import asyncio
import os
import shlex
import signal
import sys
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path

from onduty.connection import without_password
from onduty.given import ENV_FILE
from onduty_demo.settings import DemoSettings, load_demo_settings
from onduty_demo.starting.plan import Plan, make_plan
from onduty_demo.starting.readiness import (
    CannotStart,
    check_port,
    check_redis,
    redis_answers,
    services_answer,
    take_folder,
    wait_until_ready,
)
from onduty_demo.starting.supervise import ProgramFailed, Supervisor
from onduty_demo.story import example
from onduty_desk.process.cancellation import cancel
from onduty_desk.settings import BotSettings, DispatcherSettings, SettingsRefused, load
from onduty_sandbox.client import Sandbox


def main() -> int:
    """Run until Ctrl-C; return 0, or 1 after one sentence that says what to do."""
    os.umask(0o077)  # Redis's file and the logs hold phrases and customers' words
    try:
        settings = load_demo_settings()
        say_who_reads_our_settings()
        # A Unix socket's path has room for about a hundred characters: not the user's folder.
        with tempfile.TemporaryDirectory(prefix="onduty-", ignore_cleanup_errors=True) as sockets:
            plan = make_plan(settings, Path(sockets))
            os.environ.update(plan.environment)
            load(DispatcherSettings)  # what the programs would refuse is said before any is started
            with take_folder(plan.folder):
                for program in plan.programs:
                    check_port(program)
                asyncio.run(_until_told_to_stop(plan, settings))
    except (CannotStart, ProgramFailed, SettingsRefused) as error:
        print(f"make run: {error}", file=sys.stderr)  # noqa: T201 - told to a person
        return 1
    return 0


def say_who_reads_our_settings() -> None:
    """Hint at a `.env` that is not private; it is the user's, so no more than that."""
    if ENV_FILE.is_file() and ENV_FILE.stat().st_mode & 0o044:
        print("Others on this machine can read .env; keep it to yourself: chmod 600 .env")  # noqa: T201 - told to a person


async def _until_told_to_stop(plan: Plan, settings: DemoSettings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    running = asyncio.create_task(_run(plan, settings))
    told_to_stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({running, told_to_stop}, return_when=asyncio.FIRST_COMPLETED)
    told_to_stop.cancel()
    await cancel(running, again_after_s=5)
    if not running.cancelled():
        running.result()


async def _run(plan: Plan, settings: DemoSettings) -> None:
    if settings.redis_url is not None:
        await check_redis(plan)
    bot_name = None
    if plan.sandbox_url is None:
        # Its library takes as long to import as all the rest.
        from onduty_demo.starting.own_token import check_telegram  # noqa: PLC0415 - Telegram's library takes long to load, and only this needs it

        bot_name = await check_telegram(load(BotSettings))
    with _supervisor(plan) as supervisor:
        try:
            await _while_all_is_well(_work(plan, supervisor, bot_name), supervisor)
        finally:
            print("\nEnding everything …", flush=True)  # noqa: T201 - told to a person


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
    await _start(plan, supervisor)
    if plan.sandbox_url is None:
        _say_how_to_sign_in(plan, bot_name)
        _say_what_to_try(plan, supervisor)
        await asyncio.Event().wait()
    else:
        async with Sandbox(plan.sandbox_url) as sandbox:
            phones = await example.open_phones(sandbox)
            try:
                await example.tell_the_story(phones, plan)
            except CannotStart as error:  # the page is there to see why, and to go on
                print(f"make run: {error}", file=sys.stderr)  # noqa: T201 - told to a person
            _say_what_to_try(plan, supervisor)
            await example.show_what_comes(sandbox, phones)


async def _start(plan: Plan, supervisor: Supervisor) -> None:
    by_name = {program.name: program for program in plan.programs}
    print("Starting " + ", ".join(by_name) + " …", flush=True)  # noqa: T201 - told to a person
    if "redis" in by_name:
        supervisor.start(by_name.pop("redis"))
        await wait_until_ready(lambda: redis_answers(plan))
    if "sandbox" in by_name and plan.sandbox_url:
        supervisor.start(by_name.pop("sandbox"))
        async with Sandbox(plan.sandbox_url) as sandbox:
            await wait_until_ready(sandbox.bots)
    for program in by_name.values():
        supervisor.start(program)
    await wait_until_ready(lambda: services_answer(plan))


def _say_how_to_sign_in(plan: Plan, bot_name: str | None) -> None:
    phrase = f"“{plan.sign_in_phrase}”" if plan.is_phrase_made_up else "the phrase you set"
    print(f"Open t.me/{bot_name} in Telegram, send /on and then {phrase}.")  # noqa: T201 - told to a person


def _say_what_to_try(plan: Plan, supervisor: Supervisor) -> None:
    print(  # noqa: T201 - told to a person
        "\nWhat to try next, in another terminal in this folder:\n"
        "\n  write as another customer:\n"
        f"    .venv/bin/onduty send --redis {_redis_to_type(plan)} \\\n"
        '      --name Carol --to "The Shop" --url https://shop.example/chat/18 \\\n'
        '      --text "Do you ship to Malta?"\n'
        "\n  restart a dispatcher, or kill one and see it come back:\n"
        f"    .venv/bin/supervisorctl -c {shlex.quote(_shown(supervisor))} restart dispatcher-1"
    )
    if plan.sandbox_url:
        print(  # noqa: T201 - told to a person
            f"\n  see it, and play everybody yourself, in a browser: {plan.sandbox_url}"
            "\n    (what it can do: services/sandbox/README.md)"
        )
        if plan.is_phrase_made_up:
            print(f"  the secret phrase of today: {plan.sign_in_phrase}")  # noqa: T201 - told to a person
    print("\nCtrl-C ends everything. New messages show up here:\n", flush=True)  # noqa: T201 - told to a person


def _redis_to_type(plan: Plan) -> str:
    if without_password(plan.redis_url) == plan.redis_url:
        return shlex.quote(plan.redis_url)
    return '"$ONDUTY_REDIS_URL"'  # the screen may be shared


def _shown(supervisor: Supervisor) -> str:
    with suppress(ValueError):
        return str(supervisor.config.relative_to(supervisor.config.parent.parent))
    return str(supervisor.config)


if __name__ == "__main__":
    sys.exit(main())
