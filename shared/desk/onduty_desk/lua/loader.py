"""Links a script with the parts that it requires; Redis itself has no `require`.

A Lua file names what it uses at its top, as `local copies = require 'phones/copies'`: a path in
this package, or one that begins with a service's package (`onduty_bot/updates/lines`). A script
gets those parts and their requirements, each once and before its users, and nothing else. A part is
a module: only what it returns is visible. Keys and words come from the schema: a script gets those
that it uses by `require 'model/keys'` and `require 'model/words'`.
"""

import re
from functools import cache
from importlib.resources import files

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from onduty_desk.model import KEYS, WORDS

_REQUIRE = re.compile(r"^local (\w+) = require '([\w/]+)'\n", re.MULTILINE)
_KEY = re.compile(r"\bkeys\.(\w+)")
_WORD = re.compile(r"\bwords\.(\w+)\.(\w+)")
_FROM_SCHEMA = {"model/keys", "model/words"}


class ScriptRefused(Exception):  # noqa: N818 - it is refused before it runs
    """A script requires a part or key that does not exist, or parts require each other."""


def script(redis: Redis, name: str) -> AsyncScript:
    """Return a callable script; redis-py loads it again into a Redis that no longer has it."""
    return redis.register_script(source(name))


@cache
def source(name: str) -> str:
    """Return the text of a script, behind the parts that it requires.

    Raises `ScriptRefused` for a part or a key that does not exist, and for a circle.
    """
    return put_together(_read(name), name)


def put_together(text: str, name: str) -> str:
    """Return the same for a script given as text."""
    parts: dict[str, str] = {}
    own = _with_requires(name, text, parts, ())
    modules = "".join(
        f"local {_name_of(path)} = (function()\n{text}end)()\n" for path, text in parts.items()
    )
    return _schema_for(modules + own) + modules + own


def _with_requires(path: str, text: str, parts: dict[str, str], way: tuple[str, ...]) -> str:
    if path in way:
        raise ScriptRefused("a circle of requires: " + " -> ".join((*way, path)))
    for name, required in _REQUIRE.findall(text):
        if name != _name_of(required):
            raise ScriptRefused(f"{path}: {required} must be called {_name_of(required)}")
        if required not in _FROM_SCHEMA | parts.keys():
            parts[required] = _with_requires(required, _read(required), parts, (*way, path))
    return _REQUIRE.sub("", text)


def _read(path: str) -> str:
    package, _, rest = path.partition("/")
    if not package.startswith("onduty"):
        package, rest = "onduty_desk", path
    try:
        return (files(package) / f"{rest}.lua").read_text()
    except FileNotFoundError:
        raise ScriptRefused(f"there is no {path}.lua") from None


def _schema_for(text: str) -> str:
    keys = {name: f"'{_key(name)}'" for name in _KEY.findall(text)}
    words: dict[str, dict[str, str]] = {}
    for kind, name in _WORD.findall(text):
        words.setdefault(kind, {})[name] = f"'{_word(kind, name)}'"
    kinds = {kind: _table(known) for kind, known in words.items()}
    return f"local keys = {_table(keys)}\nlocal words = {_table(kinds)}\n"


def _key(name: str) -> str:
    if name not in KEYS:
        raise ScriptRefused(f"there is no key {name} in the schema")
    return KEYS[name].text


def _word(kind: str, name: str) -> str:
    for word in WORDS.get(kind, ()):
        if re.sub("[ .]", "_", word) == name:
            return word
    raise ScriptRefused(f"there is no word {kind}.{name} in the schema")


def _table(fields: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{name} = {value}" for name, value in sorted(fields.items())) + " }"


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]
