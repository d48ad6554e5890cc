"""Topics: made at the claim, used by their owner, named by whose the conversation is."""

import json
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk.topics.conftest import Hand
from desk_at_work.at_work import HELD_S, RETENTION
from onduty import SupportDesk
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.model.pace_keys import pace_answers_key
from onduty_desk.phones.outbox import Outbox
from onduty_desk.telegram.pace import Pace
from onduty_desk.topics.topics import Topics

pytestmark = pytest.mark.usefixtures("on_duty")


async def test_a_claim_opens_one_topic(hand: Hand) -> None:
    """Its context message is pinned in it, and the card becomes one line."""
    await hand.write("Hello")
    await hand.do_all()
    await hand.claim()
    edit = await hand.do("edit")
    assert not edit.view.in_topic
    made = await hand.do("make_topic", detail="77")
    assert made.topic
    assert made.topic.kind == "own"
    sent = await hand.do("send_context", detail="78")
    assert sent.topic
    assert sent.topic.thread == 77
    assert [message.text for message in sent.messages] == ["Hello"]
    assert (sent.view.is_owner, sent.view.in_topic) == (True, False)
    rest, is_in_topic = set(), False
    async for one in hand.steps():
        rest.add((one.step, one.chat_id))
        is_in_topic = is_in_topic or one.view.in_topic
    assert rest == {("edit", 1), ("pin_context", 1)}
    assert is_in_topic
    assert await hand.do_all() == []
    assert await hand.topic(2) == {}


async def test_a_card_that_comes_after_the_topic_becomes_one_line(
    hand: Hand, redis_url: str
) -> None:
    """Claimed by a button in the topic, before the new round's card comes: no text is lost."""
    topic = await hand.open_topic()
    SupportDesk(redis_url, timeout_s=HELD_S).close("c1")
    await hand.router.route_accepted()
    await hand.do_all()
    await hand.write("One more thing")
    assert (await hand.tap(1, Verb.CLAIM, topic["context"])).result == "claimed"
    done = []
    async for one in hand.steps():
        done.append(one)
        if one.step == "send_context":
            await hand.write("And this")
    (sent,) = [n for n, one in enumerate(done) if one.step == "send" and one.chat_id == 1]
    both = ["One more thing", "And this"]
    assert [one.text for one in done[sent].messages] == both
    after = {one.step: one for one in done[sent:] if one.chat_id == 1}
    assert after["edit"].view.in_topic
    assert [one.text for one in after["edit_context"].messages][::-1] == both


async def test_what_the_customer_writes_next_comes_into_the_topic(hand: Hand) -> None:
    """It stays there: it is no bubble of the card, and goes neither at a close nor at a pass."""
    topic = await hand.open_topic()
    await hand.write("One more thing")
    sent = await hand.do("send")
    assert sent.view.thread == topic["thread"]
    assert "bubbles" not in await hand.copy()
    await hand.do_all()
    await hand.tap(1, Verb.CLOSE, topic["context"])
    assert "delete" not in [step for step in await hand.do_all() if step != "delete"]


async def test_only_its_owner_gets_it_into_the_topic(hand: Hand) -> None:
    """Who owned it before does not."""
    await hand.open_topic()
    card = (await hand.copy(2))["card"]
    await hand.tap(2, Verb.TAKE_OVER, card)
    await hand.tap(2, Verb.CONFIRM, card)
    await hand.do_all()
    topic = await hand.topic(2)
    assert topic["context"]
    await hand.write("And now?")
    sent = await hand.do("send", chat=2)
    assert sent.view.thread == topic["thread"]


@pytest.mark.parametrize(("verb", "named"), [(Verb.CLOSE, "closed "), (Verb.RELEASE, "waits ")])
async def test_it_is_renamed_when_its_owner_lets_go(hand: Hand, verb: Verb, named: str) -> None:
    """By the buttons of the context message, which shows it, too."""
    topic = await hand.open_topic()
    await hand.tap(1, verb, topic["context"])
    done = await hand.do_all()
    assert {"rename_topic", "edit_context"} <= set(done)
    topic = await hand.topic()
    assert topic["named"] == named
    assert topic["ended_ms"]


async def test_taken_over_it_is_renamed_after_the_colleague(hand: Hand) -> None:
    """And stays."""
    topic = await hand.open_topic()
    card = (await hand.copy(2))["card"]
    await hand.tap(2, Verb.TAKE_OVER, card)
    await hand.tap(2, Verb.CONFIRM, card)
    assert "rename_topic" in await hand.do_all()
    after = await hand.topic()
    assert after["named"] == "passed Operator 2"
    assert after["thread"] == topic["thread"]


async def test_a_later_claim_opens_the_same_one_again(hand: Hand) -> None:
    """With a new context message at the bottom; the older one goes."""
    topic = await hand.open_topic()
    await hand.tap(1, Verb.CLOSE, topic["context"])
    await hand.do_all()
    await hand.write("Me again")
    await hand.do_all()
    await hand.claim()
    done = await hand.do_all()
    assert "make_topic" not in done
    assert {"send_context", "rename_topic", "pin_context", "delete"} <= set(done)
    after = await hand.topic()
    assert after["thread"] == topic["thread"]
    assert after["context"] != topic["context"]
    assert after["named"] == "own "
    assert "ended_ms" not in after


async def test_when_the_customer_comes_back_the_context_message_shows_it(hand: Hand) -> None:
    """No button lies there: it can be taken from the topic, too."""
    topic = await hand.open_topic()
    await hand.tap(1, Verb.CLOSE, topic["context"])
    await hand.do_all()
    await hand.write("Me again")
    done = {}
    async for one in hand.steps():
        done[one.step] = one
    assert done["edit_context"].view.state == "waiting"
    assert (await hand.topic())["named"] == "waits "
    assert (await hand.tap(1, Verb.CLAIM, topic["context"])).result == "claimed"
    await hand.do_all()
    assert (await hand.topic())["named"] == "own "


async def test_closed_before_the_new_context_message_comes_the_older_shows_it(hand: Hand) -> None:
    """It had the buttons of a customer who waits, and nobody would ever have drawn it again."""
    topic = await hand.open_topic()
    context = topic["context"]
    await hand.tap(1, Verb.CLOSE, context)
    await hand.do_all()
    await hand.write("Me again")
    await hand.do_all()
    await hand.tap(1, Verb.CLAIM, context)
    assert (await hand.topic())["older"] == context
    assert (await hand.tap(1, Verb.CLOSE, context)).result == "closed"
    views = [one.view async for one in hand.steps() if one.step == "edit_context"]
    assert [(view.state, view.verbs) for view in views] == [("closed", [[Verb.REOPEN]])]
    assert (await hand.topic())["context"] == context


async def test_while_a_colleague_is_asked_the_context_message_says_so(hand: Hand) -> None:
    """With the button that takes it back; the card's line has no button that belongs there."""
    topic = await hand.open_topic()
    asked = {"to": "2", "name": "Operator 2", "message": 5, "conversation": "c1"}
    await hand.redis.set("onduty:pass-asked:1", json.dumps({**asked, "customer": "Alice"}))
    passed = await hand.conversations.pass_on(OperatorId(1), 5, "", update_id=9_000_001)
    assert passed.result == "offered"
    edited = {}
    for _ in range(20):
        for one in await hand.take():
            await hand.settle(one)
            if one.chat_id == 1:
                edited[one.step] = one.view
        await hand.pass_time(timedelta(milliseconds=100))
    assert edited["edit_context"].offered_to == "Operator 2"
    assert Verb.NOTE in edited["edit_context"].verbs[1]
    assert edited["edit"].verbs == [[Verb.CLOSE, Verb.RELEASE], [Verb.TAKE_BACK]]
    assert (await hand.topic())["thread"] == topic["thread"]


async def test_a_second_claim_within_ten_seconds_stays_flat(hand: Hand) -> None:
    """Who makes topics in a mass gets a bot banned."""
    await hand.open_topic()
    for conversation in ("c2", "c3"):
        await hand.write("Hi", conversation)
    await hand.do_all()
    await hand.claim(1, "c2")
    await hand.do_all()
    assert await hand.topic(1, "c2") == {}
    await hand.write("Anybody?", "c2")
    assert (await hand.do("send")).view.thread == 0
    await hand.pass_time(timedelta(seconds=10))
    await hand.do_all()
    await hand.claim(1, "c3")
    await hand.do_all()
    assert (await hand.topic(1, "c3"))["context"]


@pytest.mark.parametrize("way", ["not enabled", "no answers", "off here"])
async def test_without_topics_there_are_none(
    redis: Redis, hand: Hand, topics: Topics, way: str
) -> None:
    """If the bot has none, if no answer would be sent on, or if the operator wants none."""
    if way == "not enabled":
        await topics.note_enabled(has_topics=False)
    elif way == "no answers":
        await redis.delete("onduty:events-wanted")
    else:
        await topics.switch(ChatId(1), "off")
    await hand.write("Hello")
    await hand.do_all()
    await hand.claim()
    assert set(await hand.do_all()) <= {"edit"}
    assert await hand.topic() == {}


async def test_the_oldest_of_more_than_fifty_that_ended_is_deleted(
    redis: Redis, hand: Hand
) -> None:
    """And only that."""
    topic = await hand.open_topic()
    for n in range(50):
        old = {"thread": 5000 + n, "named": "closed ", "ended_ms": 1000 + n}
        await redis.hset("onduty:topics:1", f"old{n}", json.dumps(old))
    await hand.tap(1, Verb.CLOSE, topic["context"])
    done = await hand.do_all()
    assert done.count("delete_topic") == 1
    assert await hand.topic(1, "old0") == {}
    assert await hand.topic(1, "old1")


async def test_switched_off_on_the_phone_all_comes_flat_at_once(hand: Hand, topics: Topics) -> None:
    """And in the topics again when they are switched on; both as often as one likes."""
    topic = await hand.open_topic()
    for _ in range(2):
        await topics.switch(ChatId(1), "off")
    await hand.do_all()
    await hand.write("Where are you?")
    assert (await hand.do("send")).view.thread == 0
    for _ in range(2):
        await topics.switch(ChatId(1), "on")
    await hand.do_all()
    await hand.write("Here?")
    assert (await hand.do("send")).view.thread == topic["thread"]


async def test_topics_are_made_in_the_share_of_operators_answers(
    redis: Redis, rules: Rules, hand: Hand
) -> None:
    """While that is used up, and cards are due, those go first."""
    await hand.write("Hello")
    await hand.do_all()
    await hand.claim()
    await hand.do("edit")
    pace = Pace(sends_per_second=30, sends_per_chat_per_second=1e5)
    hand.outbox = Outbox(redis, pace, rules, retention=RETENTION)
    await hand.write("Hi", "c2")
    await redis.set(pace_answers_key("operators"), await hand.now_us() + 2_200_000)
    taken = await hand.take()
    assert [one.step for one in taken] == ["send", "send"]
    for one in taken:
        await hand.settle(one)
    await hand.pass_time(timedelta(seconds=1))
    assert {"make_topic", "send_context"} <= set(await hand.do_all())
    used = int(await redis.get(pace_answers_key("operators")) or 0)
    assert used > await hand.now_us()
