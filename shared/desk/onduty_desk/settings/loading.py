"""Reads the settings at start; each refusal is a sentence that says what to set."""

import re
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from onduty.env_file import FileUnreadable
from onduty.given import secrets_folder
from onduty.mistakes import mistakes, said
from onduty_desk.settings.files import check_setting_files
from onduty_desk.settings.shared import DeskSettings


class SettingsRefused(Exception):  # noqa: N818 - its text is shown to a person
    """Settings are missing, invalid or contradictory; the text says what to set."""


Settings = TypeVar("Settings", bound=DeskSettings)


def load(kind: type[Settings], *, team_secret: str | None = None) -> Settings:
    """Read the settings; a given phrase overrides all sources.

    Raises:
        SettingsRefused: with a line for each thing to set.
    """
    secrets = secrets_folder()
    try:
        check_setting_files(kind.model_fields)
        given: dict[str, Any] = {} if team_secret is None else {"team_secret": team_secret}
        return kind(_secrets_dir=secrets if secrets.is_dir() else None, **given)
    except ValidationError as invalid:
        raise SettingsRefused("\n".join(_sentence(error) for error in mistakes(invalid))) from None
    except FileUnreadable as unreadable:
        raise SettingsRefused(str(unreadable)) from None
    except SettingsError as unreadable:
        raise SettingsRefused(_unreadable(unreadable)) from None


def _unreadable(error: SettingsError) -> str:
    # Either the text is not JSON, or this user may not read a secret file.
    cause = error.__cause__
    if isinstance(cause, OSError):
        return f"{cause.filename}: {cause.strerror}; let this user read it"
    field = re.search(r'"(\w+)"', str(error))
    name = field[1].upper() if field else "…"
    return f'ONDUTY_{name}: write it as JSON, for example {{"sales": "a phrase"}}'


def _sentence(error: ErrorDetails) -> str:
    sentence = "is not set" if error["type"] == "missing" else said(error)
    if not error["loc"]:
        return sentence
    name, *inside = error["loc"]
    places = [f"entry {part + 1}" if isinstance(part, int) else part for part in inside]
    return ": ".join([f"ONDUTY_{str(name).upper()}", *places, sentence])
