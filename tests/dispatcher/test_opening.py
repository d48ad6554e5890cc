"""What a dispatcher does before Telegram has answered for the first time."""

import asyncio

import pytest

from onduty_desk.telegram.outcomes import TokenRefused
from onduty_dispatcher import opening as module
from onduty_dispatcher.opening import NO_ANSWER, Opening


@pytest.fixture
async def answers(monkeypatch: pytest.MonkeyPatch) -> asyncio.Future[None]:
    """Telegram is away at first; its answer comes when this is set."""
    answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def open_bot(_: object, is_away: asyncio.Event) -> None:
        is_away.set()
        await answer

    monkeypatch.setattr(module, "open_bot", open_bot)
    return answer


async def test_what_needs_telegram_begins_with_its_answer(answers: asyncio.Future[None]) -> None:
    """Until then the process is not ready, and says why."""
    opening, has_begun = Opening(None), asyncio.Event()  # type: ignore[arg-type]

    async def send(_: asyncio.Event) -> None:
        has_begun.set()

    await opening.tried()
    sending = asyncio.create_task(opening.then(send, asyncio.Event()))
    await asyncio.sleep(0)
    assert (opening.trouble, has_begun.is_set()) == (NO_ANSWER, False)
    answers.set_result(None)
    await sending
    assert (opening.trouble, has_begun.is_set()) == (None, True)


async def test_a_token_that_is_refused_at_last_ends_the_process(
    answers: asyncio.Future[None],
) -> None:
    """As it does where Telegram answers at once."""
    opening = Opening(None)  # type: ignore[arg-type]
    await opening.tried()
    sending = asyncio.create_task(opening.then(_never, asyncio.Event()))
    answers.set_exception(TokenRefused("Telegram does not know this bot token"))
    with pytest.raises(TokenRefused):
        await sending


@pytest.mark.usefixtures("answers")
async def test_stopped_before_nothing_of_it_begins() -> None:
    """And nobody is asked any more."""
    opening, stopping = Opening(None), asyncio.Event()  # type: ignore[arg-type]
    await opening.tried()
    sending = asyncio.create_task(opening.then(_never, stopping))
    stopping.set()
    await sending
    await opening.end()


async def _never(_: asyncio.Event) -> None:
    raise AssertionError("it needs Telegram")
