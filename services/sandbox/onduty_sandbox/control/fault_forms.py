"""What a request for trouble must say, and may."""

from typing import cast

from onduty_sandbox.bot_api.methods import NAMES
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.asking import find_bot, number, optional_integer
from onduty_sandbox.faults.fault import PAGE_STATUSES, REDIRECT_STATUSES, Fault
from onduty_sandbox.people.acting import ActError
from onduty_sandbox.wire.arguments import Arguments
from onduty_sandbox.wire.fault_kinds import CONTENT_TYPES, KINDS, ContentType, Kind

STATUSES = {
    "page": PAGE_STATUSES,
    "redirect": REDIRECT_STATUSES,
    "redirect_loop": REDIRECT_STATUSES,
}


def read_fault(body: Arguments, telegram: Telegram) -> Fault:
    """Return the fault, without its id yet; raises what makes no sense."""
    kind = body.text("kind")
    if kind not in KINDS:
        raise ActError(f"The kind is one of {', '.join(KINDS)}.")
    method = body.text("method") or "*"
    if method != "*" and method.lower() not in NAMES:
        raise ActError(f"There is no method {method}.")
    for_s = number(body, "for_s", 0) if body.given("for_s") else None
    return Fault(
        id=0,
        kind=cast("Kind", kind),
        method=NAMES.get(method.lower(), "*"),
        chat_id=optional_integer(body, "chat_id"),
        times=_times(body, lasts=for_s is not None),
        retry_after=max(1, body.integer("retry_after", 1)),
        delay_s=number(body, "delay_s", 0),
        taken_first=body.flag("taken_first"),
        migrate_to_chat_id=optional_integer(body, "migrate_to_chat_id"),
        bot=find_bot(telegram, body).user.id if body.given("bot") else None,
        status=_status(body, kind),
        content_type=_content_type(body),
        in_topics=body.flag("in_topics"),
        topic=optional_integer(body, "topic"),
        ends_at=None if for_s is None else telegram.clock.epoch() + for_s,
    )


def _times(body: Arguments, *, lasts: bool) -> int | None:
    if "times" not in body.values:
        return None if lasts else 1
    times = optional_integer(body, "times")
    if times is not None and times < 1:
        raise ActError("times is at least 1, or null for all requests until the fault is cleared.")
    return times


def _status(body: Arguments, kind: str) -> int | None:
    status = optional_integer(body, "status")
    if status is None:
        return None
    known = STATUSES.get(kind)
    if known is None:
        raise ActError(f"A fault of kind {kind} has no status of its own.")
    if status not in known:
        raise ActError(f"The status is one of {', '.join(map(str, sorted(known)))}.")
    return status


def _content_type(body: Arguments) -> ContentType:
    content_type = body.text("content_type") or "text/html"
    if content_type not in CONTENT_TYPES:
        raise ActError(f"The content_type is one of {', '.join(CONTENT_TYPES)}.")
    return cast("ContentType", content_type)
