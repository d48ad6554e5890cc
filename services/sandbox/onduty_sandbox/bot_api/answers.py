"""Telegram's answer to one call, or what a fault makes of it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web

from onduty_sandbox.bot_api.methods import METHODS
from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.bot_api.parameters import check_names
from onduty_sandbox.bot_api.request_log import Entry
from onduty_sandbox.faults import bad_answers
from onduty_sandbox.faults.fault import Fault
from onduty_sandbox.faults.waiting import Faults
from onduty_sandbox.wire.errors import ApiError

if TYPE_CHECKING:
    from onduty_sandbox.wire.json_types import Json

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

# What also an open poll meets when it begins; the others cut it.
ENDS_POLLS_IN_ITS_WAY = frozenset({"hang", "refuse", "401", "404"})


async def answer(call: Call, entry: Entry) -> web.Response:
    """Take the call and answer it; its outcome stands in the entry."""
    try:
        check_names(entry.method, call.arguments.values)
        check_names(entry.method, dict.fromkeys(_attached_by_name(call)))
        result = await METHODS[entry.method](call)
    except ApiError as error:
        return refusal(error, entry)
    entry.status = 200
    entry.taken = True
    entry.message_id = result.message_id
    return _success(result)


def refusal(error: ApiError, entry: Entry | None = None) -> web.Response:
    """Answer with Telegram's own no."""
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


async def answer_with(
    fault: Fault, faults: Faults, call: Call, entry: Entry, request: web.Request
) -> web.StreamResponse:
    """Answer a call that meets this fault."""
    if fault.kind == "topic_lost":
        return await answer(replace(call, loses_topics=True), entry)
    if fault.kind == "slow":
        return await _slow_answer(fault, call, entry)
    # An open poll takes nothing, and would only delay the trouble.
    takes = fault.taken_first or fault.kind == "cut_after"
    if takes and entry.method != "getUpdates":
        await answer(call, entry)
    return await _untrue_answer(fault, faults, entry, request)


async def cut_off(
    outage: Fault, faults: Faults, entry: Entry, request: web.Request
) -> web.StreamResponse:
    """End an open poll because an outage begins."""
    if outage.kind in ENDS_POLLS_IN_ITS_WAY:
        return await _untrue_answer(outage, faults, entry, request)
    return bad_answers.cut(request)


async def _untrue_answer(
    fault: Fault, faults: Faults, entry: Entry, request: web.Request
) -> web.StreamResponse:
    error = fault.refusal()
    if error is not None:
        return refusal(error, entry)
    entry.status = 0
    entry.description = None
    shown: web.StreamResponse
    match fault.kind:
        case "page" | "html_429":
            shown = bad_answers.page(fault)
            entry.status = shown.status
        case "redirect" | "redirect_loop":
            shown = bad_answers.redirect(fault, request)
            entry.status = shown.status
        case "half_body" | "long_header" | "bad_status_line":
            shown = bad_answers.broken(fault, request)
        case "refuse":
            shown = bad_answers.reset(request)
        case "hang":
            shown = await bad_answers.never_answer(fault, faults, request)
        case _:
            shown = bad_answers.cut(request)
    return shown


async def _slow_answer(fault: Fault, call: Call, entry: Entry) -> web.Response:
    if fault.taken_first:
        result = await answer(call, entry)
        await call.telegram.faults_cleared.wait(fault.delay_s)
        return result
    await call.telegram.faults_cleared.wait(fault.delay_s)
    return await answer(call, entry)


def _success(result: Answer) -> web.Response:
    body: Json = {"ok": True, "result": result.result}
    if result.description is not None:
        body["description"] = result.description
    return web.Response(body=_encode(body).encode(), content_type="application/json")


def _attached_by_name(call: Call) -> set[str]:
    """Uploads that are parameters themselves, not named by attach://."""
    attached = {
        str(value).removeprefix("attach://")
        for value in call.arguments.values.values()
        if isinstance(value, str) and value.startswith("attach://")
    }
    return call.uploads.keys() - attached
