"""A bot that polls beside bots with a webhook: it must not delete their webhook."""

import asyncio
import json
from collections.abc import MutableMapping, Sequence

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.phones import Running, Settings, answers, ask
from bot.webhook import listening
from onduty_bot.service import serve
from onduty_bot.updates import polling, webhook
from onduty_desk.model.bot_keys import POLLER
from onduty_desk.model.keys import PROCESS_IDS, process_key
from onduty_desk.process import health
from onduty_desk.process.judging import all_processes
from onduty_desk.process.starting import StartRefused
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone
from waiting import until


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked at every few seconds is looked at more often."""
    monkeypatch.setattr(health, "EVERY_S", 0.2)
    monkeypatch.setattr(webhook, "NOTE_READING_EVERY_S", 0.2)
    monkeypatch.setattr(polling, "CONFLICT_PAUSE_S", 0.3)


async def test_it_does_not_start_and_says_why(
    anna: Phone, running: Running, settings: Settings, free_port: int, redis: Redis, telegram: Bot
) -> None:
    """Their webhook stays, and they are still called."""
    async with listening(running, free_port) as url:
        await until(lambda: receiving(redis), equals=["webhook"])
        with pytest.raises(
            StartRefused, match=r"process .*set ONDUTY_WEBHOOK_URL .* or end that bot"
        ):
            await serve(settings())
        assert (await telegram.get_webhook_info()).url == url
        assert (await ask(anna, "/start")).startswith("Welcome")


async def test_a_replica_that_was_killed_is_no_reason(
    anna: Phone, running: Running, redis: Redis, telegram: Bot
) -> None:
    """Its webhook is left over: the bot that polls deletes it, and reads."""
    await telegram.set_webhook("http://127.0.0.1:9/nobody")
    await writes(redis, seen_s_ago=25)
    async with running():
        assert (await ask(anna, "/start")).startswith("Welcome")


async def test_a_process_that_does_not_say_how_it_receives_is_no_reason(
    anna: Phone, running: Running, redis: Redis
) -> None:
    """An upgrade, bot by bot, from a version that does not write it."""
    await writes(redis, receives_by=None)
    async with running():
        assert (await ask(anna, "/start")).startswith("Welcome")


async def test_a_key_that_another_program_overwrote_is_no_reason(
    anna: Phone, running: Running, redis: Redis
) -> None:
    """Whatever is written into that key, updates are read."""
    await redis.set(PROCESS_IDS, "nonsense")
    async with running():
        assert (await ask(anna, "/start")).startswith("Welcome")


async def test_one_that_polls_already_steps_back_and_returns(
    anna: Phone, running: Running, free_port: int, redis: Redis, telegram: Bot
) -> None:
    """From polling to a webhook and back, process by process: nothing is lost, nobody fights."""
    with capture_logs() as logs:
        async with running():
            await ask(anna, "/start")
            async with listening(running, free_port) as url:
                await until(lambda: "polling.beside_webhook" in events(logs))
                await until(lambda: redis.exists(POLLER), equals=0)
                await until(lambda: address(telegram), equals=url)
                assert (await ask(anna, "/help")).startswith("Send /on")
                assert await address(telegram) == url
            assert (await ask(anna, "/status")).startswith("You are off duty")
            assert await address(telegram) == ""
    assert len(await answers(anna)) == 3
    assert "polling.lease_lost" not in events(logs)


async def test_a_webhook_that_was_deleted_all_the_same_is_set_again(
    running: Running, free_port: int, redis: Redis, telegram: Bot
) -> None:
    """A bot of an older version polls, or one that has started at the same moment."""
    with capture_logs() as logs:
        async with listening(running, free_port) as url:
            await until(lambda: address(telegram), equals=url)
            await redis.set(POLLER, "an older version's")
            await until(lambda: "webhook.beside_polling" in events(logs))
            await redis.delete(POLLER)
            await telegram.delete_webhook()
            await until(lambda: address(telegram), equals=url)
            await until(lambda: redis.exists(POLLER), equals=0)
            await asyncio.sleep(1)
            await telegram.delete_webhook()  # somebody else, by hand: theirs to decide
            await asyncio.sleep(1)
            assert await address(telegram) == ""
    assert [entry["event"] for entry in logs].count("webhook.beside_polling") == 1


async def writes(redis: Redis, *, seen_s_ago: int = 0, receives_by: str | None = "webhook") -> None:
    """Let another bot have written its sign of life."""
    now_ms = (await redis.time())[0] * 1000 - seen_s_ago * 1000
    record = {"service": "bot", "host": "elsewhere", "pid": 7, "started_ms": now_ms}
    record |= {"seen_ms": now_ms} | ({"receives_by": receives_by} if receives_by else {})
    await redis.set(process_key("a"), json.dumps(record))
    await redis.zadd(PROCESS_IDS, {"a": now_ms})


async def receiving(redis: Redis) -> list[str]:
    return [one.receives_by for one in (await all_processes(redis)).processes]


async def address(telegram: Bot) -> str:
    return (await telegram.get_webhook_info()).url


def events(logs: Sequence[MutableMapping[str, object]]) -> set[object]:
    return {entry["event"] for entry in logs}
