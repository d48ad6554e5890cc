"""The compose file is valid, and each container has what it needs and no more."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from onduty_desk.settings import BotSettings, DispatcherSettings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SECRETS = ("onduty_bot_token", "onduty_team_secret", "onduty_redis_url", "redis_password")
AS_SECRET_FILES = {
    "BOT_TOKEN",
    "TEAM_SECRET",
    "REDIS_URL",
    "GROUPS",
    "WEBHOOK_SECRET",
    "EVENTS_SECRET",
}
"""Settings that must not come by the environment, where `docker inspect` shows them."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the compose file, the Makefile and the secrets."""
    (tmp_path / "secrets").mkdir()
    for secret in SECRETS:
        (tmp_path / "secrets" / secret).write_text("a-secret-value")
        (tmp_path / "secrets" / secret).chmod(0o644)
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    shutil.copy(ROOT / "Makefile", tmp_path)
    return tmp_path


@pytest.fixture
def compose() -> str:
    """The compose tool of Debian's packages."""
    tool = shutil.which("docker-compose")
    if tool is None and os.environ.get("CI") != "true":
        pytest.skip("docker-compose is not installed: the compose file was NOT checked")
    assert tool, "CI must have docker-compose: .ci/run installs it"
    return tool


def resolved(compose: str, project: Path) -> str:
    """Return what the tool makes of the file, its warnings refused."""
    config = subprocess.run(
        [compose, "config"], cwd=project, check=True, capture_output=True, text=True
    )
    assert config.stderr == ""
    return config.stdout


def containers(config: str) -> dict[str, str]:
    """Return each service's own lines."""
    services = re.split(r"^services:\n", config, flags=re.MULTILINE)[1]
    services = re.split(r"^\w", services, maxsplit=1, flags=re.MULTILINE)[0]
    parts = re.split(r"^  (\w+):\n", services, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_compose_tool_takes_the_file(compose: str, project: Path) -> None:
    """All services are there, and no secret is in what the file resolves to."""
    config = resolved(compose, project)
    assert set(containers(config)) == {"bot", "dispatcher", "redis", "prometheus", "grafana"}
    assert "a-secret-value" not in config


@pytest.mark.parametrize("service", ["redis", "bot", "dispatcher", "prometheus", "grafana"])
def test_a_container_can_do_no_more_than_it_must(service: str, compose: str, project: Path) -> None:
    """No capability, no new privilege, nothing to write to but /tmp; restarted, and asked how."""
    lines = containers(resolved(compose, project))[service]
    for wanted in (
        r"^    cap_drop:\n +- ALL$",
        r"^    security_opt:\n +- no-new-privileges:true$",
        r"^    read_only: true$",
        r"^    tmpfs:\n +- /tmp$",
        r"^    restart: unless-stopped$",
        r"^    stop_grace_period: 15s$",
        r"^    mem_limit: \S+$",
        r"^    pids_limit: \d+$",
        r"^ +max-size: 10m$",
        r"^    profiles:$" if service in {"prometheus", "grafana"} else r"^    healthcheck:$",
    ):
        assert re.search(wanted, lines, re.MULTILINE), wanted
    assert "privileged: true" not in lines


def test_dispatchers_can_be_many(compose: str, project: Path) -> None:
    """Neither a name nor a port of the host is taken, so that a second one can start."""
    lines = containers(resolved(compose, project))["dispatcher"]
    assert "container_name:" not in lines
    assert "ports:" not in lines
    assert "condition: service_healthy" in lines


def test_every_setting_that_is_no_secret_reaches_the_containers() -> None:
    """What stands in `.env` is not silently ignored, and no secret goes by the environment."""
    fields = {*BotSettings.model_fields, *DispatcherSettings.model_fields}
    given = set(
        re.findall(r"^    ONDUTY_(\w+): \$\{ONDUTY_\1:-(?:0\.0\.0\.0)?\}", COMPOSE, re.MULTILINE)
    )
    assert given == {name.upper() for name in fields} - AS_SECRET_FILES


@pytest.mark.parametrize("missing", [SECRETS[:1], SECRETS[1:3], SECRETS])
def test_make_up_says_how_to_make_each_missing_secret(
    missing: tuple[str, ...], project: Path
) -> None:
    """One sentence for each, and compose is not called."""
    for secret in missing:
        (project / "secrets" / secret).unlink()
    made = make_up(project)
    assert made.returncode != 0
    assert "compose was called" not in made.stdout
    told = [line for line in made.stderr.splitlines() if line.startswith("secrets/")]
    assert len(told) == len(missing)
    for secret in missing:
        assert f"secrets/{secret} is missing; make it with: " in made.stderr


def test_following_what_make_up_says_makes_the_secrets(project: Path) -> None:
    """Each sentence's command, as it stands, is enough."""
    shutil.rmtree(project / "secrets")
    for line in make_up(project).stderr.splitlines():
        if line.startswith("secrets/"):
            command = f"umask 022; {line.split('make it with: ')[1]}"
            subprocess.run(["sh", "-ec", command], cwd=project, check=True)  # noqa: S607 - sh of the PATH
    assert "compose was called" in make_up(project).stdout
    password = (project / "secrets/redis_password").read_text().strip()
    url = (project / "secrets/onduty_redis_url").read_text()
    assert url == f"redis://:{password}@redis:6379/0"


def test_make_up_says_when_a_secret_is_closed_to_the_containers(project: Path) -> None:
    """Their users are not the one who wrote the file."""
    (project / "secrets/redis_password").chmod(0o600)
    made = make_up(project)
    assert made.returncode != 0
    assert "chmod a+r secrets/redis_password" in made.stderr


@pytest.mark.parametrize(
    ("there", "then"), [([], 1), (["up"], 1), (["scale", "N=4"], 4), (["scale", "N=4", "up"], 4)]
)
def test_make_up_keeps_the_number_of_dispatchers(
    project: Path, there: list[str], then: int
) -> None:
    """What somebody scaled is not undone by an upgrade."""
    tool = project / "compose"
    tool.write_text(COMPOSE_TOOL)
    tool.chmod(0o755)
    for targets in (there, ["up"]):
        if targets:
            assert make_up(project, *targets, compose=str(tool)).returncode == 0
    assert (project / "dispatchers").read_text().strip() == str(then)


COMPOSE_TOOL = """#!/bin/sh
# Keeps how many dispatchers there are, as containers would.
cd "$(dirname "$0")"
case "$1" in
  ps) seq "$(cat dispatchers 2>/dev/null || echo 0)" ;;
  up) echo "$@" | sed -n 's/.*--scale dispatcher=//p' > dispatchers ;;
esac
"""


def make_up(
    project: Path, *targets: str, compose: str = "echo compose was called:"
) -> subprocess.CompletedProcess[str]:
    """Run `make up` with a compose tool that only says it was called."""
    return subprocess.run(
        ["make", *(targets or ("up",)), f"COMPOSE={compose}"],  # noqa: S607 - the make of the PATH
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
    )
