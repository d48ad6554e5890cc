"""Makes what comes from outside safe to show: no text can pass for a line or a command of ours."""

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_DIRECTION = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_COMMAND = re.compile(r"(?<![\w/])/(?=[A-Za-z0-9_])")
_WORD_JOINER = "\u2060"


def customer_words(text: str) -> str:
    """Take away what Telegram would refuse or act on; the words stay as they are.

    A word joiner behind the slash keeps a customer's "/off" from being a command that a tap on
    the operator's phone would send.
    """
    return _COMMAND.sub(f"/{_WORD_JOINER}", _CONTROL.sub("", text)).strip()


def one_line(text: str, most: int | None = None) -> str:
    """Make a name that can neither start a line of its own nor turn the rest of its line around.

    With `most`, what is longer is cut to that many characters.
    """
    line = " ".join(_DIRECTION.sub("", _CONTROL.sub(" ", text)).split())
    if most is not None and len(line) > most:
        line = line[: most - 1].rstrip() + "…"
    line = _COMMAND.sub(f"/{_WORD_JOINER}", line)
    return f"\u2068{line}\u2069" if _RIGHT_TO_LEFT.search(line) else line


def short_name(name: str) -> str:
    """Make somebody's name fit on a button and into a line of ours: at most 40 characters."""
    return one_line(name, 40)
