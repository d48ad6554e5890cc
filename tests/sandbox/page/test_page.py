"""What the page needs of the sandbox: its files, and to be alone."""

import re
from pathlib import Path

import pytest
from aiohttp import ClientSession

from onduty_sandbox.client import Sandbox
from sandbox.conftest import FIRST

PAGE = Path(__file__).parents[3] / "services" / "sandbox" / "onduty_sandbox" / "page" / "static"


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
