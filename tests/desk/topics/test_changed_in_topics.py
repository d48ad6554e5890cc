"""What the customer changes or takes back changes in topics too: the older words are gone."""

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import HELD_S
from onduty import SupportDesk
from onduty_desk.conversations.verbs import Verb
from onduty_desk.phones.outbox import Taken

from .conftest import Hand

pytestmark = pytest.mark.usefixtures("on_duty")


@pytest.fixture
def backend(redis_url: str) -> SupportDesk:
    return SupportDesk(redis_url, timeout_s=HELD_S)


async def message_of(redis: Redis, place: int) -> str:
    return str((await redis.zrange("onduty:messages:c1", 0, -1))[place])


async def with_follow_up(hand: Hand, detail: str = "700") -> None:
    """Let the customer write into the topic of who owns them."""
    await hand.open_topic()
    await hand.write("One more thing")
    assert (await hand.do("send", detail=detail)).view.thread
    await hand.do_all()


async def done(hand: Hand) -> list[Taken]:
    """Do all that is due, and return it."""
    await hand.router.route_accepted()
    return [one async for one in hand.steps()]


async def test_the_context_message_shows_the_new_words(
    hand: Hand, redis: Redis, backend: SupportDesk
) -> None:
    """And so it does when they are taken back."""
    await hand.open_topic()
    message = await message_of(redis, 0)
    for text in ("Hello again", "🗑"):
        if text == "🗑":
            backend.retract(message)
        else:
            backend.edit(message, text)
        (edited,) = [one for one in await done(hand) if one.step == "edit_context"]
        assert [one.text for one in edited.messages] == [text]


async def test_a_message_in_the_topic_is_written_anew(
    hand: Hand, redis: Redis, backend: SupportDesk
) -> None:
    """The same message, once for each change."""
    await with_follow_up(hand)
    message = await message_of(redis, 1)
    backend.edit(message, "Two more things")
    (rewritten,) = [one for one in await done(hand) if one.step == "rewrite"]
    assert list(rewritten.view.changed) == [700]
    assert [one.text for one in rewritten.messages] == ["Two more things"]
    backend.retract(message)
    (rewritten,) = [one for one in await done(hand) if one.step == "rewrite"]
    assert rewritten.messages[0].text == "🗑"
    assert await done(hand) == []


@pytest.mark.parametrize("state", ["closed", "a colleague's", "closed, off duty"])
async def test_taken_back_it_goes_from_topics_of_those_who_had_it_before(
    hand: Hand, redis: Redis, backend: SupportDesk, state: str
) -> None:
    """They keep the topic, and its words."""
    await with_follow_up(hand)
    if state == "a colleague's":
        card = (await hand.copy(2))["card"]
        await hand.tap(2, Verb.TAKE_OVER, card)
        await hand.tap(2, Verb.CONFIRM, card)
    else:
        await hand.tap(1, Verb.CLOSE, (await hand.topic())["context"])
    await hand.do_all()
    if state == "closed, off duty":
        await hand.sign_out(1)
    await hand.do_all()
    backend.retract(await message_of(redis, 1))
    of_them = [one for one in await done(hand) if one.chat_id == 1]
    (rewritten,) = [one for one in of_them if one.step == "rewrite"]
    assert list(rewritten.view.changed) == [700]
    assert rewritten.messages[0].text == "🗑"


async def test_who_is_in_the_group_no_more_sees_no_new_words(
    hand: Hand, redis: Redis, backend: SupportDesk
) -> None:
    """An edit is shown where the customer's messages may be read."""
    await with_follow_up(hand)
    await hand.tap(1, Verb.CLOSE, (await hand.topic())["context"])
    await hand.do_all()
    await hand.sign_out(1)
    await hand.do_all()
    backend.edit(await message_of(redis, 1), "A secret")
    assert "rewrite" not in [one.step for one in await done(hand)]


async def test_one_that_is_changed_on_its_way_is_written_anew(
    hand: Hand, redis: Redis, backend: SupportDesk
) -> None:
    """Its sender has read the older words."""
    await hand.open_topic()
    await hand.write("One more thing")
    sent = await hand.next()
    attempt = await hand.outbox.attempt(sent, sent.message_ids, 1)
    assert attempt
    backend.retract(await message_of(redis, 1))
    await hand.router.route_accepted()
    await hand.outbox.settle(sent, "done", "701", attempt_id=attempt.id)
    (rewritten,) = [one for one in await done(hand) if one.step == "rewrite"]
    assert list(rewritten.view.changed) == [701]


async def test_of_one_in_several_parts_the_last_says_it(
    hand: Hand, redis: Redis, backend: SupportDesk
) -> None:
    """The parts above it go."""
    await hand.open_topic()
    await hand.write("so on " * 1_500)
    sent = await hand.next()
    attempt = await hand.outbox.attempt(sent, sent.message_ids, 2)
    assert attempt
    await hand.outbox.settle(sent, "done", "701", attempt_id=attempt.id, part=0)
    await hand.do("send", detail="702")
    await hand.do_all()
    backend.retract(await message_of(redis, 1))
    steps = {one.step: list(one.view.changed) for one in await done(hand)}
    assert (steps["delete"], steps["rewrite"]) == ([701], [702])
