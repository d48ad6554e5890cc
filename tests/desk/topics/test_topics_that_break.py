"""What nothing can be made of about a topic is set aside, or forgotten, alone."""

import pytest
from redis.asyncio import Redis

from desk.topics.conftest import Hand
from desk.topics.test_topics_in_trouble import ANNA, C1, claimed
from onduty_desk.conversations.verbs import Verb
from onduty_desk.topics.topics import Topics

pytestmark = pytest.mark.usefixtures("on_duty")


async def test_a_step_that_breaks_is_set_aside_alone(redis: Redis, hand: Hand) -> None:
    """After six times it stands in the failed list; the customer is answered flat."""
    await claimed(hand)
    await hand.do("make_topic")
    is_set_aside = False
    for _ in range(6):
        taken = await hand.next()
        assert taken.step == "send_context"
        is_set_aside = await hand.outbox.broke(taken, "KeyError")
    assert is_set_aside
    assert "send_context" not in await hand.do_all()
    assert await redis.zcard("onduty:failed") == 1
    await hand.write("Hm?")
    assert (await hand.do("send")).view.thread == 0


async def test_a_record_that_cannot_be_read_is_forgotten_alone(redis: Redis, hand: Hand) -> None:
    """The others on that phone go on."""
    topic = await hand.open_topic()
    await redis.hset("onduty:topics:1", "odd", "{")
    await hand.tap(1, Verb.CLOSE, topic["context"])
    assert "rename_topic" in await hand.do_all()
    assert not await redis.hexists("onduty:topics:1", "odd")


@pytest.mark.parametrize("record", ["{", "5"])
@pytest.mark.parametrize("what", ["/start", "/topics on", "/topics off", "flat"])
async def test_whatever_reads_all_of_a_phone_s_topics_passes_over_it(
    redis: Redis, hand: Hand, topics: Topics, what: str, record: str
) -> None:
    """An operator who begins anew, switches them on or off, or whose topics fail."""
    topic = await hand.open_topic()
    await redis.hset("onduty:topics:1", "odd", record)
    match what:
        case "/start":
            await topics.check(ANNA)
        case "flat":
            await topics.trouble(ANNA, C1, topic["thread"], "failing")
        case _:
            await topics.switch(ANNA, "on" if what.endswith("on") else "off")
    assert not await redis.hexists("onduty:topics:1", "odd")
    assert (await hand.topic())["thread"] == topic["thread"]
