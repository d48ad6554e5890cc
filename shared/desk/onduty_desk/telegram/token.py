"""Pauses this process while Telegram refuses its token, until the token is accepted again.

When a token is rotated, the old one is refused until a restart brings the new one. What is sent
meanwhile is not taken; other processes with a good token go on.
"""

import asyncio
from time import monotonic

import structlog
from telegram import Bot
from telegram.error import TelegramError

from onduty_desk.telegram.outcomes import who_it_is

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
CALM_AFTER_S = 60.0
"""If the token is refused again sooner than this, the pauses go on growing: `getMe` may succeed
although sends are refused."""

REFUSED = "Telegram refuses the bot token; check ONDUTY_BOT_TOKEN"

_log = structlog.get_logger()


class TokenWatch:
    """Whether Telegram accepts this process's token. One per process; its requests report to it."""

    def __init__(
        self, *, first_pause_s: float = FIRST_PAUSE_S, longest_pause_s: float = LONGEST_PAUSE_S
    ) -> None:
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._good, self._bad = asyncio.Event(), asyncio.Event()
        self._good.set()

    @property
    def is_refused(self) -> bool:
        """Whether Telegram refuses the token now."""
        return self._bad.is_set()

    @property
    def trouble(self) -> str | None:
        """The reason for `onduty health`; None while the token is good."""
        return REFUSED if self.is_refused else None

    def refused(self) -> None:
        """Report that Telegram answered 401 or 404; a second call changes nothing."""
        self._bad.set()
        self._good.clear()

    async def wait_until_good(self) -> None:
        """Return when the token is good."""
        await self._good.wait()

    async def wait_until_refused(self) -> None:
        """Return when the token is refused."""
        await self._bad.wait()

    async def run(self, bot: Bot) -> None:
        """Call `getMe` repeatedly while the token is refused; runs until cancelled."""
        good_since, pause_s = -CALM_AFTER_S, self._first_pause_s
        while True:
            await self.wait_until_refused()
            began = monotonic()
            if began - good_since > CALM_AFTER_S:
                pause_s = self._first_pause_s
            _log.error(
                "token.refused",
                next_step="check ONDUTY_BOT_TOKEN and restart with the new one, if there is one; "
                "this process sends nothing and asks again by itself",
            )
            while True:
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, self._longest_pause_s)
                if await _is_known(bot):
                    break
            good_since = monotonic()
            self._bad.clear()
            self._good.set()
            _log.info("token.good_again", after_s=round(good_since - began))


async def _is_known(bot: Bot) -> bool:
    try:
        await who_it_is(bot)
    except TelegramError:  # still refused, or unknown: Telegram may be away too
        return False
    return True
