"""A customer changes what they wrote, or takes it back: phones show it, and none rings."""

import asyncio
import json

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S, Desk
from desk_at_work.fixtures import AliceWrites, ComeOn, Push
from onduty import CustomerMessage, SupportDesk
from onduty.wire import message_key
from onduty_desk.conversations.verbs import Verb
from onduty_desk.events.queue import EventQueue
from onduty_sandbox.client import Sandbox
from waiting import until

from .pages_of_a_card import all_buttons, looked_at

TAKEN_BACK = "🗑 The customer has taken a message back"


@pytest.fixture
def backend(redis_url: str) -> SupportDesk:
    return SupportDesk(redis_url, timeout_s=60)


async def texts(desk: Desk, operator: int) -> list[str]:
    """Return what a phone shows of customers, message by message, when all is drawn."""
    await desk.jobs.route()
    await desk.quiet()
    return [card.text for card in await desk.cards(operator)]


async def rings(sandbox: Sandbox) -> int:
    return len(await sandbox.log(method="sendMessage"))


async def test_cards_and_pages_show_the_new_words(
    redis: Redis, come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk, sandbox: Sandbox
) -> None:
    """On every phone, without a ring; the older words are nowhere."""
    first, _ = push("Wehre is it?", "Hello?")
    await come_on(1, 2)
    await texts(at_work, 1)
    before = await rings(sandbox)
    backend.edit(first, "Where is it?")
    for operator in (1, 2):
        (card,) = await texts(at_work, operator)
        assert "Where is it?\n✏️ edited\nHello?" in card
    assert await rings(sandbox) == before
    (entry, _) = backend.history("c1")
    assert (entry.text, entry.edited_at is not None) == ("Where is it?", True)
    assert "Wehre" not in str([await redis.dump(key) for key in await redis.keys("onduty:*")])
    await at_work.tap(1, Verb.CLAIM)
    await texts(at_work, 1)
    await at_work.press(2, "👀 Open")
    assert "Where is it?\n✏️ edited" in await looked_at(at_work, 2)
    backend.edit(first, "Where is my parcel?")
    await texts(at_work, 1)
    assert "Where is my parcel?" in await looked_at(at_work, 2)
    assert "Where is my parcel?" in await looked_at(at_work, 1)


async def test_a_follow_up_to_its_owner_is_written_anew(
    alice_writes: AliceWrites, push: Push, backend: SupportDesk, sandbox: Sandbox
) -> None:
    """It is a message of its own on their phone; the others there stay."""
    desk = await alice_writes(1)
    await desk.tap(1, Verb.CLAIM)
    (second,) = push("<2>")
    await texts(desk, 1)
    (third,) = push("<3>")
    assert len(await texts(desk, 1)) == 3
    before = await rings(sandbox)
    backend.edit(second, "<2> again")
    _, follow_up, last = await texts(desk, 1)
    head = "🟢 Alice · writes again\n"
    assert follow_up == f"{head}<2> again\n✏️ edited\nAlice writes to The Shop"
    backend.retract(third)
    _, same, last = await texts(desk, 1)
    assert same == follow_up
    assert last == f"{head}{TAKEN_BACK}\nAlice writes to The Shop"
    assert await rings(sandbox) == before


async def test_one_that_is_edited_on_its_way_is_written_anew(
    alice_writes: AliceWrites, push: Push, backend: SupportDesk, sandbox: Sandbox, redis: Redis
) -> None:
    """Its sender has read the older words."""
    desk = await alice_writes(1)
    await desk.tap(1, Verb.CLAIM)
    await desk.quiet()
    sent = await rings(sandbox)
    await sandbox.latency(HELD_S)
    (second,) = push("<2>")
    await desk.jobs.route()
    await until(lambda: rings(sandbox), equals=sent + 1)
    backend.edit(second, "<2> again")
    await desk.jobs.route()
    await sandbox.latency(0)
    assert "<2> again" in (await texts(desk, 1))[-1]
    copy = json.loads(await redis.hget("onduty:copies:c1", "1") or "{}")
    assert "rewrite" not in copy


async def test_of_a_long_message_no_older_part_is_left(
    come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk
) -> None:
    """The card above the buttons has the new words, in one message."""
    await come_on(1)
    (first,) = push("so on " * 1_500)
    assert len(await texts(at_work, 1)) > 1
    backend.edit(first, "Never mind")
    (card,) = await texts(at_work, 1)
    assert "Never mind" in card
    assert "so on" not in card


async def test_what_nobody_was_shown_is_changed_before_it_is(
    come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk, sandbox: Sandbox
) -> None:
    """Whether it was routed by then, or not."""
    first, second = push("<1>", "<2>")
    backend.edit(first, "one")
    await at_work.jobs.route()
    backend.edit(second, "two")
    await come_on(1)
    (third,) = push("<3>")
    backend.retract(third)
    (card,) = await texts(at_work, 1)
    assert "one\n✏️ edited\ntwo\n✏️ edited\n" in card
    assert "🗑" not in card
    assert "<" not in card
    assert await rings(sandbox) == 1


async def test_what_is_taken_back_at_once_never_was(
    redis: Redis, come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk, sandbox: Sandbox
) -> None:
    """No conversation begins, and a repeated push is known."""
    await come_on(1)
    message = CustomerMessage(
        text="Hello", customer_name="Alice", recipient="The Shop", conversation_id="c1"
    )
    backend.notify(message)
    backend.retract(message.id)
    assert await texts(at_work, 1) == []
    assert await redis.exists("onduty:conversation:c1") == 0
    assert "Hello" not in str(await redis.get(message_key(message.id)))
    backend.notify(message)
    assert await texts(at_work, 1) == []
    assert await rings(sandbox) == 0
    push("Hello again")
    (card,) = await texts(at_work, 1)
    assert "Hello again" in card


async def test_if_nothing_is_left_that_anybody_saw_it_closes(
    redis: Redis,
    event_queue: EventQueue,
    come_on: ComeOn,
    at_work: Desk,
    push: Push,
    backend: SupportDesk,
) -> None:
    """Nobody was on duty; the backend is told why."""
    await event_queue.take(1)
    first, second = push("<1>", "<2>")
    await at_work.jobs.route()
    backend.retract(first)
    await at_work.jobs.route()
    assert await redis.hget("onduty:conversation:c1", "state") is None
    backend.retract(second)
    await at_work.jobs.route()
    assert await redis.zcard("onduty:waiting:support") == 0
    closed = json.loads((await redis.lrange("onduty:events:c1", -1, -1))[0])
    assert (closed["type"], closed["reason"]) == ("conversation.closed", "retracted")
    await come_on(1)
    push("<3>")
    (card,) = await texts(at_work, 1)
    assert "<3>" in card


async def test_what_somebody_has_seen_says_that_it_was_taken_back(
    alice_writes: AliceWrites, backend: SupportDesk, redis: Redis
) -> None:
    """It waits on: they may have read it. An edit of it comes too late."""
    desk = await alice_writes(1, text="My password is 1234")
    (message,) = await redis.zrange("onduty:messages:c1", 0, -1)
    backend.retract(str(message))
    (card,) = await texts(desk, 1)
    assert card == f"{TAKEN_BACK}\nAlice writes to The Shop"
    assert await all_buttons(desk, 1) == ["🙋 I'll answer", "⋯"]
    backend.edit(str(message), "Hello")
    assert await texts(desk, 1) == [card]
    (entry,) = backend.history("c1")
    assert (entry.text, entry.deleted_at is not None) == ("", True)
    assert "1234" not in str([await redis.dump(key) for key in await redis.keys("onduty:*")])


async def test_a_follow_up_that_is_taken_back_does_not_ring_any_more(
    alice_writes: AliceWrites, push: Push, backend: SupportDesk, redis: Redis, sandbox: Sandbox
) -> None:
    """It waits behind another phone's send, or came without a ring and would ring with the next."""
    desk = await alice_writes(1, 2)
    (second,) = push("<2>")
    await texts(desk, 1)  # within the minute: it is drawn into the card
    assert await redis.hget(f"onduty:deliveries:{second}", "1") == "quiet"
    before = await rings(sandbox)
    backend.retract(second)
    (card,) = await texts(desk, 1)
    assert TAKEN_BACK in card
    assert await redis.hget(f"onduty:deliveries:{second}", "1") == "withdrawn"
    assert await rings(sandbox) == before


async def test_two_edits_at_once_leave_the_last(
    alice_writes: AliceWrites, backend: SupportDesk, redis: Redis
) -> None:
    """Whatever is drawn meanwhile; an edit is done once, however often it stands in line."""
    desk = await alice_writes(1)
    (message,) = await redis.zrange("onduty:messages:c1", 0, -1)
    await asyncio.gather(
        *(asyncio.to_thread(backend.edit, str(message), f"<{n}>") for n in range(20)),
        *(desk.jobs.route() for _ in range(20)),
    )
    (card,) = await texts(desk, 1)
    kept = json.loads(await redis.get(message_key(str(message))) or "")
    assert kept["text"] in card
    assert [entry.text for entry in backend.history("c1")] == [kept["text"]]
    version = await redis.hget("onduty:conversation:c1", "version")
    backend.edit(str(message), kept["text"])
    await texts(desk, 1)
    assert await redis.hget("onduty:conversation:c1", "version") == version


async def test_another_conversations_message_is_not_changed(
    alice_writes: AliceWrites, push: Push, redis: Redis, backend: SupportDesk
) -> None:
    """An entry that another program wrote."""
    desk = await alice_writes(1)
    (other,) = push("Mine", conversation="c2")
    await desk.jobs.route()
    await redis.rpush("onduty:inbox:c1", json.dumps(["edit", other, "Yours"]), '["edit", "x", 5]')
    await redis.rpush("onduty:inbox:c1", json.dumps(["retract", other]), '["retract"]')
    await redis.zadd("onduty:accepted", {"c1": 1})
    await desk.jobs.route()
    assert [entry.text for entry in backend.history("c2")] == ["Mine"]
    assert await redis.zcard("onduty:failed") == 0


async def test_its_files_and_details_go_with_it(
    come_on: ComeOn, at_work: Desk, push: Push, backend: SupportDesk, redis: Redis
) -> None:
    """An edit leaves them."""
    await come_on(1)
    file = {"url": "https://shop.example/1", "file_name": "receipt.pdf", "size": 2**53 - 1}
    (message,) = push("See", attachments=[file], details={"order": "4711"})
    await texts(at_work, 1)
    backend.edit(message, "See this")
    (card,) = await texts(at_work, 1)
    assert "See this\n✏️ edited\n• order: 4711\n📎 receipt.pdf (9 PB)" in card
    CustomerMessage.model_validate_json(await redis.get(message_key(message)) or "")
    backend.retract(message)
    (card,) = await texts(at_work, 1)
    assert card == f"{TAKEN_BACK}\nAlice writes to The Shop"
    CustomerMessage.model_validate_json(await redis.get(message_key(message)) or "")
    assert await redis.ttl(message_key(message)) > 29 * 86_400
