"""Links Lua scripts with the parts that they require; Redis itself has no `require`.

A Lua file names the parts that it uses at its top, room by room: `local copies, edits = require
'phones'` are `phones/copies.lua` and `phones/edits.lua`. A room is a folder of this package, or of
a service's (`onduty_bot/updates`). A script gets those parts and their requirements, each once and
before its users, and nothing else. A part is a module, a table of functions and constants; what is
local to its file is not visible outside. Keys and words come from the schema: `local keys, words =
require 'model'`, and are replaced by their text.

A part is built once and lives as long as Redis does. What it keeps of a call, it forgets in a
function `begin`, which runs before each call; what it puts off to the end, it does in `finish`,
which runs when the script has returned or failed, users before what they use.

Most scripts require the same parts. What is found in a text is kept, or each start of a service
would take a second more of the processor.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from onduty_desk.model import KEYS, WORDS

_REQUIRE = re.compile(r"^local ([\w, ]+) = require '([\w/]+)'\n", re.MULTILINE)
_USE = re.compile(r"(?<![\w.])(\w+)\.(\w+)")
_KEY = re.compile(r"(?<![\w.])keys\.(\w+)")
_WORD = re.compile(r"(?<![\w.])words\.(\w+)\.(\w+)")
_FUNCTION = re.compile(r"^function (\w+)\.(\w+)\(", re.MULTILINE)
_FIELD = re.compile(r"^\s*(\w+)\.(\w+) = ", re.MULTILINE)
_NAMED = {
    (kind, word.replace(" ", "_").replace(".", "_")): word
    for kind, words in WORDS.items()
    for word in words
}
"""The words by their names in Lua."""

_RUN = """local function run(script, arguments)
  for _, begin in ipairs(script.begins) do
    begin()
  end
  local went_well, answer = pcall(script.body, arguments)
  for _, finish in ipairs(script.finishes) do -- each, also when another has failed
    local has_finished, why = pcall(finish)
    if went_well and not has_finished then
      went_well, answer = false, why
    end
  end
  if not went_well then
    error(answer, 0)
  end
  return answer
end
"""


class ScriptRefused(Exception):  # noqa: N818 - it is refused before it runs
    """A script requires a part or key that does not exist, or parts require each other."""


@cache
def source(name: str) -> str:
    """Return the text of a script for EVAL, behind the parts that it requires.

    Raises `ScriptRefused` for a part, a name in one, a key or a word that does not exist, and for
    a circle.
    """
    return put_together(_read(name), name)


def put_together(text: str, name: str) -> str:
    """Return the same for a script given as text."""
    parts = _parts_of({name: text})
    return f"{_built(parts)}{_RUN}return run({_script(text, parts)}, ARGV)\n"


@dataclass(frozen=True)
class Library:
    """All scripts of a package, as Redis stores them by FUNCTION LOAD."""

    name: str
    """Of the package and of this very text: two versions of the desk have two libraries."""
    text: str

    def function(self, path: str) -> str:
        """Return the name of the function that a script is."""
        return f"{self.name}_{_name_of(path)}"


@cache
def library(package: str) -> Library:
    """Return the library of a package; raises `ScriptRefused` as `source` does."""
    texts = {path: _read(path) for path in _paths(package)}
    scripts = {path: text for path, text in texts.items() if not _is_part(path, text)}
    parts = _parts_of(scripts)
    body = f"{_built(parts)}{_RUN}local scripts = {{}}\n" + "".join(
        f"scripts.{(name := _name_of(path))} = {_script(text, parts)}\n"
        f"redis.register_function('LIBRARY_{name}', function(_, arguments)\n"
        f"return run(scripts.{name}, arguments)\nend)\n"
        for path, text in scripts.items()
    )
    name = f"{package}_{sha256(body.encode()).hexdigest()[:12]}"
    return Library(name, f"#!lua name={name}\n{body.replace('LIBRARY', name)}")


@cache
def requires(text: str) -> tuple[str, ...]:
    """Return the paths of the parts that a Lua file names."""
    return tuple(
        f"{room}/{name}"
        for names, room in _REQUIRE.findall(text)
        for name in names.split(", ")
        if room != "model"
    )


def package_of(path: str) -> str:
    """Return the package that a Lua file is in: the desk's own, or a service's."""
    package, _, _ = path.partition("/")
    return package if package.startswith("onduty") else "onduty_desk"


def _parts_of(scripts: Mapping[str, str]) -> dict[str, str]:
    """Return the parts that scripts require, each before its users; what they name is there."""
    parts: dict[str, str] = {}
    for name, text in scripts.items():
        _collect(name, text, parts, ())
    for text in (*parts.values(), *scripts.values()):
        for required in requires(text):
            _check_exports(text, required, parts[required])
        _with_model(text)
    return parts


def _collect(path: str, text: str, parts: dict[str, str], way: tuple[str, ...]) -> None:
    if path in way:
        raise ScriptRefused("a circle of requires: " + " -> ".join((*way, path)))
    for required in requires(text):
        if required not in parts:
            part = _read(required)
            _collect(required, part, parts, (*way, path))
            parts[required] = part


def _check_exports(text: str, path: str, part: str) -> None:
    name, exports = _name_of(path), _exports(path, part)
    for of, found in _uses(text):
        if of == name and found not in exports:
            raise ScriptRefused(f"{name} has no {found}")


@cache
def _uses(text: str) -> tuple[tuple[str, str], ...]:
    """Return what is named behind a dot in a text, each once, with what stands before the dot."""
    return tuple(dict.fromkeys(_USE.findall(text)))


def _built(parts: Mapping[str, str]) -> str:
    """Return the parts as locals."""
    return "".join(
        f"local {_name_of(path)} = (function()\n{_with_model(text)}end)()\n"
        for path, text in parts.items()
    )


def _script(text: str, parts: Mapping[str, str]) -> str:
    """Return a script as a table, with what its parts do before and after it."""
    needed: dict[str, str] = {}
    _collect("", text, needed, ())
    begins, finishes = (
        [f"{_name_of(path)}.{hook}" for path in needed if hook in _exports(path, parts[path])]
        for hook in ("begin", "finish")
    )
    return (
        f"{{\nbegins = {{ {', '.join(begins)} }},\n"
        f"body = function(ARGV)\n{_with_model(text)}end,\n"
        f"finishes = {{ {', '.join(reversed(finishes))} }},\n}}"
    )


@cache
def _with_model(text: str) -> str:
    """Return a text with keys and words in their places, and without its requires."""
    return _WORD.sub(_word, _KEY.sub(_key, _REQUIRE.sub("", text)))


def _paths(package: str) -> Iterator[str]:
    def walk(folder: Traversable, path: str) -> Iterator[str]:
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.is_dir():
                yield from walk(entry, f"{path}{entry.name}/")
            elif entry.name.endswith(".lua"):
                yield path + entry.name.removesuffix(".lua")

    return walk(_folder(package), "" if package == "onduty_desk" else f"{package}/")


def _is_part(path: str, text: str) -> bool:
    return text.endswith(f"\nreturn {_name_of(path)}\n")


@cache
def _read(path: str) -> str:
    package = package_of(path)
    try:
        return (_folder(package) / f"{path.removeprefix(f'{package}/')}.lua").read_text()
    except FileNotFoundError:
        raise ScriptRefused(f"there is no {path}.lua") from None


@cache
def _folder(package: str) -> Traversable:
    return files(package)


@cache
def _exports(path: str, text: str) -> frozenset[str]:
    name = _name_of(path)
    found = (*_FUNCTION.findall(text), *_FIELD.findall(text))
    return frozenset(export for of, export in found if of == name)


def _key(match: re.Match[str]) -> str:
    if match[1] not in KEYS:
        raise ScriptRefused(f"there is no key {match[1]} in the schema")
    return f"'{KEYS[match[1]].text}'"


def _word(match: re.Match[str]) -> str:
    kind, name = match.groups()
    if (kind, name) not in _NAMED:
        raise ScriptRefused(f"there is no word {kind}.{name} in the schema")
    return f"'{_NAMED[kind, name]}'"


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]
