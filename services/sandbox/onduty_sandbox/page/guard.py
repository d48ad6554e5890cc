"""Keeps other people's web pages out: any page that is open in a browser can call loopback."""

from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from onduty_sandbox.wire.loopback import LOOPBACK


def guard(listening_on: str) -> Middleware:
    """Refuse requests that a page of another origin makes.

    On loopback the Host must be loopback too, so that no foreign name that points here (DNS
    rebinding) is served. Who listens elsewhere chose that, and may give the machine any name.
    """

    @web.middleware
    async def refuse_foreign(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = _host_of(request.host)
        if listening_on in LOOPBACK and host not in LOOPBACK:
            return _refusal(f"This sandbox is at {listening_on}, not at {host}.")
        if _is_from_another_page(request):
            return _refusal("Only the sandbox's own page may ask this.")
        return await handler(request)

    return refuse_foreign


def _is_from_another_page(request: web.Request) -> bool:
    """Whether a browser says so: by the Origin, or, where it sends none, as for an image."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin.partition("://")[2] != request.host
    site = request.headers.get("Sec-Fetch-Site", "none")
    return site not in ("same-origin", "none") and request.path != "/"  # a link to the page is fine


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(f"//{address}").hostname
    except ValueError:
        return None


def _refusal(sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=403)
