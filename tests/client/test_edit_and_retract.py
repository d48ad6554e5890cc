"""What a customer changes or takes back: in order with their messages, once, or a clear error."""

import json

import pytest
from redis import Redis
from rq import Queue

from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable, IdReused, SupportDesk
from onduty.cli import main
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk
from onduty.wire import ACCEPTED, ROUTE, inbox_key, message_key

from .conftest import Inbox


def pushed(desk: SupportDesk, **fields: str) -> CustomerMessage:
    about = {"customer_name": "Alice", "recipient": "The Shop", "conversation_id": "c1"}
    message = CustomerMessage.model_validate({"text": "Hello", "id": "m1", **about, **fields})
    desk.notify(message)
    return message


def test_they_stand_behind_the_message(
    redis_url: str, desk: SupportDesk, store: Redis, inbox: Inbox
) -> None:
    """With a wake-up that dispatchers know; said again while it is the last, nothing changes."""
    pushed(desk)
    for _ in range(2):
        desk.edit("m1", "Hello 👋🏽")
    for _ in range(2):
        desk.retract("m1")
    assert [entry[0] for entry in inbox("c1")] == ["message", "edit", "retract"]
    assert inbox("c1")[1:] == [["edit", "m1", "Hello 👋🏽"], ["retract", "m1"]]
    assert store.zrange(ACCEPTED, 0, -1) == ["c1"]
    assert store.ttl(inbox_key("c1")) > 29 * 86_400
    jobs = Queue("onduty-normal", Redis.from_url(redis_url), serializer="json").jobs
    assert {job.func_name for job in jobs} == {ROUTE}


def test_an_urgent_message_keeps_its_place_in_line(desk: SupportDesk, store: Redis) -> None:
    """An edit makes nothing wait for longer."""
    pushed(desk, priority="urgent")
    before = store.zscore(ACCEPTED, "c1")
    desk.edit("m1", "Hello!")
    assert store.zscore(ACCEPTED, "c1") == before


def test_what_is_not_known_changes_nothing(desk: SupportDesk, store: Redis) -> None:
    """As for the other instructions; another program's value is not known either."""
    store.set(message_key("odd"), "no JSON")
    store.set(message_key("odder"), "[1]")
    for message_id in ("m1", "odd", "odder"):
        desk.edit(message_id, "Hello")
        desk.retract(message_id)
    assert store.zrange(ACCEPTED, 0, -1) == []
    assert list(store.scan_iter("onduty:inbox:*")) == []


@pytest.mark.parametrize("message_id", ["", "x" * 65, "no blank", "ё"])
async def test_an_id_that_no_message_can_have_is_refused(
    desk: SupportDesk, message_id: str
) -> None:
    """By the real desks and their fakes."""
    waiting = AsyncFakeSupportDesk()
    for one in (desk, FakeSupportDesk()):
        with pytest.raises(ValueError, match="message_id: "):
            one.edit(message_id, "Hello")
        with pytest.raises(ValueError, match="message_id: "):
            one.retract(message_id)
    with pytest.raises(ValueError, match="message_id: "):
        await waiting.retract(message_id)


@pytest.mark.parametrize("text", ["", " \n", "x" * 65_537])
def test_a_text_that_says_nothing_is_refused(desk: SupportDesk, text: str) -> None:
    """The error says what to do, and nothing of the customer's."""
    for one in (desk, FakeSupportDesk()):
        with pytest.raises(ValueError, match=r"^text: ") as refused:
            one.edit("m1", text)
        assert "xx" not in str(refused.value)


def test_half_an_emoji_is_mended(desk: SupportDesk, inbox: Inbox) -> None:
    """As in a message."""
    pushed(desk)
    desk.edit("m1", "Hi \ud83d")
    assert inbox("c1")[1] == ["edit", "m1", "Hi �"]


@pytest.mark.parametrize("is_retracted", [False, True])
def test_the_same_push_again_is_known(
    desk: SupportDesk, store: Redis, *, is_retracted: bool
) -> None:
    """A backend that repeats a message, edited meanwhile, has not reused its id."""
    message = pushed(desk)
    kept = {**json.loads(store.get(message_key("m1")) or ""), "text": "Good day"}
    kept |= {"was": "f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0"}
    kept |= {"retracted_at" if is_retracted else "edited_at": "2026-11-27T14:00:00.000Z"}
    store.set(message_key("m1"), json.dumps(kept))
    desk.notify(message)
    with pytest.raises(IdReused):
        pushed(desk, text="Something else")
    with pytest.raises(IdReused):
        pushed(desk, conversation_id="c2")


async def test_from_a_task_and_in_the_fakes(backends_url: str, inbox: Inbox) -> None:
    """The same, with the rights of a backend."""
    async with AsyncSupportDesk(backends_url) as desk:
        await desk.notify(
            CustomerMessage(
                text="Hello", customer_name="A", recipient="B", conversation_id="c1", id="m1"
            )
        )
        await desk.edit("m1", "Hello!")
        await desk.retract("m1")
    assert [entry[0] for entry in inbox("c1")] == ["message", "edit", "retract"]
    fake = AsyncFakeSupportDesk()
    await fake.edit("m1", "Hello!")
    await fake.retract("m1")
    assert (fake.fake.edited, fake.fake.retracted) == ([("m1", "Hello!")], ["m1"])
    fake.fake.available = False
    for call in (fake.edit("m1", "Hello"), fake.retract("m1")):
        with pytest.raises(DeskUnavailable):
            await call


def test_a_shell_says_it_too(redis_url: str, desk: SupportDesk, inbox: Inbox) -> None:
    """`onduty edit` and `onduty retract`."""
    pushed(desk)
    assert main(["edit", "m1", "Hello!", "--redis", redis_url]) == 0
    assert main(["retract", "m1", "--redis", redis_url]) == 0
    assert main(["retract", "no blank", "--redis", redis_url]) == 1
    assert inbox("c1")[1:] == [["edit", "m1", "Hello!"], ["retract", "m1"]]
