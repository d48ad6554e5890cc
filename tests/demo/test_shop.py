"""The Shop, the page's chat backend: what customers write goes the real way, and is seen there."""

import base64
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from redis.asyncio import Redis

from onduty import AsyncSupportDesk
from onduty.signing import read_secret, sign
from onduty.wire import ACCEPTED
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.dispatchers import Dispatchers
from onduty_demo.shop.routes import Shop, shop_routes
from onduty_desk.model.keys import ON_DUTY, ConversationId, deliveries_key, messages_key, outbox_key
from onduty_sandbox.client import Sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
STRANGERS = "whsec_" + base64.b64encode(b"x" * 32).decode()


class FixedDispatchers(Dispatchers):
    """Where there is no supervisor."""

    async def running(self) -> dict[str, bool]:
        return {"dispatcher-1": True}


class Asking:
    """Asks The Shop."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def state(self, conversation: str = "") -> Json:
        url = f"{self._url}/state?conversation={conversation}"
        async with self._session.get(url) as answer:
            return dict(await answer.json())

    async def post(self, path: str, body: object) -> tuple[int, Json]:
        url = f"{self._url}/{path}"
        async with self._session.post(url, data=json.dumps(body)) as answer:
            return answer.status, dict(await answer.json())

    async def tell(self, event: Json, secret: str = SECRET) -> int:
        """Tell of an event as the desk does."""
        body = json.dumps(event).encode()
        headers = sign([read_secret(secret)], str(event["id"]), body, at_s=int(time.time()))
        async with self._session.post(f"{self._url}/events", data=body, headers=headers) as answer:
            return answer.status


@pytest.fixture
async def shop(
    redis: Redis, redis_url: str, sandbox: Sandbox, tmp_path: Path
) -> AsyncIterator[Asking]:
    async with AsyncSupportDesk(redis_url) as desk, ClientSession() as session:
        conversations = Conversations(redis, desk)
        dispatchers = FixedDispatchers(tmp_path)
        app = web.Application()
        shop = Shop(redis, conversations, dispatchers, sandbox, SECRET, "open")
        app.add_routes(shop_routes(shop))
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Asking(session, f"http://127.0.0.1:{runner.addresses[0][1]}")
        await runner.cleanup()


MESSAGE = {"conversation_id": "c1", "customer_name": "Dora", "text": "Hello?"}


async def test_a_message_is_with_the_desk_and_in_the_chat(shop: Asking, redis: Redis) -> None:
    """Queued first; then how many phones have it."""
    status, sent = await shop.post("messages", MESSAGE)
    assert status == 200
    assert await redis.zscore(ACCEPTED, "c1") is not None
    state = await shop.state("c1")
    assert state["conversations"] == [{"id": "c1", "name": "Dora"}]
    assert state["queued"] == 1
    (line,) = as_list(state["lines"])
    assert tuple(as_object(line)[it] for it in ("by", "text", "state")) == (
        "Dora",
        "Hello?",
        {"queued": 1},
    )

    message_id = str(sent["id"])
    await redis.zadd(messages_key(ConversationId("c1")), {message_id: 1})
    await redis.zadd(ON_DUTY, {"7": 1, "8": 2})
    await redis.hset(
        deliveries_key(message_id),
        mapping={"7": "sent 17", "8": "waiting", "9": "given up: blocked"},
    )
    await redis.zadd(outbox_key(8), {"c1": 1})  # type: ignore[arg-type]  # a chat's id is a number
    state = await shop.state("c1")
    (line,) = as_list(state["lines"])
    assert as_object(line)["state"] == {"sent": 1, "waiting": 1, "given_up": 1}
    assert (state["on_duty"], state["waiting"]) == ([7, 8], 1)


ANNA: Json = {"id": 7, "name": "Anna"}


def event(kind: str, number: int, **fields: JsonValue) -> Json:
    occurred: Json = {"occurred_at": "2026-11-03T10:00:00.000Z", "sequence": number}
    return {"type": kind, "id": f"e{number}", "conversation_id": "c1", **occurred, **fields}


async def test_what_the_desk_tells_is_shown_to_the_customer_once(shop: Asking) -> None:
    """Who answers, what, and when it waits again; what is of nobody here, or new, is not."""
    await shop.post("messages", MESSAGE)
    sent = event("reply.sent", 2, operator=ANNA, reply_id="r1", text="Hi Dora")
    for told in (
        event("conversation.claimed", 1, operator=ANNA),
        sent,
        sent,
        event("conversation.released", 3, operator=ANNA, reason="released"),
        event("conversation.closed", 4),
        {**sent, "id": "e5", "conversation_id": "nobody"},
        event("conversation.painted", 6),
    ):
        assert await shop.tell(told) == 200
    lines = map(as_object, as_list((await shop.state("c1"))["lines"]))
    assert [(line["kind"], line["by"], line["text"]) for line in lines][1:] == [
        ("note", "Anna", "Anna is answering"),
        ("operator", "Anna", "Hi Dora"),
        ("note", "Anna", "Waiting for an operator again"),
        ("note", "", "The conversation was closed"),
    ]


async def test_only_the_desk_is_believed(shop: Asking) -> None:
    """A call that is not signed, or by somebody else, is refused and changes nothing."""
    await shop.post("messages", MESSAGE)
    claimed = event("conversation.claimed", 1, operator=ANNA)
    assert (await shop.post("events", claimed))[0] == 401
    assert await shop.tell(claimed, secret=STRANGERS) == 401
    assert len(as_list((await shop.state("c1"))["lines"])) == 1


async def test_a_burst_is_twenty_conversations_of_ten(shop: Asking) -> None:
    """And only the newest sixty conversations are kept."""
    for _ in range(4):
        assert await shop.post("burst", {}) == (200, {"messages": 200})
    state = await shop.state()
    assert len(as_list(state["conversations"])) == 60
    assert len(as_list(state["lines"])) == 10
    assert state["queued"] == 80


async def test_what_cannot_be_is_a_sentence(shop: Asking) -> None:
    """Which field is wrong, or what there is instead."""
    for path, body, told in (
        ("messages", {**MESSAGE, "text": " "}, "write something"),
        ("messages", {**MESSAGE, "customer_name": ""}, "customer_name"),
        ("messages", [], "not a JSON object"),
        ("operators", {"count": 51}, "From 1 to 50"),
        ("dispatchers/redis", {"on": False}, "There is no redis"),
    ):
        status, answer = await shop.post(path, body)
        assert status == 400
        assert told in str(answer["error"])
