"""Who reads Telegram's updates, and that nobody else does."""

import asyncio
from collections.abc import MutableMapping, Sequence
from contextlib import AsyncExitStack

from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.phones import Running, answers, ask, next_answer
from onduty_desk.model.bot_keys import POLLER
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone, Sandbox
from raw_server import answering, page, told
from waiting import until


async def test_of_two_bots_one_reads_and_the_other_takes_over(
    anna: Phone, running: Running, redis: Redis
) -> None:
    """Stopping the bot that reads is not noticed, and the two never get into each other's way."""
    with capture_logs() as logs:
        async with AsyncExitStack() as second:
            async with running():
                await ask(anna, "/start")
                reader = await redis.get(POLLER)
                await second.enter_async_context(running())
                await ask(anna, "/help")
                assert await redis.get(POLLER) == reader
            await ask(anna, "/status")
            assert await redis.get(POLLER) not in {None, reader}
    assert await redis.get(POLLER) is None
    assert not events(logs) & {"polling.conflict", "polling.lease_lost"}


async def test_a_killed_readers_lease_runs_out_and_another_reads(
    anna: Phone, running: Running, redis: Redis
) -> None:
    """A bot that died without a word is replaced."""
    await redis.set(POLLER, "the one that died", px=1_500)
    async with running():
        assert (await ask(anna, "/start")).startswith("Welcome")


async def test_a_lease_that_somebody_overwrote_stops_no_reader(
    anna: Phone, running: Running, redis: Redis
) -> None:
    """Whatever is written into that key, updates are read."""
    await redis.lpush(POLLER, "nonsense")
    async with running():
        assert (await ask(anna, "/start")).startswith("Welcome")
        await redis.delete(POLLER)
        await redis.lpush(POLLER, "nonsense")
        assert (await ask(anna, "/help")).startswith("Send /on")


async def test_a_reader_that_lost_its_lease_stops_at_once(
    anna: Phone, running: Running, redis: Redis, telegram: Bot
) -> None:
    """Its long request is cut and not repeated, so that the new reader is not disturbed."""
    with capture_logs() as logs:
        async with running():
            await ask(anna, "/start")
            await redis.set(POLLER, "another")
            await until(lambda: "polling.lease_lost" in events(logs))
            await telegram.get_updates(timeout=2)  # raises Conflict if ours reads too
            await redis.delete(POLLER)
            assert (await ask(anna, "/help")).startswith("Send /on")
    assert "polling.conflict" not in events(logs)


async def test_another_program_with_the_same_token_causes_no_storm(
    anna: Phone, running: Running, sandbox: Sandbox, telegram: Bot
) -> None:
    """Two readers that do not know of each other: ours steps back and comes again later."""
    async with running():
        await ask(anna, "/start")
        await until(lambda: polls(sandbox, status=None), equals=1)
        foreign = asyncio.create_task(telegram.get_updates(offset=-1, timeout=50))
        await until(lambda: polls(sandbox, status=409), equals=1)
        before = len(await sandbox.log(method="getUpdates"))
        await asyncio.sleep(1)  # a storm would be hundreds by now
        assert len(await sandbox.log(method="getUpdates")) == before
        foreign.cancel()
        await asyncio.gather(foreign, return_exceptions=True)
        assert (await ask(anna, "/help")).startswith("Send /on")


async def test_telegram_may_be_away_when_the_bot_reads(
    anna: Phone, running: Running, sandbox: Sandbox
) -> None:
    """Errors of every kind pass; then the messages come."""
    for fault in ("500", "cut_after", "429"):
        await sandbox.fault(fault, method="getUpdates")
    async with running():
        await anna.send("/start")
        assert (await next_answer(anna, 0)).startswith("Welcome")
        assert len(await answers(anna)) == 1


async def test_a_webhook_that_was_set_is_removed_before_reading(
    anna: Phone, running: Running, telegram: Bot
) -> None:
    """Going back from the webhook to polling needs no hand, and loses nothing."""
    await telegram.set_webhook("http://127.0.0.1:9/nobody")
    await anna.send("/start")
    async with running():
        assert (await next_answer(anna, 0)).startswith("Welcome")


def events(logs: Sequence[MutableMapping[str, object]]) -> set[object]:
    return {entry["event"] for entry in logs}


async def polls(sandbox: Sandbox, *, status: int | None) -> int:
    """Count the polls with this outcome; None are those still open."""
    return sum(request.status == status for request in await sandbox.log(method="getUpdates"))


async def test_while_telegram_is_away_the_log_says_what_to_do(running: Running) -> None:
    """Once, in the words of a start that waits for it."""
    us = {"id": 42, "is_bot": True, "first_name": "B", "username": "b"}

    def answer(request: str) -> bytes:
        if "getUpdates" in request:
            return page(502)
        return told({"ok": True, "result": us if "getMe" in request else True})

    with capture_logs() as logs:
        async with answering(answer) as server, running(telegram_api_url=server.url):
            await until(lambda: "polling.telegram_away" in events(logs))
    [log] = [log for log in logs if log["event"] == "polling.telegram_away"]
    assert log["next_step"].startswith("Telegram is asked again by itself; if it lasts")
