"""Answers that are not Telegram's: pages of others, broken HTTP, redirects."""

import asyncio
import json

import pytest
from aiohttp import ClientError, ClientSession, TooManyRedirects

from onduty_sandbox.client import Phone, Sandbox, SandboxError
from onduty_sandbox.faults.fault import PAGE_STATUSES
from onduty_sandbox.wire.fault_kinds import ContentType, Kind
from sandbox.bot_caller import Ask


@pytest.fixture
def send_url(local: Sandbox, bot_token: str) -> str:
    """Where the bot sends messages."""
    return f"{local.base_url}/bot{bot_token}/sendMessage"


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/json"])
@pytest.mark.parametrize("status", sorted(PAGE_STATUSES))
async def test_a_page_comes_instead_of_an_answer(
    local: Sandbox,
    http: ClientSession,
    anna: Phone,
    send_url: str,
    status: int,
    content_type: ContentType,
    *,
    taken: bool,
) -> None:
    """Whatever its status, it is no answer of Telegram's, and does not say what was taken."""
    await local.fault("page", status=status, content_type=content_type, taken_first=taken)
    async with http.post(send_url, json={"chat_id": 7, "text": "one"}) as response:
        assert (response.status, response.content_type) == (status, content_type)
        page = await response.text()
    if content_type == "application/json":
        assert "ok" not in json.loads(page)
    else:
        assert "{" not in page
    assert len(await anna.messages()) == (2 if taken else 1)
    (entry,) = await local.log(method="sendMessage")
    assert (entry.fault, entry.status, entry.taken) == ("page", status, taken)


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("kind", ["half_body", "long_header", "bad_status_line"])
async def test_broken_http_does_not_say_what_was_taken(
    local: Sandbox, http: ClientSession, anna: Phone, send_url: str, kind: Kind, *, taken: bool
) -> None:
    """Half a body, a header too long, a status line that is none: an error for every client."""
    await local.fault(kind, taken_first=taken)
    with pytest.raises(ClientError):
        async with http.post(send_url, json={"chat_id": 7, "text": "one"}) as response:
            await response.read()
    assert len(await anna.messages()) == (2 if taken else 1)
    async with http.post(send_url, json={"chat_id": 7, "text": "two"}) as response:
        assert response.status == 200


async def test_a_redirect_names_the_same_address(
    local: Sandbox, http: ClientSession, anna: Phone, send_url: str
) -> None:
    """Who follows it sends once more; who does not has sent nothing."""
    await local.fault("redirect", status=307)
    body = {"chat_id": 7, "text": "one"}
    async with http.post(send_url, json=body, allow_redirects=False) as response:
        assert response.status == 307
        assert send_url.endswith(response.headers["Location"])
    assert len(await anna.messages()) == 1
    await local.fault("redirect", status=307)
    async with http.post(send_url, json=body) as response:
        assert response.status == 200
    assert len(await anna.messages()) == 2


async def test_a_redirect_loop_leads_nowhere(
    local: Sandbox, http: ClientSession, anna: Phone, send_url: str
) -> None:
    """Once in it, a client goes round until it gives up, though only one request met the fault."""
    await local.fault("redirect_loop")
    with pytest.raises(TooManyRedirects):
        await http.post(send_url, json={"chat_id": 7, "text": "one"})
    assert len(await anna.messages()) == 1


@pytest.mark.parametrize("kind", ["401", "404"])
async def test_telegram_itself_refuses_a_token(local: Sandbox, ask: Ask, kind: Kind) -> None:
    """In Telegram's own JSON, until it is good again; nothing is taken."""
    await local.outage(kind)
    for method in ("getMe", "sendMessage", "getUpdates"):
        reply = await ask(method, chat_id=7, text="hi")
        assert reply.body == {
            "ok": False,
            "error_code": int(kind),
            "description": {"401": "Unauthorized", "404": "Not Found"}[kind],
        }
    await local.clear_faults()
    assert (await ask("getMe")).status == 200


async def test_a_token_is_refused_and_another_is_not(
    two_bots: Sandbox, http: ClientSession, bot_token: str, second_token: str
) -> None:
    """A rotated token is one bot's trouble."""
    await two_bots.outage("401", bot=42)
    statuses = []
    for token in (bot_token, second_token):
        async with http.get(f"{two_bots.base_url}/bot{token}/getMe") as response:
            statuses.append(response.status)
    assert statuses == [401, 200]


async def test_a_black_hole_never_answers(
    local: Sandbox, http: ClientSession, anna: Phone, send_url: str
) -> None:
    """The caller waits until they give up; the message may have been taken."""
    await local.fault("hang", taken_first=True)
    sending = asyncio.create_task(http.post(send_url, json={"chat_id": 7, "text": "one"}))
    await anna.wait_for("one")
    assert (await local.log(method="sendMessage"))[-1].status == 0
    assert not sending.done()
    sending.cancel()


async def test_a_misspelt_page_is_refused(local: Sandbox) -> None:
    """A test that asks for nonsense hears so."""
    with pytest.raises(SandboxError, match="The status is one of 200, 400"):
        await local.fault("page", status=418)
    with pytest.raises(SandboxError, match="kind 502 has no status"):
        await local.fault("502", status=502)
    with pytest.raises(SandboxError, match="The content_type is one of"):
        await local.ask("POST", "faults", {"kind": "page", "content_type": "text/css"})
    with pytest.raises(SandboxError, match="There is no bot 5"):
        await local.fault("401", bot=5)
