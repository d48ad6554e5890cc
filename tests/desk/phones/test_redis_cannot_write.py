"""Redis takes no writes just when what was sent is to be recorded, as during a failover."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.exceptions import ReadOnlyError

from desk.nudges.silent_owners import at
from desk_at_work.at_work import Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import TELEGRAM
from onduty_desk.model.words import Step
from onduty_desk.phones.outbox import Outbox, Settled, Taken
from onduty_sandbox.client import Sandbox
from waiting import until

Refuse = Callable[[Step], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Let the next two writes of what came of this kind of step fail."""
    settle = Outbox.settle

    def refuse(step: Step) -> None:
        left = [ReadOnlyError("READONLY You can't write against a read only replica.")] * 2

        async def refused(self: Outbox, taken: Taken, *told: Any, **more: Any) -> Settled:
            if taken.step == step and left:
                raise left.pop()
            return await settle(self, taken, *told, **more)

        monkeypatch.setattr(Outbox, "settle", refused)

    return refuse


async def _sent(desk: Desk, beginning: str) -> int:
    """Return how many of the phone's messages have begun so, those that are gone, too."""
    shown = await desk.phones[0].messages()
    return sum(message.text.startswith(beginning) for message in shown)


async def test_a_note_rings_once(alice_writes: AliceWrites, refuse: Refuse) -> None:
    desk = await alice_writes(1, 2)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    refuse("send_note")
    for verb in (Verb.OPEN, Verb.TAKE_OVER, Verb.CONFIRM):
        await desk.tap(2, verb)
    await desk.quiet()
    assert await _sent(desk, "🔄 Operator 2 took over") == 1


async def test_a_nudge_rings_once(
    alice_writes: AliceWrites, refuse: Refuse, move_clock: MoveClock
) -> None:
    desk = await alice_writes(1)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    refuse("send_nudge")
    await at(desk, move_clock, 3.1)
    assert await _sent(desk, "⏳") == 1


async def test_what_waits_after_an_outage_is_told_once(
    redis: Redis,
    sandbox: Sandbox,
    at_work: Desk,
    come_on: ComeOn,
    push: Push,
    move_clock: MoveClock,
    refuse: Refuse,
) -> None:
    await come_on(1)
    await sandbox.outage("refuse")
    for name in ("one", "two"):
        push(name, conversation=name)
        await at_work.jobs.route()
    is_away = partial(redis.hexists, TELEGRAM, "away_since_ms")
    await until(is_away, equals=True)
    await move_clock(timedelta(minutes=10))
    refuse("send_summary")
    await sandbox.clear_faults()
    await until(is_away, equals=False)
    await at_work.quiet()
    assert await _sent(at_work, "📶") == 1
