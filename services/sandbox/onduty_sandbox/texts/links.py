"""Which links Telegram accepts in buttons and texts."""

from urllib.parse import urlsplit

WEB_SCHEMES = frozenset({"http", "https"})
OWN_SCHEMES = frozenset({"tg", "ton"})


def checked_link(url: str) -> str | None:
    """Return the link as Telegram keeps it, or None for what it calls a wrong HTTP URL.

    A host without a dot (localhost) is none: with Telegram, too, such a link is refused.
    """
    url = url.strip()
    scheme, colon, _ = url.partition(":")
    if colon and scheme.lower() in OWN_SCHEMES:
        return url
    if not colon or "//" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it raises ValueError for a port that is no number
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme.lower() not in WEB_SCHEMES or " " in host:
        return None
    if ":" not in host and "." not in host.strip("."):
        return None
    return url if parts.path or parts.query or parts.fragment else f"{url}/"
