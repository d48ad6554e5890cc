"""The demo's half of the page stands on the sandbox's: no build would say that a module is gone."""

import re
from pathlib import Path

import pytest

from onduty_demo.starting.plan import PAGE as DEMO

SANDBOX = Path(__file__).parents[2] / "services/sandbox/onduty_sandbox/page/static"
IMPORTED = re.compile(r'^import \{ ([^}]+) \} from "([^"]+)";$', re.MULTILINE)
MODULES = [*sorted(SANDBOX.rglob("*.js")), *sorted(DEMO.rglob("*.js"))]
STYLES = re.compile(r'"/(page|parts)/([\w/]+\.css)"')


def found(module: Path, name: str) -> Path:
    if name.startswith("/page/"):
        return SANDBOX / name.removeprefix("/page/")
    return module.parent / name


@pytest.mark.parametrize(
    "module", MODULES, ids=lambda module: f"{module.parent.name}/{module.name}"
)
def test_what_a_module_imports_is_there(module: Path) -> None:
    """The file, and in it every name that is asked for."""
    source = module.read_text()
    imports = IMPORTED.findall(source)
    assert len(imports) == source.count("\nimport ")
    for names, path in imports:
        exported = found(module, path).read_text()
        for name in names.split(", "):
            assert re.search(
                rf"^export (async )?(class|function|const) {name}\b", exported, re.MULTILINE
            )


def test_the_sandbox_s_half_needs_nothing_of_the_demo_s() -> None:
    """It asks for one module only, which is empty where nobody adds anything."""
    for module in SANDBOX.rglob("*.js"):
        asked = set(re.findall(r'"/parts/[^"]*"', module.read_text()))
        assert asked == ({'"/parts/main.js"'} if module.name == "main.js" else set())


def test_every_stylesheet_is_asked_for_and_there() -> None:
    """None is left behind when another takes its place."""
    folders = {"page": SANDBOX, "parts": DEMO}
    asked = {
        folders[place] / name
        for source in (SANDBOX / "index.html", DEMO / "main.js")
        for place, name in STYLES.findall(source.read_text())
    }
    assert asked == {*SANDBOX.rglob("*.css"), *DEMO.rglob("*.css")}
