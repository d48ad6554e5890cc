"""An update as it is stored: without phrases, and beside it whose stood where.

`{"update": …, "phrases": [{"at": "message.text", "group": "support", "whole": true}]}`. What stands
beside the update nobody can type. A bot before this stored the bare update, which is still read.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Self

from telegram.constants import ChatType

from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.hiding import Held, without_phrases

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What Telegram is asked to send; anything else would be stored and ignored."""

Update = dict[str, object]
"""As Telegram sends it; kept whole, so that a newer Telegram's fields survive."""

_LARGEST_ID = 2**53 - 1
"""What Redis's scores hold exactly; Telegram's ids have up to 52 bits."""

_OTHERS = frozenset({"from", "chat", "sender_chat", "reply_to_message", "pinned_message"})
"""Parts of a message that stay when it is removed."""


def number(value: object) -> int | None:
    """Return an id that Telegram may have given; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_ID:
        return value
    return None


def update_id_of(update: object) -> int | None:
    """Return the id by which an update is confirmed; None if it has none."""
    found = number(update.get("update_id")) if isinstance(update, dict) else None
    return found if found is not None and found >= 0 else None


@dataclass(frozen=True)
class Stored:
    """An update without phrases, and where they stood."""

    update: Update
    held: tuple[Held, ...] = ()

    @classmethod
    def of(cls, update: Update, phrases: Phrases) -> Self:
        """Take the phrases out of an update that came."""
        hidden, held = without_phrases(update, phrases)
        return cls(hidden, tuple(held))

    @classmethod
    def read(cls, record: Update, phrases: Phrases) -> Self:
        """Read what was stored; phrases that were set since then are taken out too."""
        if "update_id" in record:
            return cls.of(record, phrases)
        update = record.get("update")
        fresh = cls.of(update if isinstance(update, dict) else {}, phrases)
        return cls(fresh.update, (*_read_held(record.get("phrases")), *fresh.held))

    def packed(self) -> str:
        """Return it as it is stored."""
        whole = {"update": self.update, "phrases": [asdict(one) for one in self.held]}
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))

    @property
    def kind(self) -> str | None:
        """Which of the kinds that we ask for it is."""
        return next((kind for kind in ALLOWED_UPDATES if kind in self.update), None)

    @property
    def author(self) -> int | None:
        """Who did it; in a private chat nobody else can have."""
        found = number(at(self.update, self.kind, "from", "id"))
        if found is None and at(self.update, self.kind, "chat", "type") == ChatType.PRIVATE:
            return self.chat
        return found

    @property
    def chat(self) -> int | None:
        """Where it happened."""
        return _chat(self.update, self.kind)

    @property
    def line(self) -> str:
        """The line it stands in: its chat's, so that a chat's updates keep their order."""
        for kind in ALLOWED_UPDATES:
            found = _chat(self.update, kind) or number(at(self.update, kind, "from", "id"))
            if found is not None:
                return str(found)
        return "unknown"

    @property
    def phrase(self) -> str | None:
        """The group whose phrase the message is: its text, or else its caption, and no more."""
        text = at(self.update, self.kind, "text") or None
        place = f"{self.kind}.{'caption' if text is None else 'text'}"
        return next((one.group for one in self.held if one.whole and one.at == place), None)

    @property
    def exposed(self) -> frozenset[str]:
        """The groups whose phrases stand where all see them, until the message is removed."""
        if self.kind not in {"message", "edited_message"}:
            return frozenset()
        return frozenset(one.group for one in self.held if _is_shown(one.at.split("."), self.kind))

    @property
    def exposes(self) -> bool:
        """Whether there are any."""
        return bool(self.exposed)


def _is_shown(at: list[str], kind: str | None) -> bool:
    return at[0] == kind and len(at) > 1 and at[1] not in _OTHERS


def _chat(update: Update, kind: str | None) -> int | None:
    for path in (("chat", "id"), ("message", "chat", "id")):
        if (found := number(at(update, kind, *path))) is not None:
            return found
    return None


def at(update: object, *path: str | None) -> object:
    """Return what stands at a place, or None."""
    for name in path:
        update = update.get(name) if isinstance(update, dict) else None
    return update


def _read_held(written: object) -> Iterator[Held]:
    for one in written if isinstance(written, list) else ():
        match one:
            case {"at": str(at), "group": str(group), "whole": bool(whole)}:
                yield Held(at, group, whole)
