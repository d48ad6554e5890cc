"""Which words of a text Telegram makes links of by itself, as TDLib's MessageEntity.cpp decides it.

The server is TDLib too, so a link that is none here is none on a phone. What is not played: the
list of all top-level domains, see `COMMON_TLDS`.
"""

import re
from collections.abc import Iterator

# General Punctuation ends a link, but for joiners and dashes; so does white space.
_ENDS = r"\s\u2000-\u200b\u200e\u200f\u2016-\u206f"
_HOST = rf"(?:[A-Za-z0-9._~-]|[^\x00-\xbf{_ENDS}])"
_USER = rf"[^/\[\]{{}}()'`<>\"@\xab\xbb{_ENDS}]"
_PATH = rf"[^<>\"\xab\xbb{_ENDS}]"
_REST = rf"(?P<host>{_HOST}*\.{_HOST}+)(?::(?P<port>[0-9]+))?(?P<path>[/?#]{_PATH}*)?"
# Each word is tried from its beginning only: a text of one long word takes no longer than others.
CANDIDATE = re.compile(rf"(?<!{_HOST}){_REST}")
WITH_USER = re.compile(rf"(?:(?<!{_USER}){_USER}+@|(?<!{_HOST})){_REST}")
OWN_SCHEME = re.compile(rf"(?:tg|ton)://[a-z0-9_-]{{1,253}}(?P<path>[/?#]{_PATH}*)?", re.IGNORECASE)
PROTOCOL = re.compile(r"([A-Za-z0-9+-]|[^\x00-\x7f\s])*\Z")
EMAIL = re.compile(
    r"(?:mailto:)?(?P<address>(?:[a-z0-9_-]{0,26}[.+]){0,10}[a-z0-9_-]{1,35}"
    r"@(?:(?:[a-z0-9][a-z0-9_-]{0,28})?[a-z0-9]\.){1,6}[a-z]{2,8})",
    re.IGNORECASE,
)
IP_V4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.|\Z)){4}")
ENDINGS = ".:;,('?!`"
CLOSING = {")": "(", "]": "[", "}": "{"}
LAST_PORT = 65_535
# int() of a longer one would only cost time.
MOST_PORT_DIGITS = 5
# More than any that is known, with the "://" behind it.
LONGEST_PROTOCOL = 12
LONGEST_LABEL = 63
# Endings by which a host is known without https:// before it. Telegram knows all there are; here
# are those of countries, and of the others the usual ones.
COMMON_TLDS = frozenset(
    """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt
    bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg
    er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn
    hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li
    lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne
    nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb
    sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr
    tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    com net org info biz name pro edu gov mil int mobi app dev shop store online site web blog cloud
    club life live link news page top xyz zip рф рус москва онлайн сайт дети орг ком укр бел қаз
    """.split()  # noqa: RUF001, SIM905 - a table of 300 words, some of them Cyrillic
)


def find_links(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and kind (`url`, `email`) of each, in no particular order."""
    if "://" in text:
        for found in OWN_SCHEME.finditer(text):
            path = found.group("path") or ""
            yield found.start(), found.end() - len(path) + _length_of(path), "url"
    pattern = WITH_USER if "@" in text else CANDIDATE
    at = 0
    while candidate := pattern.search(text, at):
        start = _start(text, candidate.start())
        at = candidate.end()
        if start is None:
            # Something in it may still be one: what follows its last dot.
            at = text.rfind(".", candidate.start(), candidate.end()) + 1
            continue
        address = EMAIL.fullmatch(candidate.group().rstrip("."))
        if address is not None:
            first = candidate.start() + address.start("address")
            yield first, first + len(address.group("address")), "email"
        elif (end := _end(candidate, has_protocol=start < candidate.start())) is not None:
            yield start, end, "url"


def _start(text: str, host_at: int) -> int | None:
    """Where the link begins: with its protocol if there is one; None where none may begin."""
    before = text[:host_at]
    if not before:
        return host_at
    if not before.endswith("://"):
        last = before[-1]
        return None if last.isalnum() or last in "_/#@" else host_at
    found = PROTOCOL.search(before[-LONGEST_PROTOCOL:].removesuffix("://"))
    protocol = found.group().lower() if found else ""
    for known, others in (("http", ("shttp",)), ("https", ()), ("ftp", ("tftp", "sftp"))):
        if protocol.endswith(known) and protocol not in others:
            return host_at - len(known) - len("://")
    return None


def _end(candidate: re.Match[str], *, has_protocol: bool) -> int | None:
    """Where the link ends; None when the host is no host."""
    host = candidate.group("host")
    port, path = candidate.group("port"), candidate.group("path") or ""
    end = candidate.end("host")
    digits = len((port or "").lstrip("0"))
    if port is not None and 0 < digits <= MOST_PORT_DIGITS and int(port) <= LAST_PORT:
        end = candidate.end("port")
    elif port is not None:
        path = ""
    if path:
        end += _length_of(path)
    else:
        end -= len(host) - len(host.rstrip(".")) if end == candidate.end("host") else 0
        host = host.rstrip(".")
    return end if _is_host(host, has_protocol=has_protocol) else None


def _length_of(path: str) -> int:
    """How much of a path belongs to the link: no mark that ends a sentence, no foreign bracket."""
    if path[:1] in ("?", "#") and not path[1:].rstrip(ENDINGS):
        return 0
    opened: list[str] = []
    end = len(path)
    for at, character in enumerate(path):
        if character in CLOSING.values():
            opened.append(character)
        elif character in CLOSING:
            if CLOSING[character] not in opened:
                end = at
                break
            opened.remove(CLOSING[character])
    return len(path[:end].rstrip(ENDINGS))


def _is_host(host: str, *, has_protocol: bool) -> bool:
    labels = host.split(".")
    if len(labels) == 1 or not all(
        0 < len(label) <= LONGEST_LABEL and not label.endswith("-") for label in labels
    ):
        return False
    if IP_V4.fullmatch(host):
        return True
    if host.replace(".", "").isdecimal():
        return False
    *_, second, tld = labels
    if "_" in second or not _is_top(tld):
        return False
    return has_protocol or tld.startswith("xn--") or _is_common(tld)


def _is_top(tld: str) -> bool:
    if tld.startswith("xn--"):
        return len(tld) > len("xn--x") and tld[4:].isalnum() and tld.isascii()
    return len(tld) > 1 and "_" not in tld and "-" not in tld


def _is_common(tld: str) -> bool:
    lower = tld.lower()
    # "…end.To be…" is a sentence without its space; "to" and "TO" are Tonga.
    return lower in COMMON_TLDS and (tld == lower or tld[1:] != lower[1:])
