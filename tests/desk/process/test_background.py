"""A background task of a service that fails starts again."""

import asyncio

import pytest
from structlog.testing import capture_logs

from onduty_desk.process.background import keep_going


async def test_what_breaks_is_told_and_begins_again() -> None:
    """Twice broken, then done: the service has its watch."""
    times: list[int] = []

    async def work() -> None:
        times.append(1)
        if len(times) < 3:
            raise ValueError("a customer's words")

    with capture_logs() as logs:
        await keep_going(work, again_after_s=0)
    assert len(times) == 3
    assert [log["event"] for log in logs] == ["service.broke"] * 2
    assert "words" not in str(logs)


async def test_who_ends_it_ends_it() -> None:
    """Cancelled, it is over."""
    task = asyncio.create_task(keep_going(asyncio.Event().wait))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
