"""Timetable → Telegram → settle: sends each phone its next card, all phones side by side."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from functools import lru_cache
from pathlib import PurePath
from time import monotonic
from traceback import extract_tb
from typing import assert_never

import structlog
from redis.exceptions import RedisError
from telegram.constants import ParseMode

from onduty import CustomerMessage
from onduty_desk.ending import end
from onduty_desk.keys import ChatId, OperatorId
from onduty_desk.roster import Roster
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.reachability import Reachability
from onduty_desk.telegram.outcomes import (
    Impossible,
    Later,
    Moved,
    NotTaken,
    Outcome,
    Refused,
    Sent,
    TokenRefused,
    Unauthorized,
    Unknown,
    Unreadable,
    outcome_of,
)
from onduty_desk.telegram.sending import Text, send_text
from onduty_desk.telegram.transport import READ_TIMEOUT_S
from onduty_desk.texts import words
from onduty_dispatcher.buttons import call_keyboard, keyboard
from onduty_dispatcher.card import Card, Part, mark_repeat, write_card
from onduty_dispatcher.outbox import Attempt, Outbox, Settled, Settlement, Taken
from onduty_dispatcher.slots import Slots, until
from onduty_dispatcher.status import note, status
from onduty_dispatcher.steps import Steps

LOOK_AT_LEAST_EVERY = timedelta(seconds=1)
MOST_UNKNOWNS = 2
"""Sent once more after the first: a lost customer costs more than a second ring."""

BEFORE_THE_SLOT_S = 0.01
"""The attempt is written down so long before, so that Redis's answer does not cost the slot."""

FINISH_WITHIN_S = READ_TIMEOUT_S
"""A request under way ends by then. What Redis could not be told by then is an unknown outcome."""

REDIS_PAUSE_S = 1.0
REMEMBERED_S = 60.0
"""How long a sender holds on to what it knows while Redis is away."""

_log = structlog.get_logger()


class Sender:
    """One per process, on its event loop."""

    def __init__(  # noqa: PLR0913 - what it works with, by name
        self,
        outbox: Outbox,
        roster: Roster,
        bot: Bot,
        reachability: Reachability,
        *,
        most_in_flight: int,
        is_paid: bool,
        keeps_slots: bool = True,
    ) -> None:
        self._slots = Slots(outbox, keeps_slots=keeps_slots)
        self._steps = Steps(outbox, self._slots, bot, roster, reachability, is_paid=is_paid)
        self._reachability = reachability
        self._is_paid = is_paid
        self._outbox = outbox
        self._roster = roster
        self._bot = bot
        self._most_in_flight = most_in_flight
        self._under_way: set[asyncio.Task[None]] = set()
        self._something_new = asyncio.Event()
        self._refused: TokenRefused | None = None

    def wake(self) -> None:
        """Look at the timetable now."""
        self._something_new.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Send until told to stop, then finish what is under way, within ten seconds.

        Redis away costs a pause; nothing is sent meanwhile.

        Raises:
            TokenRefused: Telegram does not know the token any more.
        """
        redis_is_away = False
        while not stopping.is_set():
            try:
                pause = await self._send_what_is_due()
                redis_is_away = False
            except (RedisError, OSError) as error:
                if not redis_is_away:
                    _log.warning("redis.away", reason=str(error))
                redis_is_away, pause = True, timedelta(seconds=REDIS_PAUSE_S)
            if self._refused:
                raise self._refused
            await self._rest(pause)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=FINISH_WITHIN_S)
            await end(*self._under_way, again_after_s=0.2)

    async def _rest(self, pause: timedelta) -> None:
        if len(self._under_way) >= self._most_in_flight:
            await asyncio.wait(
                self._under_way,
                timeout=LOOK_AT_LEAST_EVERY.total_seconds(),  # whether to stop
                return_when=asyncio.FIRST_COMPLETED,
            )
            return
        # Nothing new can be sent before there is a slot, so what comes meanwhile goes together.
        await until(
            min(self._outbox.no_slot_until, monotonic() + LOOK_AT_LEAST_EVERY.total_seconds())
        )
        try:
            async with asyncio.timeout(min(pause, LOOK_AT_LEAST_EVERY).total_seconds()):
                await self._something_new.wait()
        except TimeoutError:
            pass

    async def _send_what_is_due(self) -> timedelta:
        self._something_new.clear()
        taken, due_in = await self._outbox.take(self._most_in_flight - len(self._under_way))
        for phone in taken:
            task = asyncio.create_task(self._send(phone))
            self._under_way.add(task)
            task.add_done_callback(self._done)
        if self._outbox.is_telegram_away:
            return await self._reachability.probe()
        return due_in if due_in is not None else LOOK_AT_LEAST_EVERY

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self.wake()  # the same phone may have more to come
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, TokenRefused):
            self._refused = error
        elif isinstance(error, (RedisError, OSError)):
            _log.warning("delivery.not_settled", reason=str(error))  # its lease hands it on
        elif error is not None:
            _log.error("delivery.broke", reason=where(error))

    async def _send(self, taken: Taken) -> None:
        try:
            if taken.step == "send":
                await self._send_card(taken)
            else:
                await self._steps.do(taken)
        except (TokenRefused, RedisError, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is: counted, logged, set aside
            await self._note_break(taken, where(error))

    async def _note_break(self, taken: Taken, reason: str) -> None:
        is_set_aside = await self._outbox.broke(taken, reason)
        log = _log.bind(conversation=taken.conversation_id, operator=taken.chat_id, step=taken.step)
        if is_set_aside:
            log.error("step.set_aside", reason=reason, next_step="onduty failed list")
        else:
            log.warning("step.broke", reason=reason)

    async def _send_card(self, taken: Taken) -> None:
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
            await self._outbox.settle(
                taken, attempt.id, "given_up", "twice no answer from Telegram"
            )
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
                await self._roster.sign_out(OperatorId(taken.chat_id))
                await settle(taken, attempt.id, "again")
            case Refused(reason) | Unreadable(reason):
                _tell_of_giving_up(log, reason)
                await settle(taken, attempt.id, "given_up", reason)
            case Unauthorized(reason):
                await settle(taken, attempt.id, "again")
                raise TokenRefused(reason)
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
        give_up_at = monotonic() + REMEMBERED_S
        while True:
            try:
                return await self._outbox.settle(taken, attempt_id, settlement, detail, pause=pause)
            except (RedisError, OSError):
                if monotonic() > give_up_at:
                    raise
                await asyncio.sleep(REDIS_PAUSE_S / 4)


def _buttons(taken: Taken) -> str | None:
    told = words(taken.language)
    if not taken.view.card:
        return keyboard(taken.view, told)
    return call_keyboard(told) if taken.view.is_call else None  # the card has the others


def _card(taken: Taken) -> Card:
    view, told = taken.view, words(taken.language)
    above = note(view, taken.messages[0].customer_name, told)
    if not view.card:  # a reply to the card needs no lines that the card has
        above = "\n".join(filter(None, (above if view.passed_by else "", status(view, told))))
    return _write(taken.texts, taken.language, view.asked_group, above)


@lru_cache(maxsize=64)
def _write(texts: tuple[str, ...], language: str, unknown_group: str, status: str) -> Card:
    """Write a card once for all the phones that get the same."""
    messages = [CustomerMessage.model_validate_json(text) for text in texts]
    return write_card(messages, words(language), unknown_group=unknown_group, status=status)


def where(error: BaseException) -> str:
    """Name an error and the place that raised it; its own text may hold a customer's words."""
    frames = extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if "onduty" in frame.filename), None)
    place = f" in {last.name} ({PurePath(last.filename).name}:{last.lineno})" if last else ""
    return f"{type(error).__name__}{place}"


def _about(taken: Taken, attempt: Attempt) -> dict[str, object]:
    return {
        "conversation": taken.conversation_id,
        "operator": taken.chat_id,
        "is_repeat": attempt.is_repeat,
    }


def _tell_of_giving_up(log: structlog.typing.FilteringBoundLogger, reason: str) -> None:
    log.error("delivery.given_up", reason=reason, next_step="onduty failed list")
