"""What has arrived of answers, and what an operator reads of one that has not."""

from redis.asyncio import Redis

from chat_backend import ChatBackend
from onduty.events import ReplyDeleted, ReplyEdited, ReplySent
from onduty_desk.model.keys import ConversationId, conversation_key
from onduty_sandbox.client import ChatMessage, Phone

FAILED = "😢 This did not reach the customer: "
NOT = "This did not reach the customer\n\n"


def replies(chat: ChatBackend) -> list[tuple[str, str]]:
    return [(one.conversation_id, one.text) for one in chat.received if isinstance(one, ReplySent)]


def told(chat: ChatBackend) -> list[tuple[str, str]]:
    """What the backend got of answers, in order."""
    found: list[tuple[str, str]] = []
    for event in chat.received:
        if isinstance(event, ReplySent | ReplyEdited):
            found.append((event.type, event.text))
        elif isinstance(event, ReplyDeleted):
            found.append((event.type, ""))
    return found


def ids(chat: ChatBackend) -> set[str]:
    return {
        event.reply_id
        for event in chat.received
        if isinstance(event, ReplySent | ReplyEdited | ReplyDeleted)
    }


async def is_deleted(phone: Phone, message: ChatMessage) -> bool:
    (shown,) = [m for m in await phone.messages() if m.message_id == message.message_id]
    return shown.deleted


async def owner(redis: Redis, customer: str) -> str | None:
    found = await redis.hget(conversation_key(ConversationId(f"of {customer}")), "owner")
    return None if found is None else str(found)


def message_update(update_id: int, reply: dict[str, object]) -> dict[str, object]:
    author = {"id": 101, "is_bot": False, "first_name": "Anna", "language_code": "en"}
    chat = {"id": 101, "type": "private", "first_name": "Anna"}
    message = {"message_id": 900, "date": 0, "chat": chat, "from": author, "text": "Hello"}
    return {"update_id": update_id, "message": {**message, "reply_to_message": reply}}
