"""The Bot API's methods by name (https://core.telegram.org/bots/api#available-methods)."""

from collections.abc import Awaitable, Callable

from onduty_sandbox.bot_api.methods import (
    commands,
    deleting,
    descriptions,
    editing,
    files,
    listening,
    pinning,
    reactions,
    sending,
    tapping,
    topics,
)
from onduty_sandbox.bot_api.methods.call import Answer, Call

Method = Callable[[Call], Awaitable[Answer]]

METHODS: dict[str, Method] = {
    "getMe": listening.get_me,
    "getUpdates": listening.get_updates,
    "setWebhook": listening.set_webhook,
    "deleteWebhook": listening.delete_webhook,
    "getWebhookInfo": listening.get_webhook_info,
    "sendMessage": sending.send_message,
    "sendPhoto": files.send_photo,
    "sendDocument": files.send_document,
    "editMessageText": editing.edit_message_text,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "deleteMessage": deleting.delete_message,
    "deleteMessages": deleting.delete_messages,
    "pinChatMessage": pinning.pin_chat_message,
    "unpinChatMessage": pinning.unpin_chat_message,
    "unpinAllChatMessages": pinning.unpin_all_chat_messages,
    "answerCallbackQuery": tapping.answer_callback_query,
    "setMyCommands": commands.set_my_commands,
    "getMyCommands": commands.get_my_commands,
    "deleteMyCommands": commands.delete_my_commands,
    "setMyDescription": descriptions.set_my_description,
    "getMyDescription": descriptions.get_my_description,
    "setMyShortDescription": descriptions.set_my_short_description,
    "getMyShortDescription": descriptions.get_my_short_description,
    "setMessageReaction": reactions.set_message_reaction,
    "sendChatAction": reactions.send_chat_action,
    "createForumTopic": topics.create_forum_topic,
    "editForumTopic": topics.edit_forum_topic,
    "deleteForumTopic": topics.delete_forum_topic,
    "unpinAllForumTopicMessages": topics.unpin_all_forum_topic_messages,
    "getFile": files.get_file,
}

# "All methods in the Bot API are case-insensitive."
NAMES = {name.lower(): name for name in METHODS}
