"""The fake desk gives a backend's tests the answers that the real one gives."""

import pytest

from onduty import CustomerMessage, DeskMisconfigured, DeskUnavailable, IdReused, Priority
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk

from .typed import customer_wrote, customer_wrote_too, desks


def message(text: str = "Hello", **fields: str) -> CustomerMessage:
    return CustomerMessage.model_validate(
        {"text": text, "customer_name": "Alice", "recipient": "The Shop", **fields}
    )


def test_it_remembers_what_was_pushed_once() -> None:
    """Each id once, in order, as the desk would ring."""
    with FakeSupportDesk() as desk:
        assert desk.notify(message("One", id="m1")) == "m1"
        assert desk.notify_many(
            [message("Two", id="m2"), message("One", id="m1", conversation_id="m1")]
        ) == [
            "m2",
            "m1",
        ]
    assert [m.text for m in desk.messages] == ["One", "Two"]


def test_it_can_be_away() -> None:
    """A backend's test sees the one exception it must handle, and nothing is accepted."""
    desk = FakeSupportDesk()
    desk.available = False
    with pytest.raises(DeskUnavailable):
        desk.notify_many([message(), message()])
    for say in (desk.close, desk.touch):
        with pytest.raises(DeskUnavailable):
            say("c1")
    assert (desk.messages, desk.closed, desk.touched) == ([], [], [])


def test_it_can_be_misconfigured_and_refuses_a_reused_id() -> None:
    """What no retry mends is another exception, as with the real desk; nothing is accepted."""
    desk = FakeSupportDesk()
    desk.notify(message("One", id="m1"))
    desk.ping()
    for other in (message("Two", id="m1"), message("One", id="m1", conversation_id="c2")):
        with pytest.raises(IdReused, match="m1"):
            desk.notify_many([message(), other])
    desk.misconfigured = True
    for call in (desk.ping, lambda: desk.notify(message()), lambda: desk.close("c1")):
        with pytest.raises(DeskMisconfigured):
            call()
    assert [m.text for m in desk.messages] == ["One"]


def test_it_remembers_what_was_said_of_conversations() -> None:
    """Each call, in order: a backend's test sees when it said it."""
    desk = FakeSupportDesk()
    for conversation_id in ("c2", "c1", "c2"):
        desk.touch(conversation_id)
    desk.close("c1")
    desk.prioritize("c1", "urgent")
    desk.disconnect()
    assert (desk.touched, desk.closed) == (["c2", "c1", "c2"], ["c1"])
    assert desk.prioritized == [("c1", Priority.URGENT)]


def test_it_refuses_what_the_desk_refuses() -> None:
    """More than a thousand at once is an error here too."""
    with pytest.raises(ValueError, match="1000"):
        FakeSupportDesk().notify_many([message()] * 1_001)


async def test_the_async_one_is_the_same() -> None:
    """For backends on asyncio."""
    async with AsyncFakeSupportDesk() as desk:
        assert await desk.notify(message(id="m1")) == "m1"
        assert await desk.notify_many([message(id="m2")]) == ["m2"]
        await desk.touch("c1")
        await desk.close("c2")
        await desk.prioritize("c2", Priority.LOW)
        await desk.report("r1", "read")
        await desk.ping()
    assert [m.id for m in desk.fake.messages] == ["m1", "m2"]
    assert (desk.fake.touched, desk.fake.closed) == (["c1"], ["c2"])
    assert desk.fake.prioritized == [("c2", "low")]
    assert desk.fake.reported == [("r1", "read", "")]


async def test_the_async_one_can_be_away_too() -> None:
    """Whatever is called of it."""
    desk = AsyncFakeSupportDesk()
    desk.fake.available = False
    calls = (desk.notify(message()), desk.close("c1"), desk.touch("c1"), desk.ping())
    for call in (*calls, desk.report("r1", "read")):
        with pytest.raises(DeskUnavailable):
            await call


async def test_the_code_of_a_backend_takes_either_desk(redis_url: str) -> None:
    """By one type, `Desk` or `AsyncDesk`; mypy reads the same code in `make check`."""
    blocking, waiting = desks(redis_url)
    for desk in blocking:
        assert customer_wrote(desk, "Hello")
    for other in waiting:
        assert await customer_wrote_too(other, "Hello")
