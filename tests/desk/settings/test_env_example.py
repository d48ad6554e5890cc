"""`.env.example` lists every setting with its default, and nothing that is not one."""

import re
from itertools import pairwise
from pathlib import Path

from pydantic_core import PydanticUndefined

from onduty_demo.settings import DemoSettings
from onduty_desk.settings import BotSettings, DispatcherSettings

EXAMPLE = (Path(__file__).parents[3] / ".env.example").read_text()
SETTING = re.compile(r"^(?P<comment># )?ONDUTY_(?P<name>[A-Z_]+)=(?P<value>.*)$", re.MULTILINE)
LISTED = {found["name"]: found for found in SETTING.finditer(EXAMPLE)}
FIELDS = {
    name.upper(): field
    for settings in (DemoSettings, BotSettings, DispatcherSettings)
    for name, field in settings.model_fields.items()
}


def test_every_setting_is_listed_and_no_other() -> None:
    """What can be set can be found in one place."""
    assert set(LISTED) == set(FIELDS) | {"SECRETS_DIR"}


def test_only_the_two_that_must_be_set_await_a_value() -> None:
    """A copy of the file asks for the token and the phrase, and changes nothing else."""
    awaiting = {name for name, found in LISTED.items() if not found["comment"]}
    assert awaiting == {"BOT_TOKEN", "TEAM_SECRET"}
    assert all(LISTED[name]["value"] == "" for name in awaiting)


def test_the_values_shown_are_the_defaults() -> None:
    """Removing the # changes nothing."""
    for name, field in FIELDS.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        if default is None or default is PydanticUndefined or default == frozenset():
            default = ""
        assert LISTED[name]["value"] == str(default), name


def test_every_setting_is_explained() -> None:
    """A line of words stands right above each."""
    lines = EXAMPLE.splitlines()
    for above, line in pairwise(lines):
        if SETTING.match(line):
            assert above.startswith("# "), line
            assert not SETTING.match(above), line
