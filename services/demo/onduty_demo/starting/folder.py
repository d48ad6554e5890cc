"""The folder of one bot's desk: nobody else's to read, and one `make run` at a time."""

import fcntl
import stat
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from onduty_demo.starting.readiness import CannotStart

OURS = ("redis", "log", "lock", "sandbox.db", "supervisord.conf", "webchat.db")
"""How the names begin of what stands in the folder of `make run`."""


def take_folder(folder: Path, *, is_sandbox: bool) -> TextIO:
    """Make the folder ours, and nobody else's to read, until the returned file is closed.

    Raises:
        CannotStart: it cannot be written, or another `make run` has it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keep_to_this_user(folder.parent)
        lock = _locked(folder)
        _take_over(folder, is_sandbox=is_sandbox)
        keep_to_this_user(folder)
        (folder / "redis").mkdir(exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"cannot write to {folder} ({error.strerror}); set ONDUTY_DEMO_FOLDER to another folder"
        ) from error
    return lock


def keep_to_this_user(folder: Path) -> None:
    """Take from others what an older version let them read: phrases and customers' words.

    What is new is kept from them by the umask. Only what we made there is touched.
    """
    private = [folder]
    for name in OURS:
        for path in folder.glob(f"{name}*"):
            private += [path, *path.glob("**/*")]
    for path in private:
        if not path.is_symlink():
            with suppress(OSError):  # gone meanwhile, or somebody else's
                path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)


def _locked(folder: Path) -> TextIO:
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStart(
            f"another `make run` works in {folder}; end it first, or set ONDUTY_DEMO_FOLDER, "
            "ONDUTY_DEMO_REDIS_PORT, ONDUTY_DEMO_SANDBOX_PORT and ONDUTY_DEMO_WEBCHAT_PORT"
        ) from None
    return lock


def _take_over(folder: Path, *, is_sandbox: bool) -> None:
    """Move in what an older version kept for all bots in one folder, if it is this bot's.

    It is the sandbox's if the sandbox's file stands beside it. A second call moves nothing.
    """
    older = folder.parent
    is_ours = (older / "sandbox.db").exists() == is_sandbox
    if not (older / "redis").is_dir() or not is_ours or (folder / "redis").exists():
        return
    with _locked(older):
        for name in ("redis", "sandbox.db"):
            for path in older.glob(f"{name}*"):
                path.rename(folder / path.name)
        for path in older.glob("supervisord.conf"):
            path.unlink()
