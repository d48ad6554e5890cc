"""Counts what Telegram really took against what was accepted: lost, repeated, out of order.

A *mark* is what a message's text holds so that its copies are found in cards; a long message has
one at its beginning and one at its end, which may stand in two cards.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from chaos.house import Ended
from chaos.producers import Accepted
from onduty_desk.conversations.verbs import read_data
from onduty_desk.model.keys import ChatId
from onduty_desk.telegram.transport import READ_TIMEOUT_S
from onduty_sandbox.client import LoggedRequest
from onduty_sandbox.people.strangers import FIRST_ID

_MARK = re.compile(r"\[((?:[ckawt]\d+|rq)-\d+(?:\.end)?)\]")
_BUTTON = re.compile(r'"callback_data": ?"([^"]*)"')
_REPEAT = "↻"
_LEAVES_NOBODY_KNOWING = frozenset(
    {"slow", "cut_before", "cut_after", "half_body", "hang", "refuse", "bad_status_line"}
)
_PAGES_THAT_SAY_NOTHING = frozenset({200, 502, 504})
"""Of others than Telegram: the request may have reached it. Other pages took nothing."""

_ON_THE_WIRE_S = 2.0
"""What a killed process wrote may reach the sandbox a little after the kill."""

_HEARD_OF_OFF_S = 1.0


@dataclass(frozen=True)
class Copy:
    """A mark in a request for one phone."""

    mark: str
    request: LoggedRequest
    is_marked: bool


@dataclass
class Counts:
    """What came of it all; each entry of a list is one violation, or one case, in words."""

    accepted: int = 0
    cards: int = 0
    shown: int = 0
    lost: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    repeated_unknown: list[str] = field(default_factory=list)
    repeated_unmarked: list[str] = field(default_factory=list)
    repeated_other: list[str] = field(default_factory=list)
    sent_off_duty: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    given_up_never_shown: int = 0


@dataclass(frozen=True)
class Evidence:
    """All that is known when everything has come to rest."""

    accepted: Sequence[Accepted]
    sends: Sequence[LoggedRequest]
    failures: Collection[Mapping[str, object]]
    ended: Sequence[Ended]
    throughout: Collection[ChatId]
    off_duty: Mapping[ChatId, Sequence[tuple[float, float]]]


def reckon(evidence: Evidence) -> Counts:
    """Count everything."""
    counts = Counts(accepted=len(evidence.accepted))
    copies = _copies(evidence.sends)
    given_up = _given_up(evidence.failures, counts)
    for chat, of_chat in copies.items():
        taken = [copy for copy in of_chat if copy.request.taken]
        counts.cards += len({copy.request.sequence for copy in taken})
        counts.shown += len({copy.mark for copy in taken})
        for shift in _by_shift(of_chat, evidence.off_duty.get(chat, ())):
            is_asked_for = chat not in evidence.throughout
            _count_repeats(chat, shift, evidence.ended, counts, silent_is_asked_for=is_asked_for)
            in_shift = [copy for copy in shift if copy.request.taken]
            _count_swapped(chat, in_shift, given_up, evidence.accepted, counts)
        _count_off_duty(chat, of_chat, evidence.off_duty.get(chat, ()), counts)
    for chat in evidence.throughout:
        _count_lost(chat, copies[chat], given_up, evidence.accepted, counts)
    return counts


def _by_shift(copies: Sequence[Copy], off_duty: Sequence[tuple[float, float]]) -> list[list[Copy]]:
    """Who comes back on duty gets what waits anew, as cards with buttons: each shift for itself."""
    shifts: list[list[Copy]] = [[] for _ in range(len(off_duty) + 1)]
    for copy in copies:
        at = copy.request.received_at
        shifts[sum(told_at < at for told_at, _ in off_duty)].append(copy)
    return shifts


def _copies(sends: Sequence[LoggedRequest]) -> defaultdict[ChatId, list[Copy]]:
    """Return what was asked to be sent to each phone, in the order it was asked."""
    copies: defaultdict[ChatId, list[Copy]] = defaultdict(list)
    for send in sorted(sends, key=lambda send: send.sequence):
        for mark in marks_in(send):
            is_marked = _REPEAT in str(send.parameters["text"])
            copies[ChatId(send.chat_id or 0)].append(Copy(mark, send, is_marked))
    return copies


def marks_in(send: LoggedRequest) -> list[str]:
    """Return the marks that a card holds; lists and nudges quote what cards hold."""
    buttons = _BUTTON.findall(str(send.parameters.get("reply_markup", "")))
    if any(read_data(button) is None for button in buttons):
        return []
    return _MARK.findall(str(send.parameters.get("text", "")))


def _given_up(
    failures: Collection[Mapping[str, object]], counts: Counts
) -> Collection[tuple[ChatId, str]]:
    found = set()
    for failure in failures:
        messages = failure.get("messages", [])
        assert isinstance(messages, list)
        who = f"{failure.get('chat', '')} {failure.get('conversation', failure.get('job', ''))}"
        counts.given_up.append(f"{failure['reason']}: {who} {','.join(messages)}")
        found |= {(ChatId(int(str(failure.get("chat", 0)))), message) for message in messages}
    return found


def _count_lost(
    chat: ChatId,
    copies: Sequence[Copy],
    given_up: Collection[tuple[ChatId, str]],
    accepted: Sequence[Accepted],
    counts: Counts,
) -> None:
    shown = {copy.mark for copy in copies if copy.request.taken}
    for message in accepted:
        if shown.issuperset(message.marks):
            continue
        if (chat, message.message_id) in given_up:
            counts.given_up_never_shown += 1
        else:
            counts.lost.append(f"{message.message_id} on phone {chat}")


def _count_repeats(
    chat: ChatId,
    copies: Sequence[Copy],
    ended: Sequence[Ended],
    counts: Counts,
    *,
    silent_is_asked_for: bool,
) -> None:
    """Sort every copy after the first that was taken.

    Where people come on duty or claim, one without a ring was asked for by that: it shows what the
    phone has no card of. Elsewhere what comes without a ring has waited for an outage's end.
    It is the fault of nobody's knowing only if an earlier request for it met a fault that tells
    the sender nothing, or if a dispatcher was killed since that request.
    """
    by_mark: defaultdict[str, list[Copy]] = defaultdict(list)
    for copy in copies:
        by_mark[copy.mark].append(copy)
    for mark, of_mark in by_mark.items():
        for at, copy in enumerate(of_mark):
            earlier = of_mark[:at]
            is_silent = copy.request.parameters.get("disable_notification")
            was_taken = any(before.request.taken for before in earlier)
            if (is_silent and silent_is_asked_for) or not copy.request.taken or not was_taken:
                continue
            told = f"{mark} on phone {chat}, request {copy.request.sequence}"
            is_explained = any(_nobody_knew(before, copy, ended) for before in earlier)
            if not is_explained:
                counts.repeated_other.append(f"{told}, {'marked' if copy.is_marked else 'bare'}")
            elif not copy.is_marked:
                counts.repeated_unmarked.append(told)
            else:
                counts.repeated_unknown.append(told)


def _nobody_knew(before: Copy, copy: Copy, ended: Sequence[Ended]) -> bool:
    sent_at, again_at = before.request.received_at, copy.request.received_at
    if before.request.fault == "slow" and again_at - sent_at < READ_TIMEOUT_S:
        return _was_killed(sent_at, again_at, ended)
    return says_nothing(before.request) or _was_killed(sent_at, again_at, ended)


def says_nothing(send: LoggedRequest) -> bool:
    """Say whether what the sender got does not tell if Telegram took the request."""
    if send.fault == "page":
        return send.status in _PAGES_THAT_SAY_NOTHING
    return send.fault in _LEAVES_NOBODY_KNOWING


def nobody_knows_of(send: LoggedRequest, ended: Sequence[Ended]) -> bool:
    """Say whether the sender of this request may not have learned what came of it."""
    sent_at, until = send.received_at, send.received_at + READ_TIMEOUT_S
    if says_nothing(send) or _was_killed(sent_at, until, ended):
        return True
    return _was_killed(sent_at, until, ended, "redis")  # it forgets what it wrote last


def unknown_to_all(
    sends: Sequence[LoggedRequest], ended: Sequence[Ended]
) -> frozenset[tuple[int | None, int | None]]:
    """Return the messages, by chat and id, of which no sender may have learned."""
    return frozenset(
        (send.chat_id, send.message_id)
        for send in sends
        if send.taken and nobody_knows_of(send, ended)
    )


def most_answers(sends: Sequence[LoggedRequest], ended: Sequence[Ended]) -> int:
    """Return the most that one of the strangers got: what nobody knew of came again."""
    known = [send for send in sends if send.taken and not nobody_knows_of(send, ended)]
    of_strangers = Counter(send.chat_id for send in known if (send.chat_id or 0) >= FIRST_ID)
    return max(of_strangers.values(), default=0)


def _was_killed(
    sent_at: float, again_at: float, ended: Sequence[Ended], kind: str = "dispatcher"
) -> bool:
    return any(
        process.name.startswith(kind)
        and process.how.startswith("SIGKILL")
        and sent_at - _ON_THE_WIRE_S < process.at < again_at
        for process in ended
    )


def _count_swapped(
    chat: ChatId,
    taken: Sequence[Copy],
    given_up: Collection[tuple[ChatId, str]],
    accepted: Sequence[Accepted],
    counts: Counts,
) -> None:
    """Compare, by conversation, the order of first appearance with that of acceptance.

    A request that Telegram took so late that its message had been given up by then is left out.
    """
    place = {
        mark: (message.conversation_id, message.number)
        for message in accepted
        if message.is_ordered and (chat, message.message_id) not in given_up
        for mark in message.marks
    }
    seen: set[str] = set()
    last: dict[str, int] = {}
    for copy in sorted(taken, key=lambda copy: copy.request.message_id or 0):
        if copy.mark in seen or copy.mark not in place:
            continue
        seen.add(copy.mark)
        conversation, number = place[copy.mark]
        if number < last.get(conversation, 0):
            counts.out_of_order.append(f"{copy.mark} on phone {chat} after {last[conversation]}")
        last[conversation] = max(number, last.get(conversation, 0))


def _count_off_duty(
    chat: ChatId,
    copies: Sequence[Copy],
    off_duty: Sequence[tuple[float, float]],
    counts: Counts,
) -> None:
    for copy in copies:
        at = copy.request.received_at
        if any(told + _HEARD_OF_OFF_S < at < back for told, back in off_duty):
            counts.sent_off_duty.append(f"{copy.mark} on phone {chat}")
