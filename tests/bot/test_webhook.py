"""Telegram's calls: who may call, what is refused, and that replicas share the work."""

import asyncio
import json

import aiohttp
import pytest
from redis.asyncio import Redis

from bot.phones import Running, Settings, answers, ask, next_answer
from bot.webhook import SECRET, listening, post
from onduty_bot.service import serve
from onduty_bot.updates.webhook import LARGEST_BODY, SECRET_HEADER
from onduty_desk.failures.failures import Failures
from onduty_desk.model.bot_keys import HEARD, UPDATE_CHATS
from onduty_desk.process.listening import PortTaken
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone
from ports import free_port
from waiting import until


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


async def test_an_update_with_odd_characters_and_numbers_is_handled(
    anna: Phone, running: Running, free_port: int
) -> None:
    """What people write may be no UTF-8 by the time it comes, and a number endless."""
    asked = {
        "update_id": 7,
        "message": {
            "message_id": 3,
            "date": 1,
            "chat": {"id": 101, "type": "private"},
            "from": {"id": 101, "is_bot": False, "first_name": "ODD"},
            "text": "/queue",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
            "endless": 1,
        },
    }
    body = (
        json.dumps(asked)
        .encode()
        .replace(b"ODD", b"A\xff")
        .replace(b'": 1}}', b'": 1%s}}' % (b"0" * 5_000))
    )
    async with listening(running, free_port) as url:
        await ask(anna, "/start")
        assert await post(url, body, SECRET) == 200
        await anna.wait_for("You are off duty. Send /on to start receiving messages.")


async def test_a_body_too_large_for_an_update_is_refused(
    running: Running, free_port: int, redis: Redis
) -> None:
    """Nobody fills the memory, and the bot goes on."""
    async with listening(running, free_port) as url:
        assert await post(url, b"x" * (LARGEST_BODY + 1), SECRET) == 413
        assert await post(url, b'{"update_id": 1}', SECRET) == 200
        await until(lambda: redis.exists(HEARD))


async def test_it_says_that_it_is_alive(running: Running, free_port: int) -> None:
    """A load balancer asks without the secret, and hears nothing else."""
    async with (
        listening(running, free_port) as url,
        aiohttp.ClientSession() as session,
        session.get(url.replace("/telegram", "/livez")) as answer,
    ):
        assert (answer.status, await answer.text()) == (200, "alive\n")


@pytest.mark.parametrize(
    ("given", "heard"),
    [({}, "nowhere else"), ({"webhook_host": "0.0.0.0"}, "everywhere")],  # noqa: S104 - the setting under test
)
async def test_it_listens_where_it_is_told(
    running: Running, free_port: int, given: dict[str, str], heard: str
) -> None:
    """On this machine alone unless set otherwise: nobody opens a port by accident."""
    async with listening(running, free_port, **given):
        try:
            _, writer = await asyncio.open_connection("127.0.0.2", free_port)
        except ConnectionRefusedError:
            assert heard == "nowhere else"
        else:
            writer.transport.abort()
            assert heard == "everywhere"


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


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
async def test_an_address_of_another_machine_is_told_in_one_sentence(
    settings: Settings, free_port: int, host: str
) -> None:
    """It says which setting to change."""
    url = f"http://127.0.0.1:{free_port}/telegram"
    other = settings(
        webhook_url=url, webhook_secret="the-secret", webhook_port=free_port, webhook_host=host
    )
    with pytest.raises(PortTaken, match="set ONDUTY_WEBHOOK_HOST to an address of this machine"):
        await serve(other)


async def test_a_taken_port_is_told_in_one_sentence(
    running: Running, settings: Settings, free_port: int
) -> None:
    """Two programs cannot listen on one port; the bot says which setting to change."""
    async with listening(running, free_port) as url:
        other = settings(webhook_url=url, webhook_secret="the-secret", webhook_port=free_port)
        with pytest.raises(PortTaken, match="set ONDUTY_WEBHOOK_PORT to another"):
            await serve(other)
