"""The text of a board and its buttons."""

import json
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from onduty_desk.boards.buttons import BOARD_BACK, BOARD_MINE, BOARD_QUEUE
from onduty_desk.boards.view import BoardView
from onduty_desk.texts import Words
from onduty_desk.texts.times import clock, day_and_clock
from onduty_desk.texts.untrusted_text import short_name


def board_text(view: BoardView, names: Sequence[str], words: Words, zone: ZoneInfo) -> str:
    """Return what is theirs and what waits, the counts first: a phone shows one line of it.

    It says since when, not for how long, so it stays true while nothing happens.
    """
    yours = words.gettext("Yours: {count}").format(count=view.yours)
    waiting = words.gettext("Waiting: {count}").format(count=view.waiting)
    if view.since:
        waiting = words.gettext("Waiting: {count}, oldest since {time}").format(
            count=view.waiting, time=(day_and_clock if view.is_old else clock)(view.since, zone)
        )
    shown = [short_name(name, words.gettext("Customer")) for name in names]
    if view.yours > len(names):
        shown.append("…")
    return "\n".join(
        filter(None, (_paused(view, words, zone), f"{yours} · {waiting}", ", ".join(shown)))
    )


def _paused(view: BoardView, words: Words, zone: ZoneInfo) -> str:
    if view.paused_until:
        time = clock(view.paused_until, zone)
        return words.gettext("⏸️ You are paused until {time}").format(time=time)
    return words.gettext("⏸️ You are paused") if view.is_paused else ""


def board_keyboard(view: BoardView, words: Words) -> str:
    """Return its buttons: what `/mine` and `/queue` do, and the end of a pause."""
    back = [{"text": words.gettext("▶️ Come back"), "callback_data": BOARD_BACK}]
    buttons = [
        {"text": words.gettext("Mine"), "callback_data": BOARD_MINE},
        {"text": words.gettext("Queue"), "callback_data": BOARD_QUEUE},
    ]
    return json.dumps(
        {"inline_keyboard": [*([back] if view.is_paused else []), buttons]}, ensure_ascii=False
    )
