"""Outages by time: all methods, open polls too, until a moment or until they are cleared."""

import asyncio

import pytest
from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientSession,
    ServerDisconnectedError,
)

from onduty_sandbox.client import Kind, Phone, Sandbox
from onduty_sandbox.server import running_sandbox
from sandbox.bot_caller import Ask, HandClock
from waiting import until


async def test_an_outage_is_over_at_its_moment(
    local: Sandbox, ask: Ask, hand_clock: HandClock
) -> None:
    """However many requests it meets, of whatever method."""
    await local.outage("page", 70, status=502)
    for method in ("getMe", "getUpdates", "sendMessage", "answerCallbackQuery"):
        with pytest.raises(Exception, match="mimetype"):
            await ask(method)
    hand_clock.now += 69.9
    with pytest.raises(Exception, match="mimetype"):
        await ask("getMe")
    hand_clock.now += 0.2
    assert (await ask("getMe")).status == 200
    assert await local.faults() == []


async def test_an_outage_ends_early_when_it_is_cleared(local: Sandbox, ask: Ask) -> None:
    """A test need not wait for its end."""
    await local.outage("502", 600)
    assert (await ask("getMe")).status == 502
    assert (await local.faults())[0]["times"] is None
    await local.clear_faults()
    assert (await ask("getMe")).status == 200


@pytest.mark.parametrize("kind", ["page", "502", "refuse", "cut_before", "half_body"])
async def test_an_outage_cuts_the_open_poll(local: Sandbox, ask: Ask, kind: Kind) -> None:
    """A bot that listens learns of it at once, not when its poll is over."""
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    await local.wait_for_request("getUpdates")
    await local.outage(kind)
    with pytest.raises(ClientConnectionError):
        await polling
    entry = (await local.log(method="getUpdates"))[-1]
    assert (entry.status, entry.fault) == (0, kind)


async def test_a_token_refused_ends_the_open_poll(local: Sandbox, ask: Ask) -> None:
    """With the same 401 as every other call."""
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    await local.wait_for_request("getUpdates")
    await local.outage("401", 20)
    assert (await polling).status == 401


async def test_a_black_hole_swallows_the_open_poll_and_lets_go_at_its_end(
    local: Sandbox, ask: Ask
) -> None:
    """Nothing comes while it lasts; afterwards the connection is cut, and the next call is fine."""
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    await local.wait_for_request("getUpdates")
    await local.outage("hang")
    asking = asyncio.create_task(ask("getMe"))
    await local.wait_for_request("getMe")
    assert not polling.done()
    assert not asking.done()
    await local.clear_faults()
    for waiting in (polling, asking):
        with pytest.raises(ServerDisconnectedError):
            await waiting
    assert (await ask("getMe")).status == 200


async def test_updates_of_an_outage_wait(local: Sandbox, ask: Ask, anna: Phone) -> None:
    """What people write while the bot cannot read is handed out afterwards."""
    polling = asyncio.create_task(ask("getUpdates", timeout=50))
    await local.wait_for_request("getUpdates", after=(await local.log())[-1].sequence)
    await local.outage("502")
    with pytest.raises(ClientConnectionError):
        await polling
    await anna.send("are you there?")
    await local.clear_faults()
    (update,) = (await ask("getUpdates")).results
    assert update["message"]


async def test_nothing_listens_for_bots_while_connections_are_refused(
    bot_token: str, http: ClientSession
) -> None:
    """At the bots' own address, as when a machine is down; the control API goes on."""
    async with running_sandbox(tokens=[bot_token]) as sandbox:
        url = f"{sandbox.bots_url}/bot{bot_token}/getMe"
        async with http.get(url) as response:
            assert response.status == 200
        poll = f"{sandbox.bots_url}/bot{bot_token}/getUpdates?timeout=50"
        polling = asyncio.create_task(_get(poll))
        await sandbox.wait_for_request("getUpdates")
        await sandbox.outage("refuse")
        with pytest.raises(ClientConnectionError):
            await polling
        for _ in range(2):
            with pytest.raises(ClientConnectorError):
                await _get(url)
        await sandbox.clear_faults()
        assert await _get(url) == 200


async def test_it_listens_again_at_the_end_of_the_outage(bot_token: str) -> None:
    """At the same address, without anybody's doing."""
    async with running_sandbox(tokens=[bot_token]) as sandbox:
        url = f"{sandbox.bots_url}/bot{bot_token}/getMe"
        await sandbox.outage("refuse", 0.3)
        with pytest.raises(ClientConnectorError):
            await _get(url)
        await until(lambda: _status(url), equals=200)
        assert await sandbox.faults() == []


async def _status(url: str) -> int:
    try:
        return await _get(url)
    except ClientConnectorError:
        return 0


async def _get(url: str) -> int:
    async with ClientSession() as session, session.get(url) as response:
        return response.status
