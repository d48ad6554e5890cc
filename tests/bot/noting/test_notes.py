"""Note: the next text is one, whatever it replies to, and no customer ever gets it."""

import pytest
from redis.asyncio import Redis

from bot.customers import ask, claim
from bot.noting.noter import KEPT, Own, arm, gone, noted
from bot.phones import Deliver
from bot.replying.arrived import replies
from bot.replying.conftest import At
from bot.replying.test_refused import STICKER
from chat_backend import ChatBackend
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_sandbox.client import Phone
from waiting import until


@pytest.mark.parametrize("way", ["plain", "reply to the card", "reply to another customer"])
async def test_the_next_text_is_a_note_and_the_one_after_it_is_an_answer(
    way: str, anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """Whatever it replies to; what asked for it goes."""
    one = await owning(anna)
    one.write("Bilal")
    await claim(anna, "Bilal")
    asked = await arm(one)
    if way == "plain":
        sent = await anna.send("She is angry")
    else:
        sent = await one.reply("Alice" if "card" in way else "Bilal", "She is angry")
    told = await one.told(sent)
    assert told.text.startswith(f"{KEPT} Alice, who does not see it.")
    assert told.button_texts == ["Send to customer instead"]
    await until(lambda: gone(anna, asked.message_id), equals=True)
    assert await noted(redis) == [("Anna", "She is angry")]
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    assert replies(delivered) == [("of Alice", "Hello")]
    assert await noted(redis, "Bilal") == []


async def test_the_button_is_there_for_the_owner_where_answers_go_to_customers(
    anna: Phone, bob: Phone, at: At, redis: Redis
) -> None:
    """Elsewhere a text goes to nobody anyway."""
    one, two = await at(anna), await at(bob)
    one.write("Alice")
    await two.card("Alice")
    waits = await anna.wait_for("I am Alice")
    assert waits.button_texts == ["🙋 I'll answer", "⋯"]
    await claim(anna, "Alice")
    own = await anna.wait_for("🟢 Alice")
    assert [[one.text for one in row] for row in own.buttons] == [
        ["☑️ Close", "↩️ Release", "⋯"],
        ["📝 Note"],
    ]
    assert (await bob.wait_for("👤 Alice")).button_texts == ["👀 Open"]
    await redis.delete(EVENTS_WANTED)
    one.write("Bilal")
    await claim(anna, "Bilal")
    assert (await anna.wait_for("🟢 Bilal")).button_texts == ["☑️ Close", "↩️ Release", "⋯"]


async def test_a_forward_is_a_note_that_cannot_be_sent(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis, deliver: Deliver
) -> None:
    """What somebody else wrote may be worth a note; to a customer forwards never go."""
    one = await owning(anna)
    await arm(one)
    origin = {"type": "hidden_user", "date": 0, "sender_user_name": "Warehouse"}
    await deliver(message={"text": "Sold out", "forward_origin": origin})
    assert (await anna.wait_for(KEPT)).button_texts == []
    assert await noted(redis) == [("Anna", "Sold out")]
    assert replies(delivered) == []


@pytest.mark.parametrize("kind", ["sticker", "document"])
async def test_what_is_no_text_is_refused_and_the_next_text_is_the_note(
    kind: str, anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis, deliver: Deliver
) -> None:
    """A sticker, a file with a caption: they go to nobody."""
    one = await owning(anna)
    await arm(one)
    if kind == "sticker":
        await deliver(message={"sticker": STICKER})
    else:
        await anna.send_file("document", b"x", "angry.txt", caption="She is angry")
    await anna.wait_for("Only text can be a note.")
    await one.told(await one.reply("Alice", "Angry"))
    assert await noted(redis) == [("Anna", "Angry")]
    assert replies(delivered) == []


async def test_an_edit_of_a_note_changes_the_note(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """It never becomes an answer by that, also once another one is sent."""
    one = await owning(anna)
    await arm(one)
    sent = await one.reply("Alice", "She is angri")
    await one.told(sent)
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    await anna.edit(sent, "She is angry")
    await until(lambda: noted(redis), equals=[("Anna", "She is angry")])
    assert replies(delivered) == [("of Alice", "Hello")]
    assert len(delivered.received) == 2  # the claim and the answer


async def test_an_edit_of_an_answer_is_not_the_next_text(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """It changes the answer, as it did before; the note is still to come."""
    one = await owning(anna)
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👍")
    await arm(one)
    await anna.edit(sent, "Hello")
    await until(lambda: delivered.received[-1].type, equals="reply.edited")
    await one.told(await one.reply("Alice", "Angry"))
    assert await noted(redis) == [("Anna", "Angry")]


async def test_an_edit_of_what_was_never_sent_is_no_note_either(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """The bot reads a message only once; nothing slips by it."""
    one = await owning(anna)
    sent = await anna.send("Angry", reply_to=None)
    await one.told(sent)
    await arm(one)
    await anna.edit(sent, "Very angry")
    await until(lambda: redis.hget(f"onduty:reply:101:{sent}", "text"), equals="Very angry")
    assert await noted(redis) == []
    assert replies(delivered) == []


async def test_it_is_cancelled(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """Then the next text is what it would have been."""
    one = await owning(anna)
    asked = await arm(one)
    tapped = await anna.tap(asked.message_id, "Cancel")
    assert tapped.text == "No note: your next message is a message again"
    await until(lambda: gone(anna, asked.message_id), equals=True)
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    assert replies(delivered) == [("of Alice", "Hello")]
    assert await noted(redis) == []


async def test_the_newest_tap_says_about_whom(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """What asked before goes, so that its Cancel cannot be taken for the other's."""
    one = await owning(anna)
    one.write("Bilal")
    await claim(anna, "Bilal")
    before = await arm(one, "Alice")
    await arm(one, "Bilal")
    await until(lambda: gone(anna, before.message_id), equals=True)
    await one.told(await one.reply("Alice", "Angry"))
    assert (await noted(redis, "Bilal"), await noted(redis, "Alice")) == ([("Anna", "Angry")], [])
    assert replies(delivered) == []


async def test_a_command_is_none(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """Commands do what they do; the note is still to come."""
    one = await owning(anna)
    await arm(one)
    assert await ask(anna, "/mine")
    await one.told(await anna.send("Angry"))
    assert await noted(redis) == [("Anna", "Angry")]
    assert replies(delivered) == []


async def test_it_is_sent_to_the_customer_after_all(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """Then it is an answer, and its edits go to the customer."""
    one = await owning(anna)
    await arm(one)
    sent = await anna.send("On it!")
    told = await one.told(sent)
    tapped = await anna.tap(told.message_id, "Send to customer instead")
    assert tapped.text == "On its way to Alice"
    await one.shows(sent, "👍")
    assert await noted(redis) == []
    await anna.edit(sent, "On it")
    await until(lambda: delivered.received[-1].type, equals="reply.edited")
    assert replies(delivered) == [("of Alice", "On it!")]


async def test_it_is_taken_back(
    anna: Phone, owning: Own, delivered: ChatBackend, redis: Redis
) -> None:
    """By /undo, as an answer is."""
    one = await owning(anna)
    await arm(one)
    sent = await anna.send("She is angry")
    await one.told(sent)
    await anna.send("/undo", reply_to=sent)
    await anna.wait_for("📝 The note is gone.")
    assert await noted(redis) == []
    assert replies(delivered) == []
