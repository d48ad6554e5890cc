"""The Bot API over HTTP: /bot<token>/<method> and /file/bot<token>/<path>.

https://core.telegram.org/bots/api#making-requests
"""

import asyncio
import json
from collections.abc import Mapping

from aiohttp import web

from onduty_sandbox.arguments import Arguments
from onduty_sandbox.bots import TOKEN_FORM, Bot
from onduty_sandbox.errors import ApiError, not_found
from onduty_sandbox.faults import HTML_429, Fault
from onduty_sandbox.json_types import Json, JsonValue
from onduty_sandbox.methods import METHODS, NAMES
from onduty_sandbox.methods.call import Answer, Call
from onduty_sandbox.parameters import check_names
from onduty_sandbox.request_log import Entry
from onduty_sandbox.requests import Upload, read_request
from onduty_sandbox.telegram import Telegram

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
            return _refusal(error)
        entry = self._telegram.log.add(
            bot.user.id, method, _chat_id(values), _logged(values, uploads)
        )
        call = Call(self._telegram, bot, Arguments(values), uploads)
        try:
            return await self._taken(call, entry, request)
        finally:
            self._telegram.log.finish(entry)

    async def _taken(self, call: Call, entry: Entry, request: web.Request) -> web.StreamResponse:
        if self._telegram.latency_s:
            await asyncio.sleep(self._telegram.latency_s)
        fault = self._telegram.faults.take(entry.method, entry.chat_id)
        if fault is None:
            return await _answer(entry.method, call, entry)
        entry.fault = fault.kind
        self._telegram.publish_faults()
        return await _answer_with(fault, entry.method, call, entry, request)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Serve a file whose path getFile told."""
        if request.match_info["token"] not in self._telegram.bots:
            return _refusal(ApiError(401, "Unauthorized"))
        path = request.match_info["path"]
        for stored in self._telegram.world.files.values():
            if stored.path == path:
                return web.Response(body=stored.data, content_type="application/octet-stream")
        return _refusal(not_found())

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


async def _answer(method: str, call: Call, entry: Entry) -> web.Response:
    try:
        check_names(method, call.arguments.values)
        check_names(method, dict.fromkeys(_attached_by_name(call)))
        answer = await METHODS[method](call)
    except ApiError as error:
        return _refusal(error, entry)
    entry.status = 200
    entry.taken = True
    entry.message_id = answer.message_id
    return _success(answer)


async def _answer_with(
    fault: Fault, method: str, call: Call, entry: Entry, request: web.Request
) -> web.Response:
    refusal = fault.refusal()
    if refusal is not None:
        return _refusal(refusal, entry)
    match fault.kind:
        case "html_429":
            entry.status = 429
            headers = {"Retry-After": str(fault.retry_after)}
            return web.Response(
                status=429, text=HTML_429, content_type="text/html", headers=headers
            )
        case "cut_before":
            return _cut(request, entry)
        case "cut_after":
            await _answer(method, call, entry)
            return _cut(request, entry)
        case _:
            return await _slow_answer(fault, method, call, entry)


async def _slow_answer(fault: Fault, method: str, call: Call, entry: Entry) -> web.Response:
    if fault.taken_first:
        answer = await _answer(method, call, entry)
        await asyncio.sleep(fault.delay_s)
        return answer
    await asyncio.sleep(fault.delay_s)
    return await _answer(method, call, entry)


def _cut(request: web.Request, entry: Entry) -> web.Response:
    """Close the connection; what is returned has nowhere to go."""
    entry.status = 0
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _success(answer: Answer) -> web.Response:
    body: Json = {"ok": True, "result": answer.result}
    if answer.description is not None:
        body["description"] = answer.description
    return web.Response(body=_encode(body).encode(), content_type="application/json")


def _refusal(error: ApiError, entry: Entry | None = None) -> web.Response:
    if entry is not None:
        entry.status = error.status
        entry.description = error.description
    headers = None
    if error.retry_after is not None:
        headers = {"Retry-After": str(error.retry_after)}
    return web.Response(
        status=error.status,
        body=_encode(error.as_json()).encode(),
        content_type="application/json",
        headers=headers,
    )


def _chat_id(values: Mapping[str, JsonValue]) -> int | None:
    value = values.get("chat_id")
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


def _attached_by_name(call: Call) -> set[str]:
    """Uploads that are parameters themselves, not named by attach://."""
    attached = {
        str(value).removeprefix("attach://")
        for value in call.arguments.values.values()
        if isinstance(value, str) and value.startswith("attach://")
    }
    return call.uploads.keys() - attached
