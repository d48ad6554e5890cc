"""What the page needs of the sandbox: its files, the whole state, the calls, and to be alone."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.server import running_sandbox
from onduty_sandbox.settings import PageAddition
from onduty_sandbox.wire.json_types import Json, as_list, as_object
from sandbox.bot_caller import Ask
from sandbox.conftest import FIRST
from waiting import GENEROUS_S

PAGE = Path(__file__).parents[2] / "services" / "sandbox" / "onduty_sandbox" / "page" / "static"


async def test_the_page_and_all_it_names_is_served(local: Sandbox, http: ClientSession) -> None:
    """From this machine alone: no file of the page names another host."""
    parts = [part.relative_to(PAGE) for part in PAGE.rglob("*.*") if part.suffix != ".html"]
    for path in ["/", *(f"/page/{part.as_posix()}" for part in parts)]:
        async with http.get(local.base_url + path) as answer:
            assert answer.status == 200, path
            assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
            text = await answer.text()
        elsewhere = set(re.findall(r"https?://[\w.-]+", text)) - {
            "http://www.w3.org",  # the name of SVG
            "https://core.telegram.org",  # a comment
            "http://",
        }
        assert elsewhere == set(), path
    for missing in ("/page/nothing.js", "/page/../server.py", "/page/index.html"):
        async with http.get(local.base_url + missing) as answer:
            assert answer.status == 404


async def test_everything_is_one_moment(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """Without deleted messages, at most as many as asked for, and what is read."""
    for text in ("one", "two", "three"):
        await ask("sendMessage", chat_id=7, text=text)
    await ask("deleteMessage", chat_id=7, message_id=3)
    whole = as_object(await local.ask("GET", "everything?messages=2"))
    chats = whole["chats"]
    assert isinstance(chats, list)
    messages = as_object(chats[0])["messages"]
    assert isinstance(messages, list)
    assert [as_object(message)["text"] for message in messages] == ["one", "three"]
    assert as_object(chats[0])["read_up_to"] == 0
    await local.ask("POST", f"users/{anna.user_id}/read")
    later = as_object(await local.ask("GET", "everything"))
    chats = later["chats"]
    assert isinstance(chats, list)
    assert as_object(chats[0])["read_up_to"] == 4
    assert int(str(later["sequence"])) == int(str(whole["sequence"])) + 1


async def test_calls_are_told_to_who_asks(
    local: Sandbox, ask: Ask, http: ClientSession, anna: Phone
) -> None:
    """With their outcome; a fault that was met is one less."""
    await local.fault("429", times=2)
    async with http.get(f"{local.base_url}/control/events", params={"calls": "0"}) as stream:
        await ask("sendMessage", chat_id=anna.chat_id, text="one")
        told: dict[str, Json] = {}
        kind = ""
        async with asyncio.timeout(GENEROUS_S):
            while "calls" not in told:
                line = (await stream.content.readline()).decode().strip()
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                if line.startswith("data: "):
                    told[kind] = json.loads(line.removeprefix("data: "))
    (call,) = as_list(told["calls"]["calls"])
    shown = as_object(call)
    assert (shown["method"], shown["chat_id"], shown["status"]) == ("sendMessage", 7, 429)
    whole = as_object(await local.ask("GET", "everything"))
    assert (whole["calls_count"], whole["calls"]) == (1, [call])
    (fault,) = as_list(told["faults"]["faults"])
    assert as_object(fault)["times"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "[::1"},
        {"Host": "evil.example:80", "Origin": "http://evil.example:80"},
    ],
)
async def test_other_pages_are_refused(
    local: Sandbox, http: ClientSession, headers: dict[str, str]
) -> None:
    """Neither a foreign page nor a foreign name that points here can act, or see anything."""
    for verb, path in (
        ("POST", "control/reset"),
        ("GET", "control/everything"),
        ("GET", "control/events"),
        ("GET", f"bot{FIRST}/sendMessage?chat_id=7&text=x"),
    ):
        url = f"{local.base_url}/{path}"
        async with http.request(verb, url, headers=headers) as answer:
            assert answer.status == 403
            assert "error" in await answer.json()


async def test_the_own_page_may_ask(local: Sandbox, http: ClientSession) -> None:
    """A browser names the page's own origin, under any loopback name; any page may link to it."""
    async with http.get(local.base_url, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 200
    port = local.base_url.rpartition(":")[2]
    for name in ("127.0.0.1", "localhost"):
        own = {"Origin": f"http://{name}:{port}", "Host": f"{name}:{port}"}
        url = f"{local.base_url}/control/reset"
        async with http.post(url, headers=own) as answer:
            assert answer.status == 200


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
