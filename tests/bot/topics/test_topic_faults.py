"""Telegram is not to be trusted with topics: nothing is lost, and all that fails comes flat."""

from datetime import timedelta
from functools import partial
from typing import Literal

import pytest

from bot.replying.arrived import replies
from bot.topics.conftest import ANNA, Hire
from chat_backend import ChatBackend
from desk_at_work.fixtures import MoveClock
from onduty_desk.topics.topics import Topics
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from onduty_sandbox.wire.fault_kinds import Kind
from waiting import until

pytestmark = pytest.mark.usefixtures("delivered")
MADE_AGAIN = timedelta(seconds=11)
FLAT = "🟢 Alice · waits for your answer"


async def test_a_message_that_lands_in_the_main_chat_is_removed_and_sent_right(
    sandbox: Sandbox, anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """Telegram does so with a topic that has been deleted, and says that all is well."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    await sandbox.fault("topic_lost", times=1)
    one.write("Alice", text="Can you see this?")
    await one.outside(FLAT)
    shown = await anna.wait_for(
        lambda m: "Can you see this?" in m.text and m.reply_to == one.cards["Alice"]
    )
    assert (shown.topic, shown.deleted) == (None, False)
    there = [m for m in await anna.messages() if "Can you see this?" in m.text and not m.deleted]
    assert [m for m in there if m.message_id != one.cards["Alice"]] == [shown]
    await one.shows(await anna.send("Yes", reply_to=shown.message_id), "👍")
    await one.shows(await anna.send("Here, too", topic=topic.id), "👍")
    assert replies(delivered) == [("of Alice", "Yes"), ("of Alice", "Here, too")]


@pytest.mark.parametrize("kind", ["thread_not_found", "topic_deleted", "deleted"])
async def test_a_topic_that_is_gone_is_made_anew_once(
    sandbox: Sandbox,
    anna: Phone,
    at: Hire,
    move_clock: MoveClock,
    kind: Kind | Literal["deleted"],
) -> None:
    """The message that finds it out comes flat at once; the next ones into the new topic."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    if kind == "deleted":
        await anna.delete_topic(topic.id)
    else:
        await sandbox.fault(kind, "sendMessage", topic=topic.id, times=1)
    one.write("Alice", text="Anybody?")
    await anna.wait_for(lambda m: "Anybody?" in m.text and m.reply_to == one.cards["Alice"])
    await move_clock(MADE_AGAIN)
    await until(lambda: _others(anna, topic.id), equals=1)
    new = await one.topic("Alice · The Shop")
    assert new.id != topic.id
    await one.outside("🟢 Alice · in its topic")
    await one.inside(new.id, "Anybody?")
    one.write("Alice", text="Ah, here")
    await one.inside(new.id, "Ah, here")
    await one.shows(await anna.send("Yes, here", topic=new.id), "👍")
    await anna.delete_topic(new.id)
    one.write("Alice", text="Gone again?")
    await anna.wait_for(lambda m: "Gone again?" in m.text and m.reply_to == one.cards["Alice"])
    await move_clock(2 * MADE_AGAIN)
    one.write("Alice", text="Flat now")
    await anna.wait_for(lambda m: "Flat now" in m.text and m.reply_to == one.cards["Alice"])
    assert await _others(anna, new.id) == (0 if kind == "deleted" else 1)


def _is_flat(text: str, card: int, message: ChatMessage) -> bool:
    return text in message.text and message.reply_to == card


async def _others(phone: Phone, than: int) -> int:
    return len([one for one in await phone.topics() if one.id != than and one.last_text])


async def test_topics_switched_off_in_the_middle_are_said_once(
    sandbox: Sandbox,
    token: str,
    anna: Phone,
    at: Hire,
    move_clock: MoveClock,
) -> None:
    """All goes on flat; the next claim asks for no topic."""
    one = await at(anna)
    one.write("Alice")
    await one.claim("Alice")
    await sandbox.switch_topics(enabled=False, bot=int(token.partition(":")[0]))
    one.write("Alice", text="Still there?")
    shown = await anna.wait_for(
        lambda m: "Still there?" in m.text and m.reply_to == one.cards["Alice"]
    )
    await move_clock(MADE_AGAIN)
    await one.outside("This bot has no topics any more.")
    await one.shows(await anna.send("Yes", reply_to=shown.message_id), "👍")
    await move_clock(3 * MADE_AGAIN)
    one.write("Bilal")
    await one.tap_claim("Bilal")
    await one.outside("🟢 Bilal · waits for your answer")
    one.write("Bilal", text="Me, too")
    await anna.wait_for(lambda m: "Me, too" in m.text and m.reply_to == one.cards["Bilal"])
    said = [m for m in await anna.messages() if "no topics any more" in m.text]
    assert len(said) == 1


@pytest.mark.parametrize("kind", ["502", "cut_before", "page"])
async def test_an_outage_of_topics_alone_holds_nothing_up(
    sandbox: Sandbox,
    anna: Phone,
    at: Hire,
    move_clock: MoveClock,
    kind: Kind,
) -> None:
    """The phone is flat meanwhile, and has its topics back by itself."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    await sandbox.outage(kind, in_topics=True)
    for text in ("One?", "Two?"):
        one.write("Alice", text=text)
        await anna.wait_for(partial(_is_flat, text, one.cards["Alice"]))
    await one.outside("🟢 Alice · waits for your answer")
    await sandbox.clear_faults()
    await move_clock(timedelta(seconds=31))
    await one.outside("🟢 Alice · in its topic")
    one.write("Alice", text="Three?")
    await one.inside(topic.id, "Three?")


async def test_a_topic_of_which_nobody_heard_is_used_when_somebody_writes_in_it(
    sandbox: Sandbox, anna: Phone, at: Hire, delivered: ChatBackend
) -> None:
    """It was made, and the answer was lost: the first text is offered, the next one sent."""
    one = await at(anna)
    await sandbox.fault("cut_after", "createForumTopic")
    one.write("Alice", "Bilal")
    await one.tap_claim("Alice")
    await until(lambda: _count(anna), equals=1)
    (stray,) = await anna.topics()
    await one.outside("🟢 Alice · waits for your answer")
    await until(lambda: one.redis.hexists("onduty:topics-phone:101", "failures"))
    sent = await anna.send("Hello", topic=stray.id)
    told = await one.told(sent)
    assert (told.topic, told.button_texts) == (stray.id, ["To Alice"])
    await anna.tap(told.message_id, "To Alice")
    await one.shows(sent, "👍")
    await one.shows(await anna.send("How can I help?", topic=stray.id), "👍")
    assert replies(delivered) == [("of Alice", "Hello"), ("of Alice", "How can I help?")]


async def _count(phone: Phone) -> int:
    return len(await phone.topics())


async def test_start_after_a_cleared_history_signs_nobody_out_and_brings_topics_back(
    anna: Phone, at: Hire, delivered: ChatBackend, move_clock: MoveClock
) -> None:
    """Some apps offer Start then, and take all topics with the history."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    await anna.clear_history()
    assert await anna.topics() == []
    await move_clock(MADE_AGAIN)
    await anna.start()
    await anna.wait_for("You are on duty")
    new = await one.topic("Alice · The Shop")
    assert new.id != topic.id
    await one.inside(new.id, "I am Alice")
    await one.shows(await anna.send("Back again", topic=new.id), "👍")
    assert replies(delivered) == [("of Alice", "Back again")]


async def test_a_start_with_all_topics_there_changes_nothing(
    anna: Phone, at: Hire, topics: Topics
) -> None:
    """No topic is made, and none loses anything."""
    one = await at(anna)
    one.write("Alice")
    topic = await one.claim("Alice")
    await anna.start()
    await anna.wait_for("You are on duty")
    await one.shows(await anna.send("Hello", topic=topic.id), "👍")
    assert [each.id for each in await anna.topics()] == [topic.id]
    assert await topics.conversation_of(ANNA, topic.id) == "of Alice"
