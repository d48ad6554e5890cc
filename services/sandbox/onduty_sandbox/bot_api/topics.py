"""Topics of private chats: what creating, changing and deleting one changes, whoever does it."""

from onduty_sandbox.bot_api.pins import unpin
from onduty_sandbox.bot_api.shapes import message_json
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Chat, Topic, User

# createForumTopic, icon_color: "Currently, must be one of".
COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)
LONGEST_NAME = 128


def clean_name(name: str) -> str:
    """The name as TDLib takes it: without spaces around it, and cut."""
    return " ".join(name.split())[:LONGEST_NAME].strip()


def has_topics(telegram: Telegram, chat: Chat) -> bool:
    """Whether this is a private chat of a bot that has topics switched on."""
    bot = None if chat.bot_id is None else telegram.bot_by_id(chat.bot_id)
    return bot is not None and bot.has_topics


def create_topic(  # noqa: PLR0913 - a topic has that many properties
    telegram: Telegram,
    chat: Chat,
    actor: User,
    name: str,
    *,
    icon_color: int = COLORS[0],
    icon_custom_emoji_id: str | None = None,
    is_name_implicit: bool = False,
) -> Topic:
    """Open a topic; the service message about it is its first one, and the bot gets that too."""
    created: Json = {"name": name, "icon_color": icon_color}
    if icon_custom_emoji_id:
        created["icon_custom_emoji_id"] = icon_custom_emoji_id
    if is_name_implicit:
        created["is_name_implicit"] = True
    topic = Topic(
        *(chat.last_message_id + 1, name, icon_color, icon_custom_emoji_id, is_name_implicit)
    )
    chat.topics[topic.id] = topic
    telegram.world.chat_changed("topic", chat, topic=topic.as_json())
    _announce(telegram, chat, topic, actor, {"forum_topic_created": created})
    return topic


def changes_to(topic: Topic, name: str, icon: str | None) -> Json:
    """What is different in this name and icon ("": none), as ForumTopicEdited says it."""
    edited: Json = {}
    if name and name != topic.name:
        edited["name"] = name
    if icon is not None and icon != (topic.icon_custom_emoji_id or ""):
        edited["icon_custom_emoji_id"] = icon
    return edited


def edit_topic(telegram: Telegram, chat: Chat, topic: Topic, actor: User, changes: Json) -> None:
    """Make these changes; a service message in the topic says so, and the bot gets that too."""
    if "name" in changes:
        topic.name, topic.is_name_implicit = str(changes["name"]), False
    if "icon_custom_emoji_id" in changes:
        topic.icon_custom_emoji_id = str(changes["icon_custom_emoji_id"]) or None
    telegram.world.chat_changed("topic", chat, topic=topic.as_json())
    _announce(telegram, chat, topic, actor, {"forum_topic_edited": changes})


def delete_topic(telegram: Telegram, chat: Chat, topic: Topic) -> None:
    """Delete it with all its messages; Telegram tells no bot."""
    topic.deleted = True
    for message in chat.messages.values():
        if message.topic_id == topic.id and not message.deleted:
            message.deleted = True
            telegram.world.changed("message_deleted", message)
    telegram.world.chat_changed("topic", chat, topic=topic.as_json())


def unpin_all_in(telegram: Telegram, chat: Chat, topic: Topic) -> None:
    """Leave no message of the topic pinned."""
    for message in chat.pinned:
        if message.topic_id == topic.id:
            unpin(telegram, message)


def _announce(telegram: Telegram, chat: Chat, topic: Topic, actor: User, content: Json) -> None:
    message = telegram.world.add_message(chat, actor, content)
    message.topic_id = topic.id
    message.silent = True
    telegram.world.changed("message", message)
    # Telegram skips what a bot did itself, but for service messages like these.
    for bot in telegram.bots_in(chat):
        bot.updates.add("message", message_json(message), chat.id)
