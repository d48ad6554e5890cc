"""What a waiting card says of its escalation: what has happened, and when the next step comes."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from onduty_desk.phones.view import View
from onduty_desk.texts import Words
from onduty_desk.texts.times import clock, day_and_clock
from onduty_desk.texts.untrusted_text import short_name


def escalated(view: View, words: Words, zone: ZoneInfo) -> str:
    """Return "the whole group rung 14:32 UTC, admins at 14:40 UTC"; empty without a step."""
    done = _text(_done(words), view.escalated_to, view.escalated_ms, view, zone)
    coming = _text(_coming(words), view.next_to, view.next_ms, view, zone)
    return ", ".join(filter(None, (done, coming)))


def _text(texts: dict[str, str], to: str, at_ms: int, view: View, zone: ZoneInfo) -> str:
    kind, colon, group = to.partition(":")
    text = texts.get(f"{kind}{colon}", "")  # a newer version may know more
    at, now = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (at_ms, view.now_ms))
    is_today = at.astimezone(zone).date() == now.astimezone(zone).date()
    when = clock(at, zone) if is_today else day_and_clock(at, zone)
    return text.format(clock=when, group=short_name(group))


def _done(words: Words) -> dict[str, str]:
    return {
        "wave": words.gettext("more colleagues rung {clock}"),
        "group": words.gettext("the whole group rung {clock}"),
        "admins": words.gettext("admins told {clock}"),
        "group:": words.gettext("moved here {clock}"),
    }


def _coming(words: Words) -> dict[str, str]:
    return {
        "wave": words.gettext("more colleagues at {clock}"),
        "group": words.gettext("the whole group at {clock}"),
        "admins": words.gettext("admins at {clock}"),
        "group:": words.gettext("to {group} at {clock}"),
    }
