"""The steps other than "send": notes, summaries, edits and deletions.

They may be repeated without harm, so no attempt is recorded before them.
"""

from telegram.constants import ParseMode

from onduty_desk.phones.outbox import Taken
from onduty_desk.telegram.outcomes import (
    Gone,
    Outcome,
    outcome_of,
    outcome_of_deletion,
    outcome_of_edit,
)
from onduty_desk.telegram.sending import (
    Text,
    clear_keyboard,
    delete_message,
    delete_messages,
    edit_text,
    send_text,
)
from onduty_desk.texts import words
from onduty_dispatcher.cards.buttons import keyboard
from onduty_dispatcher.cards.card import mark_repeat, write_current_card
from onduty_dispatcher.cards.pieces import Part, join
from onduty_dispatcher.cards.status import follow_up, further_down, note, outage_summary, status
from onduty_dispatcher.sending.context import StepContext
from onduty_dispatcher.sending.current_card import current_card
from onduty_dispatcher.sending.readable import show_readable

_EXPIRED = Gone("its messages have expired")


async def send_note(context: StepContext, taken: Taken) -> Outcome:
    """Send a note as a reply to the card; of what was looked for, the card itself."""
    if taken.view.note == "found" and taken.texts:
        return await _send_found(context, taken)
    catalogue = words(taken.language)
    text = join(note(taken.view, _customer(taken), catalogue))
    if taken.view.is_repeat:
        text = mark_repeat(text, catalogue)
    send = send_text(
        context.bot,
        taken.send_to,
        Text(text.html, ParseMode.HTML),
        is_paid=context.is_paid,
        reply_to=taken.view.card,
        is_silent=taken.view.is_silent,
    )
    return await outcome_of(send)


async def _send_found(context: StepContext, taken: Taken) -> Outcome:
    catalogue, view = words(taken.language), taken.view
    part, buttons = current_card(taken, context.zone).part, keyboard(view, catalogue)
    if view.is_repeat:
        part = mark_repeat(part, catalogue)

    async def send(text: Text) -> Outcome:
        return await outcome_of(
            send_text(
                context.bot,
                taken.send_to,
                text,
                is_paid=context.is_paid,
                is_silent=view.is_silent,
            )
        )

    return await show_readable(taken, part, buttons, send)


async def send_summary(context: StepContext, taken: Taken) -> Outcome:
    """Send the summary of what waits after an outage."""
    text = join([outage_summary(taken.view, words(taken.language))])
    return await outcome_of(
        send_text(
            context.bot, taken.send_to, Text(text.html, ParseMode.HTML), is_paid=context.is_paid
        )
    )


async def edit(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Edit the card to the current state."""
    return await _edit(context, taken, keyboard(taken.view, words(taken.language)))


async def rewrite(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Edit a follow-up to its owner: the customer has changed what it says, or taken it back."""
    if not taken.texts:
        return _EXPIRED
    catalogue, newest_first = words(taken.language), taken.messages[::-1]
    part = write_current_card(
        newest_first,
        catalogue,
        status=(follow_up(newest_first[0].customer_name, catalogue),),
        count=len(newest_first),
        now=taken.view.about_now,
    )
    return await _edit_to(context, taken, part, None)


async def shorten(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Make one line of a message that is over, and that Telegram does not delete any more."""
    view, catalogue, customer = taken.view, words(taken.language), _customer(taken)
    line = (
        further_down(customer, catalogue)
        if view.shows_texts
        else status(view, customer, catalogue, context.zone)[0]
    )
    return await _edit_to(context, taken, join([line]), None)


async def remove_keyboard(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Remove the buttons of a message."""
    message = taken.view.changed[0]
    return await outcome_of_edit(clear_keyboard(context.bot, taken.send_to, message), message)


async def delete(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Delete messages; of several, none is older than Telegram deletes."""
    changed = taken.view.changed
    if len(changed) == 1:
        deletion = delete_message(context.bot, taken.send_to, changed[0])
    else:
        deletion = delete_messages(context.bot, taken.send_to, changed)
    return await outcome_of_deletion(deletion, changed[0])


async def _edit(context: StepContext, taken: Taken, buttons: str | None) -> Outcome | Gone:
    if not (taken.texts or taken.view.page):
        return _EXPIRED
    return await _edit_to(context, taken, current_card(taken, context.zone).part, buttons)


async def _edit_to(
    context: StepContext, taken: Taken, part: Part, buttons: str | None
) -> Outcome | Gone:
    message = taken.view.changed[0]

    async def send_edit(text: Text) -> Outcome | Gone:
        return await outcome_of_edit(edit_text(context.bot, taken.send_to, message, text), message)

    return await show_readable(taken, part, buttons, send_edit)


def _customer(taken: Taken) -> str:
    return taken.messages[0].customer_name if taken.messages else ""
