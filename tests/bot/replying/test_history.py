"""What both sides have written: for the backend, and on the pages of a look."""

import json

import jsonschema
from redis.asyncio import Redis

from bot.customers import claim, sign_in
from bot.replying.conftest import At
from chat_backend import ChatBackend
from onduty import SupportDesk
from onduty.history import history_schema
from onduty.wire import history_key
from onduty_desk.model.keys import ConversationId, conversation_key
from onduty_sandbox.client import Phone
from waiting import until

ALICE = "of Alice"


def said(desk: SupportDesk) -> list[tuple[str, int | None, str, str, str | None]]:
    return [
        (entry.kind, entry.author.id, entry.author.name, entry.text, entry.status)
        for entry in desk.history(ALICE)
    ]


async def test_both_sides_are_there_in_order(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """Each with its author, and what became of an answer; as the schema says."""
    one, desk = await at(anna), SupportDesk(redis_url)
    one.write("Alice", id="m1")
    await one.shows(await one.reply("Alice", "Hello <b>"), "👍")
    one.write("Alice", text="Where is it?", id="m2")
    await anna.wait_for("Where is it?")
    expected = [
        ("message", None, "Alice", "I am Alice", None),
        ("reply", 101, "Anna", "Hello <b>", "delivered"),
        ("message", None, "Alice", "Where is it?", None),
    ]
    await until(lambda: said(desk), equals=expected)
    first, reply, last = desk.history(ALICE)
    assert [first.id, last.id] == ["m1", "m2"]
    assert reply.id == delivered.received[-1].reply_id  # type: ignore[union-attr]  # a reply.sent
    assert (reply.html, reply.place, last.place) == ("Hello &lt;b&gt;", 1, 2)
    assert reply.in_reply_to is not None
    assert reply.in_reply_to.message_id == "m1"
    validator = jsonschema.Draft202012Validator(history_schema())
    for written in await redis.lrange(history_key(ALICE), 0, -1):
        validator.validate(json.loads(written))


async def test_what_is_edited_or_taken_back_is_changed_there(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis, redis_url: str
) -> None:
    """The older words are gone."""
    one, desk = await at(anna), SupportDesk(redis_url)
    one.write("Alice")
    sent = await one.reply("Alice", "Helo")
    await one.shows(sent, "👍")
    await anna.edit(sent, "Hello")
    await until(lambda: [entry.text for entry in desk.history(ALICE)][1:], equals=["Hello"])
    await until(lambda: said(desk)[1][-1], equals="delivered")
    (edited,) = desk.history(ALICE)[1:]
    assert edited.edited_at is not None
    assert edited.deleted_at is None
    await anna.send("/undo", reply_to=sent)
    await until(lambda: said(desk)[1][2:], equals=("Anna", "", "deleted"))
    (deleted,) = desk.history(ALICE)[1:]
    assert deleted.deleted_at is not None
    assert deleted.html is None
    assert "Hello" not in str(await redis.lrange(history_key(ALICE), 0, -1))
    assert delivered.received


async def test_what_failed_says_so(
    anna: Phone, at: At, chat: ChatBackend, delivered: ChatBackend, redis_url: str
) -> None:
    """And is one entry when it has been sent again."""
    one, desk = await at(anna), SupportDesk(redis_url)
    one.write("Alice")
    await claim(anna, "Alice")
    chat.answers = lambda event: 422 if event.type == "reply.sent" else 200
    sent = await one.reply("Alice", "Hello")
    await one.shows(sent, "😢")
    assert said(desk)[1:] == [("reply", 101, "Anna", "Hello", "failed")]
    told = await one.told(sent)
    chat.answers = lambda _: 200
    await anna.tap(told.message_id, "Try again")
    await one.shows(sent, "👍")
    assert said(desk)[1:] == [("reply", 101, "Anna", "Hello", "delivered")]
    assert delivered.received


async def test_its_owner_opens_the_history_from_the_card(
    anna: Phone, at: At, delivered: ChatBackend
) -> None:
    """Where Look is, as soon as there is an answer, which the card does not show."""
    one = await at(anna)
    one.write("Alice")
    await claim(anna, "Alice")
    await one.shows(await one.reply("Alice", "The first answer"), "👍")
    one.write("Alice", text="And then?")
    await anna.wait_for("And then?")
    await one.shows(await one.reply("Alice", "The second answer"), "👍")
    card = await anna.wait_for(lambda m: "🕘 History" in m.button_texts)
    assert (await anna.tap(card.message_id, "🕘 History")).text == ""
    page = await anna.wait_for(
        lambda m: m.message_id == card.message_id and "Back" in m.button_texts
    )
    assert page.text.splitlines()[1:] == [
        "I am Alice",
        "Alice writes to The Shop",
        "The first answer",
        "↪️ Anna answered",
        "And then?",
        "Alice writes to The Shop",
        "The second answer",
        "↪️ Anna answered",
    ]
    await anna.tap(card.message_id, "Back")
    back = await anna.wait_for(lambda m: "🕘 History" in m.button_texts)
    assert "The first answer" not in back.text
    assert delivered.received


async def test_who_takes_it_over_reads_what_was_answered(
    anna: Phone, bob: Phone, at: At, delivered: ChatBackend
) -> None:
    """Before they do, and afterwards on their own card; what was taken back is not shown."""
    one, _ = await at(anna), await sign_in(bob)
    one.write("Alice")
    gone = await one.reply("Alice", "A slip")
    await one.shows(gone, "👍")
    await anna.send("/undo", reply_to=gone)
    await one.shows(gone, "")
    await one.shows(await one.reply("Alice", "Have you looked outside?"), "👍")
    of_bob = await bob.wait_for(lambda m: "👀 Open" in m.button_texts)
    await bob.tap(of_bob.message_id, "👀 Open")
    page = await bob.wait_for("Have you looked outside?")
    assert "↪️ Anna took an answer back\nHave you looked outside?\n↪️ Anna answered" in page.text
    assert "A slip" not in page.text
    await bob.tap(of_bob.message_id, "Take over")
    await bob.wait_for(lambda m: "Yes, take over from Anna" in m.button_texts)
    await bob.tap(of_bob.message_id, "Yes, take over from Anna")
    card = await bob.wait_for(lambda m: "🕘 History" in m.button_texts)
    await bob.tap(card.message_id, "🕘 History")
    await bob.wait_for("↪️ Anna answered")
    assert delivered.received


async def test_it_lasts_as_long_as_its_conversation(
    anna: Phone, at: At, delivered: ChatBackend, redis: Redis
) -> None:
    """Whoever has written last."""
    one = await at(anna)
    one.write("Alice")
    await one.shows(await one.reply("Alice", "Hello"), "👍")
    conversation = await redis.ttl(conversation_key(ConversationId(ALICE)))
    assert abs(await redis.ttl(history_key(ALICE)) - conversation) < 60
    assert delivered.received
