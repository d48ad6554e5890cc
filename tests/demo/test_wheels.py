"""What is installed from wheels has its page with it."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"


@pytest.mark.parametrize("service", ["sandbox", "demo"])
def test_a_wheel_holds_every_file(service: str, tmp_path: Path) -> None:
    """Modules, stylesheets and pictures as well as Python."""
    source = tmp_path / service  # building leaves its traces beside the source
    shutil.copytree(SERVICES / service, source, ignore=shutil.ignore_patterns("__pycache__"))
    package = source / f"onduty_{service}"
    files = {path.relative_to(source).as_posix() for path in package.rglob("*.*")}
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"),
            *("--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, source),
        ],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    assert f"onduty_{service}/py.typed" in files
    assert any(name.endswith("/main.js") for name in files)
    assert files <= {*zipfile.ZipFile(wheel).namelist()}
