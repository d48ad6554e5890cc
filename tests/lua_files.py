"""Every Lua file of the desk and its services, by the name that the loader knows it by."""

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
