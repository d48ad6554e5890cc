"""Packages are installed with a word on what happens, in a second go as well as in the first."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

INSTALL = Path(__file__).parents[2] / "requirements" / "install.py"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of one package, `tiny`, that stands beside it."""
    (tmp_path / "requirements").mkdir()
    shutil.copy(INSTALL, tmp_path / "requirements")
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("tiny.py", "")
        file.writestr(
            "tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0"
        )
        file.writestr(
            "tiny-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any",
        )
        file.writestr("tiny-1.0.dist-info/RECORD", "")
    pin(tmp_path, hashlib.sha256(wheel.read_bytes()).hexdigest())
    return tmp_path


def pin(folder: Path, sha256: str) -> None:
    wheel = (folder / "tiny-1.0-py3-none-any.whl").as_uri()
    text = f"# tiny==1.0\n{wheel} --hash=sha256:{sha256}\n"
    (folder / "requirements" / "one.txt").write_text(text)


def install(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "requirements/install.py", "one"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_second_go_does_what_is_left(folder: Path) -> None:
    """A wrong package is refused with pip's own words; .venv is made once, or if it is broken."""
    right = (folder / "requirements" / "one.txt").read_text()
    pin(folder, "0" * 64)
    code, said = install(folder)
    assert code == 1
    assert "Making .venv …" in said
    assert "DO NOT MATCH" in said
    assert "the next try goes on from here" in said
    assert "Traceback" not in said

    (folder / "requirements" / "one.txt").write_text(right)
    code, said = install(folder)
    assert code == 0, said
    assert "Making" not in said
    assert said.startswith("Installing 1 packages …")
    assert said.endswith(" s\n")
    found = [str(folder / ".venv" / "bin" / "python"), "-c", "import tiny"]
    subprocess.run(found, cwd=folder, check=True)

    (folder / ".venv" / "bin" / "python").unlink()
    code, said = install(folder)
    assert code == 0, said
    assert "Making .venv …" in said
    subprocess.run(found, cwd=folder, check=True)
