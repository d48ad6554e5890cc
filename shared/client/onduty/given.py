"""Reads single settings for the command line, from the same places as the services do."""

import os
from collections.abc import Mapping
from pathlib import Path

from onduty.env_file import FileUnreadable, read_env_file, read_file

ENV_FILE = Path(".env")
SECRETS_DIR = "ONDUTY_SECRETS_DIR"
DEFAULT_SECRETS_DIR = "/run/secrets"


def secrets_folder() -> Path:
    """Return the folder of secrets, which may be missing."""
    return Path(os.environ.get(SECRETS_DIR) or DEFAULT_SECRETS_DIR)


def given(name: str) -> str | None:
    """Return a setting by its name without `ONDUTY_`: from the environment, `.env`, a secret file.

    An empty one counts as not set; upper and lower case are the same.

    Raises:
        FileUnreadable: a file that may hold it cannot be read.
    """
    wanted = f"onduty_{name}"
    if value := _in_any_case(os.environ, wanted) or _in_any_case(read_env_file(ENV_FILE), wanted):
        return value
    if path := secret_files().get(wanted):
        return read_file(path).removeprefix("\ufeff").strip() or None
    return None


def _in_any_case(settings: Mapping[str, str], wanted: str) -> str | None:
    return {name.lower(): value for name, value in settings.items()}.get(wanted)


def number(name: str, default: int, *, least: int, most: int) -> int:
    """Return such a setting as a whole number; raises `ValueError` if it is none of these."""
    value = given(name)
    if value is None:
        return default
    if not (value.strip().isascii() and value.strip().isdigit()):
        raise ValueError(f"ONDUTY_{name.upper()}: must be a whole number, not {value[:20]!r}")
    if not least <= (found := int(value[:20])) <= most:
        raise ValueError(f"ONDUTY_{name.upper()}: must be from {least} to {most}")
    return found


def secret_files() -> dict[str, Path]:
    """Return the files of the secrets folder by their names, in lower case."""
    folder = secrets_folder()
    try:
        return {path.name.lower(): path for path in folder.iterdir() if path.is_file()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise FileUnreadable(f"{folder}: {error.strerror}; let this user read it") from None
