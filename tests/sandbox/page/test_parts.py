"""What others add to the page: a folder of modules, and the backend that answers them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from onduty_sandbox.client import Sandbox
from onduty_sandbox.server import running_sandbox
from onduty_sandbox.settings import PageAddition


async def test_a_folder_adds_its_modules(tmp_path: Path, http: ClientSession) -> None:
    """Served beside the page's own and under its rules; nothing else of the folder is."""
    (tmp_path / "more").mkdir()
    for name in ("main.js", "more/of_it.css", "secret.txt"):
        (tmp_path / name).write_text("/* hello */")
    async with running_sandbox(addition=PageAddition(parts=tmp_path)) as sandbox:
        for name in ("main.js", "more/of_it.css"):
            async with http.get(f"{sandbox.base_url}/parts/{name}") as answer:
                assert await answer.text() == "/* hello */"
                assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        for name in ("secret.txt", "other.js", "../secret.txt", "%2e%2e/main.js", "more/"):
            async with http.get(f"{sandbox.base_url}/parts/{name}") as answer:
                assert answer.status == 404


async def test_without_a_folder_nothing_is_added(local: Sandbox, http: ClientSession) -> None:
    """The page asks for its main.js all the same, and gets an empty module."""
    async with http.get(f"{local.base_url}/parts/main.js") as answer:
        assert (answer.status, await answer.text()) == (200, "export {};\n")
    async with http.get(f"{local.base_url}/parts/other.js") as answer:
        assert answer.status == 404


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[Path]:
    """A chat backend that says what it was asked."""

    async def echo(request: web.Request) -> web.Response:
        asked = [request.method, request.path_qs, await request.text()]
        return web.json_response(asked, status=418)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    socket = tmp_path / "backend.sock"
    await web.UnixSite(runner, str(socket)).start()
    yield socket
    await runner.cleanup()


async def test_the_backend_is_asked_as_the_page_asks(backend: Path, http: ClientSession) -> None:
    """Verb, path, query and body go there, status and body come back; foreign pages never."""
    async with running_sandbox(addition=PageAddition(backend=backend)) as sandbox:
        url = f"{sandbox.base_url}/backend/messages?a=b"
        async with http.post(url, data="{}") as answer:
            assert answer.status == 418
            assert await answer.json() == ["POST", "/messages?a=b", "{}"]
        async with http.post(url, headers={"Origin": "https://evil.example"}) as answer:
            assert answer.status == 403


async def test_a_missing_backend_is_told(
    local: Sandbox, http: ClientSession, tmp_path: Path
) -> None:
    """None at all, or one that does not answer."""
    async with http.get(f"{local.base_url}/backend/state") as answer:
        assert answer.status == 404
    async with (
        running_sandbox(addition=PageAddition(backend=tmp_path / "nobody.sock")) as sandbox,
        http.get(f"{sandbox.base_url}/backend/state") as answer,
    ):
        assert answer.status == 503
        assert "does not answer" in (await answer.json())["error"]
