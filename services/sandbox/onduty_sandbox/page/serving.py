"""Serves the page: the people of this Telegram, in a browser, and what others add to it."""

from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from aiohttp import web

# Only files of this machine, and nothing of what people write, ever runs or is fetched.
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # A newer sandbox on the same port brings its newer page.
    "Cache-Control": "no-cache",
}
TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
OWN = files("onduty_sandbox").joinpath("page", "static")
NAME = r"{name:(?:[a-z_]+/)?[a-z_]+\.(?:css|js|svg)}"
NOTHING_MORE = b"export {};\n"


def page_routes(parts: Path | None = None) -> list[web.RouteDef]:
    """The page at /, its files under /page/, and under /parts/ those of a folder that adds to it.

    The page runs `/parts/main.js`; without a folder that is an empty module.
    """
    return [
        web.get("/", show_page),
        web.get(f"/page/{NAME}", partial(show_file, OWN)),
        web.get(f"/parts/{NAME}", show_nothing if parts is None else partial(show_file, parts)),
    ]


async def show_page(_request: web.Request) -> web.Response:
    """GET /."""
    return _answer("index.html", OWN.joinpath("index.html").read_bytes())


async def show_file(folder: Traversable, request: web.Request) -> web.Response:
    """GET /page/NAME and /parts/NAME."""
    name = request.match_info["name"]
    part = folder.joinpath(*name.split("/"))
    if not part.is_file():
        raise web.HTTPNotFound
    return _answer(name, part.read_bytes())


async def show_nothing(request: web.Request) -> web.Response:
    """GET /parts/main.js where nobody adds anything."""
    name = request.match_info["name"]
    if name != "main.js":
        raise web.HTTPNotFound
    return _answer(name, NOTHING_MORE)


def _answer(name: str, body: bytes) -> web.Response:
    content_type = TYPES[name.rpartition(".")[2]]
    return web.Response(body=body, content_type=content_type, charset="utf-8", headers=HEADERS)
