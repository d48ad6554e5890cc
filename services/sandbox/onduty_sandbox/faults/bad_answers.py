"""Answers that are not Telegram's: pages, broken HTTP, redirects, silence."""

import asyncio
import json
import socket
import struct
from http import HTTPStatus

from aiohttp import web

from onduty_sandbox.faults.fault import Fault
from onduty_sandbox.faults.waiting import Faults

# Most clients and proxies refuse a header line of more than 8 kB.
LONG_HEADER_BYTES = 9000
DEFAULT_STATUS = {"page": 502, "redirect": 302, "redirect_loop": 302, "html_429": 429}
# A caller who has gone is noticed this late at most.
LOOK_AFTER_CALLER_S = 0.5
# Redirects to itself for ever.
LOOP_PATH = "/moved"


def page(fault: Fault) -> web.Response:
    """A page of somebody between the bot and Telegram."""
    status = fault.status or DEFAULT_STATUS[fault.kind]
    words = f"{status} {HTTPStatus(status).phrase}"
    match fault.content_type:
        case "text/plain":
            text = f"{words}\n"
        case "application/json":
            text = json.dumps({"message": HTTPStatus(status).phrase, "request_id": "3f0c"})
        case _:
            text = f"<html><head><title>{words}</title></head><body>{words}</body></html>"
    asks_to_wait = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    headers = {"Retry-After": str(fault.retry_after)} if asks_to_wait else None
    return web.Response(status=status, text=text, content_type=fault.content_type, headers=headers)


def redirect(fault: Fault, request: web.Request) -> web.Response:
    """To the same address, where the next fault or Telegram waits; or round and round."""
    prefix = LOOP_PATH if fault.kind == "redirect_loop" else ""
    status = fault.status or DEFAULT_STATUS[fault.kind]
    return web.Response(status=status, headers={"Location": f"{prefix}{request.path}"})


async def redirect_again(request: web.Request) -> web.Response:
    """Answer what a redirect loop led to: the same address again."""
    return web.Response(status=302, headers={"Location": request.path})


def broken(fault: Fault, request: web.Request) -> web.Response:
    """Write what is no complete HTTP, and close the connection."""
    match fault.kind:
        case "half_body":
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"
            )
            source = head + b'{"ok":true,"result":{"mess'
        case "long_header":
            head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Trace: "
            source = head + b"x" * LONG_HEADER_BYTES + b"\r\n\r\n"
        case _:
            source = b"HTTP/1.1 OK 200\r\nContent-Length: 0\r\n\r\n"
    if request.transport is not None:
        request.transport.write(source)
    return cut(request)


def cut(request: web.Request) -> web.Response:
    """Close the connection; what is returned has nowhere to go."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def reset(request: web.Request) -> web.Response:
    """Throw the connection away, as a machine does on which nothing listens any more."""
    reset_transport(request.transport)
    return web.Response()


def reset_transport(transport: asyncio.BaseTransport | None) -> None:
    """Close with RST instead of FIN."""
    if not isinstance(transport, asyncio.Transport):
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def never_answer(fault: Fault, faults: Faults, request: web.Request) -> web.Response:
    """Keep the caller waiting until they give up, or until the fault is over; then cut."""
    lasts = fault.times is None
    while request.transport is not None and not request.transport.is_closing():
        if lasts and not faults.is_waiting(fault):
            break
        await faults.changed.wait(LOOK_AFTER_CALLER_S)
    return cut(request)
