"""Topics of private chats (https://core.telegram.org/bots/api#createforumtopic).

What is refused, and how, stands in telegram-bot-api's Client.cpp and TDLib's
ForumTopicManager.cpp; what Telegram's server says itself (TOPIC_…), others have reported.
"""

from onduty_sandbox.bot_api import topics
from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Chat, Topic


async def create_forum_topic(call: Call) -> Answer:
    """Open a topic and return it; its service message counts as a send."""
    chat = _chat_with_topics(call)
    name = topics.clean_name(call.arguments.text("name"))
    if not name:
        raise bad_request("name must be non-empty")
    color = call.arguments.integer("icon_color") or topics.COLORS[0]
    if color not in topics.COLORS:
        raise bad_request("invalid icon color specified")
    call.count_send(chat)
    topic = topics.create_topic(
        *(call.telegram, chat, call.bot.user, name),
        icon_color=color,
        icon_custom_emoji_id=call.arguments.text("icon_custom_emoji_id") or None,
    )
    return Answer(_forum_topic(topic), message_id=topic.id)


async def edit_forum_topic(call: Call) -> Answer:
    """Change name or icon; that they are the same already is refused, as for messages."""
    chat = _chat_with_topics(call)
    topic = _named_topic(call, chat)
    given = call.arguments.text("name")
    name = topics.clean_name(given)
    if given and not name:
        raise bad_request("name must be non-empty")
    changes_icon = call.arguments.values.get("icon_custom_emoji_id") is not None
    icon = call.arguments.text("icon_custom_emoji_id") if changes_icon else None
    if not name and icon is None:
        return Answer(result=True)
    changes = topics.changes_to(topic, name, icon)
    if not changes:
        raise bad_request("TOPIC_NOT_MODIFIED")
    call.count_send(chat)
    topics.edit_topic(call.telegram, chat, topic, call.bot.user, changes)
    return Answer(result=True)


async def delete_forum_topic(call: Call) -> Answer:
    """Delete a topic with all its messages, however old they are."""
    chat = _chat_with_topics(call)
    topics.delete_topic(call.telegram, chat, _named_topic(call, chat))
    return Answer(result=True)


async def unpin_all_forum_topic_messages(call: Call) -> Answer:
    """Leave no message of the topic pinned."""
    chat = _chat_with_topics(call)
    topics.unpin_all_in(call.telegram, chat, _named_topic(call, chat))
    return Answer(result=True)


def topic_to_send_to(call: Call, chat: Chat) -> Topic | None:
    """Return the topic that a send names; a group here is no forum, where it is ignored."""
    topic_id = call.arguments.integer("message_thread_id")
    if topic_id <= 0 or chat.user is None:
        return None
    topic = chat.topic(topic_id) if call.bot.has_topics else None
    if topic is None:
        raise bad_request("message thread not found")
    return topic


def _chat_with_topics(call: Call) -> Chat:
    chat = call.writable_chat()
    if not topics.has_topics(call.telegram, chat):
        raise bad_request("the chat is not a forum")
    return chat


def _named_topic(call: Call, chat: Chat) -> Topic:
    topic_id = call.arguments.integer("message_thread_id")
    if topic_id <= 0:
        raise bad_request("invalid forum topic identifier specified")
    topic = chat.topics.get(topic_id)
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    if topic.deleted:
        raise bad_request("TOPIC_DELETED")
    return topic


def _forum_topic(topic: Topic) -> Json:
    shape: Json = {
        "message_thread_id": topic.id,
        "name": topic.name,
        "icon_color": topic.icon_color,
    }
    if topic.icon_custom_emoji_id:
        shape["icon_custom_emoji_id"] = topic.icon_custom_emoji_id
    return shape
