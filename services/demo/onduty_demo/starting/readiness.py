"""Looks before starting, and waits until what was started answers."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from aiohttp import ClientError, ClientSession
from redis.exceptions import RedisError

from onduty.connection import without_password
from onduty_demo.starting.plan import HOST, Plan, Program
from onduty_desk.model.keys import BOT
from onduty_desk.process.connection import connect
from onduty_desk.process.judging import is_alive
from onduty_desk.texts.masking import masked

READY_WITHIN_S = 100
"""Two idle cores need four, a busy machine a minute. What keeps ending is found sooner."""

_ASK_AGAIN_S = 0.2
"""What starts needs the processor more than who waits for it."""


class CannotStart(Exception):  # noqa: N818 - told to a person
    """Something stands in the way; the text says what to do."""


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
    if plan.web_chat_url:
        async with ClientSession() as session, session.get(plan.web_chat_url):
            pass


async def check_redis(plan: Plan) -> None:
    """Raise `CannotStart` if the user's Redis does not answer, or holds another bot's desk."""
    url = without_password(plan.redis_url)
    try:
        async with connect(plan.redis_url) as redis:
            owner = cast("str | None", await redis.get(BOT))
    except (RedisError, OSError, ValueError) as error:
        raise CannotStart(
            f"Redis does not answer at {url} ({masked(str(error))}); "
            "start it, set ONDUTY_REDIS_URL to another, or unset it to use the demo's own"
        ) from error
    if owner not in {None, plan.bot_id}:
        whose = "the sandbox" if plan.sandbox_url else f"bot {plan.bot_id}"
        raise CannotStart(
            f"the Redis at {url} holds the desk of bot {owner}, and {whose} needs one of its own; "
            "set ONDUTY_REDIS_URL to another database, or unset it to use the demo's own"
        )


async def wait_until_ready(
    answers: Callable[[], Awaitable[object]], logs: Path | None = None
) -> None:
    """Ask again until it answers; the logs are named if it does not.

    Raises:
        CannotStart: nothing answers for too long.
    """
    deadline = asyncio.get_running_loop().time() + READY_WITHIN_S
    while True:
        try:
            await answers()
        except (RedisError, ClientError, OSError) as error:
            if asyncio.get_running_loop().time() > deadline:
                where = f" (more in {logs})" if logs else ""
                raise CannotStart(
                    f"nothing answered within {READY_WITHIN_S} s: {masked(str(error))}{where}"
                ) from error
            await asyncio.sleep(_ASK_AGAIN_S)
        else:
            return
