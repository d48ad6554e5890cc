"""Telegram is not to be trusted with topics: whatever fails there goes flat, and comes back."""

import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk.topics.conftest import UNHURRIED, Hand
from desk_at_work.at_work import RETENTION
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, ConversationId
from onduty_desk.model.words import Outcome, TopicTrouble
from onduty_desk.phones.outbox import LEASE, Outbox
from onduty_desk.topics.topics import Topics

pytestmark = pytest.mark.usefixtures("on_duty")

ANNA = ChatId(1)
C1 = ConversationId("c1")
OVER = LEASE + timedelta(seconds=1)
TROUBLES: list[TopicTrouble] = ["gone", "off", "failing"]


async def claimed(hand: Hand) -> None:
    """Let a claim be drawn; its topic is to be made next."""
    await hand.write("Hello")
    await hand.do_all()
    await hand.claim()
    await hand.do("edit")


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_what_is_not_taken_for_a_topic_comes_flat_at_once(
    hand: Hand, topics: Topics, trouble: TopicTrouble
) -> None:
    """The very same attempt, as a reply to the card; told twice, it is one trouble."""
    topic = await hand.open_topic()
    await hand.write("One more thing")
    taken = await hand.next()
    attempt = await hand.outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    for _ in range(2):
        await topics.trouble(ANNA, C1, topic["thread"], trouble)
    await hand.outbox.settle(taken, "again", attempt_id=attempt.id)
    while (again := await hand.next()).step != "send":
        await hand.settle(again)
    assert again.message_ids == taken.message_ids
    assert (again.view.thread, again.view.card) == (0, (await hand.copy())["card"])
    assert again.under_way
    assert not again.under_way.is_repeat
    again_attempt = await hand.outbox.attempt(again, again.message_ids, 1)
    assert again_attempt
    await hand.outbox.settle(again, "done", "900", attempt_id=again_attempt.id)
    await hand.do_all()
    assert (await hand.copy())["bubbles"] == [900]


async def test_a_topic_that_is_gone_is_made_anew_once(hand: Hand, topics: Topics) -> None:
    """Then all comes flat, until the conversation is claimed again."""
    first = await hand.open_topic()
    await topics.trouble(ANNA, C1, first["thread"], "gone")
    await hand.pass_time(timedelta(seconds=11))
    assert {"make_topic", "send_context"} <= set(await hand.do_all())
    second = await hand.topic()
    assert second["thread"] != first["thread"]
    await topics.trouble(ANNA, C1, second["thread"], "gone")
    await hand.pass_time(timedelta(seconds=11))
    assert set(await hand.do_all()) == {"edit"}
    assert "topic" not in await hand.copy()
    card = (await hand.copy())["card"]
    await hand.tap(1, Verb.CLOSE, card)
    await hand.write("Me again")
    await hand.do_all()
    await hand.claim()
    assert "make_topic" in await hand.do_all()


@pytest.mark.parametrize(("pause_s", "waits"), [(5, True), (3_600, False)])
async def test_told_to_wait_before_a_topic_is_made_cards_do_not_wait_for_long(
    hand: Hand,
    pause_s: int,
    waits: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """A short pause holds for all that goes to the phone; after a long one it comes flat."""
    await claimed(hand)
    making = await hand.next()
    assert making.step == "make_topic"
    await hand.outbox.settle(making, "later", pause=timedelta(seconds=pause_s))
    await hand.write("One more thing")
    assert ("send" in await hand.do_all()) is not waits
    await hand.pass_time(timedelta(seconds=31))
    done = await hand.do_all()
    assert "make_topic" in done
    assert ("send" in done) is waits


async def test_made_anew_it_waits_for_its_ten_seconds(hand: Hand, topics: Topics) -> None:
    """One a phone in this time, whatever it is for."""
    first = await hand.open_topic()
    await topics.trouble(ANNA, C1, first["thread"], "gone")
    assert "make_topic" not in await hand.do_all()
    await hand.pass_time(timedelta(seconds=11))
    assert "make_topic" in await hand.do_all()


async def test_a_bot_without_topics_is_told_of_once(hand: Hand, topics: Topics) -> None:
    """All comes flat on that phone; the next claim does not ask for a topic."""
    topic = await hand.open_topic()
    await topics.trouble(ANNA, C1, topic["thread"], "off")
    assert "tell_flat" in await hand.do_all()
    await hand.write("Hi", "c2")
    await hand.do_all()
    await hand.pass_time(timedelta(seconds=11))
    await hand.claim(1, "c2")
    done = await hand.do_all()
    assert {"make_topic", "tell_flat"} & set(done) == set()
    await topics.trouble(ANNA, C1, topic["thread"], "off")
    assert "tell_flat" not in await hand.do_all()
    await hand.pass_time(timedelta(days=1))
    await hand.do_all()
    assert (await hand.copy())["topic"] == topic["thread"]


async def test_an_outage_of_topics_alone_ends_by_itself(hand: Hand, topics: Topics) -> None:
    """The phone is flat for half a minute, then for a minute; a success forgets that."""
    topic = await hand.open_topic()
    for pause_s in (30, 60):
        await topics.trouble(ANNA, C1, topic["thread"], "failing")
        await hand.do_all()
        await hand.pass_time(timedelta(seconds=pause_s - 5))
        await hand.do_all()
        assert "topic" not in await hand.copy()
        await hand.pass_time(timedelta(seconds=5))
        await hand.do_all()
        assert (await hand.copy())["topic"] == topic["thread"]
    await hand.write("Still there?")
    while (taken := await hand.next()).step != "send":
        await hand.settle(taken)
    assert taken.view.thread
    await hand.settle(taken)
    assert "failures" not in await hand.phone()


async def test_a_card_that_is_flat_again_shows_what_came_in_the_topic(
    hand: Hand, topics: Topics
) -> None:
    """Nothing is to be looked for where it cannot be seen."""
    topic = await hand.open_topic()
    await hand.write("In the topic")
    await hand.do_all()
    await topics.trouble(ANNA, C1, topic["thread"], "failing")
    edit = await hand.do("edit")
    assert [message.text for message in edit.messages] == ["In the topic", "Hello"]
    assert not edit.view.in_topic


@pytest.mark.parametrize(
    ("outcome", "detail"), [("given_up", "off"), ("not_taken", ""), ("gone", "gone")]
)
async def test_a_claim_whose_topic_is_refused_is_answered_flat(
    hand: Hand, outcome: Outcome, detail: str
) -> None:
    """Its card stays what it was."""
    await claimed(hand)
    await hand.do("make_topic", outcome, detail)
    await hand.do_all()
    await hand.write("Hm?")
    assert (await hand.do("send")).view.thread == 0
    copy = await hand.copy()
    assert "topic" not in copy
    assert copy["bubbles"]


async def test_a_dispatcher_that_dies_making_one_leaves_one_at_most(hand: Hand) -> None:
    """Nobody knows whether it was made: once more, and no third time."""
    await claimed(hand)
    for _ in range(2):
        assert (await hand.next()).step == "make_topic"
        await hand.pass_time(OVER)
    assert await hand.do_all() == []
    assert (await hand.topic())["flat"]
    await hand.write("Hm?")
    assert (await hand.do("send")).view.thread == 0


async def test_of_two_that_were_made_one_is_deleted(hand: Hand) -> None:
    """A dispatcher that was only slow tells of its own later."""
    await claimed(hand)
    slow = await hand.next()
    assert slow.step == "make_topic"
    await hand.pass_time(OVER)
    again = await hand.next()
    assert await hand.settle(slow, "done", "77") == "gone"
    await hand.settle(again, "done", "78")
    deleted = []
    for _ in range(30):
        for taken in await hand.take():
            if taken.step == "delete_topic" and taken.topic:
                deleted.append(taken.topic.thread)
            await hand.settle(taken)
        await hand.pass_time(timedelta(milliseconds=100))
    assert deleted == [78]
    assert (await hand.topic())["thread"] == 77


async def test_a_context_message_that_was_deleted_comes_again(hand: Hand) -> None:
    """At the bottom of the same topic."""
    topic = await hand.open_topic()
    await hand.tap(1, Verb.MENU, topic["context"])
    while (taken := await hand.next()).step != "edit_context":
        await hand.settle(taken)
    await hand.settle(taken, "gone", "message to edit not found")
    assert {"send_context", "pin_context"} <= set(await hand.do_all())
    after = await hand.topic()
    assert after["context"] != topic["context"]
    assert after["thread"] == topic["thread"]


@pytest.mark.parametrize("is_there", [True, False])
async def test_after_start_topics_are_looked_after(
    hand: Hand, topics: Topics, *, is_there: bool
) -> None:
    """A phone whose history was cleared has none any more: they are made anew."""
    topic = await hand.open_topic()
    await hand.pass_time(timedelta(seconds=11))
    await topics.check(ANNA)
    await hand.do("rename_topic", "done" if is_there else "gone")
    done = await hand.do_all()
    assert ("make_topic" in done) == (not is_there)
    assert ("edit_context" in done) == is_there
    assert ((await hand.topic())["thread"] == topic["thread"]) == is_there


async def test_a_closed_topic_that_is_gone_is_forgotten(hand: Hand) -> None:
    """Nobody needs it."""
    topic = await hand.open_topic()
    await hand.tap(1, Verb.CLOSE, topic["context"])
    while (taken := await hand.next()).step != "rename_topic":
        await hand.settle(taken)
    await hand.settle(taken, "gone", "gone")
    assert "make_topic" not in await hand.do_all()
    assert await hand.topic() == {}


async def test_a_step_that_is_not_taken_is_put_off_longer_each_time(hand: Hand) -> None:
    """Nothing else at that phone waits for it."""
    topic = await hand.open_topic()
    await hand.tap(1, Verb.CLOSE, topic["context"])
    for pause_s in (0, 2, 4):
        await hand.pass_time(timedelta(seconds=pause_s))
        while (taken := await hand.next()).step != "rename_topic":
            await hand.settle(taken)
        await hand.settle(taken, "not_taken", "500")
    assert (await hand.topic())["failures"] == 3
    await hand.write("Me again")
    assert "send" in await hand.do_all()


async def test_a_topic_too_many_that_is_not_deleted_is_put_off_too(
    redis: Redis, hand: Hand
) -> None:
    """Nobody asks Telegram again and again, and no other topic goes in its place."""
    topic = await hand.open_topic()
    for n in range(50):
        old = {"thread": 5000 + n, "named": "closed ", "ended_ms": 1000 + n}
        await redis.hset("onduty:topics:1", f"old{n}", json.dumps(old))
    await hand.tap(1, Verb.CLOSE, topic["context"])
    tries = 0
    for _ in range(20):
        for taken in await hand.take():
            is_deletion = taken.step == "delete_topic"
            await hand.settle(taken, "not_taken" if is_deletion else "done")
            tries += is_deletion
    assert tries == 1
    await hand.pass_time(timedelta(seconds=3))
    await hand.do_all()
    assert await hand.topic(1, "old0") == {}
    assert await hand.topic(1, "old1")


async def test_with_topics_off_for_the_desk_nothing_is_sent_into_them(
    redis: Redis, hand: Hand
) -> None:
    """After a restart with ONDUTY_TOPICS=off."""
    await hand.open_topic()
    hand.outbox = Outbox(
        redis, UNHURRIED, Rules(owner_ring_every=timedelta(0)), retention=RETENTION
    )
    await hand.write("Hm?")
    assert (await hand.do("send")).view.thread == 0
    assert await redis.exists("onduty:topics:1")
