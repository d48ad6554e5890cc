"""A message on its way to a phone."""

import pytest

from desk_at_work.fixtures import ComeOn, Push
from onduty_dispatcher.wake_ups.routing import Router


@pytest.fixture
async def message(router: Router, push: Push, come_on: ComeOn) -> str:
    """A message that waits for operator 1."""
    await come_on(1)
    (message_id,) = push("One")
    await router.route_accepted()
    return message_id
