"""The compose file is valid, and says nothing it must not."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SECRETS = ("onduty_bot_token", "onduty_team_secret", "onduty_redis_url", "redis_password")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the compose file and its secrets."""
    (tmp_path / "secrets").mkdir()
    for secret in SECRETS:
        (tmp_path / "secrets" / secret).write_text("a-secret-value")
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    return tmp_path


def test_the_compose_tool_takes_the_file(project: Path) -> None:
    """All three services, the dispatcher scalable, and no secret in what it resolves to."""
    tool = shutil.which("docker-compose")
    if tool is None and os.environ.get("CI") != "true":
        pytest.skip("docker-compose is not installed: the compose file was NOT checked")
    assert tool, "CI must have docker-compose: .ci/run installs it"
    config = subprocess.run(
        [tool, "config"], cwd=project, check=True, capture_output=True, text=True
    )
    assert config.stderr == ""
    services = re.findall(r"^  (bot|dispatcher|redis):$", config.stdout, re.MULTILINE)
    assert set(services) == {"bot", "dispatcher", "redis"}
    assert "container_name" not in config.stdout
    assert "a-secret-value" not in config.stdout


def test_redis_keeps_what_it_is_given() -> None:
    """Append-only file, no eviction, a password, and a volume."""
    for option in ("--appendonly yes", "--maxmemory-policy noeviction", "--requirepass"):
        assert option in COMPOSE
    assert "redis:/data" in COMPOSE


@pytest.mark.parametrize("secret", SECRETS)
def test_make_up_says_which_secret_is_missing(secret: str, project: Path) -> None:
    """Before any container is built."""
    shutil.copy(ROOT / "Makefile", project)
    (project / "secrets" / secret).unlink()
    made = subprocess.run(
        ["make", "up", "COMPOSE=false"],  # noqa: S607 - the make of the PATH, as its user has it
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
    )
    assert made.returncode != 0
    assert f"secrets/{secret} is missing: docs/containers.md says how to make it" in made.stderr
