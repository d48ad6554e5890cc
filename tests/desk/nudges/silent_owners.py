"""Operators who have claimed customers and say nothing, while the clock is moved."""

from datetime import timedelta

from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import MoveClock, Push
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, conversation_key

MINUTE = timedelta(minutes=1)


async def at(desk: Desk, move_clock: MoveClock, minutes: float) -> None:
    await move_clock(minutes * MINUTE)
    await desk.run_timers()
    await desk.quiet()


async def claim(desk: Desk, push: Push, *names: str, operator: int = 1) -> None:
    """Let an operator take customers, whose conversations bear their names."""
    for name in names:
        push(f"It is {name}", conversation=name, customer_name=name)
    await desk.jobs.route()
    await desk.quiet()
    for name in names:
        await pass_to(desk, name, operator)
    await desk.quiet()


async def pass_to(desk: Desk, name: str, operator: int) -> None:
    """Tap the card of a conversation."""
    for card in await desk.cards(operator):
        if f"It is {name}" in card.text and "🙋 I'll answer" in card.button_texts:
            await desk.tap(operator, Verb.CLAIM, card.message_id)


async def state(redis: Redis, name: str) -> object:
    return await redis.hget(conversation_key(ConversationId(name)), "state")


async def rings(desk: Desk, operator: int = 1) -> list[str]:
    """Return the first line of each nudge that has rung there, deleted ones too."""
    shown = await desk.phones[operator - 1].messages()
    asked = [m for m in shown if m.from_bot and m.text.startswith("⏳") and not m.silent]
    return [message.text.partition("\n")[0] for message in asked]
