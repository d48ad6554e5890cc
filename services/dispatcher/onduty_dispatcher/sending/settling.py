"""Settles a step: maps Telegram's outcome to what is recorded and logged."""

import logging
from datetime import timedelta
from functools import partial
from typing import assert_never

import structlog

from onduty_desk.metrics.figures import DELIVERIES, STEPS
from onduty_desk.model import words
from onduty_desk.model.keys import ChatId, OperatorId
from onduty_desk.phones.outbox import Attempt, Settled, Taken
from onduty_desk.telegram.outcomes import (
    Gone,
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
)
from onduty_dispatcher.sending.context import StepContext

PAUSE = timedelta(seconds=1)
"""Before a step is repeated."""

REMEMBERED_S = 60.0
"""How long the outcome of a send is kept in memory while Redis is away."""

_MAKE_A_MESSAGE = frozenset({"send", "send_note", "send_nudge", "send_board"})
"""Those whose message is written down."""

_NONE = timedelta(0)
_LEVELS: dict[words.Outcome, int] = {
    "done": logging.DEBUG,
    "gone": logging.INFO,
    "later": logging.WARNING,
    "not_taken": logging.INFO,
    "unknown": logging.WARNING,
    "given_up": logging.ERROR,
}
"""Success is quiet; giving up is an error. For other outcomes the action taken is logged."""

_log = structlog.get_logger()


async def settle(
    context: StepContext, taken: Taken, outcome: Outcome | Gone, attempt: Attempt | None = None
) -> Settled:
    """Record and log the outcome of a step; `attempt` is that of a send."""
    result, detail, pause = _result(taken, outcome)
    await act_on(context, taken, outcome)
    _log_result(taken, attempt, result, detail, pause)
    settled = await write_down(context, taken, result, detail, attempt=attempt, pause=pause)
    if attempt and (result != "done" or attempt.part == attempt.parts - 1):
        came_to = "given_up" if settled == "given_up" else result
        DELIVERIES.add(came_to, by=len(taken.message_ids))
    if settled == "given_up" != result:
        _log_result(taken, attempt, "given_up", detail, pause)
    return settled


async def give_up(context: StepContext, taken: Taken, attempt: Attempt, reason: str) -> None:
    """Record that a send is given up."""
    _log_result(taken, attempt, "given_up", reason, _NONE)
    await context.outbox.settle(taken, "given_up", reason, attempt_id=attempt.id, part=attempt.part)
    STEPS.add(taken.step, "given_up")
    DELIVERIES.add("given_up", by=len(taken.message_ids))


async def write_down(  # noqa: PLR0913 - what came of one step, by name
    context: StepContext,
    taken: Taken,
    outcome: words.Outcome,
    detail: str = "",
    *,
    attempt: Attempt | None = None,
    pause: timedelta = _NONE,
) -> Settled:
    """Record the outcome of a step; of one that makes a message, retry while Redis is away.

    Else it would be made, and ring, a second time. Any other step can be repeated.
    """
    attempt_id, part = (attempt.id, attempt.part) if attempt else ("", None)
    write = partial(
        context.outbox.settle,
        *(taken, outcome, detail),
        attempt_id=attempt_id,
        part=part,
        pause=pause,
    )
    is_send = taken.step in _MAKE_A_MESSAGE or taken.step == "send_summary"
    settled = await (context.outage.retry(write, for_s=REMEMBERED_S) if is_send else write())
    STEPS.add(taken.step, "given_up" if settled == "given_up" else outcome)
    return settled


def _result(  # noqa: PLR0911 - one for each outcome
    taken: Taken, outcome: Outcome | Gone
) -> tuple[words.Outcome, str, timedelta]:
    """Return the outcome, the id of the message or the reason, and the pause."""
    match outcome:
        case Sent(message_id):
            return "done", str(message_id) if taken.step in _MAKE_A_MESSAGE else "", _NONE
        case Gone(reason):
            return "gone", reason, _NONE
        case Later(wait):
            return "later", "", wait
        case NotTaken(reason):
            return "not_taken", reason, PAUSE if taken.step == "send_summary" else _NONE
        case Unknown(reason):
            return "unknown", reason, PAUSE
        case Impossible(reason):
            return "again" if taken.step == "send" else "unreachable", reason, _NONE
        case Unauthorized() | Moved():  # see TokenWatch; the new chat id is stored
            return "again", "", _NONE
        case Refused(reason) | Unreadable(reason):
            return "given_up", reason, _NONE
        case _:
            assert_never(outcome)


async def act_on(context: StepContext, taken: Taken, outcome: Outcome | Gone) -> None:
    """Do what an outcome means for all: Telegram may be away, the operator unreachable or moved."""
    log = _log.bind(conversation=taken.conversation_id, operator=taken.chat_id)
    match outcome:
        case NotTaken(reason) | Unknown(reason):
            await context.reachability.failed(taken.chat_id, reason)
        case Impossible(reason):
            log.warning("operator.unreachable", reason=reason)
            await context.roster.sign_out(OperatorId(taken.chat_id), "unreachable")
        case Moved(chat_id):
            log.warning("operator.moved", to=chat_id)
            await context.roster.move_chat(OperatorId(taken.chat_id), ChatId(chat_id))


def _log_result(
    taken: Taken, attempt: Attempt | None, result: words.Outcome, detail: str, pause: timedelta
) -> None:
    if result not in _LEVELS:
        return
    about: dict[str, object] = {"conversation": taken.conversation_id, "operator": taken.chat_id}
    if attempt:
        about["is_repeat"] = attempt.is_repeat
        event = "delivery.sent" if result == "done" else f"delivery.{result}"
    else:
        about["step"] = taken.step
        event = f"step.{result}"
    if result == "later":
        about["wait_s"] = pause.total_seconds()
    elif result != "done":
        about["reason"] = detail
    elif attempt:
        about["message"] = int(detail)
    if attempt and result == "given_up":
        about["next_step"] = "onduty failed list"
    _log.log(_LEVELS[result], event, **about)
