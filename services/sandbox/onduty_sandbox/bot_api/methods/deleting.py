"""Deleting (https://core.telegram.org/bots/api#deletemessage)."""

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.world.chats import Message
from onduty_sandbox.world.world import World

# "A message can only be deleted if it was sent less than 48 hours ago."
DELETABLE_S = 48 * 3600
MOST_MESSAGES = 100


async def delete_message(call: Call) -> Answer:
    """Delete an own message, or in a private chat any."""
    chat = call.writable_chat()
    message = call.message_in(chat, "message to delete")
    if not _may_delete(call, message):
        raise bad_request("message can't be deleted")
    if call.world.now() - message.date >= DELETABLE_S:
        raise bad_request("message can't be deleted for everyone")
    _delete(call.world, message)
    return Answer(result=True, message_id=message.message_id)


async def delete_messages(call: Call) -> Answer:
    """Delete many; those that are not there are passed over."""
    ids = call.arguments.structure("message_ids", "can't parse message_ids JSON object")
    if ids is None:
        raise bad_request("message identifiers are not specified")
    if not isinstance(ids, list):
        raise bad_request("expected an Array of message identifiers")
    if len(ids) > MOST_MESSAGES:
        raise bad_request("too many message identifiers specified")
    chat = call.writable_chat()
    found = [chat.find(message_id) for message_id in ids if isinstance(message_id, int)]
    messages = [message for message in found if message is not None]
    if not all(_may_delete(call, message) for message in messages):
        raise bad_request("message can't be deleted")
    for message in messages:
        if call.world.now() - message.date < DELETABLE_S:
            _delete(call.world, message)
    return Answer(result=True)


def _may_delete(call: Call, message: Message) -> bool:
    # deleteMessage: "Service messages about a […] forum topic creation can't be deleted".
    if "forum_topic_created" in message.content:
        return False
    return message.chat.type == "private" or message.sender.id == call.bot.user.id


def _delete(world: World, message: Message) -> None:
    message.deleted = True
    world.changed("message_deleted", message)
