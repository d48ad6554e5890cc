"""Pinning (https://core.telegram.org/bots/api#pinchatmessage)."""

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.bot_api.pins import pin, unpin
from onduty_sandbox.wire.errors import bad_request


async def pin_chat_message(call: Call) -> Answer:
    """Add a message to the pinned ones; a bubble that says so follows, once."""
    chat = call.writable_chat()
    message = chat.find(call.arguments.integer("message_id"))
    if message is None:
        raise bad_request("message to pin not found")
    if message.is_service:
        raise bad_request("can't pin a service message")
    if not message.pinned:
        call.count_send(chat)
        silent = call.arguments.flag("disable_notification")
        pin(call.telegram, message, call.bot.user, silent=silent)
    return Answer(result=True, message_id=message.message_id)


async def unpin_chat_message(call: Call) -> Answer:
    """Take one from the pinned ones: that which is named, or the newest of them."""
    chat = call.writable_chat()
    if call.arguments.given("message_id"):
        message = chat.find(call.arguments.integer("message_id"))
    else:
        message = next(iter(chat.pinned), None)
    if message is None:
        raise bad_request("message to unpin not found")
    unpin(call.telegram, message)
    return Answer(result=True, message_id=message.message_id)


async def unpin_all_chat_messages(call: Call) -> Answer:
    """Leave no message pinned."""
    for message in call.writable_chat().pinned:
        unpin(call.telegram, message)
    return Answer(result=True)
