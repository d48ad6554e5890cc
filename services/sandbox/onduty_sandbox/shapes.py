"""How users, chats and messages look in the Bot API (https://core.telegram.org/bots/api#available-types)."""

from dataclasses import asdict

from onduty_sandbox.json_types import Json
from onduty_sandbox.world import Chat, Message, User


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
    if with_reply and message.reply_to is not None and not message.reply_to.deleted:
        shape["reply_to_message"] = message_json(message.reply_to, with_reply=False)
    shape.update(message.content)
    if message.buttons is not None:
        shape["reply_markup"] = message.buttons
    return shape


def message_view(message: Message) -> Json:
    """The message as a phone shows it, for the control API: more than Telegram tells a bot."""
    content = message.content
    preview = content.get("link_preview_options")
    return {
        "message_id": message.message_id,
        "chat_id": message.chat.id,
        "from": user_json(message.sender),
        "from_bot": message.sender.is_bot,
        "date": message.date,
        "text": content.get("text", content.get("caption", "")),
        "entities": content.get("entities", content.get("caption_entities", [])),
        "reply_markup": message.buttons or message.keyboard,
        "link_preview_options": preview,
        "preview_off": bool(preview.get("is_disabled")) if isinstance(preview, dict) else False,
        "deleted": message.deleted,
        "edited": message.edit_date is not None,
        "edit_date": message.edit_date,
        "silent": message.silent,
        "protected": bool(content.get("has_protected_content")),
        "reactions": {str(sender): emoji for sender, emoji in message.reactions.items()},
        "reply_to": message.reply_to.message_id if message.reply_to else None,
        "photo": content.get("photo"),
        "document": content.get("document"),
        "version": message.version,
    }


def user_view(user: User) -> Json:
    """The user for the control API."""
    return asdict(user)


def chat_view(chat: Chat) -> Json:
    """The chat for the control API, without its messages."""
    return {
        "chat": chat_json(chat),
        "bot_id": chat.bot_id,
        "opened": chat.opened,
        "blocked": chat.blocked,
        "members": list(chat.users),
        "bots": {str(bot_id): status for bot_id, status in chat.bots.items()},
        "migrated_to": chat.migrated_to,
        "last_action": chat.last_action,
        "message_count": len(chat.messages),
        "read_up_to": chat.read_up_to,
        "version": chat.version,
    }
