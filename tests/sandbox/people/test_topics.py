"""Topics as people use them: writing in one, outside of any, deleting one."""

import asyncio

import pytest

from onduty_sandbox.client import Phone, Sandbox, SandboxError
from onduty_sandbox.wire.json_types import Json, as_object
from sandbox.bot_caller import Ask

MARKUP: Json = {"inline_keyboard": [[{"text": "x", "callback_data": "x"}]]}


@pytest.fixture
async def forum(local: Sandbox, anna: Phone) -> Phone:
    """Anna's phone at a bot whose private chats have topics."""
    await local.switch_topics()
    return anna


async def new_topic(ask: Ask, name: str = "Alice") -> int:
    """Let the bot create a topic in Anna's chat; returns its id."""
    topic = (await ask("createForumTopic", chat_id=7, name=name)).result["message_thread_id"]
    assert isinstance(topic, int)
    return topic


async def last_update(ask: Ask, kind: str = "message") -> Json:
    """The newest that the bot was told."""
    return as_object((await ask("getUpdates")).results[-1][kind])


async def test_what_is_written_in_a_topic_bears_its_id(ask: Ask, forum: Phone) -> None:
    """Texts, files, commands and edits; what is written outside bears none."""
    topic = await new_topic(ask)
    message_id = await forum.send("hello", topic=topic)
    for act in (
        forum.send("/off", topic=topic),
        forum.send_file("document", b"x", "x.txt", topic=topic),
    ):
        await act
        update = await last_update(ask)
        assert (update["message_thread_id"], update["is_topic_message"]) == (topic, True)
    await forum.edit(message_id, "other")
    assert (await last_update(ask, "edited_message"))["message_thread_id"] == topic
    await forum.send("outside")
    update = await last_update(ask)
    assert "message_thread_id" not in update
    assert "is_topic_message" not in update


async def test_a_reply_is_written_where_its_message_stands(ask: Ask, forum: Phone) -> None:
    """Whether the topic is said or not."""
    topic = await new_topic(ask)
    sent = await ask("sendMessage", chat_id=7, text="hi", message_thread_id=topic)
    card = sent.result["message_id"]
    assert isinstance(card, int)
    await forum.send("an answer", reply_to=card)
    update = await last_update(ask)
    assert update["message_thread_id"] == topic
    assert as_object(update["reply_to_message"])["message_id"] == card


async def test_a_tap_tells_the_topic_of_its_message(ask: Ask, forum: Phone) -> None:
    """In the message of the callback query."""
    topic = await new_topic(ask)
    sent = await ask(
        "sendMessage", chat_id=7, text="hi", message_thread_id=topic, reply_markup=MARKUP
    )
    card = sent.result["message_id"]
    assert isinstance(card, int)
    tapping = asyncio.create_task(forum.tap(card, "x"))
    updates = (await ask("getUpdates")).results
    while "callback_query" not in updates[-1]:
        updates = (await ask("getUpdates", timeout=10)).results
    query = as_object(updates[-1]["callback_query"])
    assert as_object(query["message"])["message_thread_id"] == topic
    await ask("answerCallbackQuery", callback_query_id=query["id"])
    assert (await tapping).answered


async def test_writing_outside_makes_a_topic_where_users_may(
    local: Sandbox, ask: Ask, forum: Phone
) -> None:
    """Its name is nobody's choice, until the bot gives it one."""
    await local.switch_topics(users_create=True)
    await forum.send("hello")
    created, message = [as_object(it["message"]) for it in (await ask("getUpdates")).results]
    topic = created["message_thread_id"]
    assert as_object(created["forum_topic_created"])["is_name_implicit"] is True
    assert as_object(created["from"])["id"] == 7
    assert (message["text"], message["message_thread_id"]) == ("hello", topic)
    assert [it.is_name_implicit for it in await forum.topics()] == [True]
    await ask("editForumTopic", chat_id=7, message_thread_id=topic, name="Alice")
    assert [(it.name, it.is_name_implicit) for it in await forum.topics()] == [("Alice", False)]


async def test_a_deleted_topic_is_gone_and_no_bot_is_told(ask: Ask, forum: Phone) -> None:
    """One cannot write there any more, nor delete it twice."""
    topic = await new_topic(ask)
    await forum.send("hello", topic=topic)
    before = len((await ask("getUpdates")).results)
    await forum.delete_topic(topic)
    assert await forum.topics() == []
    assert [it.text for it in await forum.messages() if not it.deleted] == ["/start"]
    assert len((await ask("getUpdates")).results) == before
    for act in (forum.send("x", topic=topic), forum.delete_topic(topic), forum.read(topic)):
        with pytest.raises(SandboxError, match=f"There is no topic {topic} in chat 7"):
            await act
    reply = await ask("sendMessage", chat_id=7, text="x", message_thread_id=topic)
    assert reply.error == "Bad Request: message thread not found"


async def test_a_cleared_history_leaves_no_topic(ask: Ask, forum: Phone) -> None:
    """Start can be pressed then as in a new chat, and numbers go on."""
    topic = await new_topic(ask)
    await ask("sendMessage", chat_id=7, text="hi", message_thread_id=topic)
    await forum.clear_history()
    assert [it for it in await forum.messages() if not it.deleted] == []
    assert await forum.topics() == []
    assert await forum.start() > topic
    assert "message_thread_id" not in await last_update(ask)


async def test_only_a_private_chat_has_a_history_to_clear(local: Sandbox, forum: Phone) -> None:
    """A group's belongs to all."""
    group = await local.add_group("Team", [7])
    with pytest.raises(SandboxError, match="private chat"):
        await local.phone(7, group).clear_history()
    with pytest.raises(SandboxError, match="Say which topic"):
        await local.ask("POST", "users/7/delete_topic", {})
    assert await forum.topics() == []


async def test_each_topic_is_read_by_itself(ask: Ask, forum: Phone) -> None:
    """Bubbles about topics and pins are not unread, nor is what one wrote oneself."""
    topic, other = await new_topic(ask), await new_topic(ask, "Bilal")
    for place in (topic, topic, other):
        await ask("sendMessage", chat_id=7, text=f"in {place}", message_thread_id=place)
    newest = (await forum.messages())[-1].message_id
    await ask("pinChatMessage", chat_id=7, message_id=newest)
    await ask("editForumTopic", chat_id=7, message_thread_id=other, name="✓ Bilal")
    await forum.send("mine", topic=other)
    assert [(it.unread, it.last_text) for it in await forum.topics()] == [
        (2, f"in {topic}"),
        (1, "mine"),
    ]
    await forum.read()
    assert [it.unread for it in await forum.topics()] == [2, 1]
    await forum.read(topic)
    assert [it.unread for it in await forum.topics()] == [0, 1]


async def test_an_app_that_loses_reply_headers(local: Sandbox, ask: Ask, forum: Phone) -> None:
    """The update does not say what is answered, the topic is that of the message all the same."""
    topic = await new_topic(ask)
    sent = await ask("sendMessage", chat_id=7, text="hi", message_thread_id=topic)
    card = sent.result["message_id"]
    assert isinstance(card, int)
    await local.change_user(7, no_reply_header=True)
    await forum.send("an answer", reply_to=card)
    update = await last_update(ask)
    assert "reply_to_message" not in update
    assert update["message_thread_id"] == topic
    await local.change_user(7, no_reply_header=False)
    await forum.send("an answer", reply_to=card)
    assert "reply_to_message" in await last_update(ask)
