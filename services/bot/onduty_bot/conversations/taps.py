"""Dispatches taps by callback data: those on the bot's own answers, and those on cards."""

from collections.abc import Awaitable, Callable, Mapping

from telegram import CallbackQuery

from onduty_bot.administering.prioritizing import Prioritizing
from onduty_bot.availability.pausing import Pausing
from onduty_bot.conversations.backlog import Backlogs
from onduty_bot.conversations.board import BoardTaps
from onduty_bot.conversations.button_data import (
    ANSWER_AGAIN,
    ANSWER_OVER,
    ANSWER_REOPEN,
    ANSWER_TO,
    ANSWER_UNDO,
    ASK_PRIORITY,
    CLOSE_ROW,
    COLLEAGUES,
    DELEGATE_TO,
    FOUND,
    GROUPS,
    MORE,
    NO_REASON,
    NOT_ON,
    NOTE_CANCEL,
    NOTE_SEND,
    PRIORITY,
    QUICK_BACK,
    QUICK_SEND,
    QUICK_SHOW,
    RELEASE_ALL,
    SHOW,
    TO_COLLEAGUE,
    TO_GROUP,
    UNMUTE,
    ButtonData,
)
from onduty_bot.conversations.claiming import Claiming
from onduty_bot.conversations.delegation import Delegation
from onduty_bot.conversations.finding import Finding
from onduty_bot.conversations.listing import Listing
from onduty_bot.conversations.passing import Passing
from onduty_bot.muting.muting import Mutes
from onduty_bot.noting.noting import Noting
from onduty_bot.quick_replies.choosing import Choosing
from onduty_bot.replying.changing import Changing
from onduty_bot.replying.replying import Replying
from onduty_desk.boards.buttons import BOARD_BACK, BOARD_MINE, BOARD_QUEUE
from onduty_desk.conversations.verbs import Verb
from onduty_desk.texts import Words

_Numbered = Callable[[int, CallbackQuery, ButtonData, Words], Awaitable[None]]


class Taps:
    """Passes each tap to its handler; `Claiming` answers unknown data as an old button."""

    def __init__(  # noqa: PLR0913, PLR0917 - its collaborators, built in service.py
        self,
        claiming: Claiming,
        listing: Listing,
        backlogs: Backlogs,
        delegation: Delegation,
        finding: Finding,
        board: BoardTaps,
        passing: Passing,
        pausing: Pausing,
        replying: Replying,
        changing: Changing,
        noting: Noting,
        choosing: Choosing,
        prioritizing: Prioritizing,
        mutes: Mutes,
    ) -> None:
        self._claiming = claiming
        self._listing = listing
        self._backlogs = backlogs
        self._delegation = delegation
        self._finding = finding
        self._board = board
        self._passing = passing
        self._pausing = pausing
        self._noting = noting
        self._choosing = choosing
        self._numbered: Mapping[str, _Numbered] = {
            "queue": self._turn,
            "mine": self._turn,
            SHOW: self._show,
            FOUND: self._show_found,
            DELEGATE_TO: delegation.delegate,
            CLOSE_ROW: delegation.close_row,
            COLLEAGUES: passing.turn,
            TO_COLLEAGUE: passing.choose_colleague,
            GROUPS: passing.show_groups,
            TO_GROUP: passing.choose_group,
            NO_REASON: passing.give_no_reason,
            NOT_ON: passing.cancel,
            ASK_PRIORITY: prioritizing.ask,
            PRIORITY: prioritizing.choose,
            ANSWER_OVER: replying.take_over,
            ANSWER_REOPEN: replying.reopen,
            ANSWER_TO: replying.send_to,
            ANSWER_AGAIN: changing.again,
            ANSWER_UNDO: changing.undo_delayed,
            NOTE_CANCEL: noting.cancel,
            NOTE_SEND: noting.send_instead,
            QUICK_SHOW: choosing.show,
            QUICK_SEND: choosing.send,
            QUICK_BACK: choosing.back,
            UNMUTE: mutes.unmute,
            Verb.KEEP: claiming.tap_row,
            Verb.CLOSE: claiming.tap_row,
            Verb.RELEASE: claiming.tap_row,
        }

    async def tap(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        """Handle a tap, by its callback data."""
        tapped = ButtonData.read(tap.data)
        if tap.data == MORE:
            await self._backlogs.more(update_id, tap, words)
        elif tap.data == RELEASE_ALL:
            await self._delegation.release(update_id, tap, words)
        elif tap.data in {BOARD_MINE, BOARD_QUEUE}:
            await self._board.tap(update_id, tap, words)
        elif tap.data == BOARD_BACK:
            await self._pausing.tap(update_id, tap, words)
        elif tapped and tapped.verb in self._numbered:
            await self._numbered[tapped.verb](update_id, tap, tapped, words)
        else:
            await self._tap_card(update_id, tap, words)

    async def _tap_card(self, update_id: int, tap: CallbackQuery, words: Words) -> None:
        result = (await self._claiming.tap(update_id, tap, words)).result
        if result == "pass":
            await self._passing.begin(update_id, tap, words)
        elif result == "note":
            await self._noting.begin(update_id, tap, words)
        elif result == "quick":
            await self._choosing.begin(update_id, tap, words)

    async def _turn(self, _: int, tap: CallbackQuery, tapped: ButtonData, words: Words) -> None:
        await self._listing.turn(tap, tapped, words)

    async def _show(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        await self._listing.show(update_id, tap, tapped.number, words)

    async def _show_found(
        self, update_id: int, tap: CallbackQuery, tapped: ButtonData, words: Words
    ) -> None:
        await self._finding.show(update_id, tap, tapped.number, words)
