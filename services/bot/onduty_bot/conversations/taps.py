"""Which tap is for whom: those on cards, and those on the bot's own answers."""

from collections.abc import Awaitable, Callable, Mapping

from telegram import CallbackQuery

from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.conversations.buttons import CLOSE_ROW, HAND_TO, MORE, RELEASE_ALL, SHOW, Tapped
from onduty_bot.conversations.claiming import Claiming
from onduty_bot.conversations.delegation import HandingOver
from onduty_bot.conversations.listing import Listing
from onduty_desk.texts import Words

_Numbered = Callable[[int, CallbackQuery, Tapped, Words], Awaitable[None]]


class Taps:
    """Gives each tap to the one it is for; what nobody knows is an old button's."""

    def __init__(
        self, claiming: Claiming, listing: Listing, backlogs: Backlogs, handing_over: HandingOver
    ) -> None:
        self._claiming = claiming
        self._listing = listing
        self._backlogs = backlogs
        self._handing_over = handing_over
        self._numbered: Mapping[str, _Numbered] = {
            "queue": self._turn,
            "mine": self._turn,
            SHOW: self._show,
            HAND_TO: handing_over.hand_to,
            CLOSE_ROW: handing_over.close_row,
        }

    async def tap(self, update_id: int, tap: CallbackQuery, told: Words) -> None:
        """Handle a tap, by what its button carries."""
        tapped = Tapped.read(tap.data)
        if tap.data == MORE:
            await self._backlogs.more(update_id, tap, told)
        elif tap.data == RELEASE_ALL:
            await self._handing_over.release(update_id, tap, told)
        elif tapped and tapped.verb in self._numbered:
            await self._numbered[tapped.verb](update_id, tap, tapped, told)
        else:
            await self._claiming.tap(update_id, tap, told)

    async def _turn(self, _: int, tap: CallbackQuery, tapped: Tapped, told: Words) -> None:
        await self._listing.turn(tap, tapped, told)

    async def _show(self, update_id: int, tap: CallbackQuery, tapped: Tapped, told: Words) -> None:
        await self._listing.show(update_id, tap, tapped.number, told)
