"""What is done at a phone besides sending customers' words: notes, and cards that are drawn anew.

Each can be done again without harm, so nothing is written down before it. What came of it decides
what is next: a card that is gone is forgotten, a phone that cannot be reached goes off duty.
"""

from datetime import timedelta
from time import monotonic
from typing import assert_never

import structlog
from telegram.constants import ParseMode

from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.phones.outbox import LEASE, LEAST_LEASE_LEFT, Outbox, Taken
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import (
    Gone,
    Impossible,
    Later,
    Moved,
    NotTaken,
    Outcome,
    Refused,
    Sent,
    Unauthorized,
    Unknown,
    Unreadable,
    outcome_of,
    outcome_of_edit,
)
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.sending import (
    Text,
    edit_text,
    remove_message,
    send_text,
    strip_buttons,
)
from onduty_desk.texts import words
from onduty_dispatcher.cards.buttons import call_keyboard, keyboard, nudge_keyboard
from onduty_dispatcher.cards.card import mark_repeat, note_part, redraw_card
from onduty_dispatcher.cards.pieces import Part
from onduty_dispatcher.cards.status import catching_up, note, status
from onduty_dispatcher.sending.slots import Slots

PAUSE = timedelta(seconds=1)
"""Before the same is told once more."""

NONE = timedelta(0)

_log = structlog.get_logger()


class Steps:
    """Does the steps of one process."""

    def __init__(  # noqa: PLR0913 - what it works with, by name
        self,
        outbox: Outbox,
        slots: Slots,
        bot: Bot,
        roster: Roster,
        reachability: Reachability,
        *,
        is_paid: bool,
    ) -> None:
        self._outbox = outbox
        self._slots = slots
        self._bot = bot
        self._roster = roster
        self._reachability = reachability
        self._is_paid = is_paid

    async def do(self, taken: Taken) -> None:
        """Do the step in its slot and write down what came of it."""
        began = monotonic()
        if not await self._slots.wait_for(taken):
            await self._outbox.settle_step(taken, "again")
            return
        if monotonic() - began > (LEASE - LEAST_LEASE_LEFT).total_seconds():
            return  # another process may be at it by now
        drawn = _drawn(taken) if taken.step in {"draw", "point"} and taken.texts else None
        await self._settle(taken, await self._outcome(taken, drawn))

    async def _outcome(self, taken: Taken, drawn: Part | None) -> Outcome | Gone:
        if taken.step in {"tell", "catch_up"}:
            return await (self._tell(taken) if taken.step == "tell" else self._catch_up(taken))
        message, chat = taken.view.message, taken.send_to
        if message is None:
            return Gone("its messages have expired")
        if taken.step == "strip":
            return await outcome_of_edit(strip_buttons(self._bot, chat, message), message)
        if taken.step == "remove":
            return await outcome_of_edit(remove_message(self._bot, chat, message), message)
        if drawn is None:
            return Gone("its messages have expired")
        return await self._draw(taken, message, drawn)

    async def _tell(self, taken: Taken) -> Outcome:
        told = words(taken.language)
        text = note_part(note(taken.view, _customer(taken), told))
        if taken.view.is_repeat:
            text = mark_repeat(text, told)
        buttons = None
        if taken.view.note == "nudge":
            buttons = nudge_keyboard(told)
        elif taken.view.is_call:
            buttons = call_keyboard(told)
        send = send_text(
            self._bot,
            taken.send_to,
            Text(text.html, ParseMode.HTML, buttons),
            is_paid=self._is_paid,
            reply_to=taken.view.card,
            is_silent=taken.view.is_silent,
        )
        return await outcome_of(send)

    async def _catch_up(self, taken: Taken) -> Outcome:
        text = note_part(catching_up(taken.view, words(taken.language)))
        send = send_text(
            self._bot, taken.send_to, Text(text.html, ParseMode.HTML), is_paid=self._is_paid
        )
        return await outcome_of(send)

    async def _draw(self, taken: Taken, message: int, part: Part) -> Outcome | Gone:
        buttons = keyboard(taken.view, words(taken.language)) if taken.step == "draw" else None

        async def draw(text: Text) -> Outcome | Gone:
            return await outcome_of_edit(
                edit_text(self._bot, taken.send_to, message, text), message
            )

        outcome = await draw(Text(part.html, ParseMode.HTML, buttons))
        if isinstance(outcome, Unreadable):
            _log.error("card.unreadable", chat=taken.chat_id, reason=outcome.reason)
            outcome = await draw(Text(part.plain, None, buttons))
        return outcome

    async def _settle(self, taken: Taken, outcome: Outcome | Gone) -> None:
        log = _log.bind(conversation=taken.conversation_id, operator=taken.chat_id, step=taken.step)
        settle = self._outbox.settle_step
        match outcome:
            case Sent(message_id):
                sent = message_id if taken.step == "tell" else None
                await settle(taken, "done", sent)
                log.debug("step.done")
            case Gone(reason):
                log.info("step.gone", reason=reason)
                await settle(taken, "gone")
            case Later(wait):
                log.warning("step.later", wait_s=wait.total_seconds())
                await settle(taken, "later", pause=wait)
            case NotTaken(reason):
                log.info("step.not_taken", reason=reason)
                await self._reachability.failed(taken.chat_id, reason)
                await settle(taken, "not_taken", pause=PAUSE if taken.step == "catch_up" else NONE)
            case Unknown(reason):
                log.warning("step.unknown", reason=reason)
                await self._reachability.failed(taken.chat_id, reason)
                await settle(taken, "unknown", pause=PAUSE)
            case Impossible(reason):
                log.warning("operator.unreachable", reason=reason)
                await self._roster.sign_out(OperatorId(taken.chat_id), "unreachable")
                await settle(taken, "unreachable")
            case Unauthorized():  # this process pauses, see TokenWatch
                await settle(taken, "again")
            case Moved(chat_id):
                await self._roster.moved(OperatorId(taken.chat_id), ChatId(chat_id))
                await settle(taken, "again")
            case Refused(reason) | Unreadable(reason):
                log.error("step.given_up", reason=reason)
                await settle(taken, "given_up")
            case _:
                assert_never(outcome)


def _customer(taken: Taken) -> str:
    return taken.messages[0].customer_name if taken.messages else ""


def _drawn(taken: Taken) -> Part:
    told, view = words(taken.language), taken.view
    return redraw_card(
        taken.messages,
        told,
        status=status(view, told) if taken.step == "draw" else told.gettext("⬇️ Now further down"),
        count=view.total if view.view else view.count,
        unknown_group=view.asked_group,
        now=view.about_now,
    )
