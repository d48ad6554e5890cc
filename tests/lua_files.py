"""Every Lua file of the desk and its services, by the name that the loader knows it by."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FOLDERS = {
    "shared/desk/onduty_desk": "",
    "services/bot/onduty_bot": "onduty_bot/",
    "services/dispatcher/onduty_dispatcher": "onduty_dispatcher/",
}

LUA = {
    prefix + path.relative_to(ROOT / folder).with_suffix("").as_posix(): path.read_text()
    for folder, prefix in _FOLDERS.items()
    for path in sorted((ROOT / folder).rglob("*.lua"))
}


def code(text: str) -> str:
    """Return the Lua without its comments."""
    return re.sub(r"--[^\n]*", "", text)


def arguments(text: str, call: str) -> list[str]:
    """Return what stands between the brackets of each such call."""
    found = []
    for match in re.finditer(re.escape(call), text):
        depth = 1
        for end in range(match.end(), len(text)):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            if depth == 0:
                found.append(text[match.end() : end])
                break
    return found
