"""The buttons below a card: what this operator can do with the conversation now."""

import json

from onduty_desk.taps import Verb
from onduty_desk.texts import Words
from onduty_dispatcher.view import View

_Row = list[tuple[str, Verb]]


def keyboard(view: View, words: Words) -> str:
    """Return the `reply_markup` of a card (Bot API, InlineKeyboardMarkup), as JSON."""
    return _markup(_rows(view, words))


def nudge_keyboard(words: Words) -> str:
    """Return the buttons of a nudge."""
    return _markup(
        [[(words.gettext("Still answering"), Verb.KEEP), (words.gettext("Release"), Verb.RELEASE)]]
    )


def _rows(view: View, words: Words) -> list[_Row]:
    close = (words.gettext("☑️ Close"), Verb.CLOSE)
    release = (words.gettext("↩️ Release"), Verb.RELEASE)
    claim = (words.gettext("🙋 I'll answer"), Verb.CLAIM)
    if view.state == "claimed" and view.is_owner:
        return [[close, release]]
    if view.is_off:
        return []
    match view.state, view.view:
        case "waiting", "":
            return [[claim, (words.gettext("👀 Look"), Verb.OPEN)]]
        case "waiting", _:
            return [[claim, (words.gettext("Back"), Verb.BACK)]]
        case "claimed", "":
            return [[(words.gettext("👀 Open"), Verb.OPEN)]]
        case "claimed", "open":
            take_over = (words.gettext("Take over"), Verb.TAKE_OVER)
            return [[take_over, (words.gettext("Back"), Verb.BACK)]]
        case "claimed", _:
            sure = words.gettext("Yes, take over from {name}").format(name=short(view.owner_name))
            return [[(sure, Verb.CONFIRM)], [(words.gettext("No"), Verb.BACK)]]
        case _ if view.can_reopen:
            return [[(words.gettext("Reopen"), Verb.REOPEN)]]
    return []


def short(name: str) -> str:
    """Return a name that fits on a button and into a line."""
    most = 40
    return name if len(name) <= most else name[: most - 1] + "…"


def _markup(rows: list[_Row]) -> str:
    buttons = [[{"text": text, "callback_data": verb} for text, verb in row] for row in rows]
    return json.dumps({"inline_keyboard": buttons}, ensure_ascii=False)
