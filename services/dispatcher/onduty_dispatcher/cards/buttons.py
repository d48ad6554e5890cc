"""The buttons below a card: the actions that its operator can take now."""

import json
from functools import lru_cache

from onduty_desk.conversations.verbs import Verb
from onduty_desk.phones.view import View
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name

_Row = list[tuple[str, Verb]]


@lru_cache(maxsize=64)
def keyboard(view: View, words: Words) -> str:
    """Return the `reply_markup` of a card (Bot API, InlineKeyboardMarkup), as JSON.

    Cached: it is the same on many phones.
    """
    return _markup([[(_text(verb, view, words), verb) for verb in row] for row in view.verbs])


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


def _text(verb: Verb, view: View, words: Words) -> str:
    is_waiting, asks = view.state == "waiting", view.view == "confirm" and view.state == "claimed"
    sure = words.gettext("Yes, take over from {name}")
    texts = {
        Verb.CLAIM: words.gettext("🙋 I'll answer"),
        Verb.OPEN: words.gettext("👀 Look") if is_waiting else words.gettext("👀 Open"),
        Verb.BACK: words.gettext("No") if asks else words.gettext("Back"),
        Verb.TAKE_OVER: words.gettext("Take over"),
        Verb.CONFIRM: sure.format(name=short_name(view.owner_name)),
        Verb.CLOSE: words.gettext("☑️ Close"),
        Verb.RELEASE: words.gettext("↩️ Release"),
        Verb.REOPEN: words.gettext("Reopen"),
    }
    return texts[verb]


def _markup(rows: list[_Row]) -> str:
    buttons = [[{"text": text, "callback_data": verb} for text, verb in row] for row in rows]
    return json.dumps({"inline_keyboard": buttons}, ensure_ascii=False)
