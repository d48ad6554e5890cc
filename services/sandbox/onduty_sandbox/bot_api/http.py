"""The Bot API over HTTP: /bot<token>/<method> and /file/bot<token>/<path>.

https://core.telegram.org/bots/api#making-requests
"""

from collections.abc import Mapping

from aiohttp import web

from onduty_sandbox.bot_api.answers import answer, answer_with, cut_off, refusal
from onduty_sandbox.bot_api.bots import TOKEN_FORM, Bot
from onduty_sandbox.bot_api.methods import NAMES
from onduty_sandbox.bot_api.methods.call import Call
from onduty_sandbox.bot_api.request_log import Entry
from onduty_sandbox.bot_api.requests import Upload, read_request
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.bot_api.updates import PollCut
from onduty_sandbox.faults.bad_answers import cut
from onduty_sandbox.faults.fault import Asked
from onduty_sandbox.wire.arguments import Arguments
from onduty_sandbox.wire.errors import ApiError, not_found
from onduty_sandbox.wire.json_types import Json, JsonValue


class BotApi:
    """Answers bots as Telegram does."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one method call; also takes what no route knows, with 404."""
        try:
            bot, method = self._address(request.path)
            values, uploads = await read_request(request)
        except ApiError as error:
            return refusal(error)
        entry = self._telegram.log.add(
            bot.user.id, method, _number(values, "chat_id"), _logged(values, uploads)
        )
        call = Call(self._telegram, bot, Arguments(values), uploads)
        try:
            return await self._taken(call, entry, request)
        finally:
            self._telegram.log.finish(entry)

    async def _taken(self, call: Call, entry: Entry, request: web.Request) -> web.StreamResponse:
        if self._telegram.latency_s:
            await self._telegram.latency_changed.wait(self._telegram.latency_s)
        faults = self._telegram.faults
        fault = faults.take(_asked(entry))
        if fault is None:
            return await self._answered(call, entry, request)
        entry.fault = fault.kind
        if fault.times is not None:
            self._telegram.publish_faults()
        return await answer_with(fault, faults, call, entry, request)

    async def _answered(self, call: Call, entry: Entry, request: web.Request) -> web.StreamResponse:
        try:
            return await answer(call, entry)
        except PollCut:
            entry.status = 0
            outage = self._telegram.faults.outage(_asked(entry))
            if outage is None:
                return cut(request)
            entry.fault = outage.kind
            return await cut_off(outage, self._telegram.faults, entry, request)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Serve a file whose path getFile told."""
        bot = self._telegram.bots.get(request.match_info["token"])
        if bot is None:
            return refusal(ApiError(401, "Unauthorized"))
        path = request.match_info["path"]
        for stored in self._telegram.world.files.values():
            if stored.path == path:
                return web.Response(body=stored.data, content_type="application/octet-stream")
        return refusal(not_found())

    def _address(self, path: str) -> tuple[Bot, str]:
        start, _, method = path.removeprefix("/").partition("/")
        token = start.removeprefix("bot")
        if not start.startswith("bot") or not TOKEN_FORM.fullmatch(token):
            raise not_found()
        bot = self._telegram.bots.get(token)
        if bot is None:
            raise ApiError(401, "Unauthorized")
        name = NAMES.get(method.lower())
        if name is None:
            raise not_found()
        return bot, name


def _asked(entry: Entry) -> Asked:
    topic_id = _number(entry.parameters, "message_thread_id")
    return Asked(entry.method, entry.chat_id, entry.bot_id, topic_id or None)


def _number(values: Mapping[str, JsonValue], name: str) -> int | None:
    value = values.get(name)
    if isinstance(value, int):
        return value
    try:
        return int(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _logged(values: Json, uploads: dict[str, Upload]) -> Json:
    if not uploads:
        return values
    sizes = {name: f"<{len(upload.data)} bytes>" for name, upload in uploads.items()}
    return {**values, **sizes}
