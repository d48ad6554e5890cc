"""Trouble on demand: each kind does what it says, so often, where it says."""

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import ClientSession, ServerDisconnectedError

from onduty_sandbox.client import Kind, Phone, Sandbox, SandboxError
from sandbox.bot_caller import Ask
from waiting import until

if TYPE_CHECKING:
    from onduty_sandbox.wire.json_types import Json


@pytest.mark.parametrize(
    ("kind", "status", "description"),
    [
        ("429", 429, "Too Many Requests: retry after 17"),
        ("500", 500, "Internal Server Error"),
        ("502", 502, "Bad Gateway"),
        ("403", 403, "Forbidden: bot was blocked by the user"),
        ("migrate", 400, "Bad Request: group chat was upgraded to a supergroup chat"),
    ],
)
async def test_a_refusing_fault_takes_nothing(
    local: Sandbox, ask: Ask, anna: Phone, kind: Kind, status: int, description: str
) -> None:
    """The next request is refused in Telegram's form, the one after it goes through."""
    await local.fault(kind, "sendMessage", retry_after=17, migrate_to_chat_id=-100)
    reply = await ask("sendMessage", chat_id=7, text="one")
    assert (reply.status, reply.error) == (status, description)
    assert reply.body["error_code"] == status
    if kind == "429":
        assert reply.body["parameters"] == {"retry_after": 17}
        assert reply.headers["Retry-After"] == "17"
    if kind == "migrate":
        assert reply.body["parameters"] == {"migrate_to_chat_id": -100}
    assert (await ask("sendMessage", chat_id=7, text="two")).status == 200
    assert [message.text for message in await anna.messages()] == ["/start", "two"]
    refused, taken = await local.log(method="sendMessage")
    assert (refused.fault, refused.taken, refused.status) == (kind, False, status)
    assert (taken.fault, taken.taken, taken.message_id) == (None, True, 2)


async def test_a_proxy_may_answer_in_html(
    local: Sandbox, http: ClientSession, anna: Phone, bot_token: str
) -> None:
    """A 429 that is no JSON at all."""
    await local.fault("html_429")
    url = f"{local.base_url}/bot{bot_token}/sendMessage"
    async with http.post(url, json={"chat_id": anna.chat_id, "text": "one"}) as response:
        assert response.status == 429
        assert response.content_type == "text/html"
        assert response.headers["Retry-After"] == "1"
    assert len(await anna.messages()) == 1


@pytest.mark.parametrize(("kind", "taken"), [("cut_before", False), ("cut_after", True)])
async def test_a_cut_connection_leaves_it_open_what_was_taken(
    local: Sandbox, ask: Ask, anna: Phone, kind: Kind, *, taken: bool
) -> None:
    """The caller sees the same, the phone does not."""
    await local.fault(kind)
    with pytest.raises(ServerDisconnectedError):
        await ask("sendMessage", chat_id=7, text="one")
    assert len(await anna.messages()) == (2 if taken else 1)
    entry = (await local.log(method="sendMessage"))[-1]
    assert (entry.status, entry.taken, entry.fault) == (0, taken, kind)


@pytest.mark.parametrize("taken_first", [True, False])
async def test_a_slow_answer_is_an_answer(
    local: Sandbox, ask: Ask, anna: Phone, *, taken_first: bool
) -> None:
    """The message is taken before or after the delay."""
    await local.fault("slow", delay_s=0.01, taken_first=taken_first)
    assert (await ask("sendMessage", chat_id=7, text="one")).status == 200
    assert (await anna.wait_for("one")).message_id == 2


@pytest.mark.parametrize("taken_first", [True, False])
async def test_clearing_the_faults_lets_a_slow_answer_go(
    local: Sandbox, ask: Ask, anna: Phone, *, taken_first: bool
) -> None:
    """So a test holds a request up for as long as it needs."""
    await local.fault("slow", delay_s=3_600, taken_first=taken_first)
    asked = asyncio.create_task(ask("sendMessage", chat_id=anna.chat_id, text="one"))
    await local.wait_for_request("sendMessage")
    await until(lambda: local.ask("GET", "faults"), equals=[])
    await local.clear_faults()
    assert (await asked).status == 200


async def test_a_fault_keeps_to_its_method_and_chat(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """Others are not troubled."""
    await (await local.add_user(8, "Bob")).start()
    await local.fault("500", "sendMessage", chat_id=8, times=2)
    assert (await ask("sendMessage", chat_id=anna.chat_id, text="hi")).status == 200
    assert (await ask("sendChatAction", chat_id=8, action="typing")).status == 200
    statuses = [(await ask("sendmessage", chat_id="8", text="hi")).status for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert await local.faults() == []


async def test_a_fault_without_times_lasts_until_it_is_cleared(local: Sandbox, ask: Ask) -> None:
    """An outage ends when the test says so."""
    await local.fault("502", times=None)
    for _ in range(3):
        assert (await ask("getMe")).status == 502
    assert (await local.faults())[0]["times"] is None
    await local.clear_faults()
    assert (await ask("getMe")).status == 200


async def test_a_misspelt_fault_is_refused(local: Sandbox) -> None:
    """A test that asks for nonsense hears so."""
    wrong: list[tuple[Json, str]] = [
        ({"kind": "502", "method": "sendMesage"}, "There is no method sendMesage."),
        ({"kind": "503"}, "The kind is one of"),
        ({"kind": "502", "time": 1}, "Unknown field 'time'"),
        ({"kind": "502", "times": 0}, "times is at least 1"),
        ({"kind": "slow", "delay_s": -1}, "delay_s is not negative"),
    ]
    for body, sentence in wrong:
        with pytest.raises(SandboxError, match=sentence):
            await local.ask("POST", "faults", body)


async def test_latency_is_for_every_method(local: Sandbox, ask: Ask) -> None:
    """It can be set and read."""
    await local.latency(0.001)
    assert await local.ask("GET", "latency") == {"latency_s": 0.001}
    assert (await ask("getMe")).status == 200


async def test_another_latency_lets_go_what_waits(local: Sandbox, ask: Ask) -> None:
    """A request that the old one held up is taken at once."""
    await local.latency(3_600)
    asked = asyncio.create_task(ask("getMe"))
    await local.wait_for_request("getMe")
    await local.latency(0)
    assert (await asked).status == 200
