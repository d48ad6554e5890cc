"""Looks before starting, and waits until what was started answers."""

import asyncio
import fcntl
import socket
import stat
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from aiohttp import ClientError
from redis.exceptions import RedisError

from onduty.connection import without_password
from onduty_demo.starting.plan import HOST, Plan, Program
from onduty_desk.process.connection import connect
from onduty_desk.process.health import is_alive
from onduty_desk.texts.masking import masked

OURS = ("redis", "log", "lock", "sandbox.db", "supervisord.conf")
"""How the names begin of what stands in the folder of `make run`."""

READY_WITHIN_S = 40


class CannotStart(Exception):  # noqa: N818 - told to a person
    """Something stands in the way; the text says what to do."""


def keep_to_this_user(folder: Path) -> None:
    """Take from others what an older version let them read: phrases and customers' words.

    What is new is kept from them by the umask. Only what we made there is touched.
    """
    private = [folder]
    for name in OURS:
        for path in folder.glob(f"{name}*"):
            private += [path, *path.glob("**/*")]
    for path in private:
        if not path.is_symlink():
            with suppress(OSError):  # gone meanwhile, or somebody else's
                path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)


def take_folder(folder: Path) -> TextIO:
    """Make the folder ours, and nobody else's to read, until the returned file is closed.

    Raises:
        CannotStart: it cannot be written, or another `make run` has it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_to_this_user(folder)
        (folder / "redis").mkdir(exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise CannotStart(
            f"cannot write to {folder} ({error.strerror}); set ONDUTY_DEMO_FOLDER to another folder"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStart(
            f"another `make run` works in {folder}; end it first, or set ONDUTY_DEMO_FOLDER, "
            "ONDUTY_DEMO_REDIS_PORT and ONDUTY_DEMO_SANDBOX_PORT"
        ) from None
    return lock


def check_port(program: Program) -> None:
    """Raise `CannotStart` if the program's port is taken."""
    if program.port is None:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, program.port))
        except OSError as error:
            raise CannotStart(
                f"port {program.port} is taken, {program.name} needs it; "
                f"end what listens there, or set {program.port_setting} to a free one"
            ) from error


async def redis_answers(plan: Plan) -> None:
    """Return when Redis takes commands; raise what it says as long as it does not."""
    async with connect(plan.redis_url) as redis:
        await redis.ping()


async def services_answer(plan: Plan) -> None:
    """Return when bot and dispatchers show signs of life; raise as long as one does not.

    A sign may be up to 20 s old, of the run before; then the first sign-in waits a little instead.
    """
    async with connect(plan.redis_url) as redis:
        for service in ("bot", "dispatcher"):
            if not await is_alive(redis, service):
                raise ConnectionError(f"the {service} shows no sign of life")


async def check_redis(plan: Plan) -> None:
    """Raise `CannotStart` if the user's Redis does not answer."""
    try:
        await redis_answers(plan)
    except (RedisError, OSError, ValueError) as error:
        raise CannotStart(
            f"Redis does not answer at {without_password(plan.redis_url)} ({masked(str(error))}); "
            "start it, set ONDUTY_REDIS_URL to another, or unset it to use the demo's own"
        ) from error


async def wait_until_ready(answers: Callable[[], Awaitable[object]]) -> None:
    """Ask again until it answers.

    Raises:
        CannotStart: nothing answers for too long.
    """
    deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
    while True:
        try:
            await answers()
        except (RedisError, ClientError, OSError) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise CannotStart(
                    f"nothing answered within {READY_WITHIN_S} s: {masked(str(error))}"
                ) from error
            await asyncio.sleep(0.05)
        else:
            return
