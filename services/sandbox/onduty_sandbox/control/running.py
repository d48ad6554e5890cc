"""/control/faults, limits, latency, log, bots, reset: how this Telegram behaves today."""

from dataclasses import asdict, replace

from aiohttp import web

from onduty_sandbox.bot_api.limits import Rates
from onduty_sandbox.bot_api.request_log import KEPT_REQUESTS
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.asking import (
    answer,
    find_bot,
    guarded,
    number,
    path_id,
    read_body,
    read_query,
)
from onduty_sandbox.control.fault_forms import read_fault
from onduty_sandbox.control.views import bot_view
from onduty_sandbox.people.acting import ActError
from onduty_sandbox.people.strangers import Strangers
from onduty_sandbox.wire.arguments import Arguments

LONGEST_WAIT_S = 60.0

RATE_NAMES = (
    "enabled",
    "per_second",
    "private_per_second",
    "private_burst",
    "group_per_minute",
    "paid_per_second",
)


class RunningControl:
    """Trouble, limits and the log."""

    def __init__(self, telegram: Telegram, strangers: Strangers) -> None:
        self._telegram = telegram
        self._strangers = strangers

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        return [
            web.get("/control/bots", guarded(self.bots)),
            web.post("/control/faults", guarded(self.add_fault)),
            web.get("/control/faults", guarded(self.faults)),
            web.delete("/control/faults", guarded(self.clear_faults)),
            web.delete(r"/control/faults/{id:\d+}", guarded(self.end_fault)),
            web.post("/control/updates", guarded(self.add_update)),
            web.put("/control/topics", guarded(self.switch_topics)),
            web.get("/control/limits", guarded(self.limits)),
            web.put("/control/limits", guarded(self.change_limits)),
            web.get("/control/latency", guarded(self.latency)),
            web.put("/control/latency", guarded(self.change_latency)),
            web.get("/control/log", guarded(self.log)),
            web.put("/control/log", guarded(self.switch_log)),
            web.post("/control/reset", guarded(self.reset)),
        ]

    async def bots(self, _request: web.Request) -> web.Response:
        """GET /control/bots."""
        return answer([bot_view(bot) for bot in self._telegram.bots.values()])

    async def add_fault(self, request: web.Request) -> web.Response:
        """POST /control/faults {kind, method?, chat_id?, times?, retry_after?, delay_s?, …}."""
        body = await read_body(
            request,
            *("kind", "method", "chat_id", "times", "retry_after", "delay_s", "taken_first"),
            *("migrate_to_chat_id", "bot", "status", "content_type", "for_s", "in_topics", "topic"),
        )
        fault = self._telegram.faults.add(read_fault(body, self._telegram))
        await self._telegram.trouble_changed()
        return answer(fault.as_json())

    async def faults(self, _request: web.Request) -> web.Response:
        """GET /control/faults: those that still wait for requests."""
        return answer([fault.as_json() for fault in self._telegram.faults.waiting()])

    async def clear_faults(self, _request: web.Request) -> web.Response:
        """DELETE /control/faults: what a slow one holds up is answered now."""
        self._telegram.faults.clear()
        self._telegram.faults_cleared.notify()
        await self._telegram.trouble_changed()
        return answer([])

    async def end_fault(self, request: web.Request) -> web.Response:
        """DELETE /control/faults/{id}: end this one; nothing to do when it is over."""
        self._telegram.faults.end(path_id(request))
        await self._telegram.trouble_changed()
        return answer([fault.as_json() for fault in self._telegram.faults.waiting()])

    async def add_update(self, request: web.Request) -> web.Response:
        """POST /control/updates {kind, body, bot?}: an update as it is, however odd."""
        body = await read_body(request, "kind", "body", "bot")
        kind, content = body.text("kind"), body.structure("body")
        if not kind or not isinstance(content, dict):
            raise ActError("An update has a kind and a body, which is an object.")
        find_bot(self._telegram, body).updates.add(kind, content, 0)
        return answer({})

    async def switch_topics(self, request: web.Request) -> web.Response:
        """PUT /control/topics {enabled, users_create?, bot?}: BotFather's switch of a bot."""
        body = await read_body(request, "enabled", "users_create", "bot")
        bot = find_bot(self._telegram, body)
        bot.has_topics = body.flag("enabled")
        bot.users_create_topics = bot.has_topics and body.flag("users_create")
        switches = {
            "has_topics": bot.has_topics,
            "users_create_topics": bot.users_create_topics,
        }
        self._telegram.world.feed.publish("topics", bot_id=bot.user.id, **switches)
        return answer(switches)

    async def limits(self, _request: web.Request) -> web.Response:
        """GET /control/limits."""
        return answer(asdict(self._telegram.rates))

    async def change_limits(self, request: web.Request) -> web.Response:
        """PUT /control/limits: any of its fields; counting starts afresh."""
        body = await read_body(request, *RATE_NAMES)
        rates = _read_rates(body, self._telegram.rates)
        self._telegram.change_rates(rates)
        self._telegram.world.feed.publish("limits", limits=asdict(rates))
        return answer(asdict(rates))

    async def latency(self, _request: web.Request) -> web.Response:
        """GET /control/latency."""
        return answer({"latency_s": self._telegram.latency_s})

    async def change_latency(self, request: web.Request) -> web.Response:
        """PUT /control/latency {latency_s}: every method is taken so much later.

        What the one before holds up is taken now.
        """
        body = await read_body(request, "latency_s")
        self._telegram.latency_s = number(body, "latency_s", 0)
        self._telegram.latency_changed.notify()
        self._telegram.world.feed.publish("latency", latency_s=self._telegram.latency_s)
        return answer({"latency_s": self._telegram.latency_s})

    async def log(self, request: web.Request) -> web.Response:
        """GET /control/log?after=N&limit=M&wait_s=S: waits until there is one, if asked to."""
        query = read_query(request)
        after = query.integer("after")
        limit = query.integer("limit", KEPT_REQUESTS)
        wait_s = min(number(query, "wait_s", 0), LONGEST_WAIT_S)
        log = self._telegram.log
        entries = log.after(after, limit)
        if not entries and wait_s and await log.added.wait(wait_s):
            entries = log.after(after, limit)
        return answer([entry.as_json() for entry in entries])

    async def switch_log(self, request: web.Request) -> web.Response:
        """PUT /control/log {enabled}."""
        body = await read_body(request, "enabled")
        self._telegram.log.enabled = body.flag("enabled")
        return answer({"enabled": self._telegram.log.enabled})

    async def reset(self, _request: web.Request) -> web.Response:
        """POST /control/reset: no people, no chats, no trouble, the limits of the start."""
        await self._strangers.stop()
        self._telegram.reset()
        await self._telegram.trouble_changed()
        return answer({})


def _read_rates(body: Arguments, rates: Rates) -> Rates:
    changed = replace(
        rates,
        enabled=body.flag("enabled") if "enabled" in body.values else rates.enabled,
        per_second=body.integer("per_second", rates.per_second),
        private_per_second=number(body, "private_per_second", rates.private_per_second),
        private_burst=body.integer("private_burst", rates.private_burst),
        group_per_minute=body.integer("group_per_minute", rates.group_per_minute),
        paid_per_second=body.integer("paid_per_second", rates.paid_per_second),
    )
    numbers = (
        *(changed.per_second, changed.private_burst),
        *(changed.group_per_minute, changed.paid_per_second),
    )
    if min(numbers) < 1 or changed.private_per_second <= 0:
        raise ActError("Every rate is at least 1, and private_per_second more than 0.")
    return changed
