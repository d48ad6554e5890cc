"""Signs webhooks and checks signatures, after Standard Webhooks (standardwebhooks.com)."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

TOLERANCE = timedelta(minutes=5)
"""How far a webhook's time may be from ours: an older one may be a replay."""

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_PREFIX = "whsec_"
_LEAST_BYTES = 24


class InvalidWebhook(Exception):  # noqa: N818 - it is the webhook that is named
    """Not signed with our secret, too old, or no event; the text says what to look at.

    Answer 400 and do nothing: anybody could have sent it.
    """


def read_secret(secret: str) -> bytes:
    """Return the key in a secret of the form `whsec_<base64>`; raises `ValueError`."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < _LEAST_BYTES:
        raise ValueError(
            f"must be {_PREFIX} and base64 of at least {_LEAST_BYTES} bytes; "
            'make one with: echo "whsec_$(openssl rand -base64 32)"'
        )
    return key


def read_secrets(secret: str | Sequence[str]) -> list[bytes]:
    """Return the keys of a secret, or of several: as a list, or with spaces between them.

    Raises `ValueError` for one of another form, and if there is none.
    """
    texts = [secret] if isinstance(secret, str) else secret
    return [read_secret(one) for text in texts for one in text.split() or [""]]


def sign(keys: Sequence[bytes], webhook_id: str, body: bytes, *, at_s: int) -> dict[str, str]:
    """Return the headers of a webhook that is signed with each key; `at_s` is Unix time."""
    return {
        ID: webhook_id,
        TIMESTAMP: str(at_s),
        SIGNATURE: " ".join(f"v1,{_signature(key, webhook_id, str(at_s), body)}" for key in keys),
    }


def check(headers: Mapping[str, str], body: bytes, secret: str | Sequence[str]) -> None:
    """Check that a webhook is signed with this secret, or one of them, within `TOLERANCE` of now.

    Raises:
        InvalidWebhook: it is not.
        ValueError: the secret itself has another form.
    """
    keys = read_secrets(secret)
    given = {name.lower(): value for name, value in headers.items()}
    if missing := [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]:
        raise InvalidWebhook(f"no header {missing[0]}: pass all headers of the request")
    timestamp = given[TIMESTAMP]
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):  # noqa: PLR2004 - eleven digits reach the year 5138
        raise InvalidWebhook(f"{TIMESTAMP} is no Unix time in seconds")
    if abs(time.time() - int(timestamp)) > TOLERANCE.total_seconds():
        raise InvalidWebhook(
            f"{TIMESTAMP} is more than {TOLERANCE.total_seconds() / 60:.0f} minutes from now: "
            "an old request, or one of the two clocks is wrong"
        )
    expected = [_signature(key, given[ID], timestamp, body).encode() for key in keys]
    signatures = [entry.partition(",") for entry in given[SIGNATURE].split()]
    # All are compared, in constant time: the duration reveals nothing about the right one.
    matches = [
        hmac.compare_digest(signature.encode("utf-8", "replace"), right)
        for version, _, signature in signatures
        for right in expected
        if version == "v1"
    ]
    if not any(matches):
        raise InvalidWebhook(
            "the signature does not match: the secret must be the desk's ONDUTY_EVENTS_SECRET, "
            "and the body the bytes of the request as they came"
        )


def _signature(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{webhook_id}.{timestamp}.".encode("utf-8", "replace") + body
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
