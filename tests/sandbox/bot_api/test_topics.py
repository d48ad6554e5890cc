"""Topics of private chats, as bots make and use them."""

import pytest

from onduty_sandbox.client import Phone, Sandbox
from onduty_sandbox.wire.json_types import Json, JsonValue, as_object
from sandbox.bot_caller import Ask

BLUE = 0x6FB9F0


@pytest.fixture
async def forum(local: Sandbox, anna: Phone) -> Phone:
    """Anna's phone at a bot whose private chats have topics."""
    await local.switch_topics()
    return anna


async def new_topic(ask: Ask, name: str = "Alice · The Shop", chat_id: int = 7) -> int:
    """Let the bot create a topic; returns its id."""
    reply = await ask("createForumTopic", chat_id=chat_id, name=name)
    assert reply.status == 200, reply.body
    topic = reply.result["message_thread_id"]
    assert isinstance(topic, int)
    return topic


async def send(ask: Ask, text: str = "hi", **parameters: JsonValue) -> Json:
    """Let the bot send a text; returns the Message."""
    reply = await ask("sendMessage", chat_id=7, text=text, **parameters)
    assert reply.status == 200, reply.body
    return reply.result


async def told(ask: Ask) -> list[Json]:
    """The messages that the bot was told of since Anna's start."""
    return [as_object(it["message"]) for it in (await ask("getUpdates")).results if "message" in it]


async def test_a_bot_has_no_topics_until_botfather_switches_them_on(
    local: Sandbox, ask: Ask, anna: Phone
) -> None:
    """GetMe tells, and what needs topics is refused."""
    me = (await ask("getMe")).result
    assert (me["has_topics_enabled"], me["allows_users_to_create_topics"]) == (False, False)
    for method, parameters in (
        ("createForumTopic", {"name": "x"}),
        ("editForumTopic", {"message_thread_id": 3, "name": "x"}),
        ("deleteForumTopic", {"message_thread_id": 3}),
    ):
        reply = await ask(method, chat_id=7, **parameters)
        assert (reply.status, reply.error) == (400, "Bad Request: the chat is not a forum"), method
    await local.switch_topics(users_create=True)
    me = (await ask("getMe")).result
    assert (me["has_topics_enabled"], me["allows_users_to_create_topics"]) == (True, True)
    await local.switch_topics()
    assert (await ask("getMe")).result["allows_users_to_create_topics"] is False
    assert await anna.topics() == []


async def test_a_topic_begins_with_a_message_that_bears_its_id(ask: Ask, forum: Phone) -> None:
    """The bot gets that message as an update of its own doing."""
    reply = await ask("createForumTopic", chat_id=7, name="  Alice ·\n The Shop ")
    topic = reply.result["message_thread_id"]
    assert reply.result == {
        "message_thread_id": topic,
        "name": "Alice · The Shop",
        "icon_color": BLUE,
    }
    (update,) = await told(ask)
    assert (update["message_id"], update["message_thread_id"]) == (topic, topic)
    assert update["is_topic_message"] is True
    assert update["forum_topic_created"] == {"name": "Alice · The Shop", "icon_color": BLUE}
    assert as_object(update["from"])["id"] == 42
    (shown,) = await forum.topics()
    assert (shown.id, shown.name, shown.icon_color) == (topic, "Alice · The Shop", BLUE)
    assert (shown.unread, shown.last_text) == (0, "")


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"name": " \n"}, "name must be non-empty"),
        ({}, "name must be non-empty"),
        ({"name": "x", "icon_color": 5}, "invalid icon color specified"),
    ],
)
async def test_a_topic_needs_a_name_and_one_of_six_colours(
    ask: Ask, forum: Phone, parameters: Json, refusal: str
) -> None:
    """What is refused leaves nothing behind."""
    reply = await ask("createForumTopic", chat_id=7, **parameters)
    assert (reply.status, reply.error) == (400, f"Bad Request: {refusal}")
    assert await forum.topics() == []
    assert len(await forum.messages()) == 1


async def test_a_long_name_is_cut(ask: Ask, forum: Phone) -> None:
    """As TDLib does, without a word."""
    await new_topic(ask, "x" * 200)
    (topic,) = await forum.topics()
    assert topic.name == "x" * 128


async def test_a_group_here_is_no_forum(local: Sandbox, ask: Ask, forum: Phone) -> None:
    """A topic cannot be made there, and a thread that is named in a send is ignored."""
    group = await local.add_group("Team", [forum.user_id], supergroup=True)
    reply = await ask("createForumTopic", chat_id=group, name="x")
    assert reply.error == "Bad Request: the chat is not a forum"
    sent = (await ask("sendMessage", chat_id=group, text="x", message_thread_id=9)).result
    assert "message_thread_id" not in sent


async def test_what_is_sent_into_a_topic_stands_there(ask: Ask, forum: Phone) -> None:
    """Texts and files, edits, and the bubble of a pin; a message outside of any stays there."""
    topic = await new_topic(ask)
    inside = await send(ask, message_thread_id=topic)
    assert (inside["message_thread_id"], inside["is_topic_message"]) == (topic, True)
    assert "reply_to_message" not in inside
    outside = await send(ask)
    assert "message_thread_id" not in outside
    assert "is_topic_message" not in outside
    edited = await ask("editMessageText", chat_id=7, message_id=inside["message_id"], text="new")
    assert edited.result["message_thread_id"] == topic
    await ask("pinChatMessage", chat_id=7, message_id=inside["message_id"])
    assert (await told(ask))[-1]["message_thread_id"] == topic
    shown = {it.message_id: it.topic for it in await forum.messages()}
    assert list(shown.values()) == [None, topic, topic, None, topic]


async def test_a_reply_without_a_topic_goes_where_its_message_is(ask: Ask, forum: Phone) -> None:
    """And one that names another topic is refused here."""
    topic, other = await new_topic(ask), await new_topic(ask, "Bilal")
    inside = (await send(ask, message_thread_id=topic))["message_id"]
    answer = await send(ask, reply_parameters={"message_id": inside})
    assert answer["message_thread_id"] == topic
    reply = await ask(
        "sendMessage",
        chat_id=7,
        text="x",
        message_thread_id=other,
        reply_parameters={"message_id": inside},
    )
    assert reply.error == "Bad Request: replies to other topics are not supported (sandbox)"
    assert len(await forum.messages()) == 5


@pytest.mark.parametrize("topic", [999, 1])
async def test_a_topic_that_is_not_there_is_not_found(ask: Ask, forum: Phone, topic: int) -> None:
    """Also when its number is that of some other message; zero and less name none."""
    reply = await ask("sendMessage", chat_id=7, text="x", message_thread_id=topic)
    assert (reply.status, reply.error) == (400, "Bad Request: message thread not found")
    assert "message_thread_id" not in await send(ask, message_thread_id=0)
    assert len(await forum.messages()) == 2


async def test_topics_that_are_switched_off_take_nothing(
    local: Sandbox, ask: Ask, forum: Phone
) -> None:
    """What was written stays; a reply to it stands outside of any topic."""
    topic = await new_topic(ask)
    inside = (await send(ask, message_thread_id=topic))["message_id"]
    assert isinstance(inside, int)
    await local.switch_topics(enabled=False)
    reply = await ask("sendMessage", chat_id=7, text="x", message_thread_id=topic)
    assert reply.error == "Bad Request: message thread not found"
    reply = await ask("editForumTopic", chat_id=7, message_thread_id=topic, name="x")
    assert reply.error == "Bad Request: the chat is not a forum"
    assert "message_thread_id" not in await send(ask, reply_parameters={"message_id": inside})
    await forum.send("an answer", reply_to=inside)
    assert "message_thread_id" not in (await told(ask))[-1]


async def test_a_topic_is_renamed_and_says_so(ask: Ask, forum: Phone) -> None:
    """The same name again is refused; no name and no icon change nothing."""
    topic = await new_topic(ask)
    rename = {"chat_id": 7, "message_thread_id": topic, "name": "✓ Alice"}
    assert (await ask("editForumTopic", **rename)).body["result"] is True
    again = await ask("editForumTopic", **rename)
    assert (again.status, again.error) == (400, "Bad Request: TOPIC_NOT_MODIFIED")
    nothing = await ask("editForumTopic", chat_id=7, message_thread_id=topic)
    assert nothing.body["result"] is True
    icon = await ask("editForumTopic", chat_id=7, message_thread_id=topic, icon_custom_emoji_id="5")
    assert icon.status == 200
    updates = await told(ask)
    assert [it.get("forum_topic_edited") for it in updates] == [
        None,
        {"name": "✓ Alice"},
        {"icon_custom_emoji_id": "5"},
    ]
    (shown,) = await forum.topics()
    assert (shown.name, shown.icon_custom_emoji_id) == ("✓ Alice", "5")
    await ask("editForumTopic", chat_id=7, message_thread_id=topic, icon_custom_emoji_id="")
    assert (await forum.topics())[0].icon_custom_emoji_id is None


async def test_a_deleted_topic_takes_its_messages_along(ask: Ask, forum: Phone) -> None:
    """Those of the others stay; a second call says that it is gone."""
    topic, other = await new_topic(ask), await new_topic(ask, "Bilal")
    await send(ask, "in it", message_thread_id=topic)
    await send(ask, "in the other", message_thread_id=other)
    await send(ask, "outside")
    reply = await ask("deleteForumTopic", chat_id=7, message_thread_id=topic)
    assert reply.body["result"] is True
    there = [it.text for it in await forum.messages() if not it.deleted and it.text]
    assert there == ["/start", "in the other", "outside"]
    assert [it.id for it in await forum.topics()] == [other]
    for method in ("deleteForumTopic", "editForumTopic", "unpinAllForumTopicMessages"):
        named = {"name": "x"} if method == "editForumTopic" else {}
        reply = await ask(method, chat_id=7, message_thread_id=topic, **named)
        assert (reply.status, reply.error) == (400, "Bad Request: TOPIC_DELETED"), method
        reply = await ask(method, chat_id=7, message_thread_id=999, **named)
        assert reply.error == "Bad Request: TOPIC_ID_INVALID", method
        reply = await ask(method, chat_id=7, message_thread_id=0, **named)
        assert reply.error == "Bad Request: invalid forum topic identifier specified", method
    reply = await ask("sendMessage", chat_id=7, text="x", message_thread_id=topic)
    assert reply.error == "Bad Request: message thread not found"


async def test_what_says_that_a_topic_was_created_cannot_be_deleted(ask: Ask, forum: Phone) -> None:
    """Nor pinned; what says that it was renamed can."""
    topic = await new_topic(ask)
    reply = await ask("deleteMessage", chat_id=7, message_id=topic)
    assert reply.error == "Bad Request: message can't be deleted"
    reply = await ask("pinChatMessage", chat_id=7, message_id=topic)
    assert reply.error == "Bad Request: can't pin a service message"
    await ask("editForumTopic", chat_id=7, message_thread_id=topic, name="✓ Alice")
    renamed = (await forum.messages())[-1].message_id
    assert (await ask("deleteMessage", chat_id=7, message_id=renamed)).status == 200


async def test_only_the_pins_of_one_topic_are_taken_away(ask: Ask, forum: Phone) -> None:
    """Those of other topics and of the chat itself stay."""
    topic, other = await new_topic(ask), await new_topic(ask, "Bilal")
    places = (topic, other, None)
    ids = [(await send(ask, message_thread_id=place))["message_id"] for place in places]
    for message_id in ids:
        await ask("pinChatMessage", chat_id=7, message_id=message_id)
    reply = await ask("unpinAllForumTopicMessages", chat_id=7, message_thread_id=topic)
    assert reply.body["result"] is True
    assert [it.message_id for it in await forum.pinned()] == ids[:0:-1]


async def test_typing_is_shown_in_the_topic(local: Sandbox, ask: Ask, forum: Phone) -> None:
    """And in a topic that is gone nowhere, though Telegram says yes."""
    topic = await new_topic(ask)
    action = {"chat_id": 7, "action": "typing"}
    assert (await ask("sendChatAction", **action, message_thread_id=topic)).body["result"] is True
    assert [it.last_action for it in await forum.topics()] == ["typing"]
    assert (await ask("sendChatAction", **action, message_thread_id=999)).body["result"] is True
    (chat,) = [as_object(it) for it in await _chats(local)]
    assert chat["last_action"] is None
    await ask("sendChatAction", **action)
    (chat,) = [as_object(it) for it in await _chats(local)]
    assert chat["last_action"] == "typing"


async def _chats(local: Sandbox) -> list[JsonValue]:
    answer = await local.ask("GET", "chats")
    assert isinstance(answer, list)
    return answer


async def test_making_and_renaming_count_as_sends(local: Sandbox, ask: Ask, forum: Phone) -> None:
    """What is refused or deletes does not."""
    await local.limits(private_burst=3)
    topic = await new_topic(ask)
    rename = {"chat_id": 7, "message_thread_id": topic, "name": "Alice"}
    assert (await ask("editForumTopic", **rename)).status == 200
    assert (await ask("editForumTopic", **rename)).error == "Bad Request: TOPIC_NOT_MODIFIED"
    await send(ask, message_thread_id=topic)
    assert (await ask("createForumTopic", chat_id=7, name="Bilal")).status == 429
    assert (await ask("deleteForumTopic", chat_id=7, message_thread_id=topic)).status == 200
    assert await forum.topics() == []
