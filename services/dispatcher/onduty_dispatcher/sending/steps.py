"""Does a step at a phone by its name, in its slot, and settles it."""

from collections.abc import Awaitable, Callable
from time import monotonic

from onduty_desk.model.words import DELETIONS, Step
from onduty_desk.phones.outbox import LEASE, LEAST_LEASE_LEFT, Settled, Taken
from onduty_desk.telegram.outcomes import Gone, Outcome
from onduty_dispatcher.sending.board_steps import (
    delete_board,
    edit_board,
    pin_board,
    retire_board,
    send_board,
)
from onduty_dispatcher.sending.card_step import send_card
from onduty_dispatcher.sending.context import StepContext
from onduty_dispatcher.sending.current_card import as_written
from onduty_dispatcher.sending.notes_and_edits import (
    delete,
    edit,
    remove_keyboard,
    rewrite,
    send_note,
    send_summary,
    shorten,
)
from onduty_dispatcher.sending.nudge_steps import edit_nudge, send_nudge
from onduty_dispatcher.sending.settling import settle, write_down
from onduty_dispatcher.topics.settling import settle_topic
from onduty_dispatcher.topics.steps import about_topic

_OTHERS: dict[Step, Callable[[StepContext, Taken], Awaitable[Outcome | Gone]]] = {
    "send_note": send_note,
    "send_summary": send_summary,
    "edit": edit,
    "rewrite": rewrite,
    "remove_keyboard": remove_keyboard,
    "delete": delete,
    "send_nudge": send_nudge,
    "edit_nudge": edit_nudge,
    "send_board": send_board,
    "pin_board": pin_board,
    "edit_board": edit_board,
    "delete_board": delete_board,
    "retire_board": retire_board,
    "shorten": shorten,
}


class Steps:
    """Does the steps of one process."""

    def __init__(self, context: StepContext) -> None:
        self._context = context
        self.sent = 0
        """How many cards this process has sent."""

    async def do(self, taken: Taken) -> Settled | None:
        """Do a step in its slot, and settle it; None if it was not done."""
        if taken.step == "send":
            is_sent, settled = await send_card(self._context, taken)
            self.sent += is_sent
            return settled
        began = monotonic()
        if taken.step not in DELETIONS and not await self._context.slots.wait_for(taken):
            return await write_down(self._context, taken, "again")
        if monotonic() - began > (LEASE - LEAST_LEASE_LEFT).total_seconds():
            return None  # another process may have taken over
        if taken.topic:
            return await settle_topic(self._context, taken, await about_topic(self._context, taken))
        if taken.step == "edit" or taken.view.note == "found":
            taken = as_written(taken, self._context.zone)
        outcome = await _OTHERS[taken.step](self._context, taken)
        return await settle(self._context, taken, outcome)
