"""What `make run` tells the programs it starts: the user's own settings stand above the demo's."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from onduty.signing import read_secret
from onduty_demo.__main__ import say_who_reads_our_settings
from onduty_demo.settings import load_demo_settings
from onduty_demo.starting.plan import make_plan
from onduty_desk.settings import SettingsRefused


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("EVENTS_URL", "EVENTS_SECRET", "EVENTS_JOB", "BOT_TOKEN"):
        monkeypatch.delenv(f"ONDUTY_{name}", raising=False)


def planned(folder: Path) -> Mapping[str, str]:
    return make_plan(load_demo_settings(), folder).environment


def test_the_page_s_customers_hear_of_claims(tmp_path: Path) -> None:
    """Signed with a secret that is made up for each run."""
    environment = planned(tmp_path)
    assert environment["ONDUTY_EVENTS_URL"] == "http://127.0.0.1:8081/backend/events"
    assert read_secret(environment["ONDUTY_EVENTS_SECRET"])
    assert environment["ONDUTY_EVENTS_SECRET"] != planned(tmp_path)["ONDUTY_EVENTS_SECRET"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONDUTY_EVENTS_URL", "http://127.0.0.1:9/mine"),
        ("ONDUTY_EVENTS_JOB", "my_backend.on_event"),
        ("ONDUTY_EVENTS_SECRET", "whsec_of-my-own"),
    ],
)
def test_a_backend_of_one_s_own_is_told_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Nothing that the user set is set anew, in the environment or in `.env`."""
    monkeypatch.setenv(name, value)
    from_environment = planned(tmp_path)
    monkeypatch.delenv(name)
    Path(".env").write_text(f"{name}={value}\n")
    for environment in (from_environment, planned(tmp_path)):
        assert environment[name] == value
        assert ("8081" in environment.get("ONDUTY_EVENTS_URL", "")) == name.endswith("SECRET")


def test_with_a_real_telegram_there_is_no_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nobody is told of events, unless the user says whom."""
    monkeypatch.setenv("ONDUTY_BOT_TOKEN", "42:a-token-of-the-right-form")
    assert "ONDUTY_EVENTS_URL" not in planned(tmp_path)


def test_a_phrase_that_a_comment_cuts_is_refused() -> None:
    """Here too, before anything starts."""
    Path(".env").write_text("ONDUTY_TEAM_SECRET=open #sesame\n")
    with pytest.raises(SettingsRefused, match="ends where a comment begins"):
        load_demo_settings()


@pytest.mark.parametrize(("mode", "is_said"), [(0o644, "chmod 600"), (0o600, "")])
def test_settings_that_others_can_read_are_mentioned(
    mode: int, is_said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is the user's own: nothing but a sentence is done to it."""
    Path(".env").touch(mode)
    Path(".env").chmod(mode)
    say_who_reads_our_settings()
    told = capsys.readouterr().out
    assert is_said in told
    assert bool(told) == bool(is_said)
    assert Path(".env").stat().st_mode & 0o777 == mode
