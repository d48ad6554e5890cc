"""Dispatches taps by callback data: those on the bot's own answers, and those on cards."""

from collections.abc import Awaitable, Callable, Mapping

from telegram import CallbackQuery

from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.conversations.button_data import (
    CLOSE_ROW,
    DELEGATE_TO,
    MORE,
    RELEASE_ALL,
    SHOW,
    ButtonData,
)
from onduty_bot.conversations.claiming import Claiming
from onduty_bot.conversations.delegation import Delegation
from onduty_bot.conversations.listing import Listing
from onduty_desk.texts import Words

_Numbered = Callable[[int, CallbackQuery, ButtonData, Words], Awaitable[None]]


class Taps:
    """Passes each tap to its handler; `Claiming` answers unknown data as an old button."""

    def __init__(
        self, claiming: Claiming, listing: Listing, backlogs: Backlogs, delegation: Delegation
    ) -> None:
        self._claiming = claiming
        self._listing = listing
        self._backlogs = backlogs
        self._delegation = delegation
        self._numbered: Mapping[str, _Numbered] = {
            "queue": self._turn,
            "mine": self._turn,
            SHOW: self._show,
            DELEGATE_TO: delegation.delegate,
            CLOSE_ROW: delegation.close_row,
        }

    async def tap(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Handle a tap, by its callback data."""
        tapped = ButtonData.read(tap.data)
        if tap.data == MORE:
            await self._backlogs.more(update_id, tap, words)
        elif tap.data == RELEASE_ALL:
            await self._delegation.release(update_id, tap, words)
        elif tapped and tapped.verb in self._numbered:
            await self._numbered[tapped.verb](update_id, tap, tapped, words)
        else:
            await self._claiming.tap(update_id, tap, words)

    async def _turn(self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words) -> None:
        await self._listing.turn(tap, tapped, words)

    async def _show(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        await self._listing.show(update_id, tap, tapped.number, words)
