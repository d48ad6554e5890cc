"""CI runs what README.md tells a newcomer to run."""

from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_ci_ends_with_the_test_command_of_the_readme() -> None:
    """A newcomer who follows README.md runs the same tests."""
    *_, command = (ROOT / ".ci" / "run").read_text().splitlines()
    try_it = (ROOT / "README.md").read_text().split("```sh")[1].split("```")[0]
    assert command == "make test"
    assert f"\n{command} " in try_it
