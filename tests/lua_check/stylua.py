"""Brings StyLua, which neither PyPI nor Debian has: its WebAssembly from npm, run by Node.js.

npm only fetches the package, from whichever registry it is set to; the version and the hash are
pinned here, nothing of it is installed, and what is used lies in `.venv`.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path

VERSION = "2.5.2"
SHA512 = "iYcv5DvYk+2DZo7ms2sY6NNQISNU/glgQGJU8T/KRm/csMjqolBKZXyakmiYSgK7+U/eCDwzoDuG0TqLWH2TIg=="
"""As `npm view @johnnymorganz/stylua@VERSION dist.integrity` shows it."""

FILES = ("stylua_lib_node.mjs", "stylua_lib_bg.wasm")
FOLDER = Path(sys.prefix) / f"stylua-{VERSION}"
SETTINGS = Path(__file__).parents[2] / "stylua.toml"
RUNNER = Path(__file__).with_name("stylua.mjs")
QUICKLY = ("--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")
"""Without a network npm would try for more than a minute."""
WITHIN_S = 120


class NotThePinned(Exception):  # noqa: N818 - told to a person
    """Npm brought another package than the one that was looked at."""


def command() -> list[str] | None:
    """Return what formats the files named behind it, or None if it cannot be had here."""
    node = shutil.which("node")
    if node is None or not (FOLDER.exists() or _fetched()):
        return None
    settings = tomllib.loads(SETTINGS.read_text())
    return [node, str(RUNNER), str(FOLDER / FILES[0]), json.dumps(settings)]


def _fetched() -> bool:
    """Put StyLua into its folder; False if npm is not there or cannot. What it says is shown."""
    npm = shutil.which("npm")
    if npm is None:
        return False
    with tempfile.TemporaryDirectory(dir=sys.prefix) as folder:
        pack = [npm, "pack", *QUICKLY, "--pack-destination", folder]
        try:
            subprocess.run(
                [*pack, f"@johnnymorganz/stylua@{VERSION}"],
                cwd=folder,
                check=True,
                timeout=WITHIN_S,
                stdout=subprocess.DEVNULL,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return False
        (archive,) = Path(folder).glob("*.tgz")
        with suppress(OSError):  # somebody else was faster
            unpack(archive, Path(folder) / "unpacked").rename(FOLDER)
    return FOLDER.exists()


def unpack(archive: Path, folder: Path) -> Path:
    """Return the folder with what is used of the package.

    Raises:
        NotThePinned: it is another one.
    """
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if base64.b64encode(digest).decode() != SHA512:
        raise NotThePinned(f"{archive.name} has another hash than the one in {__file__}")
    folder.mkdir()
    with tarfile.open(archive) as package:
        for name in FILES:
            file = package.extractfile(f"package/{name}")
            assert file, f"{archive.name} has no {name}"
            (folder / name).write_bytes(file.read())
    return folder
