"""The file with the rules of the groups: what it may say, and how a mistake in it is refused."""

import json
from pathlib import Path

import pytest

from onduty_desk.roster.group_rules import GroupRules
from onduty_desk.settings import BotSettings, DispatcherSettings, SettingsRefused, load

EXAMPLE = Path(__file__).parents[3] / "examples" / "desk.toml"


@pytest.fixture(autouse=True)
def _two_groups(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONDUTY_SECRETS_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("ONDUTY_BOT_TOKEN", "123456:abcdefghijklmnop")
    monkeypatch.setenv("ONDUTY_TEAM_SECRET", "open sesame")
    monkeypatch.setenv("ONDUTY_GROUPS", '{"sales": "swordfish"}')
    monkeypatch.setenv("ONDUTY_DESK_FILE", "desk.toml")


def write(text: str) -> None:
    Path("desk.toml").write_text(text, encoding="utf-8")


def step(**lines: str | None) -> str:
    """Return a step of the escalation of sales, with some lines other than usual, or left out."""
    usual: dict[str, str | None] = {"priority": '"normal"', "after": "60", "to": '"admins"'}
    written = [f"{name} = {value}" for name, value in {**usual, **lines}.items() if value]
    return "\n".join(["[[groups.sales.escalation]]", *written, ""])


def refusal() -> str:
    with pytest.raises(SettingsRefused) as refused:
        load(BotSettings)
    return str(refused.value)


@pytest.mark.parametrize("kind", [BotSettings, DispatcherSettings])
def test_no_file_is_needed(
    monkeypatch: pytest.MonkeyPatch, kind: type[BotSettings] | type[DispatcherSettings]
) -> None:
    """Every rule has a default."""
    monkeypatch.delenv("ONDUTY_DESK_FILE")
    assert load(kind).group_rules == {}
    write("")
    monkeypatch.setenv("ONDUTY_DESK_FILE", "desk.toml")
    assert load(kind).group_rules == {}


def test_the_example_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is copied from it holds, and it explains every rule that there is."""
    monkeypatch.setenv("ONDUTY_DESK_FILE", str(EXAMPLE))
    rules = load(BotSettings).group_rules
    assert set(rules["support"].model_fields_set) == set(GroupRules.model_fields)
    text = EXAMPLE.read_text()
    for name in GroupRules.model_fields.keys() - {"escalation"}:
        assert f"\n{name} = " in text
    assert {step.to for step in rules["support"].escalation} == {"group", "admins"}
    assert all(f'"{to}"' in text for to in ("wave", "group:NAME"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("groups.sales", "this is not TOML: Expected '=' after a key"),
        ("[group.sales]", "group: is not known; the rules of a group stand under [groups.support]"),
        ("groups = 3", "groups: write a table for each group, [groups.support]"),
        ("[groups]\nsales = 3", "groups.sales: write a table, [groups.sales], with the rules"),
        ("[groups.sales]\ncapacitee = 3", "[groups.sales]: capacitee is no rule; the rules are"),
        (
            '[groups.sales]\nrouting = "all"',
            '[groups.sales]: routing must be "everyone", "waves" or',
        ),
        ("[groups.sales]\nrouting = 3", '[groups.sales]: routing must be "everyone", "waves" or'),
        (
            '[groups.sales]\nrouting = ["waves"]',
            '[groups.sales]: routing must be "everyone", "waves" or',
        ),
        ("[groups.sales]\ncapacity = -1", "[groups.sales]: capacity must be a whole number from 1"),
        ("[groups.sales]\ncapacity = true", "[groups.sales]: capacity must be a whole number"),
        ("[groups.sales]\ncapacity = 3.0", "[groups.sales]: capacity must be a whole number"),
        ('[groups.sales]\ncapacity = "3"', "[groups.sales]: capacity must be a whole number"),
        ("[groups.sales]\ncapacity = 1001", "from 1 to 1000, or 0 for no limit"),
        ("[groups.sales]\nwave_size = 0", "[groups.sales]: wave_size must be a whole number of"),
        ("[groups.sales]\nwave_size = 101", "operators from 1 to 100"),
        ("[groups.sales]\nnext_wave_after = 0", "[groups.sales]: next_wave_after must be a whole"),
        ("[groups.sales]\nnext_wave_after = 0.5", "number of seconds from 1 to 3600"),
        ("[groups.sales]\naccept_within = 4", "[groups.sales]: accept_within must be a whole"),
        ("[groups.sales]\naccept_within = 3601", "number of seconds from 5 to 3600"),
        (
            "[groups.sales]\nescalation = 3",
            "[groups.sales]: escalation is a list of at most 50 steps: write [[groups.NAME.esc",
        ),
        ("[groups.sales]\nescalation = [3]", "[groups.sales]: escalation is a list of at most"),
        (step(priority='"high"'), 'escalation, step 1: priority must be "urgent", "normal" or'),
        (step(priority=None), "escalation, step 1: priority is missing; it must be"),
        (step() + step(after="-1"), "escalation, step 2: after must be a whole number of seconds"),
        (step(after='"60"'), "escalation, step 1: after must be a whole number of seconds from 1"),
        (step(after="604801"), "from 1 to 604800, or 0 for at once"),
        (step(to='"all"'), 'escalation, step 1: to must be "wave", "group", "admins", or "group:"'),
        (step(to='"group:"'), "escalation, step 1: to must be"),
        (step(till="3"), "escalation, step 1: till is unknown; a step has priority, after, to"),
        (
            step(to='"group:sales"'),
            'step 1: to = "group:sales" is this group itself; write "group"',
        ),
        (step(to='"wave"'), 'step 1: to = "wave" does nothing with routing = "everyone", which'),
        (
            step(to='"group:night"'),
            'escalation, to = "group:night": this group has no phrase; give',
        ),
        (
            "[groups.night]",
            "[groups.night]: this group has no phrase; give it one in ONDUTY_GROUPS",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_place(text: str, told: str) -> None:
    """The file, the place in it, and what to write."""
    write(text)
    sentence = refusal()
    assert sentence.startswith("ONDUTY_DESK_FILE: desk.toml: ")
    assert told in sentence
    assert "sesame" not in sentence


def test_what_is_written_holds() -> None:
    """A rule that is left out has its default."""
    write('[groups.sales]\nrouting = "waves"\nwave_size = 2\ncapacity = 3\n[groups.support]\n')
    rules = load(BotSettings).group_rules
    assert rules["support"] == GroupRules()
    assert rules["sales"] == GroupRules(
        routing="waves", capacity=3, wave_size=2, next_wave_after=20, accept_within=30
    )


def test_steps_are_written_in_the_order_in_which_they_are_due() -> None:
    """Whatever the order of the file; those of one moment keep it."""
    write(step(after="60") + step(after="0", to='"group:support"') + step(after="60", to='"group"'))
    sales = load(BotSettings).group_rules["sales"]
    steps = json.loads(str(sales.model_dump()["escalation"]))
    assert [(one["after"], one["to"]) for one in steps] == [
        (0, "group:support"),
        (60, "admins"),
        (60, "group"),
    ]


def test_each_mistake_has_a_line() -> None:
    """Somebody who mends a file mends it once."""
    write("[groups.sales]\ncapacitee = 3\n[groups.support]\nrouting = 1\n")
    assert len(refusal().splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "desk.toml: there is no such file"),
        ("[groups.süd]".encode("latin-1"), "desk.toml is not UTF-8 but perhaps Latin-1"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(content: bytes | None, told: str) -> None:
    """With its name."""
    if content is not None:
        Path("desk.toml").write_bytes(content)
    assert f"ONDUTY_DESK_FILE: {told}" in refusal()


def test_a_folder_is_not_taken_for_a_missing_file() -> None:
    """Docker makes one where a file that it shall mount is missing."""
    Path("desk.toml").mkdir()
    assert "ONDUTY_DESK_FILE: desk.toml: this is a folder; name a file" in refusal()
