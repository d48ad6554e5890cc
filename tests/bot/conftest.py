"""A bot in this process, and what a person at a phone does."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import pytest
from redis.asyncio import Redis

from bot.customers import Customers, dispatching, writing
from bot.guessers import Guessers
from bot.phones import Deliver, Running, Settings
from onduty_bot.service import serve
from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.intake import Intake
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import known_key
from onduty_desk.process.cancellation import cancel
from onduty_desk.roster.known_phrases import check_of
from onduty_desk.roster.operators import Roster
from onduty_desk.settings import BotSettings
from onduty_desk.telegram.bot import Bot, build_bot
from onduty_sandbox.client import Phone, Sandbox

PHRASE = "open sesame"
_check_of = cache(check_of)


@pytest.fixture(autouse=True)
def _phrases_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of a second of a core for each bot that starts is for those who guess."""
    monkeypatch.setattr("onduty_bot.signing_in.changed_phrase.check_of", _check_of)


@pytest.fixture
def settings(redis_url: str, sandbox: Sandbox, token: str) -> Settings:
    """Return settings, other than usual if wanted."""

    def make(**others: object) -> BotSettings:
        return BotSettings.model_validate(
            {
                "bot_token": token,
                "team_secret": PHRASE,
                "redis_url": redis_url,
                "telegram_api_url": sandbox.base_url,
                "sends_per_second": 1_000,
                "sends_per_chat_per_second": 1_000,  # the pace has tests of its own
                "buttons_rest": 0,
                **others,
            }
        )

    return make


@pytest.fixture
def running(settings: Settings) -> Running:
    """Run a bot, with other settings if wanted."""

    @asynccontextmanager
    async def run(**others: object) -> AsyncIterator[None]:
        serving = asyncio.create_task(serve(settings(**others)))
        try:
            yield
        finally:
            await cancel(serving, again_after_s=15.0)
        if not serving.cancelled():
            serving.result()

    return run


@pytest.fixture
async def bot(running: Running) -> AsyncIterator[None]:
    """A bot with the phrase PHRASE."""
    async with running():
        yield


@pytest.fixture
async def telegram(settings: Settings) -> AsyncIterator[Bot]:
    """Another program that has the same token."""
    async with build_bot(settings()) as other:
        yield other


@pytest.fixture
def deliver(redis: Redis) -> Deliver:
    """Let an update arrive that the sandbox's phones cannot send; returns its id."""
    numbers = itertools.count(1)

    async def store(chat_id: int = 101, **kinds: object) -> int:
        chat = {"id": chat_id, "type": "private", "first_name": "Anna"}
        author = {"id": chat_id, "is_bot": False, "first_name": "Anna", "language_code": "en"}
        whole = {"message_id": 1_000, "date": 0, "chat": chat, "from": author}
        update_id = next(numbers)
        update: dict[str, object] = {"update_id": update_id}
        for kind, content in kinds.items():
            assert isinstance(content, dict)
            update[kind] = {**whole, **content}
        await Intake(redis, asyncio.Event(), Phrases({"support": PHRASE}, "")).store([update])
        return update_id

    return store


@pytest.fixture
async def anna(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(101, "Anna", username="anna", language_code="en")


@pytest.fixture
async def known_anna(redis: Redis, anna: Phone) -> Phone:
    """Anna has been on duty this month: the limits for strangers are not hers."""
    await redis.set(known_key(OperatorId(101)), "1")
    return anna


@pytest.fixture
async def boris(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(102, "Борис", language_code="ru")


@pytest.fixture
def roster(redis: Redis) -> Roster:
    return Roster(redis)


@pytest.fixture
async def bob(sandbox: Sandbox) -> Phone:
    return await sandbox.add_user(202, "Bob")


@pytest.fixture
async def customers(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    bot: None,  # noqa: ARG001 - it runs
) -> AsyncIterator[Customers]:
    """Let customers write, with a bot and a dispatcher at work."""
    async with dispatching(redis, sandbox, token):
        yield writing(redis_url)


@pytest.fixture
def guessers(redis: Redis) -> Guessers:
    return Guessers(redis)
