"""What an operator does to answer from Telegram, and what their phone then shows."""

from dataclasses import dataclass, field

from redis.asyncio import Redis

from bot.customers import Customers
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until


@dataclass
class Answering:
    """An operator on duty."""

    phone: Phone
    redis: Redis
    write: Customers
    cards: dict[str, int] = field(default_factory=dict)

    async def card(self, customer: str) -> int:
        """Return the message that shows a customer, when it is there: a claim changes its text."""
        if customer not in self.cards:
            shown = await self.phone.wait_for(f"I am {customer}")
            self.cards[customer] = shown.message_id
        return self.cards[customer]

    async def reply(self, customer: str, text: str) -> int:
        """Reply to the card of a customer; return the id of the own message."""
        return await self.phone.send(text, reply_to=await self.card(customer))

    async def told(self, about: int) -> ChatMessage:
        """Return what the bot says in reply to an own message."""

        def is_about(message: ChatMessage) -> bool:
            return message.from_bot and message.reply_to == about and not message.deleted

        return await self.phone.wait_for(is_about)

    async def shows(self, message_id: int, emoji: str) -> None:
        """Wait until the own message has this reaction of the bot's; "" is none."""

        async def reaction() -> str:
            (found,) = [m for m in await self.phone.messages() if m.message_id == message_id]
            return "".join(found.reactions.values())

        await until(reaction, equals=emoji)
