"""GET /control/events: server-sent events of everything that changes."""

import json

from aiohttp import web

from onduty_sandbox.arguments import Arguments
from onduty_sandbox.feed import Event
from onduty_sandbox.shapes import message_view
from onduty_sandbox.telegram import Telegram

# Often enough for a proxy or a browser to know that the stream lives.
KEEP_ALIVE_S = 15.0


async def stream_events(telegram: Telegram, request: web.Request) -> web.StreamResponse:
    """Send each change as it happens; `?after=N` or Last-Event-ID sends the missed ones first."""
    feed = telegram.world.feed
    last_id = request.headers.get("Last-Event-ID") or request.query.get("after")
    sequence = Arguments({"after": last_id}).integer("after", feed.sequence)
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    await response.write(b": connected\n\n")
    while not telegram.closed:
        events = feed.after(sequence)
        if events:
            sequence = events[-1].sequence
            await response.write("".join(map(_frame, events)).encode())
        elif not await feed.changed.wait(KEEP_ALIVE_S):
            await response.write(b": still here\n\n")
    return response


def _frame(event: Event) -> str:
    fields = dict(event.fields)
    if event.message is not None:
        fields["bot_id"] = event.message.chat.bot_id
        fields["message"] = message_view(event.message)
    data = json.dumps(fields, ensure_ascii=False)
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {data}\n\n"
