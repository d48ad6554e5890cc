"""The status lines above a card's text, and the texts of notes and summaries.

The first line of a card names its customer in every state but one: a single message that waits is
written as the contract has it.
"""

from datetime import timedelta
from zoneinfo import ZoneInfo

from onduty_desk.model.words import Note
from onduty_desk.phones.view import View
from onduty_desk.texts import Words
from onduty_desk.texts.times import lasting
from onduty_desk.texts.untrusted_text import one_line, short_name
from onduty_dispatcher.cards.escalated import escalated
from onduty_dispatcher.cards.noted import newest_note
from onduty_dispatcher.cards.parts import ROOM_FOR_STATUS
from onduty_dispatcher.cards.pieces import Piece, line, named, size

_MINUTE = timedelta(minutes=1)
_UTC = ZoneInfo("UTC")
MOST_OF_A_REASON = 120
"""What a colleague says is one line of a card, or two."""


def status(view: View, customer: str, words: Words, zone: ZoneInfo = _UTC) -> tuple[Piece, ...]:
    """Return the first lines of a card; none for a single message that waits.

    They are all that a card says whose view does not show texts.
    """
    lines = _status(view, customer, words, zone)
    return (*lines, *newest_note(view, words, ROOM_FOR_STATUS - size(lines) - 1))


def _status(view: View, customer: str, words: Words, zone: ZoneInfo) -> tuple[Piece, ...]:
    if view.is_offered and view.shows_texts:
        return _offered(view, customer, words)
    lines = _lines(view, customer, words)
    steps = escalated(view, words, zone) if view.shows_texts else ""
    if steps and lines:
        return (*lines, line(f"⏫ {steps}"))
    if steps and view.escalated_to:
        return (_about("⏫ {customer} · {steps}", customer, words, steps=steps),)
    return lines


def next_step(view: View, customer: str, words: Words, zone: ZoneInfo) -> tuple[Piece, ...]:
    """Return when the first step of escalation comes, for the end of a single message's card.

    Nothing has happened yet, so a notification shows the customer's words, as without any step.
    """
    is_plain = view.shows_texts and not view.is_offered and not view.escalated_to
    if not is_plain or _lines(view, customer, words):
        return ()
    steps = escalated(view, words, zone)
    return (line(f"⏫ {steps}"),) if steps else ()


def _lines(view: View, customer: str, words: Words) -> tuple[Piece, ...]:
    first = _first_lines(view, customer, words)
    is_shown_to_them = view.shows_texts and (view.is_owner or view.state == "waiting")
    if not is_shown_to_them or not view.handed_by:
        return first
    if first:
        text = words.gettext("🤝 passed on by {name}").format(name=short_name(view.handed_by))
        return (*first, line(text), *_reason(view.handed_reason, words))
    text = words.gettext("🤝 {customer} · passed on by {name}")
    return (_about(text, customer, words, view.handed_by), *_reason(view.handed_reason, words))


def _reason(reason: str, words: Words) -> list[Piece]:
    """Return why it was passed on, if anybody has said it."""
    said = one_line(reason, MOST_OF_A_REASON)
    return [line(words.gettext("“{words}”").format(words=said))] if reason.strip() else []


def _offered(view: View, customer: str, words: Words) -> tuple[Piece, ...]:
    if not view.offered_by:
        return _offered_by_the_desk(view, customer, words)
    text = words.gettext("🤝 {customer} · {name} asks you to take this over")
    first = _about(text, customer, words, view.offered_by)
    return (first, *_reason(view.offered_reason, words))


def _offered_by_the_desk(view: View, customer: str, words: Words) -> tuple[Piece, ...]:
    first = _about(words.gettext("🙋 {customer} waits: will you answer?"), customer, words)
    passed_by: list[Piece] = []
    if view.handed_by:
        text = words.gettext("🤝 passed on by {name}").format(name=short_name(view.handed_by))
        passed_by = [line(text), *_reason(view.handed_reason, words)]
    return (first, *_waiting(view, customer, words), *passed_by)


def _first_lines(view: View, customer: str, words: Words) -> tuple[Piece, ...]:
    if view.state == "waiting" and not view.shows_texts:
        return (_not_theirs(view, customer, words),)
    match view.state:
        case "claimed" if view.is_owner:
            return (_about(_yours(view, words), customer, words, view.offered_to),)
        case "claimed":
            text = words.gettext("👤 {customer} · {name} is answering")
            return (_about(text, customer, words, view.owner_name),)
        case "closed":
            return (_closed(view, customer, words),)
        case "waiting" if view.offered_to:
            text = words.gettext("⏳ {customer} · {name} is asked")
            return (_about(text, customer, words, view.offered_to),)
        case "waiting":
            return _waiting(view, customer, words)


def _not_theirs(view: View, customer: str, words: Words) -> Piece:
    if not view.left_group:
        return _about(words.gettext("⏸️ {customer} · you are off duty"), customer, words)
    text = words.gettext("⏸️ {customer} · you are not in the group {group} any more")
    return _about(text, customer, words, group=short_name(view.left_group))


def follow_up(customer: str, words: Words) -> Piece:
    """Return the first line of what a customer writes to their owner, below the owner's card."""
    return _about(words.gettext("🟢 {customer} · writes again"), customer, words)


def further_down(customer: str, words: Words) -> Piece:
    """Return all that a message says when a newer one shows its conversation."""
    return _about(words.gettext("⬇️ {customer} · now further down"), customer, words)


def note(view: View, customer: str, words: Words) -> tuple[Piece, ...]:
    """Return the text of a note; nothing if there is none, or it is a card or a nudge itself."""
    if not view.note or view.note == "found" or view.note == "nudge":  # noqa: PLR1714 - so mypy sees what is left
        return ()
    name = view.note_by or view.passed_by
    if view.note == "taken_over":
        name = view.owner_name
    return (_about(_notes(words)[view.note], customer, words, name),)


def outage_summary(view: View, words: Words) -> Piece:
    """Return the summary after an outage of Telegram."""
    away = timedelta(minutes=round(timedelta(milliseconds=view.away_ms) / _MINUTE))
    head = words.gettext("📶 Telegram could not be reached for {time}.").format(
        time=lasting(words, away)
    )
    waits = words.ngettext(
        "{count} customer wrote meanwhile", "{count} customers wrote meanwhile", view.late_count
    ).format(count=view.late_count)
    if view.late_urgent:
        waits += ", " + words.ngettext("{count} urgent", "{count} urgent", view.late_urgent).format(
            count=view.late_urgent
        )
    return line(f"{head} {waits}.")


def _notes(words: Words) -> dict[Note, str]:
    return {
        "lost": words.gettext(
            "↩️ {customer} waits again for everyone: nothing came from you for too long"
        ),
        "taken_over": words.gettext("🔄 {name} took over {customer} from you"),
        "passed": words.gettext("🤝 {name} passed {customer} to you"),
        "declined": words.gettext("↩️ {name} declined {customer}"),
        "missed": words.gettext("⌛ {name} did not answer in time about {customer}"),
        "gone": words.gettext("↩️ {name} cannot take {customer} now"),
        "too_late": words.gettext("⌛ {customer} is not offered to you any more: time was up"),
    }


def _yours(view: View, words: Words) -> str:
    if view.offered_to:
        return words.gettext("🟢 {customer} · {name} is asked to take over")
    if view.in_topic:
        return words.gettext("🟢 {customer} · in its topic")
    if view.is_answered:
        return words.gettext("🟢 {customer} · answered")
    return words.gettext("🟢 {customer} · waits for your answer")


def _muted(view: View, customer: str, words: Words) -> Piece:
    if view.can_reopen:
        text = words.gettext("🔇 {customer} · muted by you: what they write rings nobody")
        return _about(text, customer, words)
    text = words.gettext("🔇 {customer} · muted by {name}: what they write rings nobody")
    return _about(text, customer, words, view.muted_by)


def _closed(view: View, customer: str, words: Words) -> Piece:
    if view.is_forgotten:
        return line(words.gettext("🗑 Removed"))
    if view.is_muted:
        return _muted(view, customer, words)
    if view.closed_for == "idle":
        text = words.gettext("☑️ {customer} · closed: nobody wrote any more")
        return _about(text, customer, words)
    if view.can_reopen:
        return _about(words.gettext("☑️ {customer} · closed by you"), customer, words)
    if view.closed_by:
        text = words.gettext("☑️ {customer} · closed by {name}")
        return _about(text, customer, words, view.closed_by)
    return _about(words.gettext("☑️ {customer} · closed"), customer, words)


def _waiting(view: View, customer: str, words: Words) -> tuple[Piece, ...]:
    before, waits = _before(view, words), _waits(view, words)
    if before:
        name, seconds = view.returned_from or view.was_with, round(view.ring_delay_ms / 1000)
        first = _about(before, customer, words, name, count=seconds)
        return (first, line(waits)) if waits else (first,)
    if waits:
        return (_about("{customer} · {waits}", customer, words, waits=waits),)
    return ()


def _before(view: View, words: Words) -> str:
    if view.was_theirs and view.ring_delay_ms:
        seconds = round(view.ring_delay_ms / 1000)
        return words.ngettext(
            "↩️ {customer} · released: colleagues are rung {count} second later",
            "↩️ {customer} · released: colleagues are rung {count} seconds later",
            seconds,
        )
    if view.was_theirs:
        return words.gettext("↩️ {customer} · it was yours")
    if view.returned_from:
        return words.gettext("↩️ {customer} · returned from {name}")
    if view.was_with and view.was_with_them:
        return words.gettext("🔁 {customer} · back again, last with you")
    return view.was_with and words.gettext("🔁 {customer} · back again, last with {name}")


def _waits(view: View, words: Words) -> str:
    if view.is_answered:
        return words.gettext("answered")
    if view.count < 2:  # noqa: PLR2004 - a single message needs no number
        return ""
    if view.waiting < _MINUTE:
        return words.ngettext("{count} message", "{count} messages", view.count).format(
            count=view.count
        )
    return words.ngettext(
        "{count} message, waiting {time}", "{count} messages, waiting {time}", view.count
    ).format(count=view.count, time=lasting(words, view.waiting))


def _about(text: str, customer: str, words: Words, name: str = "", **others: object) -> Piece:
    shown = short_name(customer, words.gettext("Customer"))
    return named(text, customer=shown, name=short_name(name), **others)
