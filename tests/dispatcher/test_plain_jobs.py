"""What a backend pushes by RQ alone: shown whatever decorates it, refused with a reason."""

import pytest
from redis.asyncio import Redis
from rq.utils import import_attribute

from desk_at_work.fixtures import ComeOn
from onduty.wire import NOTIFY_OPERATORS, ROUTE
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import deliveries_key
from onduty_dispatcher.jobs import Jobs, notify_operators, route
from onduty_dispatcher.wake_ups.routing import Router

MESSAGE = {"text": "Hello", "customer_name": "Alice", "recipient": "The Shop"}


class Sender:
    def wake(self) -> None:
        """Nobody sends here."""


def test_the_names_on_the_wire_are_functions_of_these_names() -> None:
    """Whoever looks for what a job's name means finds it under that name."""
    assert import_attribute(ROUTE) is route
    assert import_attribute(NOTIFY_OPERATORS) is notify_operators


@pytest.mark.parametrize(("name", "arguments"), [(ROUTE, []), (NOTIFY_OPERATORS, [MESSAGE])])
def test_a_worker_that_is_not_a_dispatcher_s_fails_the_job(
    name: str, arguments: list[object]
) -> None:
    """Nothing is lost by it: the sweeper takes over what RQ lists as failed."""
    with pytest.raises(TypeError):
        import_attribute(name)(*arguments)


async def test_an_id_that_is_another_messages_is_told(
    redis: Redis, router: Router, come_on: ComeOn
) -> None:
    """It stands in the failed list with its reason; the first message stays as it was."""
    await come_on(101)
    failures = Failures(redis)
    jobs = Jobs(redis, router, Sender(), failures)  # type: ignore[arg-type]
    for job_id in ("j1", "j2"):  # the same message by two jobs is one
        await notify_operators(jobs, job_id, {**MESSAGE, "id": "m1"})
    assert await failures.all() == {}
    await notify_operators(jobs, "j3", {**MESSAGE, "id": "m1", "text": "Something else"})
    (failure,) = (await failures.all()).values()
    assert "the id m1 is known" in str(failure["reason"])
    assert "Hello" in str(await redis.get("onduty:message:m1"))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"id": "no spaces"}, "id: String should match"),
        ({"reply_url": "https://shop.example/a b"}, "reply_url: must not hold white space"),
    ],
)
async def test_a_mistake_is_one_reason(
    wrong: dict[str, str], reason: str, redis: Redis, router: Router
) -> None:
    """What follows from it is not said as another one; pydantic's own beginning is left out."""
    failures = Failures(redis)
    jobs = Jobs(redis, router, Sender(), failures)  # type: ignore[arg-type]
    await notify_operators(jobs, "j1", {**MESSAGE, **wrong})
    (failure,) = (await failures.all()).values()
    assert str(failure["reason"]).count(":") == 1
    assert reason in str(failure["reason"])


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
    await notify_operators(jobs, "j1", broken)
    assert await failures.all() == {}
    assert await redis.exists(deliveries_key("j1"))
