"""Chooses the proxy to Telegram: the one that is set, else the environment's, read as curl does."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from ipaddress import ip_address, ip_network

from yarl import URL

HTTP = frozenset({"http", "https"})
SOCKS = frozenset({"socks5", "socks5h"})
"""With both, the proxy resolves the host name."""


def find_proxy(api_url: str, given: str | None, environment: Mapping[str, str]) -> URL | None:
    """Return the proxy for the Bot API server; None for a direct connection.

    `given` (`ONDUTY_TELEGRAM_PROXY`) applies to every server. The environment's `HTTPS_PROXY`,
    `https_proxy`, `http_proxy` (not `HTTP_PROXY`, which a web request can set in a CGI program) and
    `ALL_PROXY` do not apply to servers on this machine or named by `NO_PROXY`.

    Raises:
        ValueError: with a sentence that says what to set; it holds no password.
    """
    if given:
        return _parsed("ONDUTY_TELEGRAM_PROXY", given)
    server = URL(api_url)
    if _is_this_machine(server):
        return None
    excluded = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if any(_names(entry.strip().lower(), server) for entry in excluded.split(",")):
        return None
    names = ["https_proxy", "HTTPS_PROXY"] if server.scheme == "https" else ["http_proxy"]
    for name in (*names, "all_proxy", "ALL_PROXY"):
        if environment.get(name):
            return _parsed(name, environment[name])
    return None


def shown(proxy: URL) -> str:
    """Return the proxy's address for logs, without user name and password."""
    return str(proxy.with_user(None))


def _parsed(name: str, text: str) -> URL:
    wanted = f"{name}: write http://host:port, https://host:port or socks5://host:port"
    if not re.match(r"[\w+.-]+://", text):
        text = f"http://{text}"  # as curl reads it
    try:
        proxy = URL(text)
        port = proxy.port or 1080
    except ValueError:
        raise ValueError(f"{wanted}; % encode what is special in a password") from None
    if not proxy.host or proxy.scheme not in HTTP | SOCKS:
        raise ValueError(wanted)
    if proxy.scheme in SOCKS:
        if find_spec("aiohttp_socks") is None:
            raise ValueError(f"{name}: for a SOCKS proxy, pip install 'onduty-desk[socks]'")
        return proxy.with_scheme("socks5").with_port(port)
    return proxy


def _is_this_machine(server: URL) -> bool:
    host = server.host or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _names(entry: str, server: URL) -> bool:
    """Whether an entry of NO_PROXY (host, .domain, host:port, network or *) matches the server."""
    host, port = server.host or "", f":{server.port}"
    name = entry.removesuffix(port).removeprefix("*").removeprefix(".")
    if not name:
        return entry == "*"
    try:
        return ip_address(host) in ip_network(name, strict=False)
    except ValueError:
        return host == name or host.endswith(f".{name}")
