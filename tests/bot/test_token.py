"""Telegram refuses the token of a bot that works: it waits alone, and goes on by itself."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bot.phones import Running, ask
from front import Front, fronting
from onduty_bot import service
from onduty_bot.updates.handling import MOST_FAILURES
from onduty_desk.model.bot_keys import POLLER, UPDATE_CHATS
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import known_key
from onduty_desk.process import health
from onduty_desk.process.judging import what_is_wrong
from onduty_desk.process.readiness import Loops
from onduty_desk.telegram.token import REFUSED, TokenWatch
from onduty_sandbox.client import Phone, Sandbox
from waiting import until

OTHER = "42:the-new-token-after-a-rotation-01234"


@pytest.fixture
async def front(sandbox: Sandbox, token: str) -> AsyncIterator[Front]:
    async with fronting(sandbox, {token}) as running:
        yield running


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again soon."""
    monkeypatch.setattr(
        service, "TokenWatch", lambda: TokenWatch(first_pause_s=0.05, longest_pause_s=0.2)
    )
    monkeypatch.setattr(health, "EVERY_S", 0.1)


async def test_a_token_that_comes_back_is_used_again(
    anna: Phone, running: Running, front: Front, token: str, redis: Redis
) -> None:
    """What was asked meanwhile is answered then; the log has one line at each end."""
    with capture_logs() as logs:
        async with running(telegram_api_url=front.url):
            await ask(anna, "/start")
            front.good.clear()
            await anna.send("/help")
            await until(lambda: what_is_wrong(redis, "bot"), equals=REFUSED)
            front.good.add(token)
            await anna.wait_for("Send /on", timeout_s=20)
            await until(lambda: what_is_wrong(redis, "bot"), equals=None)
    events = [log["event"] for log in logs]
    assert events.count("token.refused") == events.count("token.good_again") == 1
    assert "polling.lease_lost" not in events


async def test_a_bot_without_a_good_token_is_not_stuck(
    anna: Phone, running: Running, front: Front, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits on purpose: the token is the reason that `/readyz` gives, alone, and it is live."""
    loops = Loops()
    monkeypatch.setattr(service, "Loops", lambda: loops)

    def watches_reading() -> bool:
        return "reading" in str(loops.stuck(-3600))

    async with running(telegram_api_url=front.url):
        await ask(anna, "/start")
        assert watches_reading()
        front.good.clear()
        await until(watches_reading, equals=False)
        front.good.add(token)
        await until(watches_reading)


async def test_an_answer_that_met_a_refused_token_is_given_later(
    anna: Phone, running: Running, front: Front, redis: Redis
) -> None:
    """The update is handled again, uncounted however often; nothing is set aside."""
    with capture_logs() as logs:
        async with running(telegram_api_url=front.url):
            await ask(anna, "/start")
            front.bad_methods.add("sendMessage")
            await anna.send("/help")
            await until(lambda: front.refused.count("sendMessage") > MOST_FAILURES)
            front.bad_methods.clear()
            await anna.wait_for("Send /on", timeout_s=20)
            await until(lambda: redis.zcard(UPDATE_CHATS), equals=0)
    assert not [log for log in logs if log["event"] in {"update.failed", "update.set_aside"}]


async def test_the_right_to_read_goes_to_a_bot_whose_token_is_good(
    anna: Phone, running: Running, front: Front, token: str, redis: Redis
) -> None:
    """A rotation with two bots: the one with the old token steps back, the new one answers."""
    front.good.add(OTHER)
    await redis.set(known_key(OperatorId(101)), "1")  # a stranger's answer is not repeated
    async with running(telegram_api_url=front.url):
        await ask(anna, "/start")
        old = await redis.get(POLLER)
        async with running(telegram_api_url=front.url, bot_token=OTHER):
            front.good.remove(token)
            assert (await ask(anna, "/help")).startswith("Send /on")

            async def reads_with_the_new_one() -> bool:  # what the old one read, it answers too
                return await redis.get(POLLER) not in {None, old}

            await until(reads_with_the_new_one)
