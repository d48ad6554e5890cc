"""What the page asks of The Shop: JSON in, JSON out, and one sentence when it cannot be."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, web
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty import CustomerMessage, DeskUnavailable
from onduty.events import InvalidWebhook, verify_webhook
from onduty_demo.shop import crowd, progress
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.dispatchers import Dispatchers
from onduty_demo.starting.plan import DISPATCHERS
from onduty_demo.starting.supervise import GONE
from onduty_sandbox.client import Sandbox, SandboxError

_MOST_JOINING = 50


@dataclass
class Shop:
    """What the handlers work with."""

    redis: Redis
    conversations: Conversations
    dispatchers: Dispatchers
    sandbox: Sandbox
    events_secret: str
    """What the desk signs its events with."""
    phrase: str | None
    """Today's secret phrase, if the demo made it up and shows it anyway."""
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def state(self, request: web.Request) -> web.Response:
        """GET /state?conversation=ID: all that the page shows of customers and the desk."""
        names = await self.conversations.names()
        chosen = request.query.get("conversation") or (names[-1][0] if names else "")
        lines = await self.conversations.lines(chosen)
        ids = [str(line["id"]) for line in lines if line["kind"] == "customer"]
        states = await progress.states(self.redis, chosen, ids)
        return web.json_response(
            {
                **await progress.overview(self.redis),
                "phrase": self.phrase,
                "dispatchers": await self.dispatchers.running(),
                "conversations": [{"id": it, "name": name} for it, name in names],
                "conversation": chosen,
                "lines": [{**line, "state": states.get(str(line["id"]))} for line in lines],
            }
        )

    async def write(self, request: web.Request) -> web.Response:
        """POST /messages: a customer message, as `onduty.CustomerMessage` reads it."""
        message = CustomerMessage.model_validate({"recipient": crowd.SHOP, **await _body(request)})
        await self.conversations.say(message)
        return web.json_response({"id": message.id, "conversation": message.conversation_id})

    async def burst(self, _request: web.Request) -> web.Response:
        """POST /burst: 200 messages in 20 conversations."""
        messages = crowd.burst()
        await self.conversations.say(*messages)
        return web.json_response({"messages": len(messages)})

    async def join(self, request: web.Request) -> web.Response:
        """POST /operators {count}: they sign in while the page looks on."""
        if self.phrase is None:
            return _sorry("Only you know the secret phrase: sign operators in yourself.")
        count = int((await _body(request)).get("count", 1))
        if not 1 <= count <= _MOST_JOINING:
            return _sorry(f"From 1 to {_MOST_JOINING} operators join at once.")
        joining = asyncio.create_task(self._join(self.phrase, count))
        self.under_way.add(joining)
        joining.add_done_callback(self.under_way.discard)
        return web.json_response({"joining": count})

    async def _join(self, phrase: str, count: int) -> None:
        try:
            await crowd.join(self.sandbox, phrase, count)
        except (ClientError, SandboxError, TimeoutError) as error:
            print(f"not every operator could join: {error}", flush=True)  # noqa: T201 - its log

    async def switch(self, request: web.Request) -> web.Response:
        """POST /dispatchers/{name} {on}: start it, or stop it."""
        name = request.match_info["name"]
        if name not in DISPATCHERS:
            return _sorry(f"There is no {name}; there are {', '.join(DISPATCHERS)}.")
        await self.dispatchers.switch(name, on=bool((await _body(request)).get("on")))
        return web.json_response(await self.dispatchers.running())

    async def hear(self, request: web.Request) -> web.Response:
        """POST /events: what the desk tells its backend; 401 to anybody else who calls."""
        try:
            event = verify_webhook(request.headers, await request.read(), self.events_secret)
        except InvalidWebhook as invalid:
            return _sorry(str(invalid), 401)
        await self.conversations.hear(event)
        return web.json_response({})


def shop_routes(shop: Shop) -> list[web.RouteDef]:
    """The routes, each with its errors as sentences."""
    return [
        web.get("/state", _told(shop.state)),
        web.post("/messages", _told(shop.write)),
        web.post("/burst", _told(shop.burst)),
        web.post("/operators", _told(shop.join)),
        web.post("/dispatchers/{name}", _told(shop.switch)),
        web.post("/events", _told(shop.hear)),
    ]


_Handler = Callable[[web.Request], Awaitable[web.Response]]


def _told(handler: _Handler) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ValidationError as invalid:
            first = invalid.errors()[0]
            where = ".".join(map(str, first["loc"])) or "message"
            return _sorry(f"{where}: {first['msg']}")
        except ValueError as error:
            return _sorry(str(error))
        except (DeskUnavailable, RedisError) as error:
            return _sorry(f"Redis does not answer: {error}", 503)
        except GONE as error:
            return _sorry(f"The supervisor does not answer: {error}", 503)

    return handle


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        raise ValueError("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise ValueError("The body is not a JSON object.")  # noqa: TRY004 - its sender's, not ours
    return body


def _sorry(sentence: str, status: int = 400) -> web.Response:
    return web.json_response({"error": sentence}, status=status)
