"""docs/metrics.md lists what is exported, with its kind and labels, and nothing else."""

import re

import pytest
from redis.asyncio import Redis

from lua_files import ROOT
from onduty_desk.lua.calling import install
from onduty_desk.metrics.counting import OTHER, Service
from onduty_desk.metrics.desk_figures import FIGURES as OF_THE_DESK
from onduty_desk.metrics.desk_figures import DeskFigures
from onduty_desk.metrics.exposition import Exposition
from onduty_desk.metrics.figures import FIGURES
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.process.outage import Outage
from onduty_desk.process.readiness import Loops, Readiness

PAGE = (ROOT / "docs" / "metrics.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith(("| `onduty_", "| `process_"))
]
Rows = dict[str, tuple[str, set[str]]]


@pytest.fixture(autouse=True)
async def installed(redis: Redis) -> None:
    """Services load their scripts at start."""
    await install(redis, "onduty_desk")


async def exported(redis: Redis, service: Service) -> Rows:
    """Return name → kind and labels, as a scrape of a process shows them."""
    await redis.set(HEARD, 1)
    desk = DeskFigures(redis, ["support"])
    readiness = Readiness(Loops(), Outage())
    text = (await Exposition(service, desk, readiness, sends_per_second=30).text()).decode()
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    labels: dict[str, set[str]] = {name: set() for name in kinds}
    for name, inside in re.findall(r"^(\w+)\{(.*?)\} ", text, re.MULTILINE):
        family = re.sub("_(bucket|count|sum)$", "", name) if name not in kinds else name
        labels[family] |= set(re.findall(r'(\w+)="', inside)) - {"le"}
    for figure in FIGURES:  # one with many labels has no samples before something happens
        name = next((name for name in kinds if name in {figure.name, f"{figure.name}_total"}), None)
        if name is not None:
            labels[name] |= set(figure.labels)
    return {name: (kind, labels[name]) for name, kind in kinds.items()}


def documented(service: Service) -> Rows:
    """Return the same as the page has it."""
    found: Rows = {}
    for names, kind, labels, *others in ROWS:
        if len(others) == 2 and others[0] not in {"both", service}:
            continue
        for name in re.findall(r"`(\w+)`", names):
            found[name] = (kind, set(re.findall(r"`(\w+)`", labels)))
    return found


@pytest.mark.parametrize("service", ["bot", "dispatcher"])
async def test_the_page_lists_what_is_exported(redis: Redis, service: Service) -> None:
    """Both ways: no figure without a row, no row without a figure."""
    on_page, shown = documented(service), await exported(redis, service)
    assert on_page.keys() == shown.keys()
    differ = {
        name for name in shown if on_page[name] != shown[name] and not name.startswith("process_")
    }
    assert differ == set()


def test_names_follow_prometheus() -> None:
    """A counter of seconds ends in `_seconds_total`, a time in `_seconds`, and all begin alike."""
    names = [*(figure.name for figure in FIGURES), *OF_THE_DESK]
    assert all(re.fullmatch(r"onduty_[a-z]+(_[a-z]+)*", name) for name in names)
    assert len(set(names)) == len(names)
    assert not [figure.name for figure in FIGURES if figure.name.endswith("_total")]


def test_no_label_can_hold_what_a_person_wrote() -> None:
    """The values of each are named in the code, and few."""
    for figure in FIGURES:
        for label, values in figure.labels.items():
            assert 1 < len(values) <= 25, (figure.name, label)
            assert all(re.fullmatch(r"[A-Za-z_ -]+", value) for value in values), figure.name
    assert OTHER == "other"


def test_each_figure_is_moved_by_a_test() -> None:
    """The tests name every figure, as a constant of `figures.py` or by its name."""
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*figures*.py"))
    assert [figure.name for figure in FIGURES if f'"{figure.name}' not in tests] == []
    assert [name for name in OF_THE_DESK if f'"{name}"' not in tests] == []
