"""The steps about a phone's nudge: it is sent, in the place of the one there is, or edited."""

from telegram.constants import ParseMode

from onduty_desk.nudges.view import NudgeView
from onduty_desk.phones.outbox import Taken
from onduty_desk.telegram.outcomes import Gone, Outcome, outcome_of, outcome_of_edit
from onduty_desk.telegram.sending import Text, edit_text, send_text
from onduty_desk.texts import words
from onduty_dispatcher.cards.buttons import nudge_keyboard
from onduty_dispatcher.cards.card import mark_repeat
from onduty_dispatcher.cards.nudge import nudge_part
from onduty_dispatcher.sending.context import StepContext


async def send_nudge(context: StepContext, taken: Taken) -> Outcome:
    """Send a nudge; it rings if something in it has not rung yet."""
    send = send_text(
        context.bot,
        taken.send_to,
        _text(taken),
        is_paid=context.is_paid,
        is_silent=_view(taken).is_silent,
    )
    return await outcome_of(send)


async def edit_nudge(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Show the rows that there are now."""
    message = _view(taken).message
    assert message is not None  # noqa: S101 - next_nudge.lua edits what there is
    edit = edit_text(context.bot, taken.send_to, message, _text(taken))
    return await outcome_of_edit(edit, message)


def _view(taken: Taken) -> NudgeView:
    assert taken.nudge is not None  # noqa: S101 - take.lua gives one with each such step
    return taken.nudge


def _text(taken: Taken) -> Text:
    view, catalogue = _view(taken), words(taken.language)
    newest = {message.id: message for message in taken.messages}
    part = nudge_part(view, newest, catalogue)
    if view.is_repeat:
        part = mark_repeat(part, catalogue)
    numbers = [number for number, _ in view.rows]
    return Text(part.html, ParseMode.HTML, nudge_keyboard(numbers, catalogue))
