"""Holds what operators wrote against what the backend got and what their phones show at the end.

Nothing here asks the desk: an answer has arrived when the backend has confirmed it, and whoever was
told otherwise reads it on the phone.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from chaos.answering.backend import REFUSED_FOR_GOOD, AboutAnswer, Report, Try
from chaos.answering.truth import reactions_that_are_true
from chaos.answering.written import MARK, NOTE_MARK, Answer, Note, without_quote
from onduty.events import ReplyDeleted, ReplyEdited, ReplySent
from onduty_sandbox.client import ChatMessage, LoggedRequest

NOT_SENT = (
    "This did not reach the customer",
    "This reached no one.",
    "This was not sent yet. Whom is it for?",
    "It was not sent, and will not be.",
    "📝 Kept as a note",
    "This went to nobody",
)
"""The last two of what was written when a note was asked for: it is one, or is kept nowhere."""

_OF_PASSING_ON = re.compile(
    r"^🤝 .+ (?:is asked to take over|waits in the group) "
    r"|nothing (?:was passed|to pass) on\.$| has been asked about .+ already\.$"
    r"|To choose somebody else, begin at the card again\.$|^You are off duty\."
)
"""What is said to a text outside of replies to cards, once it was taken for why one passes on."""

NOT_CHANGED = "The change did not reach the customer"
FAILED = "😢 "


@dataclass(frozen=True)
class Evidence:
    """All that is known when everything has come to rest."""

    written: Sequence[Answer]
    tries: Sequence[Try]
    reports: Sequence[Report]
    calm_at: float
    """What the backend reported from then on counts for certain, and in its order."""
    phones: Mapping[int, Sequence[ChatMessage]]
    reactions: Sequence[LoggedRequest] = ()
    """All requests that set or took away one."""
    notes: Sequence[Note] = ()


@dataclass
class JudgedAnswers:
    """What must not be, by its kind; each entry is one case in words."""

    lost: list[str] = field(default_factory=list)
    """Neither at the backend nor told of."""
    of_another: list[str] = field(default_factory=list)
    """Under another operator's name."""
    to_another: list[str] = field(default_factory=list)
    """To a customer for whom it was not written."""
    unrecognisable: list[str] = field(default_factory=list)
    """A repeat with another reply_id; or one sent again that had not failed."""
    out_of_order: list[str] = field(default_factory=list)
    other_words: list[str] = field(default_factory=list)
    """The customer reads something else than the operator's own message says."""
    not_taken_back: list[str] = field(default_factory=list)
    untrue_reactions: list[str] = field(default_factory=list)
    early_reactions: list[str] = field(default_factory=list)
    """Set before the backend had said so."""
    untold: list[str] = field(default_factory=list)
    """Failed, and the author does not read why."""
    notes_sent: list[str] = field(default_factory=list)
    """To a customer."""
    notes_lost: list[str] = field(default_factory=list)
    """Whose author does not read what became of them."""
    arrived: int = 0
    refused: int = 0
    told: int = 0


@dataclass(frozen=True)
class _Story:
    """One answer, and all about it."""

    answer: Answer
    tries: Sequence[Try]
    said: Sequence[ChatMessage]
    """By the bot, in reply to it; those that are gone, too."""
    shown: ChatMessage
    reports: Sequence[Report]
    is_a_reason: bool = False
    """Taken for why a customer was passed on."""

    @property
    def name(self) -> str:
        return f"{self.answer.mark} for {sorted(self.answer.for_customers)}"

    def of(self, *kinds: type[AboutAnswer]) -> list[AboutAnswer]:
        """Return the events of these kinds once, by their sequence."""
        once = {one.event.id: one.event for one in self.tries if isinstance(one.event, kinds)}
        return sorted(once.values(), key=lambda event: event.sequence)

    def is_told(self, *beginnings: str) -> bool:
        return any(without_quote(message.text).startswith(beginnings) for message in self.said)

    @property
    def went_with_its_topic(self) -> bool:
        """Whether its author has deleted the topic: nobody can show anything on it any more."""
        return self.answer.topic is not None and self.shown.deleted

    def confirmed_at(self, event: AboutAnswer) -> float | None:
        times = [it.at for it in self.tries if it.is_confirmed and it.event.id == event.id]
        return min(times, default=None)


def judge_answers(evidence: Evidence) -> JudgedAnswers:
    """Judge each answer by itself, and their order."""
    found = JudgedAnswers()
    _judge_notes(evidence, found)
    stories = list(_stories(evidence, found))
    for story in stories:
        _judge_fate(story, found)
        _judge_names(story, found)
        _judge_repeats(story, found)
        _judge_words(story, found)
        _judge_reactions(story, evidence, found)
    _judge_order(stories, found)
    return found


def _judge_notes(evidence: Evidence, found: JudgedAnswers) -> None:
    found.notes_sent += [
        f"{text} to {one.event.conversation_id}"
        for one in evidence.tries
        if NOTE_MARK.search(text := _text(one.event))
    ]
    for note in evidence.notes:
        messages = evidence.phones[note.chat]
        is_gone = any(m.message_id == note.message_id and m.deleted for m in messages)
        said = [m for m in messages if m.from_bot and m.reply_to == note.message_id]
        if not is_gone and not any(without_quote(m.text).startswith(NOT_SENT) for m in said):
            found.notes_lost.append(note.mark)


def is_about_an_answer(failure: Mapping[str, object]) -> bool:
    """Whether an entry of the failed list is about an answer, and no message to operators."""
    event = failure.get("event")
    is_event = failure["kind"] == "event" and isinstance(event, dict) and "reply_id" in event
    return is_event or failure["kind"] == "reply"


def _stories(evidence: Evidence, found: JudgedAnswers) -> Iterator[_Story]:
    by_mark: defaultdict[str, list[Try]] = defaultdict(list)
    marks: defaultdict[str, set[str]] = defaultdict(set)
    for one in evidence.tries:
        if not isinstance(one.event, ReplyDeleted) and (found_mark := MARK.search(one.event.text)):
            marks[one.event.reply_id].add(found_mark[1])
    for one in evidence.tries:
        for mark in marks[one.event.reply_id] or {""}:
            by_mark[mark].append(one)
    known = {answer.mark for answer in evidence.written}
    found.unrecognisable += [f"{id_} is of {sorted(m)}" for id_, m in marks.items() if len(m) > 1]
    found.of_another += [
        f"{mark or 'nothing'} was never written" for mark in by_mark.keys() - known
    ]
    for answer in evidence.written:
        tries = by_mark[answer.mark]
        ids = {one.event.reply_id for one in tries}
        messages = evidence.phones[answer.chat]
        said = [m for m in messages if m.from_bot and m.reply_to == answer.message_id]
        yield _Story(
            answer,
            tries,
            said,
            next(m for m in messages if m.message_id == answer.message_id),
            [report for report in evidence.reports if report.reply_id in ids],
            (answer.topic is not None or not answer.for_customers)
            and any(_OF_PASSING_ON.search(without_quote(m.text)) for m in said),
        )


def _judge_fate(story: _Story, found: JudgedAnswers) -> None:
    sent, deleted = story.of(ReplySent), story.of(ReplyDeleted)
    has_arrived = any(story.confirmed_at(event) is not None for event in sent)
    if has_arrived:
        found.arrived += 1
    elif any(one.status == REFUSED_FOR_GOOD for one in story.tries):
        found.refused += 1
    elif story.is_told(*NOT_SENT) or story.shown.deleted or story.is_a_reason:
        found.told += 1  # or removed: while a phrase is asked for, it was taken for a try
    else:
        found.lost.append(story.name)
    is_explained = deleted or not sent or story.is_told(NOT_CHANGED, FAILED)
    if story.answer.is_undone and not is_explained:
        found.not_taken_back.append(story.name)


def _judge_names(story: _Story, found: JudgedAnswers) -> None:
    for event in story.of(ReplySent, ReplyEdited, ReplyDeleted):
        if event.conversation_id not in story.answer.for_customers:
            found.to_another.append(f"{story.name}: to {event.conversation_id}")
        operator = event.operator
        if (operator.id, operator.name) != (story.answer.chat, f"Operator {story.answer.chat}"):
            found.of_another.append(f"{story.name}: of {operator}")


def _judge_repeats(story: _Story, found: JudgedAnswers) -> None:
    """Sent once more is only what had failed, by a refusal or by a report."""
    if len(ids := {one.event.reply_id for one in story.tries}) > 1:
        found.unrecognisable.append(f"{story.name}: {sorted(ids)}")
    refused = {one.event.id for one in story.tries if one.status == REFUSED_FOR_GOOD}
    failures = len(refused) + sum(report.status == "failed" for report in story.reports)
    if len(sent := story.of(ReplySent)) > 1 + failures:
        found.unrecognisable.append(f"{story.name}: sent {len(sent)} times, failed {failures}")


def _judge_words(story: _Story, found: JudgedAnswers) -> None:
    """The versions come in their order, and the last is what stands in the operator's chat."""
    written = story.of(ReplySent, ReplyEdited)
    versions = [int(found_[2]) for one in written if (found_ := MARK.search(_text(one)))]
    if versions != sorted(versions):
        found.out_of_order.append(f"{story.name}: versions {versions}")
    newest = story.of(ReplySent, ReplyEdited, ReplyDeleted)[-1:]
    if not newest or isinstance(newest[0], ReplyDeleted) or story.is_told(NOT_CHANGED):
        return
    if _text(newest[0]) != story.shown.text:
        found.other_words.append(f"{story.name}: {_text(newest[0])!r}, not {story.shown.text!r}")


def _text(event: AboutAnswer) -> str:
    return "" if isinstance(event, ReplyDeleted) else event.text


def _judge_reactions(story: _Story, evidence: Evidence, found: JudgedAnswers) -> None:
    shown = "".join(story.shown.reactions.values())
    may_be = reactions_that_are_true(story.tries, story.reports, evidence.calm_at)
    if shown not in may_be and not story.went_with_its_topic:
        found.untrue_reactions.append(f"{story.name}: {shown or 'none'}, not {sorted(may_be)}")
    is_read = any(without_quote(m.text).startswith(FAILED) and not m.deleted for m in story.said)
    if shown == "😢" and not is_read and not story.went_with_its_topic:
        found.untold.append(story.name)
    confirmed = min([one.at for one in story.tries if one.is_confirmed], default=float("inf"))
    refused = [one.at for one in story.tries if one.status == REFUSED_FOR_GOOD]
    said = {
        status: [one.at for one in story.reports if one.status == status]
        for status in ("delivered", "read", "failed")
    }
    since = {
        "👍": confirmed,
        "👌": min(said["read"], default=float("inf")),
        "😢": min([*refused, *said["failed"]], default=float("inf")),
    }
    for request in evidence.reactions:
        is_about = str(request.parameters.get("message_id")) == str(story.answer.message_id)
        if is_about and request.chat_id == story.answer.chat and request.taken:
            emoji = emoji_of(request)
            if request.received_at < since.get(emoji, 0.0):
                found.early_reactions.append(f"{story.name}: {emoji} before it was so")


def emoji_of(request: LoggedRequest) -> str:
    """Return the reaction that a request sets; empty if it takes it away."""
    reaction = request.parameters.get("reaction")
    reaction = json.loads(reaction) if isinstance(reaction, str) else reaction
    first = reaction[0] if isinstance(reaction, list) and reaction else None
    return str(first.get("emoji")) if isinstance(first, dict) else ""


def _judge_order(stories: Sequence[_Story], found: JudgedAnswers) -> None:
    """What one operator sent to one customer at once, and not after a question, comes in order."""
    by_place: defaultdict[tuple[int, str], list[tuple[int, int, str]]] = defaultdict(list)
    for story in stories:
        if (sent := story.of(ReplySent)) and not story.is_told(*NOT_SENT):
            first = sent[0]
            place = (int(story.answer.chat), first.conversation_id)
            by_place[place].append((story.answer.message_id, first.sequence, story.name))
    for in_order in by_place.values():
        last = 0
        for _, sequence, name in sorted(in_order):
            if sequence < last:
                found.out_of_order.append(f"{name}: number {sequence} after {last}")
            last = max(last, sequence)
