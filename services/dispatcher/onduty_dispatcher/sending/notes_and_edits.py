"""The steps other than "send": notes, summaries, edits and deletions.

They may be repeated without harm, so no attempt is recorded before them.
"""

import structlog
from telegram.constants import ParseMode

from onduty_desk.phones.outbox import Taken
from onduty_desk.telegram.outcomes import Gone, Outcome, Unreadable, outcome_of, outcome_of_edit
from onduty_desk.telegram.sending import (
    Text,
    clear_keyboard,
    delete_message,
    edit_text,
    send_text,
)
from onduty_desk.texts import words
from onduty_dispatcher.cards.buttons import call_keyboard, keyboard, nudge_keyboard
from onduty_dispatcher.cards.card import mark_repeat, note_part, write_current_card
from onduty_dispatcher.cards.pieces import Part
from onduty_dispatcher.cards.status import note, outage_summary, status
from onduty_dispatcher.sending.context import StepContext

_EXPIRED = Gone("its messages have expired")
_log = structlog.get_logger()


async def send_note(context: StepContext, taken: Taken) -> Outcome:
    """Send a note as a reply to the card."""
    catalogue = words(taken.language)
    customer = taken.messages[0].customer_name if taken.messages else ""
    text = note_part(note(taken.view, customer, catalogue))
    if taken.view.is_repeat:
        text = mark_repeat(text, catalogue)
    buttons = None
    if taken.view.note == "nudge":
        buttons = nudge_keyboard(catalogue)
    elif taken.view.is_call:
        buttons = call_keyboard(catalogue)
    send = send_text(
        context.bot,
        taken.send_to,
        Text(text.html, ParseMode.HTML, buttons),
        is_paid=context.is_paid,
        reply_to=taken.view.card,
        is_silent=taken.view.is_silent,
    )
    return await outcome_of(send)


async def send_summary(context: StepContext, taken: Taken) -> Outcome:
    """Send the summary of what waits after an outage."""
    text = note_part(outage_summary(taken.view, words(taken.language)))
    return await outcome_of(
        send_text(
            context.bot, taken.send_to, Text(text.html, ParseMode.HTML), is_paid=context.is_paid
        )
    )


async def edit(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Edit the card to the current state."""
    catalogue, view = words(taken.language), taken.view
    return await _edit(context, taken, status(view, catalogue), keyboard(view, catalogue))


async def link_to_newer_card(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Let an older card say that the conversation is further down now."""
    return await _edit(context, taken, words(taken.language).gettext("⬇️ Now further down"), None)


async def remove_keyboard(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Remove the buttons of a message."""
    message = taken.view.message
    if message is None:
        return _EXPIRED
    return await outcome_of_edit(clear_keyboard(context.bot, taken.send_to, message), message)


async def delete(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Delete a message."""
    message = taken.view.message
    if message is None:
        return _EXPIRED
    return await outcome_of_edit(delete_message(context.bot, taken.send_to, message), message)


async def _edit(
    context: StepContext, taken: Taken, above: str, buttons: str | None
) -> Outcome | Gone:
    message = taken.view.message
    if message is None or not taken.texts:
        return _EXPIRED
    part = _current_card(taken, above)

    async def send_edit(text: Text) -> Outcome | Gone:
        return await outcome_of_edit(edit_text(context.bot, taken.send_to, message, text), message)

    outcome = await send_edit(Text(part.html, ParseMode.HTML, buttons))
    if isinstance(outcome, Unreadable):
        _log.error("card.unreadable", chat=taken.chat_id, reason=outcome.reason)
        outcome = await send_edit(Text(part.plain, None, buttons))
    return outcome


def _current_card(taken: Taken, above: str) -> Part:
    view = taken.view
    return write_current_card(
        taken.messages,
        words(taken.language),
        status=above,
        count=view.total if view.view else view.count,
        unknown_group=view.asked_group,
        now=view.about_now,
    )
