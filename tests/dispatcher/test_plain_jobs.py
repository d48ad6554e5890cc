"""What a backend pushes by RQ alone: shown whatever decorates it, refused with a reason."""

from redis.asyncio import Redis

from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import deliveries_key
from onduty_dispatcher.jobs import Jobs
from onduty_dispatcher.wake_ups.routing import Router

from .conftest import ComeOn

MESSAGE = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}


class Sender:
    def wake(self) -> None:
        """Nobody sends here."""


async def test_an_id_that_is_another_messages_is_told(
    redis: Redis, router: Router, come_on: ComeOn
) -> None:
    """It stands in the failed list with its reason; the first message stays as it was."""
    await come_on(101)
    failures = Failures(redis)
    jobs = Jobs(redis, router, Sender(), failures)  # type: ignore[arg-type]
    for job_id in ("j1", "j2"):  # the same message by two jobs is one
        await jobs.notify_operators(job_id, {**MESSAGE, "id": "m1"})
    assert await failures.all() == {}
    await jobs.notify_operators("j3", {**MESSAGE, "id": "m1", "text": "Something else"})
    (failure,) = (await failures.all()).values()
    assert "the id m1 is known" in str(failure["reason"])
    assert "Hello" in str(await redis.get("onduty:message:m1"))


async def test_a_broken_decoration_is_no_reason_to_fail(
    redis: Redis, router: Router, come_on: ComeOn
) -> None:
    """Impossible sizes, too much of everything, half a character: the customer is offered."""
    await come_on(101)
    failures = Failures(redis)
    jobs = Jobs(redis, router, Sender(), failures)  # type: ignore[arg-type]
    broken = {
        **MESSAGE,
        "text": "Hi \ud83d",
        "customer_name": "x" * 1_000,
        "details": {f"{n}" * 100: 10**400 for n in range(30)},
        "attachments": [{"url": "https://shop.example/1", "size": 10**400}, {"url": 7}] * 8,
    }
    await jobs.notify_operators("j1", broken)
    assert await failures.all() == {}
    assert await redis.exists(deliveries_key("j1"))
