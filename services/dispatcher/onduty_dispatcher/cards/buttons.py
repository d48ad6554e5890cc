"""The buttons below a card: the actions that its operator can take now."""

import json
from collections.abc import Sequence
from functools import lru_cache

from onduty_desk.conversations.verbs import Verb
from onduty_desk.phones.view import View
from onduty_desk.texts import Words
from onduty_desk.texts.untrusted_text import short_name

_Row = list[tuple[str, str]]


@lru_cache(maxsize=64)
def keyboard(view: View, words: Words) -> str:
    """Return the `reply_markup` of a card (Bot API, InlineKeyboardMarkup), as JSON.

    Cached: it is the same on many phones.
    """
    rows: list[_Row] = [[(_text(verb, view, words), verb) for verb in row] for row in view.verbs]
    turns: _Row = [(text, number.data) for text, number in view.turns]
    return _markup([*rows[:1], *([turns] if turns else []), *rows[1:]])


def nudge_keyboard(numbers: Sequence[int], words: Words) -> str:
    """Return the buttons of a nudge: a row for each number, short enough for a phone.

    A single customer's buttons are not named by the number.
    """
    if len(numbers) == 1:
        (number,) = numbers
        return _markup(
            [
                [(words.gettext("Still answering"), f"{Verb.KEEP}:{number}")],
                [
                    (words.gettext("☑️ Close"), f"{Verb.CLOSE}:{number}"),
                    (words.gettext("↩️ Release"), f"{Verb.RELEASE}:{number}"),
                ],
            ]
        )
    texts = {
        Verb.KEEP: words.gettext("{number} Answering"),
        Verb.CLOSE: words.gettext("Close {number}"),
        Verb.RELEASE: words.gettext("Release {number}"),
    }
    return _markup(
        [
            [(text.format(number=number), f"{verb}:{number}") for verb, text in texts.items()]
            for number in numbers
        ]
    )


def _text(verb: Verb, view: View, words: Words) -> str:
    asks = view.view == "confirm" and view.state == "claimed"
    looks = words.gettext("🕘 History") if view.has_answers else words.gettext("👀 Look")
    is_anothers = view.state == "claimed" and not view.is_owner
    sure = words.gettext("Yes, take over from {name}")
    texts: dict[str, str] = {
        Verb.CLAIM: words.gettext("🙋 I'll answer"),
        Verb.OPEN: words.gettext("👀 Open") if is_anothers else looks,
        Verb.BACK: words.gettext("No") if asks else words.gettext("Back"),
        Verb.MENU: "⋯",
        Verb.MAKE_URGENT: _choice(words.gettext("❗ Urgent"), chosen=view.priority == "urgent"),
        Verb.MAKE_NORMAL: _choice(words.gettext("Normal"), chosen=view.priority == "normal"),
        Verb.MAKE_LOW: _choice(words.gettext("💤 Can wait"), chosen=view.priority == "low"),
        Verb.MUTE: words.gettext("🔇 Mute"),
        Verb.QUICK: "⚡",
        Verb.NOTE: words.gettext("📝 Note"),
        Verb.DELEGATE: words.gettext("🤝 Pass on"),
        Verb.ACCEPT: words.gettext("🙋 Accept"),
        Verb.DECLINE: words.gettext("Decline"),
        Verb.TAKE_BACK: words.gettext("Do not pass on"),
        Verb.TAKE_OVER: words.gettext("Take over"),
        Verb.CONFIRM: sure.format(name=short_name(view.owner_name)),
        Verb.CLOSE: words.gettext("☑️ Close"),
        Verb.RELEASE: words.gettext("↩️ Release"),
        Verb.REOPEN: words.gettext("Undo") if view.is_muted else words.gettext("Reopen"),
    }
    return texts[verb]


def _choice(text: str, *, chosen: bool) -> str:
    return f"✓ {text}" if chosen else text


def _markup(rows: list[_Row]) -> str:
    buttons = [[{"text": text, "callback_data": verb} for text, verb in row] for row in rows]
    return json.dumps({"inline_keyboard": buttons}, ensure_ascii=False)
