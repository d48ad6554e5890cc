"""What an operator does to write a note, and what is known of it then."""

from collections.abc import Awaitable, Callable

from redis.asyncio import Redis

from bot.replying.answering import Answering
from onduty_desk.model.keys import ConversationId
from onduty_desk.noting.notes import notes_of
from onduty_sandbox.client import ChatMessage, Phone

ASKED = (
    "📝 Your next message in this chat is a note about {customer}, whatever it replies to. Your "
    "colleagues see it; the customer does not."
)
KEPT = "📝 Kept as a note about"
OVER = "📝 No note about"

Own = Callable[..., Awaitable[Answering]]


async def arm(one: Answering, customer: str = "Alice") -> ChatMessage:
    """Tap Note on the customer's card; return what the bot says."""
    card = await one.phone.wait_for(
        lambda m: m.text.startswith(f"🟢 {customer}") and "📝 Note" in m.button_texts
    )
    tapped = await one.phone.tap(card.message_id, "📝 Note")
    assert tapped.text == "Your next message here is a note"
    return await one.phone.wait_for(ASKED.format(customer=customer), after=card.message_id)


async def noted(redis: Redis, customer: str = "Alice") -> list[tuple[str, str]]:
    """Who has noted what about a customer."""
    found = await notes_of(redis, ConversationId(f"of {customer}"))
    return [(note.name, note.text) for note in found]


async def gone(phone: Phone, message_id: int) -> bool:
    """Whether a message is on the phone no more."""
    return all(m.message_id != message_id or m.deleted for m in await phone.messages())
