"""What a process does when Telegram refuses its token: it waits, alone, until it is good again.

Tokens are rotated, and for a while the old one is refused before a restart brings the new one, or
it comes back. Nothing that was sent meanwhile was taken; another process with a good token goes on.
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
"""Refused again sooner after it was good, the pauses go on growing: `getMe` may not tell."""

REFUSED = "Telegram refuses the bot token; check ONDUTY_BOT_TOKEN"

_log = structlog.get_logger()


class TokenWatch:
    """Whether Telegram knows this process's token. One for a process; its requests tell it."""

    def __init__(
        self, *, first_pause_s: float = FIRST_PAUSE_S, longest_pause_s: float = LONGEST_PAUSE_S
    ) -> None:
        self._first_pause_s = first_pause_s
        self._longest_pause_s = longest_pause_s
        self._good, self._bad = asyncio.Event(), asyncio.Event()
        self._good.set()

    @property
    def is_refused(self) -> bool:
        """Whether nothing can be sent now."""
        return self._bad.is_set()

    @property
    def trouble(self) -> str | None:
        """What is wrong, for `onduty health`; None if nothing is."""
        return REFUSED if self.is_refused else None

    def refused(self) -> None:
        """Telegram answered 401 or 404; a second call changes nothing."""
        self._bad.set()
        self._good.clear()

    async def wait_until_good(self) -> None:
        """Return at once while the token is good, else when it is good again."""
        await self._good.wait()

    async def wait_until_refused(self) -> None:
        """Return when the token is refused."""
        await self._bad.wait()

    async def run(self, bot: Bot) -> None:
        """Ask Telegram again and again while the token is refused; runs until cancelled."""
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
    except TelegramError:  # refused still, or nobody knows: Telegram may be away too
        return False
    return True
