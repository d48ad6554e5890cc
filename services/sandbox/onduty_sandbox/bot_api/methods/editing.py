"""Editing (https://core.telegram.org/bots/api#updating-messages)."""

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.bot_api.methods.keyboards import read_markup
from onduty_sandbox.bot_api.methods.sending import read_preview
from onduty_sandbox.bot_api.shapes import message_json
from onduty_sandbox.texts.reading import read_text
from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Message

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


async def edit_message_text(call: Call) -> Answer:
    """Replace a text; buttons that are not sent again are gone."""
    text, entities = read_text(call.arguments, call.find_user)
    preview = read_preview(call.arguments)
    buttons, _ = read_markup(call.arguments)
    message = _own_message(call)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    content: Json = {"text": text}
    if entities:
        content["entities"] = entities
    if preview:
        content["link_preview_options"] = preview
    if "has_protected_content" in message.content:
        content["has_protected_content"] = True
    return _replace(call, message, content, buttons)


async def edit_message_reply_markup(call: Call) -> Answer:
    """Replace only the buttons."""
    buttons, _ = read_markup(call.arguments)
    message = _own_message(call)
    return _replace(call, message, message.content, buttons)


def _own_message(call: Call) -> Message:
    if not call.arguments.given("chat_id") and not call.arguments.given("message_id"):
        raise bad_request("message identifier is not specified")
    chat = call.writable_chat()
    message = call.message_in(chat, "message to edit")
    if message.sender.id != call.bot.user.id:
        raise bad_request("message can't be edited")
    return message


def _replace(call: Call, message: Message, content: Json, buttons: Json | None) -> Answer:
    if content == message.content and buttons == message.buttons:
        raise bad_request(NOT_MODIFIED)
    call.count_send(message.chat)
    message.content = content
    message.buttons = buttons
    message.edit_date = call.world.now()
    call.world.changed("message_edited", message)
    return Answer(message_json(message), message_id=message.message_id)
