"""A pace for tests, and a card that is sent at it."""

from onduty_desk.phones.outbox import Outbox, Taken
from onduty_desk.telegram.pace import Pace

PACE = Pace(sends_per_second=30, sends_per_chat_per_second=1)


async def send(outbox: Outbox, taken: Taken) -> None:
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    await outbox.settle(taken, "done", "1", attempt_id=attempt.id)
