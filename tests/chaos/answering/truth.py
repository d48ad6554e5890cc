"""Which reaction tells the truth of an answer, by what the backend has confirmed and reported."""

from collections.abc import Sequence

from chaos.answering.backend import REFUSED_FOR_GOOD, Report, Try
from onduty.events import ReplyDeleted, ReplySent

ARRIVED, READ, FAILED, NONE = "👍", "👌", "😢", ""


def reactions_that_are_true(
    tries: Sequence[Try], reports: Sequence[Report], calm_at: float
) -> set[str]:
    """Return those that may stand there in the end.

    A report is read a moment after it was made: one from before `calm_at` may have come before the
    newest event, which then says more, or after it. Later ones count for certain.
    """
    if not tries:
        return {NONE}
    newest = max((one.event for one in tries), key=lambda event: event.sequence)
    sent = [one.event for one in tries if isinstance(one.event, ReplySent)]
    newest_sent = max(sent, key=lambda event: event.sequence, default=None)
    refused = {one.event.id for one in tries if one.status == REFUSED_FOR_GOOD}
    confirmed = {one.event.id for one in tries if one.is_confirmed}
    if newest.id in refused:
        return {FAILED}
    if newest.id not in confirmed:
        return {"👀"}
    if isinstance(newest, ReplyDeleted):
        return {NONE}
    # What comes behind an answer that was refused is of no use.
    may_be = {FAILED} if newest_sent and newest_sent.id in refused else {ARRIVED}
    for report in sorted(reports, key=lambda one: one.at):
        after = {_after(report.status, state) for state in may_be}
        may_be = after if report.at >= calm_at else may_be | after
    return may_be


def _after(status: str, state: str) -> str:
    match status:
        case "failed":
            return FAILED
        case "read":
            return READ
        case _:
            return READ if state == READ else ARRIVED
