"""Telegram's calls: who may call, what is refused, and that replicas share the work."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.phones import Running, Settings, answers, ask, next_answer
from onduty_bot.service import serve
from onduty_bot.webhook import LARGEST_BODY, SECRET_HEADER, PortTaken
from onduty_desk.failures import Failures
from onduty_desk.keys import HEARD, UPDATE_CHATS
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone
from ports import free_port
from waiting import until

SECRET = {SECRET_HEADER: "the-secret"}


@asynccontextmanager
async def listening(running: Running, port: int) -> AsyncIterator[str]:
    url = f"http://127.0.0.1:{port}/telegram"
    async with running(webhook_url=url, webhook_secret="the-secret", webhook_port=port):
        async with aiohttp.ClientSession() as session:

            async def answers_there() -> bool:
                try:
                    async with session.get(url) as answer:
                        return answer.status == 405
                except aiohttp.ClientConnectionError:
                    return False

            await until(answers_there)
        yield url


@pytest.fixture
def other_free_port() -> int:
    return free_port()


async def test_updates_come_by_webhook(
    anna: Phone, running: Running, free_port: int, telegram: Bot
) -> None:
    """With an address of its own the bot is called instead of asking."""
    async with listening(running, free_port) as url:
        assert (await ask(anna, "/on")).startswith("Enter team secret phrase:")
        assert (await ask(anna, "open sesame")).startswith("You've started receiving messages")
        info = await telegram.get_webhook_info()

    assert info.url == url
    assert set(info.allowed_updates) == {
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    }


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: "guess"}, {SECRET_HEADER: "süß"}])
async def test_without_the_secret_nothing_is_taken(
    running: Running, free_port: int, redis: Redis, headers: dict[str, str]
) -> None:
    """Nobody but Telegram can speak for an operator."""
    async with listening(running, free_port) as url:
        assert await post(url, b'{"update_id": 1}', headers) == 403
    assert not await redis.exists(UPDATE_CHATS)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[]",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1e400}',
        b'{"update_id": %d}' % 10**400,
        b'{"update_id": ' + b"9" * 5_000 + b"}",
        b"[" * 100_000,
    ],
)
async def test_what_is_no_update_is_confirmed_and_set_aside(
    running: Running, free_port: int, redis: Redis, body: bytes
) -> None:
    """Telegram would repeat it for ever; it stands in the failed list, once, without its words."""
    async with listening(running, free_port) as url:
        assert await post(url, body, SECRET) == 200
        assert await post(url, body, SECRET) == 200
        assert await post(url, b'{"update_id": 1}', SECRET) == 200
    [failure] = (await Failures(redis).all()).values()
    assert failure["kind"] == "update"


async def test_a_body_too_large_for_an_update_is_refused(
    running: Running, free_port: int, redis: Redis
) -> None:
    """Nobody fills the memory, and the bot goes on."""
    async with listening(running, free_port) as url:
        assert await post(url, b"x" * (LARGEST_BODY + 1), SECRET) == 413
        assert await post(url, b'{"update_id": 1}', SECRET) == 200
        await until(lambda: redis.exists(HEARD))


async def test_two_replicas_answer_an_update_once(
    anna: Phone, running: Running, free_port: int, other_free_port: int
) -> None:
    """The same update delivered to both is answered once."""
    anna_json = {"id": 101, "is_bot": False, "first_name": "Anna"}
    update = {
        "update_id": 7,
        "message": {
            "message_id": 1,
            "date": 0,
            "chat": {"id": 101, "type": "private", "first_name": "Anna"},
            "from": anna_json,
            "text": "/start",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        },
    }
    async with (
        listening(running, free_port) as url,
        listening(running, other_free_port) as other,
    ):
        await ask(anna, "/help")
        for address in (url, other, url, other):
            assert await post(address, json.dumps(update).encode(), SECRET) == 200
        await next_answer(anna, 1)
        await ask(anna, "/status")

    assert [text.split()[0] for text in await answers(anna)] == ["Send", "Welcome", "You"]


async def test_a_taken_port_is_told_in_one_sentence(
    running: Running, settings: Settings, free_port: int
) -> None:
    """Two programs cannot listen on one port; the bot says which setting to change."""
    async with listening(running, free_port) as url:
        other = settings(webhook_url=url, webhook_secret="the-secret", webhook_port=free_port)
        with pytest.raises(PortTaken, match="set ONDUTY_WEBHOOK_PORT to another"):
            await serve(other)


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(body), headers=headers) as answer,
    ):
        return answer.status
