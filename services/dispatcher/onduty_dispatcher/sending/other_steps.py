"""Notes, and what a phone shows that is edited or deleted.

Each can be done again without harm, so nothing is written down before it.
"""

import structlog
from telegram.constants import ParseMode

from onduty_desk.phones.outbox import Taken
from onduty_desk.telegram.outcomes import Gone, Outcome, Unreadable, outcome_of, outcome_of_edit
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
from onduty_dispatcher.sending.context import Context

_EXPIRED = Gone("its messages have expired")
_log = structlog.get_logger()


async def send_note(context: Context, taken: Taken) -> Outcome:
    """Send what is to be told in a reply to the card."""
    told = words(taken.language)
    customer = taken.messages[0].customer_name if taken.messages else ""
    text = note_part(note(taken.view, customer, told))
    if taken.view.is_repeat:
        text = mark_repeat(text, told)
    buttons = None
    if taken.view.note == "nudge":
        buttons = nudge_keyboard(told)
    elif taken.view.is_call:
        buttons = call_keyboard(told)
    send = send_text(
        context.bot,
        taken.send_to,
        Text(text.html, ParseMode.HTML, buttons),
        is_paid=context.is_paid,
        reply_to=taken.view.card,
        is_silent=taken.view.is_silent,
    )
    return await outcome_of(send)


async def send_summary(context: Context, taken: Taken) -> Outcome:
    """Say how much waits after an outage."""
    text = note_part(catching_up(taken.view, words(taken.language)))
    return await outcome_of(
        send_text(
            context.bot, taken.send_to, Text(text.html, ParseMode.HTML), is_paid=context.is_paid
        )
    )


async def edit(context: Context, taken: Taken) -> Outcome | Gone:
    """Write the card anew."""
    told, view = words(taken.language), taken.view
    return await _edit(context, taken, status(view, told), keyboard(view, told))


async def link_to_newer_card(context: Context, taken: Taken) -> Outcome | Gone:
    """Let a card point down to the one that came after it."""
    return await _edit(context, taken, words(taken.language).gettext("⬇️ Now further down"), None)


async def remove_keyboard(context: Context, taken: Taken) -> Outcome | Gone:
    """Take the buttons off a message."""
    message = taken.view.message
    if message is None:
        return _EXPIRED
    return await outcome_of_edit(strip_buttons(context.bot, taken.send_to, message), message)


async def delete(context: Context, taken: Taken) -> Outcome | Gone:
    """Delete a message."""
    message = taken.view.message
    if message is None:
        return _EXPIRED
    return await outcome_of_edit(remove_message(context.bot, taken.send_to, message), message)


async def _edit(context: Context, taken: Taken, above: str, buttons: str | None) -> Outcome | Gone:
    message = taken.view.message
    if message is None or not taken.texts:
        return _EXPIRED
    part = _drawn(taken, above)

    async def draw(text: Text) -> Outcome | Gone:
        return await outcome_of_edit(edit_text(context.bot, taken.send_to, message, text), message)

    outcome = await draw(Text(part.html, ParseMode.HTML, buttons))
    if isinstance(outcome, Unreadable):
        _log.error("card.unreadable", chat=taken.chat_id, reason=outcome.reason)
        outcome = await draw(Text(part.plain, None, buttons))
    return outcome


def _drawn(taken: Taken, above: str) -> Part:
    view = taken.view
    return redraw_card(
        taken.messages,
        words(taken.language),
        status=above,
        count=view.total if view.view else view.count,
        unknown_group=view.asked_group,
        now=view.about_now,
    )
