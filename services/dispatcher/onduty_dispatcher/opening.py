"""Opens the bot of a dispatcher; what needs no Telegram does not wait for it."""

import asyncio
from collections.abc import Awaitable, Callable

from onduty_desk.process.cancellation import cancel
from onduty_desk.telegram.bot import Bot, open_bot

NO_ANSWER = "Telegram has not answered since the start"


class Opening:
    """Begins at once, and goes on for as long as it takes. Needs a running event loop."""

    def __init__(self, bot: Bot) -> None:
        self._is_away = asyncio.Event()
        self._opened = asyncio.create_task(open_bot(bot, self._is_away))

    @property
    def trouble(self) -> str | None:
        """Why the process is not ready; None when Telegram has answered."""
        return None if self._opened.done() else NO_ANSWER

    async def tried(self) -> None:
        """Return when Telegram has answered, or did not; raises TokenRefused."""
        await _first_of(self._opened, self._is_away)
        if self._opened.done():
            self._opened.result()

    async def then(
        self, run: Callable[[asyncio.Event], Awaitable[None]], stopping: asyncio.Event
    ) -> None:
        """Run what needs Telegram when it has answered; never, if `stopping` is set before.

        Raises:
            TokenRefused: it has answered at last, and does not know the token.
        """
        await _first_of(self._opened, stopping)
        if self._opened.done():
            self._opened.result()
            await run(stopping)

    async def end(self) -> None:
        """Ask no more."""
        await cancel(self._opened, again_after_s=0.2)


async def _first_of(task: asyncio.Task[None], event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
