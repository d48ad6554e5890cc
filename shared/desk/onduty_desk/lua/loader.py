"""Links a script with the parts that it requires; Redis itself has no `require`.

A Lua file names the parts that it uses at its top, room by room: `local copies, edits = require
'phones'` are `phones/copies.lua` and `phones/edits.lua`. A room is a folder of this package, or of
a service's (`onduty_bot/updates`). A script gets those parts and their requirements, each once and
before its users, and nothing else. A part is a module, a table of functions and constants; what is
local to its file is not visible outside. Keys and words come from the schema: `local keys, words =
require 'model'`.

Redis runs the whole script at each call, so a table for each module would be built at each call.
Instead `copies.of` becomes a local, `copies__of`, and keys and words are replaced by their text.
"""

import re
from functools import cache
from importlib.resources import files

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from onduty_desk.model import KEYS, WORDS

_REQUIRE = re.compile(r"^local ([\w, ]+) = require '([\w/]+)'\n", re.MULTILINE)
_KEY = re.compile(r"(?<![\w.])keys\.(\w+)")
_WORD = re.compile(r"(?<![\w.])words\.(\w+)\.(\w+)")


class ScriptRefused(Exception):  # noqa: N818 - it is refused before it runs
    """A script requires a part or key that does not exist, or parts require each other."""


def script(redis: Redis, name: str) -> AsyncScript:
    """Return a callable script; redis-py loads it again into a Redis that no longer has it."""
    return redis.register_script(source(name))


@cache
def source(name: str) -> str:
    """Return the text of a script, behind the parts that it requires.

    Raises `ScriptRefused` for a part, a name in one, a key or a word that does not exist, and for
    a circle.
    """
    return put_together(_read(name), name)


def put_together(text: str, name: str) -> str:
    """Return the same for a script given as text."""
    parts: dict[str, str] = {}
    own = _with_requires(name, text, parts, ())
    whole = "".join(_block(path, part) for path, part in parts.items()) + own
    for path, part in parts.items():
        whole = _with_locals(whole, _name_of(path), _exports(path, part))
    return _WORD.sub(_word, _KEY.sub(_key, whole))


def _with_requires(path: str, text: str, parts: dict[str, str], way: tuple[str, ...]) -> str:
    if path in way:
        raise ScriptRefused("a circle of requires: " + " -> ".join((*way, path)))
    for required in requires(text):
        if required not in parts:
            parts[required] = _with_requires(required, _read(required), parts, (*way, path))
    return _REQUIRE.sub("", text)


def requires(text: str) -> list[str]:
    """Return the paths of the parts that a Lua file names."""
    return [
        f"{room}/{name}"
        for names, room in _REQUIRE.findall(text)
        for name in names.split(", ")
        if room != "model"
    ]


def _read(path: str) -> str:
    package, _, rest = path.partition("/")
    if not package.startswith("onduty"):
        package, rest = "onduty_desk", path
    try:
        return (files(package) / f"{rest}.lua").read_text()
    except FileNotFoundError:
        raise ScriptRefused(f"there is no {path}.lua") from None


def _block(path: str, text: str) -> str:
    name = _name_of(path)
    exports = [f"{name}.{export}" for export in sorted(_exports(path, text))]
    for line in (f"local {name} = {{}}\n", f"return {name}\n"):
        text = text.replace(line, "")
    return f"local {', '.join(exports) or name}\ndo\n{text}end\n".replace(
        f"local function {name}(", f"function {name}("
    )


def _exports(path: str, text: str) -> set[str]:
    name = _name_of(path)
    return set(re.findall(rf"^(?:function )?{name}\.(\w+)(?:\(| = )", text, re.MULTILINE))


def _with_locals(text: str, name: str, exports: set[str]) -> str:
    def local(match: re.Match[str]) -> str:
        if match[1] not in exports:
            raise ScriptRefused(f"{name} has no {match[1]}")
        return f"{name}__{match[1]}"

    return re.sub(rf"(?<![\w.]){name}\.(?=\w)(\w+)", local, text)


def _key(match: re.Match[str]) -> str:
    if match[1] not in KEYS:
        raise ScriptRefused(f"there is no key {match[1]} in the schema")
    return f"'{KEYS[match[1]].text}'"


def _word(match: re.Match[str]) -> str:
    kind, name = match.groups()
    for word in WORDS.get(kind, ()):
        if re.sub("[ .]", "_", word) == name:
            return f"'{word}'"
    raise ScriptRefused(f"there is no word {kind}.{name} in the schema")


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]
