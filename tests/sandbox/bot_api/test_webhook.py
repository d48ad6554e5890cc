"""Webhooks: updates are brought to the bot's own server."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from onduty_sandbox.client import Kind, Phone, Sandbox
from onduty_sandbox.wire.json_types import JsonValue
from sandbox.bot_caller import Ask, HandClock

CONFLICT = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


@dataclass
class Receiver:
    """A bot's server: what it answers, and what it got."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: asyncio.Queue[tuple[str, str | None]] = field(default_factory=asyncio.Queue)

    async def handle(self, request: web.Request) -> web.Response:
        """Take an update, or answer as told."""
        body = await request.json()
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        await self.got.put((body["message"]["text"], secret))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A server on a free port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_updates_are_brought_with_the_secret(
    ask: Ask, anna: Phone, receiver: Receiver
) -> None:
    """What waited comes first; getUpdates is refused meanwhile."""
    await anna.send("before")
    reply = await ask("setWebhook", url=receiver.url, secret_token="s-1_A")
    assert reply.body == {"ok": True, "result": True, "description": "Webhook was set"}
    await anna.send("after")
    assert await receiver.got.get() == ("before", "s-1_A")
    assert await receiver.got.get() == ("after", "s-1_A")
    refused = await ask("getUpdates")
    assert (refused.status, refused.error) == (409, CONFLICT)


async def test_a_refused_update_is_brought_again(
    ask: Ask, anna: Phone, receiver: Receiver, hand_clock: HandClock
) -> None:
    """Until the server answers 2xx, in order; the error can be read."""
    receiver.answers += [500, 302]
    await ask("setWebhook", url=receiver.url)
    await anna.send("one")
    await anna.send("two")
    assert [(await receiver.got.get())[0] for _ in range(4)] == ["one", "one", "one", "two"]
    info = (await ask("getWebhookInfo")).result
    assert info["url"] == receiver.url
    assert info["last_error_message"] == "Wrong response from the webhook: 302 Found"
    assert info["last_error_date"] == int(hand_clock.now)


async def test_an_unreachable_server_is_told(ask: Ask, anna: Phone, free_port: int) -> None:
    """Updates wait, and getWebhookInfo says why."""
    await ask("setWebhook", url=f"http://127.0.0.1:{free_port}/hook", max_connections=3)
    await anna.send("one")
    info = (await ask("getWebhookInfo")).result
    while "last_error_message" not in info:
        info = (await ask("getWebhookInfo")).result
    assert str(info["last_error_message"]).startswith("Connection failed")
    assert (info["pending_update_count"], info["max_connections"]) == (1, 3)
    gone = await ask("deleteWebhook", drop_pending_updates=True)
    assert gone.body["description"] == "Webhook was deleted"
    assert (await ask("getUpdates")).results == []
    again = await ask("deleteWebhook")
    assert again.body["description"] == "Webhook is already deleted"
    assert (await ask("getWebhookInfo")).result["url"] == ""


async def test_setting_a_webhook_ends_the_open_poll(
    local: Sandbox, ask: Ask, receiver: Receiver
) -> None:
    """The poll is told what took over."""
    await ask("getMe")
    last = (await local.log())[-1].sequence
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    await local.wait_for_request("getUpdates", after=last)
    await ask("setWebhook", url=receiver.url)
    reply = await polling
    assert (reply.status, reply.error) == (409, "Conflict: terminated by setWebhook request")


async def test_the_same_webhook_is_already_set(ask: Ask, receiver: Receiver) -> None:
    """Setting it twice changes nothing; another URL replaces it; an empty one deletes it."""
    await ask("setWebhook", url=receiver.url)
    again = await ask("setWebhook", url=receiver.url)
    assert again.body["description"] == "Webhook is already set"
    other = await ask("setWebhook", url=f"{receiver.url}/2")
    assert other.body["description"] == "Webhook was set"
    gone = await ask("setWebhook", url="")
    assert gone.body["description"] == "Webhook was deleted"


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        (
            {"url": "http://bot.example/hook"},
            "bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (
            {"url": "https://bot.example:8080/hook"},
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ({"url": "ftp://127.0.0.1/"}, "invalid webhook URL specified"),
        ({"url": "http://127.0.0.1:x/"}, "invalid webhook URL specified"),
        ({"secret_token": "ä"}, "secret token contains unallowed characters"),
        ({"secret_token": "x" * 257}, "secret token is too long"),
    ],
)
async def test_a_wrong_webhook_is_refused(
    ask: Ask, parameters: dict[str, JsonValue], error: str
) -> None:
    """Off loopback Telegram's rules for URLs hold."""
    reply = await ask("setWebhook", **{"url": "http://127.0.0.1:9/", **parameters})
    assert (reply.status, reply.error) == (400, f"Bad Request: {error}")


@pytest.mark.parametrize("kind", ["refuse", "hang"])
async def test_a_telegram_that_is_away_brings_nothing(
    local: Sandbox, ask: Ask, anna: Phone, receiver: Receiver, kind: Kind
) -> None:
    """What people wrote meanwhile comes when it is back; a proxy's page stops no webhook."""
    await ask("setWebhook", url=receiver.url)
    await local.outage("page")
    await anna.send("through")
    assert await receiver.got.get() == ("through", None)
    await local.clear_faults()
    await local.outage(kind)
    await anna.send("meanwhile")
    for _ in range(20):  # of these requests, each gives a webhook time to come
        assert (await local.bots())[0]["pending_update_count"] == 1
    assert receiver.got.empty()
    await local.clear_faults()
    assert await receiver.got.get() == ("meanwhile", None)
