"""The record of an update: the update without phrases, and which group's phrase was where.

`{"update": …, "phrases": [{"at": "message.text", "group": "support", "whole": true}]}`, and behind
`invite` the hash of the token that a `/start` came with. No user can write into these, because they
are not part of the update. Older versions stored the bare update, which is still read.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Self

from telegram.constants import ChatType

from onduty_bot.signing_in.phrases import Phrases
from onduty_bot.updates.hiding import Held, without_phrases
from onduty_bot.updates.invite_tokens import hash_in

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds that Telegram is asked to send; any other would be stored and ignored."""

Update = dict[str, object]
"""As Telegram sends it, with all fields, also those of newer Bot API versions."""

_LARGEST_ID = 2**53 - 1
"""The largest number that a score in Redis holds exactly; Telegram's ids have up to 52 bits."""

_OTHERS = frozenset({"from", "chat", "sender_chat", "reply_to_message", "pinned_message"})
"""Parts of a message that stay visible elsewhere when it is deleted."""


def number(value: object) -> int | None:
    """Return a value if it can be an id of Telegram; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST_ID:
        return value
    return None


def update_id_of(update: object) -> int | None:
    """Return the id by which an update is confirmed; None if it has none."""
    found = number(update.get("update_id")) if isinstance(update, dict) else None
    return found if found is not None and found >= 0 else None


@dataclass(frozen=True)
class Stored:
    """An update without phrases, and where they were."""

    update: Update
    held: tuple[Held, ...] = ()
    invite: str | None = None
    """The hash of the token of an invite."""

    @classmethod
    def of(cls, update: Update, phrases: Phrases) -> Self:
        """Hide the phrases of an update."""
        hidden, held = without_phrases(update, phrases)
        return cls(hidden, tuple(held), hash_in(at(update, "message", "text")))

    @classmethod
    def read(cls, record: Update, phrases: Phrases) -> Self:
        """Read a record; phrases that were set since then are hidden too."""
        if "update_id" in record:
            return cls.of(record, phrases)
        update = record.get("update")
        fresh = cls.of(update if isinstance(update, dict) else {}, phrases)
        invite = record.get("invite")
        return cls(
            fresh.update,
            (*_read_held(record.get("phrases")), *fresh.held),
            invite if isinstance(invite, str) else None,
        )

    def packed(self) -> str:
        """Return the record as JSON."""
        whole: Update = {"update": self.update, "phrases": [asdict(one) for one in self.held]}
        if self.invite is not None:
            whole["invite"] = self.invite
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":"))

    @property
    def kind(self) -> str | None:
        """Which of `ALLOWED_UPDATES` it is."""
        return next((kind for kind in ALLOWED_UPDATES if kind in self.update), None)

    @property
    def author(self) -> int | None:
        """The user who caused it; in a private chat it can only be the chat's user."""
        found = number(at(self.update, self.kind, "from", "id"))
        if found is None and at(self.update, self.kind, "chat", "type") == ChatType.PRIVATE:
            return self.chat
        return found

    @property
    def chat(self) -> int | None:
        """The chat in which it happened."""
        return _chat(self.update, self.kind)

    @property
    def line(self) -> str:
        """The line that it is stored in: one per chat, so that a chat's updates stay in order."""
        for kind in ALLOWED_UPDATES:
            found = _chat(self.update, kind) or number(at(self.update, kind, "from", "id"))
            if found is not None:
                return str(found)
        return "unknown"

    @property
    def phrase(self) -> str | None:
        """The group whose phrase the message is: its whole text, or else its whole caption."""
        text = at(self.update, self.kind, "text") or None
        place = f"{self.kind}.{'caption' if text is None else 'text'}"
        return next((one.group for one in self.held if one.whole and one.at == place), None)

    @property
    def exposed(self) -> frozenset[str]:
        """The groups whose phrases are visible in the chat until the message is deleted."""
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
    """Return the value at a path of names, or None."""
    for name in path:
        update = update.get(name) if isinstance(update, dict) else None
    return update


def _read_held(written: object) -> Iterator[Held]:
    for one in written if isinstance(written, list) else ():
        match one:
            case {"at": str(at), "group": str(group), "whole": bool(whole)}:
                yield Held(at, group, whole)
