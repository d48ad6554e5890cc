"""What must be so after Telegram was away: one summary rings, all else is silent, nothing given up.

Judged by the phones that are on duty throughout and do not claim: nothing else is sent to them.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from chaos.house import Ended
from chaos.outages import Lasted
from chaos.producers import Accepted
from chaos.reckoning import marks_in, nobody_knows_of, says_nothing
from onduty_desk.model.keys import ChatId
from onduty_desk.phones.outbox import LEASE
from onduty_desk.telegram.transport import READ_TIMEOUT_S
from onduty_sandbox.client import LoggedRequest

SUMMARY = "Telegram could not be reached"
TOLD_FROM_S = 30.0
"""Of a shorter outage phones are not told: each card rings as always."""

NOTICED_FROM_S = 15.0
"""A request that nobody answers fails after ten seconds, and so does the question after it."""

ROUTED_WITHIN_S = 5.0
"""What is accepted later than this before the end may be routed when all has gone on."""

TAKEN_FROM_RQ_WITHIN_S = 15.0
"""A plain RQ job counts as accepted when a lane takes it, also while Telegram is away."""

CLOCKS_DIFFER_S = 1.0
"""A message is noted as accepted a moment after it was."""

TOLD_WITHIN_S = 60.0
SEEN_LATE_S = 2.0
"""The end of a pause is seen by whoever looks, on a busy machine after the first send."""

FAILED_FOR_ITS_OWN_SAKE = 2
TAKEN_OVER_AFTER_S = LEASE.total_seconds() - READ_TIMEOUT_S
"""The least that is left of a lease when its dispatcher is killed: it was at it for a request."""
WORTH_TELLING = 2
"""Of a single customer who waits no summary is sent."""


@dataclass
class AfterOutages:
    """Each entry is one violation in words."""

    unnoticed: list[str] = field(default_factory=list)
    rang: list[str] = field(default_factory=list)
    not_told: list[str] = field(default_factory=list)
    told_again: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    summaries: int = 0
    silent: int = 0


@dataclass(frozen=True)
class Facts:
    """All that is known of a run, as far as it matters here."""

    lasted: Sequence[Lasted]
    pauses: Sequence[Lasted]
    accepted: Sequence[Accepted]
    sends: Sequence[LoggedRequest]
    failures: Collection[Mapping[str, object]]
    ended: Sequence[Ended]
    phones: Collection[ChatId]


def judge(facts: Facts) -> AfterOutages:
    """Hold what phones got against what there was to get."""
    found = AfterOutages()
    found.unnoticed += [
        f"{outage.kind}, {outage.for_s:.0f} s"
        for outage in facts.lasted
        if outage.kind != "401" and outage.for_s >= NOTICED_FROM_S
        if not any(outage.overlaps(pause) for pause in facts.pauses)
    ]
    by_phone: defaultdict[ChatId, list[LoggedRequest]] = defaultdict(list)
    for send in facts.sends:
        by_phone[ChatId(send.chat_id or 0)].append(send)
    messages = {mark: message for message in facts.accepted for mark in message.marks}
    urgent = _urgent_since(facts.accepted)
    for pause in facts.pauses:
        if pause.for_s >= TOLD_FROM_S:
            for phone in facts.phones:
                _judge_phone(phone, pause, by_phone[phone], messages, urgent, facts.ended, found)
    found.given_up += _given_up_for_an_outage(facts)
    return found


def _urgent_since(accepted: Sequence[Accepted]) -> dict[str, float]:
    """By conversation, when it became urgent: a later message does not make it less so."""
    since: dict[str, float] = {}
    for message in accepted:
        if message.is_urgent:
            first = since.get(message.conversation_id, message.accepted_at)
            since[message.conversation_id] = min(first, message.accepted_at)
    return since


def _judge_phone(
    phone: ChatId,
    pause: Lasted,
    sends: Sequence[LoggedRequest],
    messages: Mapping[str, Accepted],
    urgent: Mapping[str, float],
    ended: Sequence[Ended],
    found: AfterOutages,
) -> None:
    after = [send for send in sends if send.received_at > pause.ended_at]
    waited: set[str] = set()
    rang: list[str] = []
    for send in after:
        about = [messages[mark] for mark in marks_in(send) if mark in messages]
        if not send.taken or not about or not all(_waited(it, pause) for it in about):
            continue
        waited |= {it.conversation_id for it in about}
        if send.parameters.get("disable_notification"):
            found.silent += 1
        elif not any(_may_ring(it, send, pause, messages, urgent) for it in about):
            rang.append(f"{', '.join(marks_in(send))} on phone {phone}")
    told = [
        send
        for send in sends
        if SUMMARY in str(send.parameters.get("text", ""))
        and -SEEN_LATE_S < send.received_at - pause.ended_at < TOLD_WITHIN_S
    ]
    taken = [send for send in told if send.taken]
    rings = [send for send in taken if not send.parameters.get("disable_notification")]
    found.summaries += len(rings)
    nobody_knows = any(nobody_knows_of(send, ended) for send in told)
    found.rang += rang[nobody_knows:]  # the first rings in the place of such a summary
    if len(taken) > 1 and not nobody_knows:
        found.told_again.append(f"{len(taken)} times on phone {phone}")
    if not rings and not nobody_knows and len(waited) >= WORTH_TELLING:
        found.not_told.append(f"phone {phone}, {len(waited)} customers")


def _waited(message: Accepted, pause: Lasted) -> bool:
    """Say whether it was in the outboxes when Telegram was back."""
    within_s = ROUTED_WITHIN_S if message.is_ordered else TAKEN_FROM_RQ_WITHIN_S
    return message.accepted_at < pause.ended_at - within_s


def _may_ring(
    message: Accepted,
    send: LoggedRequest,
    pause: Lasted,
    messages: Mapping[str, Accepted],
    urgent: Mapping[str, float],
) -> bool:
    """Its conversation is urgent, or its customer wrote again before the card was sent."""
    before = send.received_at + CLOCKS_DIFFER_S
    return urgent.get(message.conversation_id, inf) < before or any(
        it.conversation_id == message.conversation_id
        and it.accepted_at < before
        and not _waited(it, pause)
        for it in messages.values()
    )


def _given_up_for_an_outage(facts: Facts) -> list[str]:
    """Given up is what failed twice for its own sake: what fails in an outage does not count."""
    surely = [*facts.lasted, *(_without_its_end(pause) for pause in facts.pauses)]
    failed: defaultdict[tuple[str, str], int] = defaultdict(int)
    first: dict[tuple[str, str], LoggedRequest] = {}
    for send in facts.sends:
        in_outage = any(outage.has(send.received_at) for outage in surely)
        its_own = (
            says_nothing(send) or (send.status or 0) >= 400 or nobody_knows_of(send, facts.ended)
        )
        for mark in marks_in(send):
            place = (str(send.chat_id), mark)
            failed[place] += its_own * (not in_outage)
            first.setdefault(place, send)
    accepted_at = {mark: it.accepted_at for it in facts.accepted for mark in it.marks}

    def is_enough(failure: Mapping[str, object], mark: str) -> bool:
        place = (str(failure["chat"]), mark)
        is_marked = place in first and _is_marked(first[place])
        given_up_at = float(str(failure.get("at_ms", inf))) / 1000
        seen_at = first[place].received_at if place in first else inf
        died = _deaths(accepted_at.get(mark, seen_at), given_up_at, facts.ended)
        return failed[place] + max(died, is_marked) >= FAILED_FOR_ITS_OWN_SAKE

    return [
        f"{message} on phone {failure['chat']}: {failure['reason']}"
        for failure in facts.failures
        if "chat" in failure
        for message in _messages(failure)
        if not is_enough(failure, message) and not is_enough(failure, f"{message}.end")
    ]


def _without_its_end(pause: Lasted) -> Lasted:
    return replace(pause, ended_at=pause.ended_at - SEEN_LATE_S)


def _is_marked(send: LoggedRequest) -> bool:
    """Say whether there was a send before it, of which nothing was seen."""
    return str(send.parameters.get("text", "")).startswith("↻")


def _deaths(since: float, until: float, ended: Sequence[Ended]) -> int:
    """Count how often a dispatcher may have died with an attempt that it had written down.

    It may never have left, and then nobody knows more of it than of one that did. The next
    dispatcher takes it over when the lease has ended.
    """
    count, taken_over_at = 0, since - CLOCKS_DIFFER_S
    for one in sorted(ended, key=lambda one: one.at):
        is_killed = one.name.startswith("dispatcher") and one.how.startswith("SIGKILL")
        if is_killed and taken_over_at < one.at < until:
            count, taken_over_at = count + 1, one.at + TAKEN_OVER_AFTER_S
    return count


def _messages(failure: Mapping[str, object]) -> list[str]:
    messages = failure.get("messages", [])
    assert isinstance(messages, list)
    return [str(message) for message in messages]
