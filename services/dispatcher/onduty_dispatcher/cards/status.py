"""The status lines above a card's text, and the texts of notes and summaries."""

from datetime import timedelta

from onduty_desk.model.words import Note
from onduty_desk.phones.view import View
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name
from onduty_dispatcher.cards.measures import lasting

_MINUTE = timedelta(minutes=1)


def status(view: View, words: Words) -> str:
    """Return the first lines of a card; empty for a single message that waits."""
    match view.state:
        case "claimed" if view.is_owner:
            return words.gettext("✅ You are answering")
        case "claimed":
            return _about(words.gettext("✅ {name} is answering"), view.owner_name)
        case "closed":
            return words.gettext("☑️ Closed")
        case "waiting":
            return "\n".join(filter(None, (_before(view, words), _waiting(view, words))))


def note(view: View, customer: str, words: Words) -> str:
    """Return the text of a note; "" if there is none."""
    if not view.note:
        return ""
    name = view.returned_from
    if view.note in {"taken_over", "passed"}:
        name = view.owner_name if view.note == "taken_over" else view.passed_by
    whose = short_name(customer, words.gettext("Customer"))
    return _notes(words)[view.note].format(customer=whose, name=short_name(name))


def outage_summary(view: View, words: Words) -> str:
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
    return f"{head} {waits}."


def _notes(words: Words) -> dict[Note, str]:
    return {
        "released": words.gettext("↩️ {customer} waits again: {name} released it"),
        "lease_ended": words.gettext("↩️ {customer} waits again: nothing came from {name}"),
        "off_duty": words.gettext("↩️ {customer} waits again: {name} went off duty"),
        "lost": words.gettext(
            "↩️ {customer} waits again for everyone: nothing came from you for too long"
        ),
        "nudge": words.gettext("⏳ Are you still answering {customer}?"),
        "taken_over": words.gettext("🔄 {name} took over {customer} from you"),
        "passed": words.gettext("🤝 {name} passed {customer} to you"),
    }


def _before(view: View, words: Words) -> str:
    if view.was_theirs:
        return words.gettext("↩️ It was yours")
    if view.returned_from:
        return _about(words.gettext("↩️ Returned from {name}"), view.returned_from)
    if view.was_with and view.was_with_them:
        return words.gettext("🔁 Back again, last with you")
    return view.was_with and _about(words.gettext("🔁 Back again, last with {name}"), view.was_with)


def _waiting(view: View, words: Words) -> str:
    if view.count < 2:  # noqa: PLR2004 - a single message needs no number
        return ""
    if view.waiting < _MINUTE:
        return words.ngettext("{count} message", "{count} messages", view.count).format(
            count=view.count
        )
    return words.ngettext(
        "{count} message, waiting {time}", "{count} messages, waiting {time}", view.count
    ).format(count=view.count, time=lasting(words, view.waiting))


def _about(text: str, name: str) -> str:
    return text.format(name=short_name(name))
