"""Durations and rates: what is taken can be reckoned with, and the rest is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from onduty_desk.settings import DispatcherSettings, SettingsRefused, load

from .given import set_all, set_nothing

NUMBERS = sorted(
    name for name, field in DispatcherSettings.model_fields.items() if field.annotation is float
)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_nothing(monkeypatch, tmp_path)


@pytest.mark.parametrize("value", ["nan", "inf", "1e300", "1e14", "-1"])
@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_nobody_can_reckon_with_is_refused(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sentence with the setting's name, not by an overflow later."""
    set_all(monkeypatch, **{name: value})
    with pytest.raises(SettingsRefused, match=f"^ONDUTY_{name.upper()}: Input should be"):
        load(DispatcherSettings)


@pytest.mark.parametrize("name", NUMBERS)
def test_the_largest_number_that_is_taken_can_be_reckoned_with(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the settings take, the services can use."""
    (largest,) = [
        rule.le for rule in DispatcherSettings.model_fields[name].metadata if hasattr(rule, "le")
    ][-1:]
    set_all(monkeypatch, **{name: str(largest)})
    settings = load(DispatcherSettings)
    assert datetime.now(UTC) + settings.rules.nudge_after > datetime.now(UTC)
    assert all(gap >= 0 for gap in settings.pace.gaps)
