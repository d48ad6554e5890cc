"""A message that another program wrote, or that has ended: lists show its row without a name."""

import pytest
from redis.asyncio import Redis

from desk_at_work.fixtures import ComeOn, Push
from onduty.wire import message_key
from onduty_desk.conversations.finding import Finder
from onduty_desk.conversations.lists import Lists
from onduty_desk.model.keys import OperatorId
from onduty_dispatcher.wake_ups.routing import Router

ANNA = OperatorId(1)


@pytest.mark.parametrize("json", ["", "}", "[]", '{"customer_name": 1}', "\x00", "9" * 5_000])
async def test_a_spoiled_message_spoils_no_list(
    redis: Redis, router: Router, push: Push, come_on: ComeOn, json: str
) -> None:
    """Its customer is one among others, who must be found still."""
    await come_on(ANNA)
    push("Hello", conversation="c1", customer_name="Alice")
    (message,) = push("Hello", conversation="c2", customer_name="Alicia")
    await router.route_accepted()
    await router.index_names()
    await redis.set(message_key(message), json)

    page = await Lists(redis).page("queue", ANNA)
    assert page is not None
    assert [(row.customer_name, row.text) for row in page.rows] == [("Alice", "Hello"), ("", "")]
    found = await Finder(redis).find(ANNA, "ali")
    assert found is not None
    assert {row.customer_name for row in found.rows} == {"Alice", ""}
