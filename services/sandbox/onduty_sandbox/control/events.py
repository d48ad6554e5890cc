"""GET /control/events: server-sent events of everything that changes."""

import json

from aiohttp import web

from onduty_sandbox.bot_api.request_log import Entry, call_view
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.views import message_view
from onduty_sandbox.wire.arguments import Arguments
from onduty_sandbox.world.feed import Event

# Often enough for a proxy or a browser to know that the stream lives.
KEEP_ALIVE_S = 15.0
# Calls are told in bundles: a page draws a rate, not each of them.
CALLS_EVERY_S = 0.2


async def stream_events(telegram: Telegram, request: web.Request) -> web.StreamResponse:
    """Send each change as it happens; `?after=N` or Last-Event-ID sends the missed ones first.

    With `?calls=N` it also tells of the calls that bots made, after the first N.
    """
    feed = telegram.world.feed
    last_id = request.headers.get("Last-Event-ID") or request.query.get("after")
    sequence = Arguments({"after": last_id}).integer("after", feed.sequence)
    query = Arguments(dict(request.query))
    with_calls, told = query.given("calls"), query.integer("calls")
    wait_s = CALLS_EVERY_S if with_calls else KEEP_ALIVE_S
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    await response.write(b": connected\n\n")
    written_at = telegram.clock.monotonic()
    while not telegram.closed:
        frames = [_frame(event) for event in feed.after(sequence)]
        sequence = max(sequence, feed.sequence)
        if with_calls:
            told, calls = telegram.log.finished_after(told)
            frames += [_calls_frame(calls)] if calls else []
        if not frames and telegram.clock.monotonic() - written_at >= KEEP_ALIVE_S:
            frames = [": still here\n\n"]
        if frames:
            try:
                await response.write("".join(frames).encode())
            except ConnectionResetError:  # the page was closed
                return response
            written_at = telegram.clock.monotonic()
        else:
            await feed.changed.wait(wait_s)
    return response


def _frame(event: Event) -> str:
    fields = dict(event.fields)
    if event.message is not None:
        fields["bot_id"] = event.message.chat.bot_id
        fields["message"] = message_view(event.message)
    data = json.dumps(fields, ensure_ascii=False)
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {data}\n\n"


def _calls_frame(calls: list[Entry]) -> str:
    told = {"calls": [call_view(entry) for entry in calls]}
    return f"event: calls\ndata: {json.dumps(told)}\n\n"
