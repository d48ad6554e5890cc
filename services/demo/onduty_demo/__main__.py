"""`make run`: starts the whole desk on this machine, shows it at work, and ends it on Ctrl-C."""

import asyncio
import signal
import sys
from contextlib import suppress

from pydantic import ValidationError

from onduty_demo import example
from onduty_demo.plan import Plan, make_plan
from onduty_demo.readiness import (
    CannotStart,
    check_port,
    check_redis,
    check_telegram,
    redis_answers,
    take_folder,
    wait_until_ready,
)
from onduty_demo.settings import DemoSettings
from onduty_demo.supervise import ProgramFailed, Supervisor
from onduty_desk.settings import BotSettings, SettingsRefused, load
from onduty_sandbox.client import Sandbox


def main() -> int:
    """Run until Ctrl-C; return 0, or 1 after one sentence that says what to do."""
    try:
        settings = DemoSettings()
        plan = make_plan(settings)
        with take_folder(plan.folder):
            for program in plan.programs:
                check_port(program)
            asyncio.run(_until_told_to_stop(plan, settings))
    except (CannotStart, ProgramFailed, SettingsRefused, ValidationError) as error:
        print(f"make run: {error}", file=sys.stderr)  # noqa: T201 - told to a person
        return 1
    return 0


async def _until_told_to_stop(plan: Plan, settings: DemoSettings) -> None:
    running = asyncio.create_task(_run(plan, settings))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with suppress(asyncio.CancelledError):
        await running


async def _run(plan: Plan, settings: DemoSettings) -> None:
    if settings.redis_url is not None:
        await check_redis(plan)
    bot_name = None
    if plan.sandbox_url is None:
        bot_name = await check_telegram(load(BotSettings, team_secret=plan.sign_in_phrase))
    with Supervisor(plan.folder, plan.programs, plan.environment) as supervisor:
        try:
            await _start(plan, supervisor)
            if plan.sandbox_url is None:
                _say_how_to_sign_in(plan, bot_name)
                _say_what_to_try(plan, supervisor)
                await asyncio.Event().wait()
            else:
                async with Sandbox(plan.sandbox_url) as sandbox:
                    phones = await example.tell_the_story(sandbox, plan, supervisor)
                    _say_what_to_try(plan, supervisor)
                    await example.show_what_comes(phones)
        finally:
            print("\nEnding everything …", flush=True)  # noqa: T201


async def _start(plan: Plan, supervisor: Supervisor) -> None:
    by_name = {program.name: program for program in plan.programs}
    print("Starting " + ", ".join(by_name) + " …", flush=True)  # noqa: T201
    if "redis" in by_name:
        supervisor.start(by_name.pop("redis"))
        await wait_until_ready(lambda: redis_answers(plan), supervisor)
    if "sandbox" in by_name and plan.sandbox_url:
        supervisor.start(by_name.pop("sandbox"))
        async with Sandbox(plan.sandbox_url) as sandbox:
            await wait_until_ready(sandbox.bots, supervisor)
    for program in by_name.values():
        supervisor.start(program)


def _say_how_to_sign_in(plan: Plan, bot_name: str | None) -> None:
    phrase = f"“{plan.phrase}”" if plan.phrase else "the phrase you set"
    print(f"Open t.me/{bot_name} in Telegram, send /on and then {phrase}.")  # noqa: T201


def _say_what_to_try(plan: Plan, supervisor: Supervisor) -> None:
    print(  # noqa: T201
        "\nWhat to try next, in another terminal in this folder:\n"
        "\n  write as another customer:\n"
        f"    .venv/bin/onduty send --redis {plan.redis_url} \\\n"
        '      --name Carol --to "The Shop" --url https://shop.example/chat/18 \\\n'
        '      --text "Do you ship to Malta?"\n'
        "\n  restart a dispatcher, or kill one and see it come back:\n"
        f"    .venv/bin/supervisorctl -c {_shown(supervisor)} restart dispatcher-1"
    )
    if plan.sandbox_url:
        print(  # noqa: T201
            f"\n  the local Telegram: {plan.sandbox_url}"
            "\n    (what it can do: services/sandbox/README.md)"
        )
        if plan.phrase:
            print(f"  the secret phrase of today: {plan.phrase}")  # noqa: T201
    print("\nCtrl-C ends everything. New messages show up here:\n", flush=True)  # noqa: T201


def _shown(supervisor: Supervisor) -> str:
    with suppress(ValueError):
        return str(supervisor.config.relative_to(supervisor.config.parent.parent))
    return str(supervisor.config)


if __name__ == "__main__":
    sys.exit(main())
