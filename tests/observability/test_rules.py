"""Alerts and the dashboard: checked by promtool, each with a page, and about figures that exist."""

import json
import os
import re
import shutil
import subprocess

import pytest

from lua_files import ROOT

FOLDER = ROOT / "deploy" / "observability"
RULES = (FOLDER / "rules.yml").read_text()
RULES_TEST = (FOLDER / "rules_test.yml").read_text()
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
DASHBOARD = json.loads((FOLDER / "grafana" / "onduty.json").read_text())
ALERTS = re.findall(r"alert: (\w+)", RULES)
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
FIGURES = set(re.findall(r"`((?:onduty|process)_\w+)`", (ROOT / "docs" / "metrics.md").read_text()))


@pytest.fixture
def promtool() -> str:
    """Prometheus's checker, of Debian's package."""
    tool = shutil.which("promtool")
    if tool is None and os.environ.get("CI") != "true":
        pytest.skip("promtool is not installed: the alerts were NOT checked")
    assert tool, "CI must have promtool: .ci/run installs it"
    return tool


def test_each_alert_fires_and_is_quiet_when_it_should(promtool: str) -> None:
    """As its two tests in rules_test.yml say."""
    for command in (("check", "config", "prometheus.yml"), ("test", "rules", "rules_test.yml")):
        done = subprocess.run(
            [promtool, *command], cwd=FOLDER, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    names = re.findall(r"name: (\w+) (fires|is quiet)", RULES_TEST)
    assert sorted(names) == sorted((name, how) for name in ALERTS for how in ("fires", "is quiet"))


def test_each_alert_has_a_section_of_the_runbook() -> None:
    """What it means, how to look, what to do, how to know that it is over; and no other section."""
    assert list(SECTIONS) == ALERTS
    links = re.findall(r"runbook_url: docs/runbook\.md#(\w+)", RULES)
    assert links == [alert.lower() for alert in ALERTS]
    for alert, text in SECTIONS.items():
        for part in ("Means", "Look", "Do", "Over"):
            assert f"**{part}**:" in text, (alert, part)


def test_rules_runbook_and_dashboard_name_figures_that_exist() -> None:
    """A renamed figure would leave an alert that never fires."""
    asked = "".join(target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
    for text in (RULES, RUNBOOK, asked):
        names = set(re.findall(r"\b((?:onduty|process)_[a-z_0-9]+)", text))
        names = {re.sub("_(bucket|count|sum)$", "", name) for name in names}
        assert names - FIGURES - {"onduty_bot_token"} == set()


def test_the_dashboard_shows_what_is_documented() -> None:
    """Every panel has a place and a legend."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in DASHBOARD["panels"]:
        assert panel["title"]
        assert all(target["legendFormat"] for target in panel["targets"]), panel["title"]
