"""`.env.example` lists every setting with its default, and nothing that is not one."""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from onduty_demo.settings import DemoSettings
from onduty_desk.settings import BotSettings, DispatcherSettings

EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text()
LISTED = dict(re.findall(r"^(?:# )?ONDUTY_([A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))
FIELDS = {
    name.upper(): field
    for settings in (DemoSettings, BotSettings, DispatcherSettings)
    for name, field in settings.model_fields.items()
}


def test_every_setting_is_listed_and_no_other() -> None:
    """What can be set can be found in one place."""
    assert set(LISTED) == set(FIELDS) | {"SECRETS_DIR"}


def test_the_values_shown_are_the_defaults() -> None:
    """Removing the # changes nothing."""
    for name, field in FIELDS.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        if default is None or default is PydanticUndefined or default == frozenset():
            default = ""
        assert LISTED[name] == str(default), name


def test_every_setting_is_explained() -> None:
    """A line of words stands above each."""
    lines = EXAMPLE.splitlines()
    for number, line in enumerate(lines):
        if re.match(r"(# )?ONDUTY_[A-Z_]+=", line):
            above = next(
                other
                for other in reversed(lines[:number])
                if not re.match(r"(# )?ONDUTY_[A-Z_]+=", other)
            )
            assert above.startswith("# "), line
