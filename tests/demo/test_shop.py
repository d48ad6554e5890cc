"""The Shop, the page's chat backend: what customers write goes the real way, and is seen there."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from redis.asyncio import Redis

from onduty import AsyncSupportDesk
from onduty.wire import ACCEPTED
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.dispatchers import Dispatchers
from onduty_demo.shop.routes import Shop, shop_routes
from onduty_desk.keys import ON_DUTY, ConversationId, deliveries_key, messages_key, outbox_key
from onduty_sandbox.client import Sandbox
from onduty_sandbox.json_types import Json, as_list, as_object


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


@pytest.fixture
async def shop(
    redis: Redis, redis_url: str, sandbox: Sandbox, tmp_path: Path
) -> AsyncIterator[Asking]:
    async with AsyncSupportDesk(redis_url) as desk, ClientSession() as session:
        conversations = Conversations(redis, desk)
        dispatchers = FixedDispatchers(tmp_path)
        app = web.Application()
        app.add_routes(shop_routes(Shop(redis, conversations, dispatchers, sandbox, "open")))
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


async def test_what_the_desk_tells_is_shown_to_the_customer_once(shop: Asking) -> None:
    """An answer, a claim; what is of no interest, or of nobody here, is not."""
    await shop.post("messages", MESSAGE)
    operator = {"id": 7, "name": "Anna"}
    claimed = {"type": "conversation.claimed", "id": "e1", "conversation_id": "c1"}
    sent = {"type": "reply.sent", "id": "e2", "conversation_id": "c1", "text": "Hi Dora"}
    for event in (claimed, sent, sent, {**sent, "id": "e3", "conversation_id": "nobody"}):
        assert (await shop.post("events", {**event, "operator": operator}))[0] == 200
    assert (await shop.post("events", {**sent, "id": "e4", "type": "other"}))[0] == 200
    lines = map(as_object, as_list((await shop.state("c1"))["lines"]))
    told = [(line["kind"], line["by"], line["text"]) for line in lines]
    assert told[1:] == [("note", "Anna", "Anna is answering"), ("operator", "Anna", "Hi Dora")]


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
        ("events", {"type": "reply.sent"}, "id"),
    ):
        status, answer = await shop.post(path, body)
        assert status == 400
        assert told in str(answer["error"])
