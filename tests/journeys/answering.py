"""Operators who answer from Telegram, and what their phones and the backend then have."""

from collections import defaultdict
from collections.abc import Sequence

from chaos.answering.judging import emoji_of
from chat_backend import ChatBackend
from onduty import CustomerMessage, SupportDesk
from onduty.events import ReplyDeleted, ReplyEdited, ReplySent
from onduty.testing import WEBHOOK_SECRET
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from waiting import until

from .conftest import Desk

NOT_SENT = "This did not reach the customer"
OVER = "Take over and send"


def tell(desk: Desk, url: str) -> None:
    """Let dispatchers bring events to this address."""
    desk.environment |= {"ONDUTY_EVENTS_URL": url, "ONDUTY_EVENTS_SECRET": WEBHOOK_SECRET}


def customers_write(redis_url: str, *names: str, text: str = "Hello?") -> None:
    """Let these customers write, each in the conversation of the same name."""
    with SupportDesk(redis_url) as desk:
        desk.notify_many(
            CustomerMessage(
                text=f"{text} ({name})",
                customer_name=name,
                recipient="The Shop",
                conversation_id=name,
            )
            for name in names
        )


async def card_of(phone: Phone, name: str) -> int:
    """Return the card of a customer, as soon as it is there."""
    return (await phone.wait_for(f"({name})")).message_id


async def shows(phone: Phone, message_id: int, emoji: str) -> None:
    """Wait until the own message has this reaction of the bot's; "" is none."""

    async def reaction() -> str:
        (found,) = [m for m in await phone.messages() if m.message_id == message_id]
        return "".join(found.reactions.values())

    await until(reaction, equals=emoji)


async def asked_about(phone: Phone, message_id: int) -> ChatMessage:
    """Return the bot's question below an own message."""

    def is_about(message: ChatMessage) -> bool:
        is_there = message.from_bot and not message.deleted
        return is_there and message.reply_to == message_id and bool(message.buttons)

    return await phone.wait_for(is_about)


def arrived(chat: ChatBackend) -> dict[str, list[str]]:
    """Return what each customer got, each event once: an edit as "→ text", a deletion as "✗"."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for event in {event.id: event for event in chat.received}.values():
        match event:
            case ReplySent(text=text):
                texts[event.conversation_id].append(text)
            case ReplyEdited(text=text):
                texts[event.conversation_id].append(f"→ {text}")
            case ReplyDeleted():
                texts[event.conversation_id].append("✗")
            case _:
                pass
    return dict(texts)


def reply_ids(chat: ChatBackend) -> dict[str, set[str]]:
    """Return the ids of the answers by their first text."""
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for event in chat.received:
        if isinstance(event, ReplySent):
            ids[event.text].add(event.reply_id)
    return dict(ids)


async def reactions_of(sandbox: Sandbox, phone: Phone, messages: Sequence[int]) -> list[str]:
    """Return what was shown on each of these messages one after the other."""
    shown: defaultdict[int, list[str]] = defaultdict(list)
    for request in await sandbox.log(method="setMessageReaction"):
        if request.taken and request.chat_id == phone.chat_id:
            emoji = emoji_of(request) or "–"
            shown[int(str(request.parameters["message_id"]))].append(emoji)
    return ["".join(shown[message]) for message in messages]
