"""Who has the last word, the customer or an operator, in the view from which cards are written."""

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, Push
from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.phones.outbox import Outbox
from onduty_dispatcher.wake_ups.routing import Router


@pytest.mark.parametrize(("then", "is_answered"), [((), True), (("And then?",), False)])
async def test_the_view_says_who_has_the_last_word(
    redis: Redis,
    router: Router,
    outbox: Outbox,
    come_on: ComeOn,
    push: Push,
    then: tuple[str, ...],
    *,
    is_answered: bool,
) -> None:
    """An answer that the backend reports is the operator's; the next message is the customer's."""
    await come_on(1)
    push("Hello?")
    await redis.rpush(inbox_key("c1"), '["touch"]')
    await redis.zadd(ACCEPTED, {"c1": 1})
    push(*then)
    await router.route_accepted()
    (taken,), _ = await outbox.take(10)
    assert taken.view.is_answered == is_answered
