"""What a dispatcher counts: each figure moves when the thing happens, by as much as happened."""

import asyncio

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from chat_backend import ChatBackend
from desk_at_work.at_work import Desk
from desk_at_work.event_delivering import EmitEvents, delivering
from desk_at_work.fixtures import AliceWrites, ComeOn, Push
from dispatcher.test_lanes import next_done, queue, running_lanes
from figures import moved, values
from onduty.wire import NOTIFY_OPERATORS
from onduty_desk.model.keys import ChatId
from onduty_desk.process import health
from onduty_desk.process.cancellation import cancel
from onduty_desk.process.health import show_signs_of_life
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness
from onduty_desk.settings import DispatcherSettings
from onduty_desk.telegram.bot import build_bot
from onduty_desk.telegram.reachability import Reachability
from onduty_sandbox.client import Sandbox
from onduty_sandbox.wire.fault_kinds import Kind
from waiting import until


async def test_a_card_on_each_phone_is_counted(at_work: Desk, come_on: ComeOn, push: Push) -> None:
    """Three phones, two messages in one card, one first card."""
    await come_on(1, 2, 3)
    with moved() as changes:
        push("Hello", "Anybody?")
        await at_work.jobs.route()
        await at_work.quiet()
    assert changes["onduty_conversations_routed",] >= 1
    assert changes["onduty_deliveries", "done"] == 6
    assert changes["onduty_steps", "send", "done"] == 3
    assert changes["onduty_slot_wait_seconds", "normal"] >= 3  # one that is missed is given anew
    assert changes.get(("onduty_slot_wait_seconds_sum", "normal"), 0) < 3_600
    assert changes["onduty_first_card_seconds",] == 1
    assert changes["onduty_last_card_seconds",] == 1
    assert changes["onduty_telegram_request_duration_seconds", "sendMessage", "ok"] == 3
    assert ("onduty_steps_in_flight",) not in changes


async def test_steps_under_way_are_counted_while_they_are(
    at_work: Desk, sandbox: Sandbox, come_on: ComeOn, push: Push
) -> None:
    """A request that hangs is in flight; when it has ended, it is not."""
    await come_on(1)
    before = values()["onduty_steps_in_flight",]
    await sandbox.latency(0.3)
    push("Hello")
    await at_work.jobs.route()
    await until(lambda: values()["onduty_steps_in_flight",], equals=before + 1)
    await at_work.quiet()
    await until(lambda: values()["onduty_steps_in_flight",], equals=before)


async def test_only_the_first_card_of_a_round_is_one(
    redis: Redis, alice_writes: AliceWrites, push: Push
) -> None:
    """A follow-up to a waiting customer's card is none; a customer who comes back waits anew."""
    with moved() as changes:
        desk = await alice_writes(1, 2)
        push("And another thing")
        await desk.jobs.route()
        await desk.quiet()
    assert changes["onduty_first_card_seconds",] == 1
    assert changes["onduty_last_card_seconds",] == 1
    for field in ("uncarded_ms", "spreading_ms"):
        assert not await redis.hexists("onduty:conversation:c1", field)


async def test_the_last_card_is_there_when_the_slowest_phone_has_it(
    at_work: Desk, sandbox: Sandbox, come_on: ComeOn, push: Push
) -> None:
    """Two phones have it at once, and the third when Telegram lets it."""
    await come_on(1, 2, 3)
    await sandbox.fault("429", "sendMessage", chat_id=3, retry_after=1)
    with moved() as changes:
        push("Hello")
        await at_work.jobs.route()
        await until(lambda: values()["onduty_last_card_seconds",] > 0)
        await at_work.quiet()
    assert changes["onduty_last_card_seconds",] == 1
    assert changes["onduty_first_card_seconds",] == 1


async def test_nothing_is_counted_for_who_was_claimed_before_the_last_card(
    at_work: Desk, sandbox: Sandbox, come_on: ComeOn, push: Push, redis: Redis
) -> None:
    """Neither at the claim nor with what comes later."""
    await come_on(1, 2)
    await sandbox.fault("429", "sendMessage", chat_id=2, retry_after=1)
    with moved() as changes:
        push("Hello")
        await at_work.jobs.route()
        await until(lambda: redis.hexists("onduty:conversation:c1", "uncarded_ms"), equals=False)
        await at_work.tap(1, "claim")
        await at_work.quiet()
        push("And another thing")
        await at_work.jobs.route()
        await at_work.quiet()
    assert ("onduty_last_card_seconds",) not in changes
    assert not await redis.hexists("onduty:conversation:c1", "spreading_ms")


async def test_nothing_is_counted_if_the_last_phone_goes_off_duty(
    at_work: Desk, sandbox: Sandbox, come_on: ComeOn, push: Push, redis: Redis
) -> None:
    """Who comes on an hour later has a card then, which says nothing of the fan-out."""
    await come_on(1, 2)
    await sandbox.fault("403", "sendMessage", chat_id=2)
    push("Hello")
    await at_work.jobs.route()
    await at_work.quiet()
    await until(lambda: redis.hexists("onduty:conversation:c1", "spreading_ms"), equals=False)
    with moved() as changes:
        await come_on(3)
        push("And another thing")
        await at_work.jobs.route()
        await at_work.quiet()
    assert changes["onduty_deliveries", "done"] >= 1
    assert ("onduty_last_card_seconds",) not in changes


@pytest.mark.parametrize(
    ("kind", "result"),
    [("429", "later"), ("403", "impossible"), ("500", "not_taken"), ("cut_after", "unknown")],
)
async def test_what_telegram_makes_of_it_is_counted(
    at_work: Desk, sandbox: Sandbox, come_on: ComeOn, push: Push, kind: Kind, result: str
) -> None:
    """By the answer, and what a 429 costs in seconds."""
    await come_on(1)
    await sandbox.fault(kind, "sendMessage")
    with moved() as changes:
        push("Hello")
        await at_work.jobs.route()
        await at_work.quiet()
    assert changes["onduty_telegram_request_duration_seconds", "sendMessage", result] == 1
    assert changes.get(("onduty_telegram_later_seconds",), 0) == (1 if kind == "429" else 0)


async def test_jobs_and_lanes_are_counted(redis_url: str) -> None:
    """A lane is busy as long as it runs a job."""
    busy = ("onduty_lanes_busy", "onduty-normal")
    lanes = ("onduty_lanes", "onduty-normal")
    before = values()
    async with running_lanes(redis_url) as done:
        await until(lambda: values()[lanes], equals=before[lanes] + 2)
        queue(redis_url).enqueue(NOTIFY_OPERATORS, "wait")
        await until(lambda: values()[busy], equals=before[busy] + 1)
        await next_done(done)
        await until(lambda: values()[busy], equals=before[busy])
        queue(redis_url).enqueue("os.system", "x")
        await next_done(done)
    assert values()[lanes] == before[lanes]
    assert values()["onduty_jobs", "done"] == before["onduty_jobs", "done"] + 1
    assert values()["onduty_jobs", "set_aside"] == before["onduty_jobs", "set_aside"] + 1


async def test_events_are_counted_by_result(
    redis: Redis, chat: ChatBackend, emit_events: EmitEvents
) -> None:
    """One confirmed, one refused for good."""
    with moved() as changes:
        await emit_events("c1")
        async with delivering(redis, chat.url):
            await until(lambda: len(chat.received), equals=1)
            await until(lambda: redis.exists("onduty:events"), equals=0)
    assert changes["onduty_events", "confirmed"] == 1


async def test_outages_and_pauses_are_counted(
    redis: Redis, sandbox: Sandbox, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once each, by the process that noticed; and each sign of life is a round trip."""
    monkeypatch.setattr(health, "EVERY_S", 0.02)
    outage, readiness = Outage(), Readiness(Loops(), Outage())
    settings = {"bot_token": token, "team_secret": "x", "telegram_api_url": sandbox.base_url}
    with moved() as changes:
        async with build_bot(DispatcherSettings.model_validate(settings)) as bot:
            reachability = Reachability(redis, bot)
            await sandbox.outage("502")
            for chat in (1, 2, 3):
                await reachability.failed(ChatId(chat), "Telegram itself failed (502)")
        for _ in range(3):
            outage.report(RedisConnectionError("gone"))
        showing = asyncio.create_task(show_signs_of_life(redis, "dispatcher", readiness))
        round_trips = ("onduty_redis_round_trip_seconds",)
        before = values()[round_trips]
        await until(lambda: values()[round_trips] >= before + 2)
        await cancel(showing, again_after_s=0.2)
    assert changes["onduty_redis_outages",] == 1
    assert changes["onduty_telegram_pauses", "telegram_failed"] == 1
