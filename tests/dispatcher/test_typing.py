"""A dispatcher shows owners that their customers are writing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import AliceWrites
from onduty import SupportDesk
from onduty_desk.conversations.verbs import Verb
from onduty_desk.process.outage import Outage
from onduty_desk.replies.typing import Typing
from onduty_desk.settings import DispatcherSettings
from onduty_desk.telegram.bot import build_bot
from onduty_desk.telegram.token import TokenWatch
from onduty_dispatcher.replies.typing import ShowingTyping
from onduty_sandbox.client import Sandbox
from waiting import until


@asynccontextmanager
async def showing(redis: Redis, sandbox: Sandbox, token: str) -> AsyncIterator[None]:
    """Show it as a dispatcher does."""
    settings = DispatcherSettings.model_validate(
        {"bot_token": token, "team_secret": "x", "telegram_api_url": sandbox.base_url}
    )
    stopping, watch = asyncio.Event(), TokenWatch()
    async with build_bot(settings) as bot:
        typing = Typing(redis, per_second=settings.typing_per_second)
        running = asyncio.create_task(
            ShowingTyping(redis, typing, bot, watch, Outage()).run(stopping)
        )
        await until(lambda: listeners(redis))
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait([running])
    running.result()


async def listeners(redis: Redis) -> bool:
    ((_, count),) = await redis.pubsub_numsub("onduty:typing")
    return int(count) > 0


async def shown(sandbox: Sandbox) -> list[int | None]:
    return [one.chat_id for one in await sandbox.log(method="sendChatAction")]


@pytest.mark.parametrize("processes", [1, 3])
async def test_its_owner_sees_it_once(
    alice_writes: AliceWrites,
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    processes: int,
) -> None:
    """However many dispatchers hear of it; a repeated call within four seconds is dropped."""
    desk, backend = await alice_writes(1, 2), SupportDesk(redis_url)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    async with showing(redis, sandbox, token):
        others = [showing(redis, sandbox, token) for _ in range(processes - 1)]
        for other in others:
            await other.__aenter__()
        for _ in range(5):
            backend.typing("c1")
        await until(lambda: shown(sandbox), equals=[1])
        backend.typing("not known")
        for other in others:
            await other.__aexit__(None, None, None)
    assert await shown(sandbox) == [1]


async def test_what_telegram_refuses_is_dropped(
    alice_writes: AliceWrites, redis: Redis, redis_url: str, sandbox: Sandbox, token: str
) -> None:
    """It goes on with the next, and pauses as long as Telegram asks for."""
    desk, backend = await alice_writes(1), SupportDesk(redis_url)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    await sandbox.fault("429", "sendChatAction", retry_after=30)
    async with showing(redis, sandbox, token):
        backend.typing("c1")

        async def held() -> bool:
            return int(await redis.pttl("onduty:pace:typing-chat:1")) > 20_000

        await until(held)
    assert await redis.zcard("onduty:failed") == 0


async def test_odd_words_on_the_channel_end_nothing(
    alice_writes: AliceWrites, redis: Redis, redis_url: str, sandbox: Sandbox, token: str
) -> None:
    """Whatever a backend publishes there, the dispatcher goes on, and shows who writes next."""
    desk, backend = await alice_writes(1), SupportDesk(redis_url)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    async with showing(redis, sandbox, token):
        for odd in (b"", b"\0", b"x" * 100_000, b'{"a": 1}', b"c1 c2\n", b"Jos\xe9", b"\xff\xfe"):
            await redis.publish("onduty:typing", odd)

        async def shown_again() -> list[int | None]:
            backend.typing("c1")
            return await shown(sandbox)

        await until(shown_again, equals=[1])
