"""The step "send": sends customers' messages as a card, exactly those recorded as attempted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import structlog

from onduty import CustomerMessage, Priority, PriorityName
from onduty_desk.conversations.kept_message import KeptMessage
from onduty_desk.model.words import TopicTrouble
from onduty_desk.phones.outbox import Attempt, Settled, Taken
from onduty_desk.telegram.outcomes import (
    NotTaken,
    Outcome,
    Refused,
    Sent,
    Unknown,
    outcome_of,
)
from onduty_desk.telegram.sending import Text, send_text
from onduty_desk.texts import words
from onduty_dispatcher.cards.addresses import dotless_host
from onduty_dispatcher.cards.buttons import keyboard
from onduty_dispatcher.cards.card import Card, ended, mark_repeat, write_card
from onduty_dispatcher.cards.pages import hides_more
from onduty_dispatcher.cards.pieces import Part, Piece
from onduty_dispatcher.cards.status import follow_up, next_step, note, status
from onduty_dispatcher.sending.context import StepContext
from onduty_dispatcher.sending.readable import show_readable
from onduty_dispatcher.sending.settling import give_up, settle, write_down
from onduty_dispatcher.sending.slots import until
from onduty_dispatcher.topics.into import send_into, trouble_of

MOST_UNKNOWNS = 2
"""Sent once more after the first unknown outcome: a lost message costs more than a second ring."""

BEFORE_THE_SLOT_S = 0.01
"""The attempt is recorded this long before the slot, so that waiting for Redis does not miss it."""

_log = structlog.get_logger()


async def send_card(context: StepContext, taken: Taken) -> tuple[bool, Settled | None]:
    """Send the card that is due; return whether it was sent, and how it was settled if it was."""
    if not taken.texts:
        if attempt := await context.outbox.attempt(taken, taken.message_ids, 1):
            await give_up(context, taken, attempt, "expired before it was sent")
        return False, None
    card = _card(taken, context.zone)
    hides = hides_more(card, taken.view)
    message_ids = taken.message_ids if taken.under_way else taken.message_ids[: card.shown]
    taken = replace(taken, view=replace(taken.view, hides=hides), message_ids=message_ids)
    buttons = _buttons(taken)  # what can break does so before the attempt is recorded
    await until(taken.slot.begins_at - BEFORE_THE_SLOT_S)
    attempt = await context.outbox.attempt(taken, message_ids, len(card.parts))
    if attempt is None:
        return False, None
    if attempt.unknowns >= MOST_UNKNOWNS:
        await give_up(context, taken, attempt, "no answer twice, while Telegram answers others")
        return False, None
    is_last = attempt.part >= attempt.parts - 1  # edited meanwhile, it may have other parts
    part = card.parts[-1 if is_last else min(attempt.part, len(card.parts) - 1)]
    if attempt.is_repeat:
        part = mark_repeat(part, words(taken.language))
    if not await context.slots.wait_for(taken):
        await write_down(context, taken, "again", attempt=attempt)
        return False, None
    outcome = await _call(context, taken, part, buttons if is_last else None)
    trouble = trouble_of(outcome) if taken.view.thread else None
    if trouble:
        return False, await _go_flat(context, taken, attempt, outcome, trouble)
    settled = await settle(context, taken, outcome, attempt)
    return isinstance(outcome, Sent), settled


async def _go_flat(
    context: StepContext, taken: Taken, attempt: Attempt, outcome: Outcome, trouble: TopicTrouble
) -> Settled:
    """Have the same sent in a reply to the card: it was not taken for the topic."""
    thread = taken.view.thread
    reason = outcome.reason if isinstance(outcome, (NotTaken, Refused, Unknown)) else ""
    _log.warning(
        "topic.not_taken",
        conversation=taken.conversation_id,
        operator=taken.chat_id,
        trouble=trouble,
        reason=reason,
    )
    await context.topics.trouble(taken.chat_id, taken.conversation_id, thread, trouble)
    if isinstance(outcome, Unknown):
        return await write_down(context, taken, "unknown", reason, attempt=attempt)
    return await write_down(context, taken, "again", reason, attempt=attempt)


async def _call(context: StepContext, taken: Taken, part: Part, buttons: str | None) -> Outcome:
    async def send(what: Text) -> Outcome:
        where = (context.bot, taken.send_to)
        is_paid, is_silent = context.is_paid, taken.view.is_silent
        if taken.view.thread:
            into = (*where, taken.view.thread)
            return await send_into(*into, what, is_paid=is_paid, is_silent=is_silent)
        card = taken.view.card
        return await outcome_of(
            send_text(*where, what, is_paid=is_paid, reply_to=card, is_silent=is_silent)
        )

    return await show_readable(taken, part, buttons, send)


def _buttons(taken: Taken) -> str | None:
    if taken.view.card:
        return None  # the card has them
    return keyboard(taken.view, words(taken.language))


def _card(taken: Taken, zone: ZoneInfo) -> Card:
    view = taken.view
    priority = _highest(taken.messages) if view.card else view.priority
    above = _above(taken, zone)
    end = () if view.card else next_step(view, _customer(taken), words(taken.language), zone)
    return _write(
        taken.texts, taken.language, view.asked_group, above, end, priority, view.about_now
    )


def _highest(messages: Sequence[CustomerMessage]) -> PriorityName:
    """Return how urgent a follow-up is: its card says how urgent the conversation is."""
    is_urgent = any(message.priority is Priority.URGENT for message in messages)
    return "urgent" if is_urgent else "normal"


def _above(taken: Taken, zone: ZoneInfo) -> tuple[Piece, ...]:
    view, catalogue = taken.view, words(taken.language)
    customer = _customer(taken)
    noted = note(view, customer, catalogue)
    if not view.card:
        return (*(noted if view.passed_by else ()), *status(view, customer, catalogue, zone))
    return noted or (follow_up(customer, catalogue),)


def _customer(taken: Taken) -> str:
    return taken.messages[0].customer_name


@lru_cache(maxsize=64)
def _write(  # noqa: PLR0913, PLR0917 - all that a card is written from
    texts: tuple[str, ...],
    language: str,
    unknown_group: str,
    status: tuple[Piece, ...],
    end: tuple[Piece, ...],
    priority: PriorityName,
    now: datetime,
) -> Card:
    """Write a card; cached, because many phones get the same one."""
    messages = [KeptMessage.model_validate_json(text) for text in texts]
    for message in messages:
        if message.reply_url and (host := dotless_host(message.reply_url)):
            _warn_of(host)
    card = write_card(
        messages,
        words(language),
        priority=priority,
        unknown_group=unknown_group,
        status=status,
        now=now,
    )
    *others, last = card.parts
    return replace(card, parts=(*others, ended(last, end)))


@lru_cache(maxsize=1024)
def _warn_of(host: str) -> None:
    """Warn once per host: Telegram may show its links as plain text."""
    _log.warning(
        "reply_url.no_link",
        host=host,
        next_step="give reply_url a host name with a dot, which operators' phones can reach",
    )
