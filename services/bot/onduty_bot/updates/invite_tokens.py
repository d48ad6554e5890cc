"""The tokens of invites, which are hidden in an update before that is stored.

The record keeps the hash of the one that a `/start` opens, beside the update, where no user can
write; so neither what Redis keeps of invites nor what it keeps of updates lets anybody in.
"""

import hashlib
import re

TOKEN_BYTES = 16

_FORM = r"(?P<token>[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])"
"""As `token_urlsafe` makes it."""
_STARTING = re.compile(rf"/start(?:@\w+)?\s+{_FORM}\s*", re.IGNORECASE)
"""A link's parameter as Telegram sends it (Bot API, Deep Linking)."""
_ANYWHERE = re.compile(rf"(?:[?&]start=|/start(?:@\w+)?\s+){_FORM}", re.IGNORECASE)


def hash_of(token: str) -> str:
    """Return the hash under which an invite is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_in(text: object) -> str | None:
    """Return the hash of the invite that a message opens, or None."""
    found = _STARTING.fullmatch(text) if isinstance(text, str) else None
    return hash_of(found["token"]) if found else None


def tokens_in(text: str) -> list[tuple[int, int]]:
    """Return where tokens stand in a text, in a link or behind `/start`."""
    return [found.span("token") for found in _ANYWHERE.finditer(text)]
