"""What `make run` says: where to look, what to try, and what becomes of it at the end."""

import os
import shlex
import sys
from pathlib import Path

from onduty.connection import without_password
from onduty_demo.starting.plan import SECOND_GROUP, Plan


def say_where(plan: Plan, bot_name: str | None, took_s: float) -> None:
    """Say first of all what to open: the page, or with a real token the bot."""
    ready = f"\nReady after {took_s:.0f} s."
    if plan.sandbox_url:
        _say(f"{ready} Open this page, and play everybody:\n\n    {_bold(plan.sandbox_url)}\n")
        return
    phrase = f"“{plan.sign_in_phrase}”" if plan.is_phrase_made_up else "the phrase you set"
    _say(
        f"{ready} Open your bot in Telegram:\n\n    {_bold(f'https://t.me/{bot_name}')}\n\n"
        f"There, send /on and then {phrase}."
    )


def say_what_to_try(plan: Plan, supervisor_config: Path) -> None:
    """Say what can be typed, as it must be typed in this folder, and how all of it ends."""
    programs = Path(sys.executable).parent
    _say(
        "\nWhat to try next, in another terminal in this folder:\n"
        "\n  write as another customer:\n"
        f"    {_typed(programs / 'onduty')} send --redis {_redis_to_type(plan)} \\\n"
        '      --name Carol --to "The Shop" --text "Do you ship to Malta?"\n'
        "\n  restart a dispatcher, or kill one and see it come back:\n"
        f"    {_typed(programs / 'supervisorctl')} -c {_typed(supervisor_config)}"
        " restart dispatcher-1"
    )
    if plan.sandbox_url and plan.is_phrase_made_up:
        _say(f"\n  the secret phrase of today: {plan.sign_in_phrase}")
    if plan.sandbox_url and (phrase := plan.made_up.get(SECOND_GROUP)):
        _say(f"\n  the secret phrase of a second group, {SECOND_GROUP}: {phrase}")
    where = " New messages show up here:\n" if plan.sandbox_url else ""
    _say(f"\nCtrl-C ends everything.{where}")


def say_ending() -> None:
    """Say what is waited for."""
    _say("\nEnding everything: bot and dispatchers finish what they send, Redis ends last …")


def say_ended(plan: Plan, took_s: float) -> None:
    """Say that nothing is left running, and what is kept."""
    _say(f"Ended after {took_s:.1f} s. {_shown(plan.folder)} keeps it all for the next `make run`.")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - told to a person


def _bold(text: str) -> str:
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        return f"\x1b[1m{text}\x1b[0m"
    return text


def _redis_to_type(plan: Plan) -> str:
    if without_password(plan.redis_url) == plan.redis_url:
        return shlex.quote(plan.redis_url)
    return '"$ONDUTY_REDIS_URL"'  # the screen may be shared


def _typed(path: Path) -> str:
    return shlex.quote(_shown(path))


def _shown(path: Path) -> str:
    """Return the path as it is reached from here, where the reader's other terminal is too."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
