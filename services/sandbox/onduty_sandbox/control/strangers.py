"""/control/strangers: many people who write to a bot at once."""

from aiohttp import web

from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.asking import answer, find_bot, guarded, number, read_body
from onduty_sandbox.people.acting import ActError
from onduty_sandbox.people.strangers import LONGEST_S, MOST, MOST_PER_SECOND, Crowd, Strangers


class StrangerControl:
    """Letting them write, and counting what they were answered."""

    def __init__(self, telegram: Telegram, strangers: Strangers) -> None:
        self._telegram = telegram
        self._strangers = strangers

    def routes(self) -> list[web.RouteDef]:
        """The routes of this part."""
        return [
            web.post("/control/strangers", guarded(self.begin)),
            web.get("/control/strangers", guarded(self.counts)),
            web.delete("/control/strangers", guarded(self.stop)),
        ]

    async def begin(self, request: web.Request) -> web.Response:
        """POST /control/strangers {count, every_s, for_s, text?, bot?}."""
        body = await read_body(request, "count", "every_s", "for_s", "text", "bot")
        count = body.integer("count")
        every_s, for_s = number(body, "every_s", 0), number(body, "for_s", 0)
        if not 1 <= count <= MOST:
            raise ActError(f"count is from 1 to {MOST}.")
        if every_s * MOST_PER_SECOND < count:
            raise ActError(f"Together they write at most {MOST_PER_SECOND} times a second.")
        if not 0 < for_s <= LONGEST_S:
            raise ActError(f"for_s is up to {LONGEST_S}.")
        crowd = Crowd(count, every_s, for_s, body.text("text") or "hello")
        await self._strangers.begin(crowd, find_bot(self._telegram, body))
        return answer(self._strangers.counts())

    async def counts(self, _request: web.Request) -> web.Response:
        """GET /control/strangers."""
        return answer(self._strangers.counts())

    async def stop(self, _request: web.Request) -> web.Response:
        """DELETE /control/strangers."""
        await self._strangers.stop()
        return answer(self._strangers.counts())
