"""Sets aside an update that cannot be handled: its failure record, and a note to its author.

The note replaces the update in the chat's line and is handled like an update, so that it is sent
even if a bot is killed or Telegram is away meanwhile.
"""

import json
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

from redis.exceptions import RedisError
from telegram.error import TelegramError

from onduty_bot.answering.answers import AnswerRefused, Answers, TelegramAway
from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.hiding import TELEGRAMS_WORDS
from onduty_bot.updates.stored import Stored, at, number, update_id_of
from onduty_desk.process.errors import is_ours
from onduty_desk.roster.operators import Overwritten
from onduty_desk.texts import language_of, words

_HOLD_NOTHING_PERSONAL = (RedisError, TelegramError, AnswerRefused, TelegramAway, Overwritten)
_MOST_KEPT = 4_000
"""Characters of an update's shape; a usual one has a few hundred."""


class SetAside(NamedTuple):
    """Arguments of `finish_update.lua`: the failure, the author, and the notes; '' for none."""

    failure: str
    author: str
    note_to_operator: str
    note_to_others: str


NOTHING = SetAside("", "", "", "")


def where(error: Exception) -> str:
    """Return the error's type and place, without anything that a person wrote."""
    name = type(error).__name__
    if isinstance(error, _HOLD_NOTHING_PERSONAL):
        return f"{name}: {error}"
    steps = extract_tb(error.__traceback__)
    ours = [step for step in steps if is_ours(step.filename)] or steps
    places = dict.fromkeys(
        f"{Path(step.filename).name}:{step.lineno}" for step in (*ours[-1:], *steps[-1:])
    )
    return f"{name} at {', '.join(places)}" if places else name


def set_aside(phrases: Phrases, record: str, reason: str) -> SetAside:
    """Return what is kept of a record, with this reason; never raises."""
    try:
        written = json.loads(record)
        return NOTHING if "note" in written else _set_aside(Stored.read(written, phrases), reason)
    except Exception as error:  # noqa: BLE001 - the update must leave its line
        failure = {"kind": "update", "reason": f"{reason}; and {where(error)}"}
        return SetAside(json.dumps(failure), "", "", "")


def _set_aside(stored: Stored, reason: str) -> SetAside:
    what, author = stored.kind, stored.author
    failure: dict[str, object] = {
        "kind": "update",
        "update": update_id_of(stored.update),
        "what": what,
        "chat": stored.chat,
        "operator": author,
        "reason": reason,
    }
    shape = shape_of(stored.update)
    if len(json.dumps(shape)) <= _MOST_KEPT:
        failure["shape"] = shape
    tap = at(stored.update, "callback_query", "id")
    exposed = number(at(stored.update, what, "message_id")) if stored.exposes else None
    note = {
        "update": update_id_of(stored.update),
        "author": author,
        "language": at(stored.update, what, "from", "language_code"),
        "tap": tap if isinstance(tap, str) else None,
        "remove": [stored.chat, exposed] if stored.chat and exposed else None,
    }
    others = {**note, "author": None}
    return SetAside(
        json.dumps(failure),
        "" if author is None else str(author),
        json.dumps({"note": note}),
        json.dumps({"note": others}) if note["tap"] or note["remove"] else "",
    )


def shape_of(value: object) -> object:
    """Return a value without what people wrote, their names and locations."""
    match value:
        case str() if value in TELEGRAMS_WORDS:
            return value
        case str():
            return f"({len(value)} characters)"
        case float():
            return "(number)"
        case dict():
            return {name: shape_of(inner) for name, inner in value.items()}
        case list():
            return [shape_of(inner) for inner in value]
    return value


class Notes:
    """Sends the note that replaced an update; a second call sends nothing."""

    def __init__(self, answers: Answers, fallback_language: str) -> None:
        self._answers = answers
        self._fallback_language = fallback_language

    async def send(self, note: object) -> None:
        """Delete a message with a phrase; notify the operator, or who tapped, of the failure."""
        language = at(note, "language")
        catalogue = words(
            language_of(language if isinstance(language, str) else None, self._fallback_language)
        )
        match at(note, "remove"):
            case [int(chat), int(message)]:
                await self._answers.delete_by_id(chat, message)
        again = catalogue.gettext("Try again, and tell your admin if it happens again.")
        if isinstance(tap := at(note, "tap"), str):
            text = catalogue.gettext("This tap did not work; the error is noted.")
            await self._answers.answer_tap_of(tap, f"{text} {again}")
        elif (author := number(at(note, "author"))) is not None:
            text = catalogue.gettext("I could not handle your last message; the error is noted.")
            occasion = f"set-aside:{at(note, 'update')}"
            await self._answers.send_once(author, occasion, f"{text} {again}")
