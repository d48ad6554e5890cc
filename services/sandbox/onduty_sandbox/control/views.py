"""How users, chats, messages and bots look in the control API: more than Telegram tells a bot."""

from dataclasses import asdict

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.shapes import chat_json, user_json
from onduty_sandbox.wire.json_types import Json, JsonValue, as_object
from onduty_sandbox.world.chats import Chat, Message, User


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
        "pinned": message.pinned,
        "pins": as_object(content.get("pinned_message")).get("message_id"),
        "reactions": {str(sender): emoji for sender, emoji in message.reactions.items()},
        "topic": message.topic_id,
        "topic_created": content.get("forum_topic_created"),
        "topic_edited": content.get("forum_topic_edited"),
        "reply_to": message.reply_to.message_id if message.reply_to else None,
        "photo": content.get("photo"),
        "document": content.get("document"),
        "version": message.version,
        "written_monotonic": message.written_monotonic,
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
        "topics": [topic.as_json() for topic in chat.topics.values() if not topic.deleted],
        "last_action": chat.last_action,
        "message_count": len(chat.messages),
        "read_up_to": chat.read_up_to,
        "version": chat.version,
    }


def bot_view(bot: Bot) -> Json:
    """The bot for the control API: its account, and what it set up."""
    commands: list[JsonValue] = [
        {"scope": scope, "language_code": language, "commands": menu}
        for (scope, language), menu in bot.commands.items()
    ]
    return {
        "user": user_json(bot.user),
        "has_topics": bot.has_topics,
        "users_create_topics": bot.users_create_topics,
        "webhook_url": bot.webhook.settings.url if bot.webhook else "",
        "pending_update_count": len(bot.updates.pending),
        "commands": commands,
        "descriptions": dict(bot.descriptions),
        "short_descriptions": dict(bot.short_descriptions),
    }
