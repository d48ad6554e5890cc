"""Where a Lua file may be changed: read from its tokens, in the form that StyLua gives it."""

import re
from dataclasses import dataclass
from functools import partial

from mutants.change import FLIPPED, OPPOSITE, OTHER, Change, Place, of_comparison, one_more

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>--\[\[.*?\]\]|--[^\n]*)
  | (?P<string>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\[\[.*?\]\])
  | (?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<sign>==|~=|<=|>=|\.\.\.|\.\.|[-+*/%^\#<>=(){}\[\];:,.])
    """,
    re.VERBOSE | re.DOTALL,
)
_BINARY = frozenset(
    {"==", "~=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^", "..", "and", "or"}
)
_ASKS = frozenset({"if", "elseif", "while", "until", "return", "not"})
_BEGINS = frozenset({"local", "function", "for", "in"})
_BOUNDS = frozenset({"then", "do", "else", "end", "repeat", "break"})
_KEYWORDS = _ASKS | _BEGINS | _BOUNDS | {"and", "or", "nil", "true", "false"}

_GOES_ON = _BINARY | frozenset("({[,=.:")
"""In front of one of these a call is not yet the whole statement."""

_GOES_ON_AFTER = _GOES_ON | _ASKS | _BEGINS | {"#"}
"""A name behind one of these begins no statement."""

_AROUND = _ASKS | _BEGINS | _BOUNDS | {"and", "or", "=", ",", "{", "}", ";"}
"""A comparison reaches from one of these to the next."""

_OF_TIME = re.compile(r"(^|_)(ms|us|s|at|now|until|wait|pause|soonest)$")


class NotLua(Exception):  # noqa: N818 - told to a person
    """A file holds what this reader does not know."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    begins_line: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def places(path: str, text: str) -> list[Place]:
    """Return every place of a Lua file that may be changed, but which entry of a list is read."""
    tokens = _tokens(text, path)
    found = [_place(path, tokens, at) for at in range(len(tokens))]
    found += [_call(path, tokens, at) for at in range(len(tokens))]
    return [place for place in found if place]


def _tokens(text: str, path: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, begins_line = 0, True
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            line = text.count("\n", 0, at) + 1
            raise NotLua(f"{path}:{line}: no token of Lua begins here: {text[at : at + 20]!r}")
        kind = str(match.lastgroup)
        if kind == "space":
            begins_line = begins_line or "\n" in match.group()
        elif kind != "comment":
            tokens.append(_Token(kind, match.group(), at, begins_line))
            begins_line = False
        at = match.end()
    return tokens


def _place(path: str, tokens: list[_Token], at: int) -> Place | None:
    token = tokens[at]
    if token.text in FLIPPED and token.kind == "sign":
        is_of_time = _is_of_time(tokens, at)
        return of_comparison(
            path, token.start, token.end, token.text, not_equal="~=", is_of_time=is_of_time
        )
    change = _change_of_word(path, tokens, at) or _change_of_value(path, tokens, at)
    return Place((change,)) if change else None


def _change_of_word(path: str, tokens: list[_Token], at: int) -> Change | None:
    """Return the change of an operator, or of a name that Lua knows."""
    token = tokens[at]
    here = partial(Change, path, token.start, token.end)
    match token.text:
        case ("+" | "-") as sign if _ends_an_operand(tokens[at - 1]):
            return here(OTHER[sign], "sign")
        case ("and" | "or") as word:
            return here(OTHER[word], "logic")
        case ("true" | "false") as word:
            return here(OPPOSITE[word], "truth")
        case ("min" | "max") as name if tokens[at - 1].text == ".":
            return here(OTHER[name], "extreme")
        case "not":
            return Change(path, token.start, tokens[at + 1].start, "", "not")
    return None


def _change_of_value(path: str, tokens: list[_Token], at: int) -> Change | None:
    token = tokens[at]
    beside = [tokens[at - 1].text if at else "", *(each.text for each in tokens[at + 1 : at + 2])]
    if token.kind == "number" and beside != ["[", "]"]:
        is_negative = beside[0] == "-" and not _ends_an_operand(tokens[at - 2])
        start, number = token.start, token.text
        if is_negative:
            start, number = tokens[at - 1].start, f"-{number}"
        return Change(path, start, token.end, one_more(number), "number")
    is_read = {"==", "~="} & set(beside) or _is_returned(tokens, at)
    if token.kind == "string" and is_read:
        return Change(path, token.start, token.end, f"{token.text[:-1]}_x{token.text[-1]}", "word")
    return None


def _ends_an_operand(token: _Token) -> bool:
    if token.kind == "name":
        return token.text not in _KEYWORDS
    return token.kind in {"string", "number"} or token.text in {")", "]"}


def _is_returned(tokens: list[_Token], at: int) -> bool:
    """Tell whether a word is returned: alone, beside others, or in a table."""
    for token in reversed(tokens[:at]):
        if token.text == "return":
            return True
        if token.kind not in {"string", "name", "number"} and token.text not in {"{", ",", "."}:
            return False
        if token.text in _KEYWORDS - {"and", "or", "not", "nil", "true", "false"}:
            return False
    return False


def _is_of_time(tokens: list[_Token], at: int) -> bool:
    beside: list[_Token] = []
    for side in (reversed(tokens[:at]), iter(tokens[at + 1 :])):
        for token in side:
            if token.text in _AROUND:
                break
            beside.append(token)
    return any(token.kind == "name" and _OF_TIME.search(token.text) for token in beside)


def _call(path: str, tokens: list[_Token], at: int) -> Place | None:
    """Return the place of a call that is a statement, which is left out."""
    token = tokens[at]
    is_first = at == 0 or tokens[at - 1].text not in _GOES_ON_AFTER
    if not (token.begins_line and is_first and token.kind == "name"):
        return None
    if token.text in _KEYWORDS:
        return None
    at += 1
    while tokens[at].text in {".", ":"}:
        at += 2
    if tokens[at].text != "(":
        return None
    depth = 0
    while True:
        depth += {"(": 1, ")": -1}.get(tokens[at].text, 0)
        at += 1
        if depth == 0:
            break
    if at < len(tokens) and tokens[at].text in _GOES_ON:
        return None
    return Place((Change(path, token.start, tokens[at - 1].end, "", "call"),))
