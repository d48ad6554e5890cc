"""What the page asks of The Shop: JSON in, JSON out, and one sentence when it cannot be."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, web
from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable
from onduty.events import InvalidWebhook, verify_webhook
from onduty.message import DEFAULT_GROUP
from onduty.mistakes import mistakes, said
from onduty_demo.shop import crowd, progress
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.dispatchers import Dispatchers
from onduty_demo.shop.pushed_elsewhere import find_others
from onduty_demo.shop.scene import SHOP
from onduty_demo.shop.starting_again import start_again
from onduty_demo.shop.steps import Steps
from onduty_demo.shop.team import Team
from onduty_demo.shop.under_way import UnderWay
from onduty_demo.shop.web_chat import WebChat
from onduty_demo.starting.plan import DISPATCHERS
from onduty_demo.starting.supervise import GONE
from onduty_sandbox.client import Sandbox

_MOST_PHONES = 100


@dataclass
class Shop:
    """What the handlers work with."""

    redis: Redis
    desk: AsyncSupportDesk
    conversations: Conversations
    web_chat: WebChat
    dispatchers: Dispatchers
    sandbox: Sandbox
    events_secret: str
    """What the desk signs its events with."""
    phrases: Mapping[str, str]
    """Today's secret phrase of every group, support first."""
    shown_phrases: frozenset[str]
    """Groups whose phrase the demo made up and shows on the page."""
    under_way: UnderWay = field(default_factory=UnderWay)
    team: Team = field(init=False)

    def __post_init__(self) -> None:
        self.team = Team(self.redis, self.sandbox, self.web_chat, self.phrases)

    async def end(self) -> None:
        """End what works by itself."""
        await self.team.end()
        await self.under_way.end()

    async def state(self, request: web.Request) -> web.Response:
        """GET /state?conversation=ID&phones=7,8: all that the page shows of the desk."""
        run = await Steps(self.redis).run()
        phones = [int(it) for it in request.query.get("phones", "").split(",") if it]
        groups = list(self.phrases)
        desk = await progress.overview(self.redis, phones[:_MOST_PHONES], groups)
        wanted = request.query.get("conversation", "")
        await find_others(self.redis, self.conversations, desk.on_duty, groups, wanted)
        names = await self.conversations.names()
        newest = names[-1][0] if names else ""
        chosen = wanted if any(it == wanted for it, _ in names) else newest
        lines = await self.conversations.lines(chosen)
        ids = [str(line["id"]) for line in lines if line["kind"] == "customer"]
        states = await progress.states(self.redis, chosen, ids)
        return web.json_response(
            {
                **desk.as_json(),
                "phrases": {it: self.phrases[it] for it in groups if it in self.shown_phrases},
                "dispatchers": await self.dispatchers.running(),
                "steps": await self._steps(run, desk.on_duty),
                "under_way": self.under_way.state(),
                "team": self.team.state(),
                "run": run,
                "conversations": [{"id": it, "name": name} for it, name in names],
                "conversation": chosen,
                "group": await self._group(chosen),
                "lines": [{**line, "state": states.get(str(line["id"]))} for line in lines],
            }
        )

    async def _steps(self, run: int, on_duty: Sequence[int]) -> Mapping[str, str]:
        """Which steps are done; what operators write in the web chat no event tells."""
        steps = Steps(self.redis)
        done = await steps.done(run, on_duty)
        is_asked = "taken" in done and "answer" not in done
        if is_asked and await self.web_chat.answers(done["taken"]):
            await steps.answered()
        return done

    async def _group(self, conversation: str) -> str:
        """Whose it is; until the desk has routed it, whose it is meant to be."""
        routed = await progress.group_of(self.redis, conversation) if conversation else None
        return routed or await self.conversations.group(conversation)

    async def write(self, request: web.Request) -> web.Response:
        """POST /messages: a customer message, as `onduty.CustomerMessage` reads it.

        Who has written before writes to the same group, unless the message names another.
        """
        body = await _body(request)
        group = await self.conversations.group(str(body.get("conversation_id", "")))
        message = CustomerMessage.model_validate({"recipient": SHOP, "group": group, **body})
        if message.group not in self.phrases:
            return _sorry(
                f"There is no group {message.group}; there are {', '.join(self.phrases)}."
            )
        await self.conversations.say(message)
        await Steps(self.redis).written()
        return web.json_response({"id": message.id, "conversation": message.conversation_id})

    async def storm(self, _request: web.Request) -> web.Response:
        """POST /storm: operators until there are 36 on duty, then 200 messages of 20 customers."""
        await self.under_way.begin("storm", self._storm)
        return web.json_response(self.under_way.state())

    async def _storm(self) -> None:
        missing = crowd.OPERATORS - len((await progress.overview(self.redis)).on_duty)
        if missing > 0:
            self.under_way.say(f"{missing} operators sign in …")
            phrase = self.phrases[DEFAULT_GROUP]
            await crowd.join(self.redis, self.sandbox, phrase, missing)
        self.under_way.say(f"{crowd.CUSTOMERS} customers write …")
        taken = {name for _, name in await self.conversations.names()}
        await self.conversations.say(*crowd.storm(taken))

    async def again(self, _request: web.Request) -> web.Response:
        """POST /again: clear phones and customers, end all trouble, and begin anew."""
        await self.team.end()
        await self.under_way.begin("again", self._again)
        return web.json_response(self.under_way.state())

    async def _again(self) -> None:
        known = self.redis, self.desk, self.conversations, self.dispatchers
        await start_again(*known, self.sandbox, phrases=self.phrases)

    async def switch_team(self, request: web.Request) -> web.Response:
        """POST /team {on}: a small team comes and works by itself, or finishes and goes."""
        if self.under_way.state()["what"] == "again":
            return _sorry("It starts again just now; switch the team on when it has.")
        await self.team.switch(on=bool((await _body(request)).get("on")))
        return web.json_response(self.team.state())

    async def switch(self, request: web.Request) -> web.Response:
        """POST /dispatchers/{name} {on}: start it, or stop it."""
        name = request.match_info["name"]
        if name not in DISPATCHERS:
            return _sorry(f"There is no {name}; there are {', '.join(DISPATCHERS)}.")
        await self.dispatchers.switch(name, on=bool((await _body(request)).get("on")))
        return web.json_response(await self.dispatchers.running())

    async def hear(self, request: web.Request) -> web.Response:
        """POST /events: what the desk tells its backend; 401 to anybody else who calls."""
        body = await request.read()
        try:
            event = verify_webhook(request.headers, body, self.events_secret)
        except InvalidWebhook as invalid:
            return _sorry(str(invalid), 401)
        if await self.conversations.knows(event.conversation_id):
            await Steps(self.redis).hear(event)
        await self.web_chat.hear(request.headers, body)
        await self.conversations.hear(event)
        return web.json_response({})


def shop_routes(shop: Shop) -> list[web.RouteDef]:
    """The routes, each with its errors as sentences."""
    return [
        web.get("/state", _told(shop.state)),
        web.post("/messages", _told(shop.write)),
        web.post("/storm", _told(shop.storm)),
        web.post("/again", _told(shop.again)),
        web.post("/team", _told(shop.switch_team)),
        web.post("/dispatchers/{name}", _told(shop.switch)),
        web.post("/events", _told(shop.hear)),
    ]


_Handler = Callable[[web.Request], Awaitable[web.Response]]


def _told(handler: _Handler) -> _Handler:
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ValidationError as invalid:
            first = mistakes(invalid)[0]
            where = ".".join(map(str, first["loc"])) or "message"
            return _sorry(f"{where}: {said(first)}")
        except ValueError as error:
            return _sorry(str(error))
        except (DeskUnavailable, RedisError) as error:
            return _sorry(f"Redis does not answer: {error}", 503)
        except (ClientError, TimeoutError) as error:
            return _sorry(f"The web chat does not answer: {error}", 503)
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
