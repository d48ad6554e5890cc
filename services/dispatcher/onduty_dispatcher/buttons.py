"""The buttons below a card: what this operator can do with the conversation now."""

import json
from functools import lru_cache

from onduty_desk.outside import short_name
from onduty_desk.taps import Verb
from onduty_desk.texts import Words
from onduty_dispatcher.view import View

_Row = list[tuple[str, Verb]]


@lru_cache(maxsize=64)
def keyboard(view: View, words: Words) -> str:
    """Return the `reply_markup` of a card (Bot API, InlineKeyboardMarkup), as JSON.

    Written once for all the phones that show the same.
    """
    return _markup(_rows(view, words))


def nudge_keyboard(words: Words) -> str:
    """Return the buttons of a nudge."""
    return _markup(
        [
            [
                (words.gettext("Still answering"), Verb.KEEP),
                (words.gettext("↩️ Release"), Verb.RELEASE),
            ]
        ]
    )


def call_keyboard(words: Words) -> str:
    """Return the button of a note that calls for somebody to answer."""
    return _markup([[(words.gettext("🙋 I'll answer"), Verb.CLAIM)]])


def _rows(view: View, words: Words) -> list[_Row]:
    if view.state == "claimed" and view.is_owner:
        close = (words.gettext("☑️ Close"), Verb.CLOSE)
        return [[close, (words.gettext("↩️ Release"), Verb.RELEASE)]]
    if view.is_off:
        return []
    back = (words.gettext("Back"), Verb.BACK)
    match view.state:
        case "waiting":
            claim = (words.gettext("🙋 I'll answer"), Verb.CLAIM)
            return [[claim, back if view.view else (words.gettext("👀 Look"), Verb.OPEN)]]
        case "claimed":
            return _rows_of_others(view, words, back)
        case "closed":
            reopen = (words.gettext("Reopen"), Verb.REOPEN)
            return [[reopen]] if view.can_reopen else []


def _rows_of_others(view: View, words: Words, back: tuple[str, Verb]) -> list[_Row]:
    match view.view:
        case "":
            return [[(words.gettext("👀 Open"), Verb.OPEN)]]
        case "open":
            return [[(words.gettext("Take over"), Verb.TAKE_OVER), back]]
        case "confirm":
            sure = words.gettext("Yes, take over from {name}").format(
                name=short_name(view.owner_name)
            )
            return [[(sure, Verb.CONFIRM)], [(words.gettext("No"), Verb.BACK)]]


def _markup(rows: list[_Row]) -> str:
    buttons = [[{"text": text, "callback_data": verb} for text, verb in row] for row in rows]
    return json.dumps({"inline_keyboard": buttons}, ensure_ascii=False)
