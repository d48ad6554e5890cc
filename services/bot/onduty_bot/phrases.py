"""The groups' secret phrases: which one a message is, and their fingerprints."""

import hashlib
import hmac
from collections.abc import Mapping


class Phrases:
    """Group → phrase, kept as digests: nothing here can be logged by accident.

    Args:
        phrases: group → phrase, ends trimmed.
        token: the bot's token; it keys the fingerprints, so that they are worth nothing elsewhere.
    """

    def __init__(self, phrases: Mapping[str, str], token: str) -> None:
        self._digests = {group: _digest(phrase) for group, phrase in phrases.items()}
        self.fingerprints = {
            group: hmac.new(
                token.encode(), f"{group}\0{phrase}".encode(), hashlib.sha256
            ).hexdigest()
            for group, phrase in phrases.items()
        }

    @property
    def groups(self) -> list[str]:
        """The groups one can sign in to."""
        return list(self._digests)

    def group_of(self, text: str) -> str | None:
        """Return the group whose phrase this text is, ends trimmed.

        It takes as long for any text: digests of one length are compared, with every group's.
        """
        digest = _digest(text.strip())
        found = None
        for group, expected in self._digests.items():
            if hmac.compare_digest(digest, expected):
                found = group
        return found


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
