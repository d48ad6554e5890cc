"""Masks secrets in a text: a library's error may hold a URL, and the URL the bot's token."""

import re
from collections.abc import MutableMapping
from typing import Any

_SECRETS = (
    # A bot's token, as BotFather makes it (35 characters after the colon), or in a URL.
    (re.compile(r"(\d+(?::|%3A))[A-Za-z0-9_-]{30,}", re.IGNORECASE), r"\1***"),
    (re.compile(r"(/bot\d+(?::|%3A))[^\s/\"'<>]+", re.IGNORECASE), r"\1***"),
    # Greedy: a password may hold an unencoded @ or /.
    (re.compile(r"(://[^\s:@/\"'<>]*:)[^\s\"'<>]*@"), r"\1***@"),
    (re.compile(r"(password=)[^&\s\"']+", re.IGNORECASE), r"\1***"),
    (re.compile(r"whsec_[A-Za-z0-9+/=_-]+"), "whsec_***"),
)


def masked(text: str) -> str:
    """Return the text without bots' tokens, passwords in URLs and webhook secrets."""
    for secret, instead in _SECRETS:
        text = secret.sub(instead, text)
    return text


def mask_line(_: object, __: str, line: str | MutableMapping[str, Any]) -> str:
    """Mask a rendered line of a log; structlog's last processor."""
    return masked(str(line))
