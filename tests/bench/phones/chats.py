"""The operators' chats as they changed, made again from Telegram's log of requests."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from onduty_desk.conversations.verbs import Verb
from onduty_sandbox.client import LoggedRequest

_MARK = re.compile(r"\[(\d+)-\d+\]")
_TAG = re.compile(r"<[^>]+>")
_SENDS = frozenset({"sendMessage", "sendPhoto", "sendDocument"})
_VERBS = frozenset(Verb)
_EDITS = frozenset({"editMessageText", "editMessageReplyMarkup"})


@dataclass(frozen=True)
class Bubble:
    """One message of the bot in one chat, as it is at a moment."""

    chat: int
    message_id: int
    text: str
    buttons: tuple[str, ...]
    """What they say to the bot."""
    customer: int | None
    """Whom it is about; None if nobody, or several."""
    has_words: bool
    """It shows what the customer wrote."""
    rings: bool
    is_deleted: bool = False

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@dataclass(frozen=True)
class Change:
    """A bubble that came, changed or went."""

    at: float
    how: str
    """sent, edited or deleted."""
    bubble: Bubble


def changes(log: Iterable[LoggedRequest], names: Mapping[str, int]) -> Iterator[Change]:
    """Return what happened in all chats, in order; what was refused did not happen.

    Args:
        log: what Telegram was asked for.
        names: the customers, each with the number that is in the mark of their lines, `[7-3]`.
    """
    shown: dict[tuple[int, int], Bubble] = {}
    for request in log:
        if not request.taken or request.chat_id is None:
            continue
        for how, bubble in _changed(request, request.chat_id, shown, names):
            shown[bubble.chat, bubble.message_id] = bubble
            yield Change(request.received_at, how, bubble)


def edits_of_earlier(log: Iterable[LoggedRequest], chat: int, newest: int) -> int:
    """Count the edits of what a chat had up to a message: its board, for one."""
    return sum(
        request.taken
        and request.chat_id == chat
        and request.method in _EDITS
        and _id(request.parameters) <= newest
        for request in log
    )


def _changed(
    request: LoggedRequest,
    chat: int,
    shown: dict[tuple[int, int], Bubble],
    names: Mapping[str, int],
) -> Iterator[tuple[str, Bubble]]:
    given = request.parameters
    if request.method in _SENDS and request.message_id is not None:
        text = _plain(str(given.get("text", given.get("caption", ""))))
        about = shown.get((chat, _replied_to(given)))
        buttons, place = _buttons(given), (chat, request.message_id)
        customer, has_words = _customer(text, buttons, names, about)
        rings = not _is_true(given.get("disable_notification"))
        yield "sent", Bubble(*place, text, buttons, customer, has_words, rings)
    elif request.method in _EDITS and (old := shown.get((chat, _id(given)))):
        text = old.text if "text" not in given else _plain(str(given["text"]))
        buttons = _buttons(given)
        customer, has_words = _customer(text, buttons, names, old)
        changed = replace(old, text=text, buttons=buttons, customer=customer)
        yield "edited", replace(changed, has_words=has_words or old.has_words)
    elif request.method in {"deleteMessage", "deleteMessages"}:
        for message_id in _deleted(given):
            if (old := shown.get((chat, message_id))) and not old.is_deleted:
                yield "deleted", replace(old, is_deleted=True)


def _customer(
    text: str, buttons: tuple[str, ...], names: Mapping[str, int], about: Bubble | None
) -> tuple[int | None, bool]:
    """Return whom a bubble is about, and whether it shows their words; lists are about nobody."""
    marked = {int(number) for number in _MARK.findall(text)}
    named = marked or {number for name, number in names.items() if name in text}
    is_list = bool(buttons) and not any(data.partition(":")[0] in _VERBS for data in buttons)
    if is_list or len(named) > 1:
        return None, bool(marked)
    return next(iter(named), about.customer if about else None), bool(marked)


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text))


def _buttons(given: Mapping[str, object]) -> tuple[str, ...]:
    markup = _read(given.get("reply_markup"))
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    return tuple(str(button.get("callback_data")) for row in rows for button in row)


def _replied_to(given: Mapping[str, object]) -> int:
    reply = _read(given.get("reply_parameters"))
    return int(reply["message_id"]) if isinstance(reply, dict) else 0


def _deleted(given: Mapping[str, object]) -> list[int]:
    ids = _read(given.get("message_ids"))
    return [int(one) for one in ids] if isinstance(ids, list) else [_id(given)]


def _id(given: Mapping[str, object]) -> int:
    return int(str(given.get("message_id", 0)))


def _is_true(value: object) -> bool:
    return str(value).lower() in {"true", "1"}


def _read(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value
