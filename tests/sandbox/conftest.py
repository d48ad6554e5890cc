"""A sandbox on a free port, with a clock that only the test moves."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from telegram import Bot

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.server import running_sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue, as_object
from onduty_sandbox.world.clock import Clock
from sandbox.bot_caller import Ask, HandClock, Reply

FIRST = "42:sandbox-token-for-tests-0123456789"
SECOND = "43:sandbox-token-for-tests-0123456789"
SPECIFICATION = Path(__file__).parents[3] / "shared" / "telegram-bot-api-10.1.json"


@pytest.fixture
def bot_token() -> str:
    """The first bot's token."""
    return FIRST


@pytest.fixture
def second_token() -> str:
    """The second bot's token, known where a test asks for `two_bots`."""
    return SECOND


@pytest.fixture
def hand_clock() -> HandClock:
    """The sandbox's clock."""
    return HandClock()


@pytest.fixture
async def local(hand_clock: HandClock) -> AsyncIterator[Sandbox]:
    """A sandbox with one bot."""
    clock = Clock(epoch=hand_clock.read, monotonic=hand_clock.read)
    async with running_sandbox(tokens=[FIRST], clock=clock, webhook_pause_s=0.01) as running:
        yield running


@pytest.fixture
async def two_bots() -> AsyncIterator[Sandbox]:
    """A sandbox with two bots."""
    async with running_sandbox(tokens=[FIRST, SECOND]) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    """A plain HTTP client."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
def ask(local: Sandbox, http: ClientSession) -> Ask:
    """Call a method of the first bot with JSON."""

    async def call(method: str, **parameters: JsonValue) -> Reply:
        url = f"{local.base_url}/bot{FIRST}/{method}"
        async with http.post(url, json=parameters) as response:
            return Reply(response.status, await response.json(), dict(response.headers))

    return call


@pytest.fixture
async def anna(local: Sandbox, ask: Ask) -> Phone:
    """A user who has started the bot; the update is confirmed."""
    phone = await local.add_user(7, "Anna", username="anna_s", last_name="Smith")
    await phone.start()
    update_id = (await ask("getUpdates")).results[-1]["update_id"]
    assert isinstance(update_id, int)
    await ask("getUpdates", offset=update_id + 1)
    return phone


@pytest.fixture
async def ptb_bot(local: Sandbox) -> AsyncIterator[Bot]:
    """A python-telegram-bot Bot that talks to the sandbox."""
    address = local.base_url
    async with Bot(FIRST, base_url=f"{address}/bot", base_file_url=f"{address}/file/bot") as bot:
        yield bot


@pytest.fixture(scope="session")
def specification() -> Json:
    """The Bot API's specification as data; skips where it is not at hand."""
    if not SPECIFICATION.exists():
        pytest.skip(f"{SPECIFICATION} is not there")
    return as_object(json.loads(SPECIFICATION.read_text()))
