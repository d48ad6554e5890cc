"""What has arrived of answers, and what an operator reads of one that has not."""

from redis.asyncio import Redis

from chat_backend import ChatBackend
from onduty.events import ReplySent
from onduty_desk.model.keys import ConversationId, conversation_key

NOT = "This did not reach the customer\n\n"


def replies(chat: ChatBackend) -> list[tuple[str, str]]:
    return [(one.conversation_id, one.text) for one in chat.received if isinstance(one, ReplySent)]


async def owner(redis: Redis, customer: str) -> str | None:
    found = await redis.hget(conversation_key(ConversationId(f"of {customer}")), "owner")
    return None if found is None else str(found)


def message_update(update_id: int, reply: dict[str, object]) -> dict[str, object]:
    author = {"id": 101, "is_bot": False, "first_name": "Anna", "language_code": "en"}
    chat = {"id": 101, "type": "private", "first_name": "Anna"}
    message = {"message_id": 900, "date": 0, "chat": chat, "from": author, "text": "Hello"}
    return {"update_id": update_id, "message": {**message, "reply_to_message": reply}}
