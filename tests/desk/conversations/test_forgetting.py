"""A conversation is forgotten: nothing of it is left, whatever state it was in."""

import asyncio
import json
import re
from hashlib import sha1

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, MoveClock, Push
from onduty import SupportDesk
from onduty_desk.conversations.verbs import Verb
from onduty_desk.events.queue import EventQueue
from onduty_desk.failures.failures import Failures
from onduty_desk.model.trace_keys import forgotten_key
from onduty_desk.phones.outbox import Outbox, Taken
from onduty_desk.texts import words
from onduty_dispatcher.cards.status import status
from onduty_dispatcher.wake_ups.routing import Router
from onduty_sandbox.client import Sandbox
from waiting import until

from .states_to_forget import STATES, bring_into
from .traces import TRACE, traces


@pytest.fixture
def backend(redis_url: str) -> SupportDesk:
    return SupportDesk(redis_url, timeout_s=60)


async def shown(desk: Desk) -> list[str]:
    """Return what phones show of the customer, when all is removed."""
    await desk.jobs.route()
    await desk.quiet()
    texts = [card.text for operator in (1, 2, 3) for card in await desk.cards(operator)]
    return [text for text in texts if TRACE.search(text)]


async def record(redis: Redis, conversation: str = "c1") -> dict[str, str]:
    found = await redis.hgetall(
        forgotten_key(sha1(conversation.encode(), usedforsecurity=False).hexdigest())
    )
    return {str(name): str(value) for name, value in found.items()}


@pytest.mark.parametrize("state", STATES)
async def test_nothing_is_left_of_it(
    state: str,
    redis: Redis,
    event_queue: EventQueue,
    come_on: ComeOn,
    at_work: Desk,
    push: Push,
    move_clock: MoveClock,
    backend: SupportDesk,
) -> None:
    """In Redis and on three phones; no event tells of it, and others stay as they were."""
    await event_queue.take(1)
    if state != "nobody":
        await come_on(1, 2, 3)
    push("Hello?", "Where is my parcel?", details={"order": "parcel 4711"})
    push("Somebody else", conversation="c2", customer_name="Bilal")
    await at_work.jobs.route()
    await at_work.quiet()
    if state not in {"waiting", "nobody"}:
        await at_work.tap(1, Verb.CLAIM)
        await at_work.quiet()
    await bring_into(state, redis, at_work, push, move_clock)
    assert await traces(redis)
    backend.forget("c1")
    assert await shown(at_work) == []
    assert await traces(redis) == []
    if state != "nobody":
        assert any("Somebody else" in card.text for card in await at_work.cards(2))
    assert [entry.text for entry in backend.history("c2")] == ["Somebody else"]
    assert backend.history("c1") == []
    written = await record(redis)
    left = '[["1","900","Operator 1"]]' if state == "noted" else "{}"
    count = {"follow-ups": "5", "moved back": "3"}.get(state, "2")
    assert (written["messages"], written["left"]) == (count, left)
    assert "done_ms" in written
    assert await Failures(redis).all() == {}


async def test_what_is_written_later_begins_anew(
    alice_writes: AliceWrites, push: Push, backend: SupportDesk, redis: Redis
) -> None:
    """In order with messages: the one before it goes, the one behind it rings."""
    desk = await alice_writes(1)
    push("Hello, are you there?")
    backend.forget("c1")
    push("A new matter")
    await desk.jobs.route()
    await desk.quiet()
    (card,) = await desk.cards(1)
    assert card.text == "A new matter\nAlice writes to The Shop"
    assert card.button_texts == ["🙋 I'll answer", "⋯"]
    assert await redis.hget("onduty:conversation:c1", "last_seq") == "1"


async def test_a_long_one_is_forgotten_in_pieces(
    come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk, redis: Redis
) -> None:
    """Others are routed in between; what comes behind it waits for its end."""
    await come_on(1, 2)
    push(*(f"Hello {n}" for n in range(130)))
    await at_work.jobs.route()
    await at_work.quiet()
    backend.forget("c1")
    push("And the next matter")
    await asyncio.gather(*(at_work.jobs.route() for _ in range(5)))
    await at_work.quiet()
    assert (await record(redis))["messages"] == "130"
    for operator in (1, 2):
        (card,) = await at_work.cards(operator)
        assert card.text == "And the next matter\nAlice writes to The Shop"
    assert not re.search("Hello", str(await traces(redis)))


async def test_twice_or_of_what_is_not_known_it_changes_nothing(
    alice_writes: AliceWrites, backend: SupportDesk, redis: Redis
) -> None:
    """The record of what was forgotten stays."""
    desk = await alice_writes(1)
    backend.forget("c1")
    assert await shown(desk) == []
    before = await record(redis)
    backend.forget("c1")
    backend.forget("never seen")
    assert await shown(desk) == []
    assert {**await record(redis), "done_ms": ""} == {**before, "done_ms": ""}
    assert (await record(redis, "never seen")).get("removal") is None
    assert await redis.zcard("onduty:accepted") == 0


async def test_a_card_that_is_on_its_way_is_removed_when_it_arrives(
    come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk, sandbox: Sandbox, redis: Redis
) -> None:
    """Its sender has the words still."""
    await come_on(1)
    await sandbox.latency(HELD_S)
    push("Hello?")
    await at_work.jobs.route()
    await until(lambda: sends(sandbox), equals=1)
    backend.forget("c1")
    await at_work.jobs.route()
    await sandbox.latency(0)

    async def has_come() -> bool:
        return any("Hello?" in message.text for message in await at_work.phones[0].messages())

    await until(has_come)
    await until(lambda: at_work.cards(1), equals=[])
    await at_work.quiet()
    assert await traces(redis) == []


async def sends(sandbox: Sandbox) -> int:
    return len(await sandbox.log(method="sendMessage"))


async def test_what_telegram_does_not_delete_any_more_says_removed(
    redis: Redis,
    router: Router,
    outbox: Outbox,
    come_on: ComeOn,
    push: Push,
    backend: SupportDesk,
) -> None:
    """Older than 48 hours: one line without buttons, and then nothing is left to do."""
    await come_on(1)
    push("Hello?")
    await router.route_accepted()
    (card,), _ = await outbox.take(1)
    attempt = await outbox.attempt(card, card.message_ids, 1)
    assert attempt
    await outbox.settle(card, "done", "7", attempt_id=attempt.id)
    backend.forget("c1")
    await router.route_accepted()
    (deletion,) = await _next(outbox)
    assert (deletion.step, deletion.view.changed) == ("delete", (7,))
    await outbox.settle(deletion, "gone", "message can't be deleted for everyone")
    (shortening,) = await _next(outbox)
    assert (shortening.step, shortening.view.changed) == ("shorten", (7,))
    (line,) = status(shortening.view, "", words("en"))
    assert line.text == "🗑 Removed"
    assert await outbox.settle(shortening, "done") == "idle"
    assert await traces(redis) == []


async def _next(outbox: Outbox) -> list[Taken]:
    """Take what is due next, when the phone is free again."""
    found: list[Taken] = []

    async def is_due() -> bool:
        found.extend((await outbox.take(1))[0])
        return bool(found)

    await until(is_due)
    return found


async def test_rows_of_the_failed_list_go(
    alice_writes: AliceWrites, backend: SupportDesk, redis: Redis
) -> None:
    """Whatever kind they are; those of others stay."""
    desk = await alice_writes(1)
    failures = Failures(redis)
    about = {"text": "Hello", "conversation_id": "c1", "customer_name": "Алиса"}
    await failures.record("message-1", {"kind": "message", "reason": "bad", "message": about})
    event = {"id": "e", "type": "reply.sent", "conversation_id": "c1", "text": "Hello"}
    await failures.record("event-1", {"kind": "event", "reason": "bad", "event": event})
    await failures.record("step-1", {"kind": "step", "reason": "bad", "conversation": "c1"})
    other = {**about, "conversation_id": "c2"}
    await failures.record("message-2", {"kind": "message", "reason": "bad", "message": other})
    await redis.hset("onduty:failures", "odd", "no JSON")
    backend.forget("c1")
    assert await shown(desk) == []
    assert set(await failures.all()) >= {"message-2"}
    assert {"message-1", "event-1", "step-1"}.isdisjoint(await failures.all())


async def test_what_was_taken_back_before_it_was_routed_goes_too(
    come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk, redis: Redis
) -> None:
    """It is in no conversation, but its id is known."""
    await come_on(1)
    (message,) = push("Hello?")
    backend.retract(message)
    await at_work.jobs.route()
    backend.forget("c1")
    assert await shown(at_work) == []
    assert await traces(redis) == []


async def test_events_that_wait_are_not_delivered(
    alice_writes: AliceWrites, backend: SupportDesk, redis: Redis, event_queue: EventQueue
) -> None:
    """One that is being delivered is settled as gone."""
    await event_queue.take(1)
    desk = await alice_writes(1)
    await desk.tap(1, Verb.CLAIM)
    (under_way,), _ = await event_queue.take(5)
    assert json.loads(under_way.json)["type"] == "conversation.claimed"
    backend.forget("c1")
    assert await shown(desk) == []
    assert await event_queue.settle(under_way, "failed") == "gone"
    assert await event_queue.take(5) == ([], None)
    assert await traces(redis) == []
