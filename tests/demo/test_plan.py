"""What `make run` tells the programs it starts: the user's own settings stand above the demo's."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from onduty.signing import read_secret
from onduty_demo.running import say_who_reads_our_settings
from onduty_demo.settings import load_demo_settings
from onduty_demo.starting.plan import Plan, make_plan
from onduty_desk.settings import SettingsRefused


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("EVENTS_URL", "EVENTS_SECRET", "EVENTS_JOB", "BOT_TOKEN", "GROUPS", "TEAM_SECRET"):
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


def test_each_bot_has_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real token and the sandbox never share a desk; a new token of the same bot is no other."""
    folders = []
    for token in ("", "4711:a-token-of-the-right-form", "4711:the-token-after-it", "8:another"):
        monkeypatch.setenv("ONDUTY_BOT_TOKEN", token)
        folders.append(make_plan(load_demo_settings(), tmp_path).folder)
    assert [folder.name for folder in folders] == ["42", "4711", "4711", "8"]
    assert {folder.parent for folder in folders} == {tmp_path / ".onduty"}


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


def test_each_program_gets_a_port_for_metrics_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is set would be taken by the first of them; without one none listens."""
    monkeypatch.delenv("ONDUTY_METRICS_PORT", raising=False)
    assert "ONDUTY_METRICS_PORT" not in planned(tmp_path)
    monkeypatch.setenv("ONDUTY_METRICS_PORT", "9464")
    assert planned(tmp_path)["ONDUTY_METRICS_PORT"] == "0"


def test_the_sandbox_s_desk_has_a_second_group(tmp_path: Path) -> None:
    """With a phrase of its own, which is shown as that of support is."""
    plan = make_plan(load_demo_settings(), tmp_path)
    groups = json.loads(plan.environment["ONDUTY_GROUPS"])
    assert plan.made_up == {"support": plan.environment["ONDUTY_TEAM_SECRET"], **groups}
    assert len(set(plan.made_up.values())) == len({"support", "sales"})
    assert _shown(plan) == ("support", "sales")


def test_a_phrase_that_is_the_user_s_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second group's was made up all the same."""
    monkeypatch.setenv("ONDUTY_TEAM_SECRET", "open sesame")
    plan = make_plan(load_demo_settings(), tmp_path)
    assert list(plan.made_up) == ["sales"]
    assert _shown(plan) == ("sales",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ONDUTY_GROUPS", '{"billing": "a good deal"}'),
        ("ONDUTY_BOT_TOKEN", "42:a-token-of-the-right-form"),
    ],
)
def test_who_has_groups_or_a_bot_gets_none_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Nothing that the user set is set anew, and a real desk is theirs to arrange."""
    monkeypatch.setenv(name, value)
    plan = make_plan(load_demo_settings(), tmp_path)
    assert list(plan.made_up) == ["support"]
    assert plan.environment.get("ONDUTY_GROUPS") == (value if name == "ONDUTY_GROUPS" else None)


def _shown(plan: Plan) -> tuple[str, ...]:
    (shop,) = (program for program in plan.programs if program.name == "shop")
    return shop.command[shop.command.index("--show-phrases-of") + 1 :]
