"""Serves the page: the people of this Telegram, in a browser."""

from importlib.resources import files

from aiohttp import web

# Only our own files, and nothing of what people write, ever runs or is fetched.
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


def page_routes() -> list[web.RouteDef]:
    """The page at / and its parts under /page/."""
    return [
        web.get("/", show_page),
        web.get(r"/page/{name:[a-z_]+\.(?:css|js|svg)}", show_part),
    ]


async def show_page(_request: web.Request) -> web.Response:
    """GET /."""
    return _file("index.html")


async def show_part(request: web.Request) -> web.Response:
    """GET /page/NAME."""
    return _file(request.match_info["name"])


def _file(name: str) -> web.Response:
    part = files("onduty_sandbox").joinpath("page", "static", name)
    if not part.is_file():
        raise web.HTTPNotFound
    content_type = TYPES[name.rpartition(".")[2]]
    return web.Response(
        body=part.read_bytes(), content_type=content_type, charset="utf-8", headers=HEADERS
    )
