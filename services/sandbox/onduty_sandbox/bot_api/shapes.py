"""How users, chats and messages look in the Bot API (https://core.telegram.org/bots/api#available-types)."""

from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Chat, Message, User


def user_json(user: User) -> Json:
    """User, without the fields that only getMe returns."""
    shape: Json = {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name}
    if user.last_name:
        shape["last_name"] = user.last_name
    if user.username:
        shape["username"] = user.username
    if user.language_code:
        shape["language_code"] = user.language_code
    return shape


def chat_json(chat: Chat) -> Json:
    """Chat: the names of the user, or the title of the group."""
    if chat.user is None:
        return {"id": chat.id, "title": chat.title or "", "type": chat.type}
    shape: Json = {"id": chat.id, "first_name": chat.user.first_name}
    if chat.user.last_name:
        shape["last_name"] = chat.user.last_name
    if chat.user.username:
        shape["username"] = chat.user.username
    shape["type"] = chat.type
    return shape


def message_json(message: Message, *, with_reply: bool = True) -> Json:
    """Message; the one it answers is shown one level deep, as Telegram does."""
    shape: Json = {
        "message_id": message.message_id,
        "from": user_json(message.sender),
        "chat": chat_json(message.chat),
        "date": message.date,
    }
    if message.edit_date is not None:
        shape["edit_date"] = message.edit_date
    if message.topic_id is not None:
        shape["message_thread_id"] = message.topic_id
        shape["is_topic_message"] = True
    if with_reply and message.reply_to is not None and not message.reply_to.deleted:
        shape["reply_to_message"] = message_json(message.reply_to, with_reply=False)
    shape.update(message.content)
    if message.buttons is not None:
        shape["reply_markup"] = message.buttons
    return shape
