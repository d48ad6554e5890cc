"""A conversation that is to be forgotten, and a customer who is writing."""

import asyncio

import pytest
from redis import Redis

from onduty import AsyncSupportDesk, CustomerMessage, DeskUnavailable, HistoryEntry, SupportDesk
from onduty.testing import AsyncFakeSupportDesk, FakeSupportDesk
from onduty.wire import TYPING

from .conftest import Inbox
from .test_history import WROTE


def test_who_writes_is_published_and_not_kept(desk: SupportDesk, store: Redis) -> None:
    """By a backend's rights; where nobody listens it is gone."""
    desk.typing("c1")
    with store.pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
        channel.subscribe(TYPING)
        assert channel.get_message(timeout=5) is None  # the subscription
        desk.typing("c2")
        heard = channel.get_message(timeout=5)
    assert heard is not None
    assert heard["data"] == "c2"
    assert list(store.scan_iter("*")) == []


async def test_from_a_task_too(backends_url: str, inbox: Inbox) -> None:
    """As `SupportDesk` does."""
    async with AsyncSupportDesk(backends_url) as desk:
        await asyncio.gather(desk.typing("c1"), desk.forget("c1"))
    assert inbox("c1") == [["forget"]]


@pytest.mark.parametrize("word", ["forget", "typing"])
def test_an_id_that_no_message_can_have_is_refused(desk: SupportDesk, word: str) -> None:
    """By the real desk and its fake; a desk that is away says so."""
    for one in (desk, FakeSupportDesk()):
        with pytest.raises(ValueError, match="conversation_id"):
            getattr(one, word)("")
    with pytest.raises(DeskUnavailable):
        getattr(SupportDesk("redis://127.0.0.1:1/0"), word)("c1")


async def test_the_fakes_forget() -> None:
    """Messages and history of that conversation, and no other."""
    fake = AsyncFakeSupportDesk()
    for conversation in ("c1", "c2"):
        await fake.notify(
            CustomerMessage(
                text="Hello", customer_name="A", recipient="B", conversation_id=conversation
            )
        )
    fake.fake.histories["c1"] = [HistoryEntry.model_validate(WROTE)]
    await fake.typing("c1")
    await fake.forget("c1")
    assert (fake.fake.typed, fake.fake.forgotten) == (["c1"], ["c1"])
    assert [message.conversation_id for message in fake.fake.messages] == ["c2"]
    assert await fake.history("c1") == []
    fake.fake.available = False
    with pytest.raises(DeskUnavailable):
        await fake.forget("c2")
    assert len(fake.fake.messages) == 1
