"""Sending (https://core.telegram.org/bots/api#sendmessage), shared by texts and files."""

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.bot_api.methods.keyboards import read_markup
from onduty_sandbox.bot_api.methods.topics import topic_to_send_to
from onduty_sandbox.bot_api.shapes import message_json
from onduty_sandbox.texts.reading import read_text
from onduty_sandbox.wire.arguments import Arguments
from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Chat, Message

PREVIEW_FLAGS = ("is_disabled", "prefer_small_media", "prefer_large_media", "show_above_text")


async def send_message(call: Call) -> Answer:
    """Put a text into a chat."""
    text, entities = read_text(call.arguments, call.find_user)
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    preview = read_preview(call.arguments)
    if preview:
        content["link_preview_options"] = preview
    return send(call, content)


def send(call: Call, content: Json) -> Answer:
    """Check all that every send has in common, take the message, and return it."""
    buttons, keyboard = read_markup(call.arguments)
    chat = call.writable_chat()
    reply_to, topic_id = _place(call, chat)
    call.count_send(chat)
    if call.arguments.flag("protect_content"):
        content["has_protected_content"] = True
    message = call.world.add_message(chat, call.bot.user, content)
    message.buttons = buttons
    message.keyboard = keyboard
    message.reply_to = reply_to
    message.topic_id = topic_id
    message.silent = call.arguments.flag("disable_notification")
    call.world.changed("message", message)
    return Answer(message_json(message), message_id=message.message_id)


def _place(call: Call, chat: Chat) -> tuple[Message | None, int | None]:
    """What the message answers, and its topic: by default that of what it answers."""
    topic = None if call.loses_topics else topic_to_send_to(call, chat)
    reply_to = _replied_message(call, chat)
    if reply_to is None or call.loses_topics:
        return reply_to, topic.id if topic else None
    theirs = reply_to.topic_id if call.bot.has_topics else None
    if topic is not None and topic.id != theirs:
        raise bad_request("replies to other topics are not supported (sandbox)")
    return reply_to, theirs


def read_preview(arguments: Arguments) -> Json | None:
    """Return LinkPreviewOptions as Telegram repeats them: only what is set."""
    value = arguments.structure(
        "link_preview_options", "can't parse link preview options JSON object"
    )
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as link preview options")
    preview: Json = {name: True for name in PREVIEW_FLAGS if value.get(name)}
    if value.get("url"):
        preview["url"] = value["url"]
    return preview


def _replied_message(call: Call, chat: Chat) -> Message | None:
    value = call.arguments.structure("reply_parameters", "can't parse reply parameters JSON object")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply parameters")
    if not value:
        return None
    message_id = value.get("message_id")
    if not isinstance(message_id, int):
        raise bad_request('can\'t find field "message_id"')
    if value.get("chat_id") not in (None, chat.id, str(chat.id)):
        raise bad_request("replies to other chats are not supported (sandbox)")
    message = chat.find(message_id)
    if message is None and not value.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message
