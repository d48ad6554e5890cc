"""Which methods there are and which parameters each of them knows (Bot API 10.1).

Telegram ignores an unknown parameter without a word, and a misspelt one is then missed for months:
the sandbox refuses it. A test compares this table with the specification.
"""

from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.wire.json_types import Json

_SENDING = (
    "business_connection_id chat_id message_thread_id direct_messages_topic_id parse_mode "
    "disable_notification protect_content allow_paid_broadcast message_effect_id "
    "suggested_post_parameters reply_parameters reply_markup"
)
_CAPTION = "caption caption_entities"
_EDITING = "business_connection_id chat_id message_id inline_message_id reply_markup"

PARAMETERS: dict[str, frozenset[str]] = {
    method: frozenset(names.split())
    for method, names in {
        "getMe": "",
        "getUpdates": "offset limit timeout allowed_updates",
        "setWebhook": "url certificate ip_address max_connections allowed_updates "
        "drop_pending_updates secret_token",
        "deleteWebhook": "drop_pending_updates",
        "getWebhookInfo": "",
        "sendMessage": f"{_SENDING} text entities link_preview_options",
        "sendPhoto": f"{_SENDING} {_CAPTION} photo show_caption_above_media has_spoiler",
        "sendDocument": f"{_SENDING} {_CAPTION} document thumbnail disable_content_type_detection",
        "editMessageText": f"{_EDITING} text parse_mode entities link_preview_options rich_message",
        "editMessageReplyMarkup": _EDITING,
        "deleteMessage": "chat_id message_id",
        "deleteMessages": "chat_id message_ids",
        "pinChatMessage": "business_connection_id chat_id message_id disable_notification",
        "unpinChatMessage": "business_connection_id chat_id message_id",
        "unpinAllChatMessages": "chat_id",
        "answerCallbackQuery": "callback_query_id text show_alert url cache_time",
        "setMyCommands": "commands scope language_code",
        "getMyCommands": "scope language_code",
        "deleteMyCommands": "scope language_code",
        "setMyDescription": "description language_code",
        "getMyDescription": "language_code",
        "setMyShortDescription": "short_description language_code",
        "getMyShortDescription": "language_code",
        "setMessageReaction": "chat_id message_id reaction is_big",
        "sendChatAction": "business_connection_id chat_id message_thread_id action",
        "createForumTopic": "chat_id name icon_color icon_custom_emoji_id",
        "editForumTopic": "chat_id message_thread_id name icon_custom_emoji_id",
        "deleteForumTopic": "chat_id message_thread_id",
        "unpinAllForumTopicMessages": "chat_id message_thread_id",
        "getFile": "file_id",
    }.items()
}

# Telegram knows them and the sandbox does not do them: better refused than forgotten.
UNSUPPORTED = frozenset(
    {
        "business_connection_id",
        "direct_messages_topic_id",
        "inline_message_id",
        "message_effect_id",
        "rich_message",
        "suggested_post_parameters",
    }
)


def check_names(method: str, values: Json) -> None:
    """Refuse parameters that the method, or this sandbox, does not know."""
    known = PARAMETERS[method]
    for name in values:
        if name not in known:
            raise bad_request(f'unknown parameter "{name}" (sandbox)')
        if name in UNSUPPORTED:
            raise bad_request(f'parameter "{name}" is not supported (sandbox)')
