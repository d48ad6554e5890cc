"""A customer goes elsewhere while a note about them is about to be written."""

import pytest
from redis.asyncio import Redis

from bot.noting.noter import KEPT, OVER, Own, arm, gone, noted
from bot.replying.answering import Answering
from bot.replying.arrived import replies
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty import SupportDesk
from onduty_sandbox.client import Phone
from waiting import until

CAUGHT = "This went to nobody and is kept nowhere: it was to be a note about Alice"
ON_CARD = "📝 Anna: She is angry"


async def take_over(two: Answering) -> None:
    """Bob takes Alice over."""
    theirs = await two.phone.wait_for("👤 Alice")
    await two.phone.tap(theirs.message_id, "👀 Open")
    await two.phone.wait_for(lambda m: "Take over" in m.button_texts)
    await two.phone.tap(theirs.message_id, "Take over")
    await two.phone.wait_for(lambda m: "Yes, take over from Anna" in m.button_texts)
    await two.phone.tap(theirs.message_id, "Yes, take over from Anna")
    await two.phone.wait_for("🟢 Alice")


@pytest.mark.parametrize("way", ["released", "closed", "closed by the shop", "taken over"])
async def test_it_is_said_and_the_next_text_still_goes_to_nobody(
    way: str,
    anna: Phone,
    bob: Phone,
    at: At,
    owning: Own,
    delivered: ChatBackend,
    redis: Redis,
    redis_url: str,
) -> None:
    """Whoever was typing it does not answer Alice, or claim her, by it."""
    two = await at(bob)
    one = await owning(anna)
    card = await one.card("Alice")
    asked = await arm(one)
    if way == "taken over":
        await take_over(two)
    elif way == "closed by the shop":
        SupportDesk(redis_url).close("of Alice")
    else:
        await anna.tap(card, "↩️ Release" if way == "released" else "☑️ Close")
    told = await anna.wait_for(OVER)
    assert told.button_texts == ["OK"]
    await until(lambda: gone(anna, asked.message_id), equals=True)
    sent = await one.reply("Alice", "She is angry")
    assert (await one.told(sent)).text.startswith(CAUGHT)
    await until(lambda: gone(anna, told.message_id), equals=True)
    assert replies(delivered) == []
    assert await noted(redis) == []
    await anna.send("/queue")
    assert await redis.exists("onduty:noting:101") == 0


async def test_who_knows_that_it_is_over_writes_on(
    anna: Phone, owning: Own, delivered: ChatBackend
) -> None:
    """After OK a text is a text."""
    one = await owning(anna)
    card = await one.card("Alice")
    await arm(one)
    await anna.tap(card, "↩️ Release")
    told = await anna.wait_for(OVER)
    await anna.tap(told.message_id, "OK")
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    assert replies(delivered) == [("of Alice", "Hello")]


async def test_who_taps_note_again_meanwhile_writes_a_note(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """What was over is not told of any more."""
    one = await owning(anna)
    card = await one.card("Alice")
    await arm(one)
    await anna.tap(card, "↩️ Release")
    await anna.wait_for(OVER)
    claims = await anna.wait_for(lambda m: "🙋 I'll answer" in m.button_texts)
    await anna.tap(claims.message_id, "claim")
    await arm(one)
    await one.told(await one.reply("Alice", "Angry"))
    assert await noted(redis) == [("Anna", "Angry")]
    assert replies(delivered) == []


async def test_the_next_owner_reads_it_on_their_card_and_whole_in_a_look(
    anna: Phone, bob: Phone, at: At, owning: Own, delivered: ChatBackend
) -> None:
    """Who has one line of it reads nothing; who opens it does; the customer never."""
    await at(bob)
    one = await owning(anna)
    long = "She is angry " * 20
    for text in ("First", long):
        await arm(one)
        assert (await one.told(await anna.send(text))).text.startswith(KEPT)
    own = await anna.wait_for("📝 Anna: She is angry")
    assert "(and 1 more note)" in own.text
    assert "👀 Look" in own.button_texts
    theirs = await bob.wait_for("👤 Alice")
    assert "📝" not in theirs.text
    await bob.tap(theirs.message_id, "👀 Open")
    opened = await bob.wait_for(long.strip())
    assert opened.text.count("📝 Anna noted, not for the customer:") == 2
    await bob.tap(theirs.message_id, "Take over")
    await bob.wait_for(lambda m: "Yes, take over from Anna" in m.button_texts)
    await bob.tap(theirs.message_id, "Yes, take over from Anna")
    taken = await bob.wait_for(lambda m: m.text.startswith("🟢 Alice") and "📝" in m.text)
    assert "📝 Anna: She is angry" in taken.text
    assert replies(delivered) == []
    assert "angry" not in "".join(one.model_dump_json() for one in delivered.received)


async def test_who_is_asked_to_take_it_reads_it_before(
    anna: Phone, bob: Phone, at: At, owning: Own
) -> None:
    """A pass comes with what is known."""
    await at(bob)
    one = await owning(anna)
    await arm(one)
    await one.told(await anna.send("She is angry"))
    card = (await anna.wait_for(ON_CARD)).message_id
    await anna.tap(card, "⋯")
    await anna.wait_for(lambda m: "🤝 Pass on" in m.button_texts)
    await anna.tap(card, "🤝 Pass on")
    to = await anna.wait_for("🤝 To whom shall Alice go?")
    await anna.tap(to.message_id, "Bob · 0")
    why = await anna.wait_for("Why? Write one line for Bob")
    await anna.tap(why.message_id, "No reason")
    offered = await bob.wait_for("🤝 Alice · Anna asks you to take this over")
    assert ON_CARD in offered.text


async def test_edited_on_the_card_too(anna: Phone, owning: Own) -> None:
    """The card shows it as it reads now."""
    one = await owning(anna)
    await arm(one)
    sent = await anna.send("She is angri")
    await anna.wait_for("📝 Anna: She is angri")
    await anna.edit(sent, "She is angry")
    await anna.wait_for(ON_CARD)
    await anna.send("/undo", reply_to=sent)
    await anna.wait_for(lambda m: m.text.startswith("🟢 Alice") and "📝" not in m.text)
