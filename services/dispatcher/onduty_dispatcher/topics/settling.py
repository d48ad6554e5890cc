"""Settles a step about a topic. What fails there is no sign that Telegram is away."""

from datetime import timedelta
from typing import assert_never

import structlog

from onduty_desk.metrics.figures import STEPS
from onduty_desk.model import words
from onduty_desk.phones.outbox import Settled, Taken
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
from onduty_dispatcher.sending.settling import PAUSE, REMEMBERED_S, act_on
from onduty_dispatcher.topics.into import trouble_of

_NONE = timedelta(0)
_log = structlog.get_logger()


async def settle_topic(context: StepContext, taken: Taken, outcome: Outcome | Gone) -> Settled:
    """Record what came of it; while Redis is away, again, so that no topic is forgotten."""
    result, detail, pause = _result(outcome)
    if not isinstance(outcome, (NotTaken, Unknown)):
        await act_on(context, taken, outcome)
    if result not in {"done", "again"}:
        _log.info(
            f"topic.{result}",
            conversation=taken.conversation_id,
            operator=taken.chat_id,
            step=taken.step,
            reason=detail,
        )

    async def write() -> Settled:
        return await context.outbox.settle(taken, result, detail, pause=pause)

    settled = await context.outage.retry(write, for_s=REMEMBERED_S)
    STEPS.add(taken.step, result)
    return settled


def _result(outcome: Outcome | Gone) -> tuple[words.Outcome, str, timedelta]:  # noqa: PLR0911 - one for each outcome
    match outcome:
        case Sent(thread_or_message):
            return "done", str(thread_or_message), _NONE
        case Later(wait):
            return "later", "", wait
        case NotTaken(reason):
            return "not_taken", reason, _NONE
        case Unknown(reason):
            return "unknown", reason, PAUSE
        case Impossible(reason):
            return "unreachable", reason, _NONE
        case Unauthorized() | Moved():
            return "again", "", _NONE
        case Gone(reason):
            return "gone", reason, _NONE
        case Refused(reason) | Unreadable(reason):
            trouble = trouble_of(outcome)
            is_of_topic = trouble in {"gone", "off"}
            result: words.Outcome = "gone" if trouble == "gone" else "given_up"
            return result, str(trouble) if is_of_topic else reason, _NONE
        case _:
            assert_never(outcome)
