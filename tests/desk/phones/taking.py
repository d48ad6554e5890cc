"""A sender's first step, and the state that a delivery is in."""

from itertools import count

from redis.asyncio import Redis

from onduty_desk.model.keys import deliveries_key
from onduty_desk.model.words import Step
from onduty_desk.phones.outbox import Outbox, Taken

_messages = count(1000)


async def take_one(outbox: Outbox) -> Taken:
    (taken,), _ = await outbox.take(10)
    return taken


async def send(outbox: Outbox, taken: Taken) -> int:
    """Let Telegram take a card; return its id there."""
    attempt = await outbox.attempt(taken, taken.message_ids, 1)
    assert attempt
    sent = next(_messages)
    await outbox.settle(taken, "done", str(sent), attempt_id=attempt.id)
    return sent


async def do_all(outbox: Outbox) -> list[tuple[Step, list[str]]]:
    """Do what is due, one after the other; return each step with the texts it shows."""
    done: list[tuple[Step, list[str]]] = []
    while taken := (await outbox.take(1))[0]:
        (step,) = taken
        if step.step == "send":
            await send(outbox, step)
        else:
            await outbox.settle(step, "done", "")
        done.append((step.step, [message.text for message in step.messages]))
    return done


async def state(redis: Redis, message: str) -> str | bytes | None:
    return await redis.hget(deliveries_key(message), "1")
