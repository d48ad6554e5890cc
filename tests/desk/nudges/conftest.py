"""Two operators on duty, and what comes to their phones."""

import pytest

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn


@pytest.fixture
async def desk(at_work: Desk, come_on: ComeOn) -> Desk:
    """Two operators."""
    await come_on(1, 2)
    return at_work
