"""Pinned messages: what a pin changes in a chat, whoever pins, and how bots hear of it."""

from onduty_sandbox.bot_api.shapes import message_json
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.world.chats import Message, User


def pin(telegram: Telegram, message: Message, actor: User, *, silent: bool) -> None:
    """Pin a message, and let the service message about it follow; every bot there gets that one.

    https://core.telegram.org/bots/api#message, pinned_message. A private chat never rings for it.
    """
    chat = message.chat
    message.pinned = True
    telegram.world.changed("pinned", message)
    bubble = telegram.world.add_message(
        chat, actor, {"pinned_message": message_json(message, with_reply=False)}
    )
    bubble.topic_id = message.topic_id
    bubble.silent = silent or chat.user is not None
    telegram.world.changed("message", bubble)
    for bot in telegram.bots_in(chat):
        bot.updates.add("message", message_json(bubble), chat.id)


def unpin(telegram: Telegram, message: Message) -> None:
    """Take a message from the pinned ones; Telegram tells no bot. Asked twice, it tells once."""
    if message.pinned:
        message.pinned = False
        telegram.world.changed("unpinned", message)
