"""Two admins at once, and the same update twice."""

import asyncio

from redis.asyncio import Redis

from onduty_desk.quick_replies.quick_replies import MOST, QuickReplies, QuickReply


async def test_two_admins_at_once_get_two_numbers(redis: Redis) -> None:
    """Neither overwrites the other's."""
    added = await asyncio.gather(
        *(
            QuickReplies(redis).change(
                "add", "support", quick_reply=QuickReply(str(n), "Hi"), update_id=n
            )
            for n in range(1, 6)
        )
    )
    assert sorted(added) == [("added", number) for number in range(1, 6)]
    titles = {one.title for one in (await QuickReplies(redis).of("support")).values()}
    assert titles == {"1", "2", "3", "4", "5"}


async def test_handled_again_nothing_is_added_twice(redis: Redis) -> None:
    """The answer is the same."""
    desk, hello = QuickReplies(redis), QuickReply("Hello", "Hi")
    for _ in range(2):
        added = await desk.change("add", "support", quick_reply=hello, update_id=1)
        assert added == ("added", 1)
    assert len(await desk.of("support")) == 1
    for _ in range(2):
        assert await desk.change("remove", "support", number=1, update_id=2) == ("removed", 1)
    assert await redis.exists("onduty:quick-replies:support") == 0


async def test_there_is_a_most(redis: Redis) -> None:
    """Each is a button of one message."""
    desk = QuickReplies(redis)
    for number in range(MOST):
        one = QuickReply(f"{number}", "Hi")
        await desk.change("add", "support", quick_reply=one, update_id=number)
    one = QuickReply("More", "Hi")
    assert await desk.change("add", "support", quick_reply=one, update_id=99) == ("full", None)
    assert len(await desk.of("support")) == MOST
