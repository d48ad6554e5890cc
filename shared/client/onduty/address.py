"""Parses the URL of Redis, the one setting that client and services share."""

import re
import ssl
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, unquote

SENTINEL_SCHEME = "redis+sentinel"
_SENTINEL_SCHEMES = (SENTINEL_SCHEME, "rediss+sentinel")
_REDIS_PORT, _SENTINEL_PORT = 6379, 26379

RULE = (
    "use redis://host:port/db, rediss://…, unix:///path, "
    "redis+sentinel://host:port,host:port/master/db or rediss+sentinel://…"
)
ENCODE = (
    "a password, or what else stands before the @, is cut by one of / # ? @: write them "
    "percent-encoded, as %2F %23 %3F %40"
)
_TLS = {
    "ssl_cert_reqs",
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_certfile",
    "ssl_keyfile",
    "ssl_check_hostname",
}
_REQUIREMENTS = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}
_CREDENTIALS = re.compile(r"^((?:[a-z+]+://)?).*@", re.DOTALL)
_PASSWORD_PARAMETER = re.compile(r"(password=)[^&]*")


@dataclass(frozen=True)
class Place:
    """Where to connect to: a host and port, or the path of a Unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.path or f"{host}:{self.port}"


@dataclass(frozen=True)
class Tls:
    """How the server's certificate is checked: the URL's `ssl_…` parameters, as in redis-py."""

    parameters: tuple[tuple[str, str], ...] = ()

    def context(self) -> ssl.SSLContext:
        """Return the TLS context; raises `ValueError` for files that cannot be used."""
        try:
            return self._context(dict(self.parameters))
        except OSError as error:
            raise ValueError(
                "a file named by ssl_ca_certs, ssl_ca_path, ssl_certfile or ssl_keyfile cannot "
                f"be used: {error.strerror}"
            ) from error

    def _context(self, given: dict[str, str]) -> ssl.SSLContext:
        required = _REQUIREMENTS[given.get("ssl_cert_reqs", "required")]
        context = ssl.create_default_context(
            cafile=given.get("ssl_ca_certs"), capath=given.get("ssl_ca_path")
        )
        context.check_hostname = (
            required is ssl.CERT_REQUIRED and given.get("ssl_check_hostname") != "false"
        )
        context.verify_mode = required
        if certificate := given.get("ssl_certfile"):
            context.load_cert_chain(certificate, given.get("ssl_keyfile"))
        return context

    def options(self) -> dict[str, object]:
        """Return the same for redis-py."""
        given: dict[str, object] = dict(self.parameters)
        if "ssl_check_hostname" in given:
            given["ssl_check_hostname"] = given["ssl_check_hostname"] != "false"
        return {"ssl": True, **given}


@dataclass(frozen=True)
class RedisAddress:
    """A parsed `redis://`, `rediss://` or `unix://`."""

    place: Place
    db: int
    username: str | None
    password: str | None = field(repr=False)
    tls: Tls | None = None


@dataclass(frozen=True)
class SentinelAddress:
    """A parsed `redis+sentinel://user:password@host:port,[v6]:port/master/db?sentinel_…`."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    db: int
    username: str | None
    password: str | None = field(repr=False)
    sentinel_username: str | None = None
    sentinel_password: str | None = field(default=None, repr=False)
    tls: Tls | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """Parse the URL; raises `ValueError` that names the accepted forms."""
        parts = _Parts.of(url)
        path = parts.path.split("/")
        if parts.scheme not in _SENTINEL_SCHEMES or len(path) not in (1, 2) or not path[0]:
            raise ValueError(RULE)
        given = parts.parameters("sentinel_username", "sentinel_password")
        username, password = parts.login(given)
        return cls(
            hosts=tuple(_host(entry, _SENTINEL_PORT) for entry in parts.hosts.split(",")),
            master=unquote(path[0]),
            db=_db(given.get("db") or "".join(path[1:])),
            username=username,
            password=password,
            sentinel_username=given.get("sentinel_username") or None,
            sentinel_password=given.get("sentinel_password") or None,
            tls=parts.tls(given),
        )

    def master_options(self) -> dict[str, object]:
        """Return what redis-py's `Sentinel` takes for connections to the master."""
        login = {"username": self.username, "password": self.password, "db": self.db}
        return {**login, **(self.tls.options() if self.tls else {})}

    def sentinel_options(self) -> dict[str, object]:
        """Return what redis-py's `Sentinel` takes as its `sentinel_kwargs`."""
        login = {"username": self.sentinel_username, "password": self.sentinel_password}
        return {**login, **(self.tls.options() if self.tls else {})}


@dataclass(frozen=True)
class _Parts:
    """The parts of a URL. One whose unencoded password would be misread is refused."""

    scheme: str
    credentials: str
    hosts: str
    path: str
    query: str

    @classmethod
    def of(cls, url: str) -> Self:
        scheme, separator, rest = url.strip().partition("://")
        if not separator:
            raise ValueError(RULE)
        before, _, query = rest.partition("?")
        authority, _, path = before.partition("/")
        # The path of a Unix socket may hold an @, unless what precedes it could be a password.
        is_path = scheme == "unix" and authority[-1:] in ("", "@")
        if "#" in rest or "@" in query or ("@" in path and not is_path):
            raise ValueError(ENCODE)
        credentials, _, hosts = authority.rpartition("@")
        return cls(scheme, credentials, hosts, path, query)

    def login(self, given: dict[str, str]) -> tuple[str | None, str | None]:
        username, _, password = self.credentials.partition(":")
        return (
            unquote(username) or given.get("username") or None,
            unquote(password) or given.get("password") or None,
        )

    def parameters(self, *more: str) -> dict[str, str]:
        known = {"db", "username", "password", *more}
        if self.scheme.startswith("rediss"):
            known |= _TLS
        given = dict(parse_qsl(self.query, keep_blank_values=True))
        if unknown := sorted(given.keys() - known):
            hint = (
                "; TLS wants rediss://" if any(name.startswith("ssl") for name in unknown) else ""
            )
            raise ValueError(
                f"nobody knows the parameter {unknown[0]!r}{hint}; known are "
                f"{', '.join(sorted(known))}"
            )
        if given.get("ssl_cert_reqs", "none") not in _REQUIREMENTS:
            raise ValueError("ssl_cert_reqs is none, optional or required")
        if given.get("ssl_check_hostname", "true") not in ("true", "false"):
            raise ValueError("ssl_check_hostname is true or false")
        return given

    def tls(self, given: dict[str, str]) -> Tls | None:
        if not self.scheme.startswith("rediss"):
            return None
        return Tls(tuple((name, given[name]) for name in sorted(given.keys() & _TLS)))


def parse(url: str) -> RedisAddress | SentinelAddress:
    """Parse the URL; raises `ValueError` with a sentence that holds no password."""
    parts = _Parts.of(url)
    if parts.scheme in _SENTINEL_SCHEMES:
        return SentinelAddress.parse(url)
    if parts.scheme == "unix":
        if parts.hosts or not parts.path:
            raise ValueError(RULE)
        place, db = Place(path=f"/{unquote(parts.path)}"), ""
    elif parts.scheme in ("redis", "rediss"):
        place, db = Place(*_host(parts.hosts or "localhost", _REDIS_PORT)), parts.path
    else:
        raise ValueError(RULE)
    given = parts.parameters()
    username, password = parts.login(given)
    return RedisAddress(place, _db(given.get("db") or db), username, password, parts.tls(given))


def check_redis_url(url: str) -> str:
    """Return the URL unchanged; raises `ValueError` with a sentence if it cannot be used."""
    parse(url)
    return url


def without_password(url: str) -> str:
    """Return the URL as it may be shown: without credentials."""
    return _PASSWORD_PARAMETER.sub(r"\1…", _CREDENTIALS.sub(r"\1…@", url))


def _host(entry: str, default_port: int) -> tuple[str, int]:
    if entry.startswith("["):
        host, bracket, port = entry[1:].partition("]")
        if not bracket or port[:1] not in ("", ":"):
            raise ValueError(RULE)
        port = port[1:]
    else:
        host, _, port = entry.partition(":")
    port = port or str(default_port)
    if not host or not _is_number(port) or int(port) > 65_535:  # noqa: PLR2004 - the largest port
        raise ValueError(RULE)
    return unquote(host), int(port)


def _db(text: str) -> int:
    if text and not _is_number(text):
        raise ValueError("the database, behind the last /, is a number (0 if there is none)")
    return int(text or 0)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10  # noqa: PLR2004 - long enough
