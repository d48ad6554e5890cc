"""One card: written, attempted, sent in its slot, settled. Exactly what was attempted is sent."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import assert_never

import structlog
from telegram.constants import ParseMode

from onduty import CustomerMessage
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.phones.outbox import Attempt, Outbox, Settled, Settlement, Taken
from onduty_desk.process.outage import Outage
from onduty_desk.roster.operators import Roster
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.outcomes import (
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
)
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.sending import Text, send_text
from onduty_desk.texts import words
from onduty_dispatcher.cards.addresses import dotless_host
from onduty_dispatcher.cards.buttons import call_keyboard, keyboard
from onduty_dispatcher.cards.card import Card, mark_repeat, write_card
from onduty_dispatcher.cards.pieces import Part
from onduty_dispatcher.cards.status import note, status
from onduty_dispatcher.sending.slots import Slots, until

MOST_UNKNOWNS = 2
"""Sent once more after the first: a lost customer costs more than a second ring."""

BEFORE_THE_SLOT_S = 0.01
"""The attempt is written down so long before, so that Redis's answer does not cost the slot."""

REMEMBERED_S = 60.0
"""How long a sender holds on to what it knows while Redis is away."""

_log = structlog.get_logger()


class Cards:
    """Sends the cards of one process."""

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with, by name
        self,
        outbox: Outbox,
        slots: Slots,
        bot: Bot,
        roster: Roster,
        reachability: Reachability,
        outage: Outage,
        *,
        is_paid: bool,
    ) -> None:
        self._outbox = outbox
        self._slots = slots
        self._bot = bot
        self._roster = roster
        self._reachability = reachability
        self._outage = outage
        self._is_paid = is_paid
        self.sent = 0

    async def send(self, taken: Taken) -> None:
        """Send the card that is due and write down what came of it."""
        if not taken.texts:
            await self._give_up_expired(taken)
            return
        card = _card(taken)
        message_ids = taken.message_ids if taken.under_way else taken.message_ids[: card.shown]
        await until(taken.slot.begins_at - BEFORE_THE_SLOT_S)
        attempt = await self._outbox.attempt(taken, message_ids, len(card.parts))
        if attempt is None:
            return
        if attempt.unknowns >= MOST_UNKNOWNS:
            reason = "no answer twice, while Telegram answers others"
            _tell_of_giving_up(_log.bind(**_about(taken, attempt)), reason)
            await self._outbox.settle(taken, attempt.id, "given_up", reason)
            return
        part = card.parts[attempt.part]
        if attempt.is_repeat:
            part = mark_repeat(part, words(taken.language))
        if not await self._slots.wait_for(taken):
            await self._settle_for_certain(taken, attempt.id, "again")
            return
        outcome = await self._call(taken, part, is_last=attempt.part == len(card.parts) - 1)
        await self._settle(taken, attempt, outcome)

    async def _give_up_expired(self, taken: Taken) -> None:
        attempt = await self._outbox.attempt(taken, taken.message_ids, 1)
        if attempt:
            await self._outbox.settle(taken, attempt.id, "given_up", "expired before it was sent")

    async def _call(self, taken: Taken, part: Part, *, is_last: bool) -> Outcome:
        buttons = _buttons(taken) if is_last else None

        def send(text: str, parse_mode: ParseMode | None) -> Awaitable[int]:
            return send_text(
                self._bot,
                taken.send_to,
                Text(text, parse_mode, buttons),
                is_paid=self._is_paid,
                reply_to=taken.view.card,
                is_silent=taken.view.is_silent,
            )

        outcome = await outcome_of(send(part.html, ParseMode.HTML))
        if isinstance(outcome, Unreadable):
            _log.error("card.unreadable", chat=taken.chat_id, reason=outcome.reason)
            outcome = await outcome_of(send(part.plain, None))
        return outcome

    async def _settle(self, taken: Taken, attempt: Attempt, outcome: Outcome) -> None:
        settle, log = self._settle_for_certain, _log.bind(**_about(taken, attempt))
        match outcome:
            case Sent(message_id):
                self.sent += 1
                await settle(taken, attempt.id, "sent", str(message_id))
                log.debug("delivery.sent", message=message_id)
            case Later(wait):
                log.warning("delivery.later", wait_s=wait.total_seconds())
                await settle(taken, attempt.id, "later", pause=wait)
            case NotTaken(reason):
                log.info("delivery.not_taken", reason=reason)
                await self._reachability.failed(taken.chat_id, reason)
                if await settle(taken, attempt.id, "not_taken", reason) == "given_up":
                    _tell_of_giving_up(log, reason)
            case Unknown(reason):
                log.warning("delivery.unknown", reason=reason)
                await self._reachability.failed(taken.chat_id, reason)
                await settle(taken, attempt.id, "unknown", pause=timedelta(seconds=1))
            case Impossible(reason):
                log.warning("operator.unreachable", reason=reason)
                await self._roster.sign_out(OperatorId(taken.chat_id), "unreachable")
                await settle(taken, attempt.id, "again")
            case Refused(reason) | Unreadable(reason):
                _tell_of_giving_up(log, reason)
                await settle(taken, attempt.id, "given_up", reason)
            case Unauthorized():  # this process pauses, see TokenWatch
                await settle(taken, attempt.id, "again")
            case Moved(chat_id):
                log.warning("operator.moved", to=chat_id)
                await self._roster.moved(OperatorId(taken.chat_id), ChatId(chat_id))
                await settle(taken, attempt.id, "again")
            case _:
                assert_never(outcome)

    async def _settle_for_certain(
        self,
        taken: Taken,
        attempt_id: str,
        settlement: Settlement,
        detail: str = "",
        *,
        pause: timedelta = timedelta(0),
    ) -> Settled:
        """Write down what came of a send, through a Redis that is away for a while.

        What is known must not become unknown: it would ring a second time.
        """
        settle = partial(self._outbox.settle, taken, attempt_id, settlement, detail, pause=pause)
        return await self._outage.outlast(settle, for_s=REMEMBERED_S)


def _buttons(taken: Taken) -> str | None:
    told = words(taken.language)
    if not taken.view.card:
        return keyboard(taken.view, told)
    return call_keyboard(told) if taken.view.is_call else None  # the card has the others


def _card(taken: Taken) -> Card:
    view, told = taken.view, words(taken.language)
    above = note(view, taken.messages[0].customer_name, told) if view.note else ""
    if not view.card:  # a reply to the card needs no lines that the card has
        above = "\n".join(filter(None, (above if view.passed_by else "", status(view, told))))
    return _write(taken.texts, taken.language, view.asked_group, above, view.about_now)


@lru_cache(maxsize=64)
def _write(
    texts: tuple[str, ...], language: str, unknown_group: str, status: str, now: datetime
) -> Card:
    """Write a card once for all the phones that get the same."""
    messages = [CustomerMessage.model_validate_json(text) for text in texts]
    for message in messages:
        if message.reply_url and (host := dotless_host(message.reply_url)):
            _warn_of(host)
    return write_card(
        messages, words(language), unknown_group=unknown_group, status=status, now=now
    )


@lru_cache(maxsize=1024)
def _warn_of(host: str) -> None:
    """Once for a host: Telegram may show its links as plain text."""
    _log.warning(
        "reply_url.no_link",
        host=host,
        next_step="give reply_url a host name with a dot, which operators' phones can reach",
    )


def _about(taken: Taken, attempt: Attempt) -> dict[str, object]:
    return {
        "conversation": taken.conversation_id,
        "operator": taken.chat_id,
        "is_repeat": attempt.is_repeat,
    }


def _tell_of_giving_up(log: structlog.typing.FilteringBoundLogger, reason: str) -> None:
    log.error("delivery.given_up", reason=reason, next_step="onduty failed list")
