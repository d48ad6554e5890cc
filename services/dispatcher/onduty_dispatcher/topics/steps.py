"""The steps about a topic; all but making it may be repeated without harm."""

from collections.abc import Awaitable, Callable

import structlog

from onduty_desk.model.words import Step
from onduty_desk.phones.outbox import Taken
from onduty_desk.telegram.outcomes import (
    Gone,
    Outcome,
    Refused,
    Sent,
    outcome_of,
    outcome_of_edit,
)
from onduty_desk.telegram.sending import (
    Text,
    create_topic,
    delete_topic,
    edit_text,
    pin_message,
    rename_topic,
    send_text,
)
from onduty_desk.texts import words
from onduty_desk.topics.view import TopicView
from onduty_dispatcher.cards.buttons import keyboard
from onduty_dispatcher.sending.context import StepContext
from onduty_dispatcher.sending.current_card import current_card
from onduty_dispatcher.sending.readable import show_readable
from onduty_dispatcher.topics.into import send_into
from onduty_dispatcher.topics.names import topic_name

_EXPIRED = Refused("its messages have expired")
_log = structlog.get_logger()


async def about_topic(context: StepContext, taken: Taken) -> Outcome | Gone:
    """Do a step about a topic; `Sent` holds the thread that was made, or the message."""
    return await _STEPS[taken.step](context, taken)


async def _make(context: StepContext, taken: Taken) -> Outcome:
    return await outcome_of(create_topic(context.bot, taken.send_to, _name(taken)))


async def _rename(context: StepContext, taken: Taken) -> Outcome:
    thread = _view(taken).thread
    outcome = await outcome_of(rename_topic(context.bot, taken.send_to, thread, _name(taken)))
    if isinstance(outcome, Refused) and "not_modified" in outcome.reason.replace(" ", "_"):
        return Sent(thread)
    return outcome


async def _delete(context: StepContext, taken: Taken) -> Outcome:
    return await outcome_of(delete_topic(context.bot, taken.send_to, _view(taken).thread))


async def _pin(context: StepContext, taken: Taken) -> Outcome | Gone:
    message = _view(taken).context
    return await outcome_of_edit(pin_message(context.bot, taken.send_to, message), message)


async def _send_context(context: StepContext, taken: Taken) -> Outcome | Gone:
    async def send(text: Text) -> Outcome:
        return await send_into(
            *(context.bot, taken.send_to, _view(taken).thread, text),
            is_paid=context.is_paid,
            is_silent=True,
        )

    return await _show(context, taken, send)


async def _edit_context(context: StepContext, taken: Taken) -> Outcome | Gone:
    message = _view(taken).context

    async def edit(text: Text) -> Outcome | Gone:
        return await outcome_of_edit(edit_text(context.bot, taken.send_to, message, text), message)

    return await _show(context, taken, edit)


async def _show(
    context: StepContext, taken: Taken, show: Callable[[Text], Awaitable[Outcome | Gone]]
) -> Outcome | Gone:
    """Show what the card would show, had the phone no topics."""
    if not (taken.texts or taken.view.page):
        return _EXPIRED
    card = current_card(taken, context.zone)
    buttons = keyboard(card.view, words(taken.language))
    return await show_readable(taken, card.part, buttons, show)


async def _tell_flat(context: StepContext, taken: Taken) -> Outcome:
    text = words(taken.language).gettext(
        "This bot has no topics any more. Customers' messages come here again: to answer one, "
        "reply to it."
    )
    return await outcome_of(
        send_text(context.bot, taken.send_to, Text(text), is_paid=context.is_paid)
    )


def _view(taken: Taken) -> TopicView:
    assert taken.topic is not None  # noqa: S101 - take.lua gives one with each such step
    return taken.topic


def _name(taken: Taken) -> str:
    newest = taken.messages[-1] if taken.messages else None
    return topic_name(_view(taken), newest, words(taken.language))


_STEPS: dict[Step, Callable[[StepContext, Taken], Awaitable[Outcome | Gone]]] = {
    "make_topic": _make,
    "send_context": _send_context,
    "pin_context": _pin,
    "edit_context": _edit_context,
    "rename_topic": _rename,
    "delete_topic": _delete,
    "tell_flat": _tell_flat,
}
