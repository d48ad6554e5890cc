"""The steps about a board: send, pin and edit it, take it away.

A send is written down when the phone is taken; all others may be repeated without harm.
"""

from contextlib import suppress

from telegram.error import BadRequest

from onduty_desk.boards.view import BoardView
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
    delete_message,
    edit_text,
    pin_message,
    send_text,
    unpin_message,
)
from onduty_desk.texts import words
from onduty_dispatcher.cards.board import board_keyboard, board_text
from onduty_dispatcher.sending.context import StepContext


async def send_board(context: StepContext, taken: Taken) -> Outcome:
    """Send the board, without a sound."""
    text = _text(context, taken)
    send = send_text(context.bot, taken.send_to, text, is_paid=context.is_paid, is_silent=True)
    return await outcome_of(send)


async def pin_board(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Pin the board, without a sound. The bot deletes the bubble that says so."""
    message = _message(taken)
    return await outcome_of_edit(pin_message(context.bot, taken.send_to, message), message)


async def edit_board(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Show what is true now."""
    message = _message(taken)
    edit = edit_text(context.bot, taken.send_to, message, _text(context, taken))
    return await outcome_of_edit(edit, message)


async def delete_board(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Delete the board, and with it the pin."""
    message = _message(taken)
    return await outcome_of_deletion(delete_message(context.bot, taken.send_to, message), message)


async def retire_board(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Unpin a board that cannot be deleted any more, and take what it says."""
    message, catalogue = _message(taken), words(taken.language)

    async def retire() -> int:
        with suppress(BadRequest):  # it is not there any more: then the edit says so
            await unpin_message(context.bot, taken.send_to, message)
        text = Text(catalogue.gettext("No longer up to date."))
        return await edit_text(context.bot, taken.send_to, message, text)

    return await outcome_of_edit(retire(), message)


def _view(taken: Taken) -> BoardView:
    assert taken.board is not None  # noqa: S101 - take.lua gives one with each such step
    return taken.board


def _message(taken: Taken) -> int:
    message = _view(taken).message
    assert message is not None  # noqa: S101 - the same, but for send_board
    return message


def _text(context: StepContext, taken: Taken) -> Text:
    catalogue = words(taken.language)
    names = [message.customer_name for message in taken.messages]
    text = board_text(_view(taken), names, catalogue, context.zone)
    return Text(text, None, board_keyboard(_view(taken), catalogue))
