"""Any process may die at any moment: the login goes on, the message arrives, once."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from redis import Redis

from onduty import CustomerMessage, SupportDesk
from onduty_desk.model.bot_keys import POLLER
from onduty_desk.phones.outbox import LEASE
from servers import Valkey
from services import Service
from waiting import until

from .conftest import PHRASE, Desk

GRACE_S = 2 * 15
"""The bot's and the dispatcher's: each is killed after so long, docker-compose.yml says."""


def message(text: str) -> CustomerMessage:
    return CustomerMessage(text=text, customer_name="Alice", recipient="The Shop")


@pytest.fixture
def redis_url(own_valkey: Valkey) -> str:
    """A Redis of this journey's own, which it kills."""
    return own_valkey.url


@pytest.mark.parametrize("ending", ["kill", "terminate"])
async def test_a_restart_of_everything_in_the_middle_of_a_login(
    ending: str, own_valkey: Valkey, desk: Desk
) -> None:
    """Between /on and the phrase, the bot, the dispatcher and Redis end and start again."""
    services = await desk.start("bot", "dispatcher")
    anna = await desk.sandbox.add_user(101, "Anna")
    await anna.send("/on")
    await anna.wait_for("Enter team secret phrase:")
    await _end(services, ending)
    own_valkey.kill()
    own_valkey.start()
    with Redis.from_url(own_valkey.url) as redis:
        redis.pexpire(POLLER, 500)  # a killed bot's lease would run out in eight seconds
    await anna.send(PHRASE)
    await desk.start("bot", "dispatcher")
    await anna.wait_for("You've started receiving messages")
    SupportDesk(own_valkey.url).notify(message("Hello"))
    await anna.wait_for("Hello")


@pytest.mark.parametrize("ending", ["kill", "terminate"])
async def test_a_restart_of_everything_between_push_and_delivery(
    ending: str, own_valkey: Valkey, desk: Desk
) -> None:
    """What notify accepted arrives, once."""
    bot, dispatcher = await desk.start("bot", "dispatcher")
    anna = await desk.operator(101, "Anna")
    await _end([dispatcher], ending)
    SupportDesk(own_valkey.url).notify(message("Hello"))
    await _end([bot], ending)
    own_valkey.kill()
    own_valkey.start()
    await desk.start("bot", "dispatcher")
    await anna.wait_for("Hello")
    await anna.send("/status")
    assert len([m for m in await anna.messages() if m.from_bot and "Hello" in m.text]) == 1


async def test_a_dispatcher_killed_in_the_middle_of_a_send_is_taken_over(
    redis_url: str, desk: Desk, move_clock: Callable[[timedelta], Awaitable[None]]
) -> None:
    """Nobody knows whether the card arrived: the other dispatcher sends it once more, marked."""
    (dispatcher, _) = await desk.start("dispatcher", "bot")
    anna = await desk.operator(101, "Anna")
    await desk.sandbox.fault("slow", "sendMessage", chat_id=101, delay_s=60)
    SupportDesk(redis_url).notify(message("Hello"))
    await _send_has_begun(desk)
    await dispatcher.kill()
    await desk.start("dispatcher")
    await move_clock(LEASE)
    card = await anna.wait_for("Hello")
    assert card.text.startswith("↻ You may have this one already")


async def test_a_redis_that_restarts_costs_a_pause(own_valkey: Valkey, desk: Desk) -> None:
    """The processes live through it, and go on."""
    services = await desk.start("bot", "dispatcher")
    anna = await desk.operator(101, "Anna")
    SupportDesk(own_valkey.url).notify(message("Before"))
    await anna.wait_for("Before")
    own_valkey.kill()
    own_valkey.start()
    SupportDesk(own_valkey.url).notify(message("Hello"))
    await anna.wait_for("Hello")
    await anna.send("/off")
    await anna.wait_for("You've stopped receiving messages")
    assert [service.returncode for service in services] == [None, None]


async def test_sigterm_ends_within_the_grace_period_while_redis_is_away(
    own_valkey: Valkey, desk: Desk
) -> None:
    """Even when a send is under way, of which Redis cannot be told, and no other has room."""
    desk.environment["ONDUTY_MOST_IN_FLIGHT"] = "1"
    services = await desk.start("bot", "dispatcher")
    await desk.operator(101, "Anna")
    await desk.sandbox.fault("slow", "sendMessage", chat_id=101, delay_s=1)
    SupportDesk(own_valkey.url).notify(message("Hello"))
    await _send_has_begun(desk)
    own_valkey.kill()
    began = time.monotonic()
    assert [await service.terminate() for service in services] == [0, 0]
    assert time.monotonic() - began < GRACE_S


async def test_sigterm_finishes_what_is_in_flight_and_exits_0(redis_url: str, desk: Desk) -> None:
    """A card whose send has begun is settled before the process ends."""
    bot, dispatcher = await desk.start("bot", "dispatcher")
    anna = await desk.operator(101, "Anna")
    await desk.sandbox.fault("slow", "sendMessage", chat_id=101, delay_s=2)
    SupportDesk(redis_url).notify(message("Hello"))
    await _send_has_begun(desk)
    assert await dispatcher.terminate() == 0
    assert desk.logged("dispatcher.stopped") == ["dispatcher.stopped"]
    await anna.wait_for("Hello", timeout_s=0)
    await desk.start("dispatcher")
    SupportDesk(redis_url).notify(message("Next"))
    await anna.wait_for("Next")
    assert len([m for m in await anna.messages() if m.from_bot and "Hello" in m.text]) == 1
    assert await bot.terminate() == 0


async def _send_has_begun(desk: Desk) -> None:
    await until(lambda: _open_sends(desk), equals=1)


async def _open_sends(desk: Desk) -> int:
    sends = await desk.sandbox.log(method="sendMessage")
    return sum(1 for send in sends if send.status is None)


async def _end(services: list[Service], how: str) -> None:
    for service in services:
        if how == "kill":
            await service.kill()
        else:
            assert await service.terminate() == 0
