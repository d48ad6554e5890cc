"""Finds the links that Telegram detects in a text by itself: nothing may be inserted into one.

The rules are those of TDLib's MessageEntity.cpp. Rare forms (ftp, tg, an unusual top-level domain
without https://) are left out; every link found here is one for Telegram too.
"""

import re
from collections.abc import Iterator

_ENDS = r"\s\u2000-\u200b\u200e\u200f\u2016-\u206f"
_HOST = rf"(?:[A-Za-z0-9._~-]|[^\x00-\xbf{_ENDS}])"
_USER = rf"[^/\[\]{{}}()'`<>\"@\xab\xbb{_ENDS}]"
_START = re.compile(
    rf"(?:(?<!\w)(?P<scheme>https?://)(?:{_USER}{{1,256}}@)?|(?<![\w/#@])(?<!{_HOST}))"
    rf"(?P<host>{_HOST}++)(?::(?P<port>\d{{1,5}})(?!\d))?+(?![:@])",
    re.IGNORECASE,
)
_PATH = re.compile(rf"[/?#][^<>\"\xab\xbb{_ENDS}]*")
_IP_V4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.|\Z)){4}")
_LABEL = re.compile(r"[^\W_](?:[^\W_]|-){0,61}[^\W_]|[^\W_]")
_TOP = re.compile(r"[^\W\d_]{2,63}")
_ENDINGS = ".:;,('?!`"
_CLOSING = {")": "(", "]": "[", "}": "{"}
_LAST_PORT = 65_535
_COMMON_TOPS = frozenset(
    """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt
    bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg
    er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn
    hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li
    lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne
    nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb
    sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr
    tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    com net org info biz mobi app dev shop store online site рф
    """.split()  # noqa: SIM905 - a table
)
"""Top-level domains by which a host is recognised without https://."""


def found_links(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each link begins and ends, in order."""
    at = 0
    while found := _START.search(text, at):
        end = _end(text, found)
        if end is None:
            at = max(_end_of_none(text, found), at + 1)
        else:
            yield found.start(), end
            at = end


def is_found(address: str) -> bool:
    """Whether Telegram detects the whole address as a link when it follows a space."""
    return list(found_links(address)) == [(0, len(address))]


def _end_of_none(text: str, found: re.Match[str]) -> int:
    """Return where the search goes on after what is no link: its path holds none for Telegram."""
    path = _PATH.match(text, found.end()) if "." in found["host"] else None
    return path.end() if path else found.end("host")


def _end(text: str, found: re.Match[str]) -> int | None:
    host, port, end = found["host"], found["port"], found.end()
    if port and not 0 < int(port) <= _LAST_PORT:
        return None
    path = _PATH.match(text, end)
    if path is None and not port:
        end -= len(host) - len(host.rstrip("."))
        host = host.rstrip(".")
    if not _is_host(host, has_scheme=bool(found["scheme"])):
        return None
    return end + _length_of(path.group()) if path else end


def _is_host(host: str, *, has_scheme: bool) -> bool:
    if _IP_V4.fullmatch(host):
        return True
    *labels, top = host.split(".")
    if not labels or not all(map(_LABEL.fullmatch, labels)) or not _TOP.fullmatch(top):
        return False
    return has_scheme or top in _COMMON_TOPS


def _length_of(path: str) -> int:
    """Return the length of the link's path, without a sentence's end or an unmatched bracket."""
    if path[:1] in {"?", "#"} and not path[1:].rstrip(_ENDINGS):
        return 0
    opened: list[str] = []
    end = len(path)
    for at, character in enumerate(path):
        if character in _CLOSING.values():
            opened.append(character)
        elif character in _CLOSING:
            if _CLOSING[character] not in opened:
                end = at
                break
            opened.remove(_CLOSING[character])
    return len(path[:end].rstrip(_ENDINGS))
