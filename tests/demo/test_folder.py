"""Where the data of `make run` are, and that one run at a time has them."""

from pathlib import Path

import pytest

from onduty_demo.starting.folder import take_folder
from onduty_demo.starting.readiness import CannotStart


def kept(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.glob("**/*") if path.is_file()}


@pytest.mark.parametrize(
    ("older", "is_sandbox", "is_taken_over"),
    [
        ({"redis/aof", "sandbox.db", "sandbox.db-wal"}, True, True),
        ({"redis/aof", "sandbox.db"}, False, False),
        ({"redis/aof"}, False, True),
        ({"redis/aof"}, True, False),
    ],
    ids=["sandbox", "sandbox_before", "real", "real_before"],
)
def test_what_an_older_version_kept_goes_to_the_bot_it_is_of(
    tmp_path: Path, older: set[str], *, is_sandbox: bool, is_taken_over: bool
) -> None:
    """It had one folder for all bots; nothing is lost, and no other bot gets it."""
    for name in older:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "mine.txt").write_text("not ours")
    for _ in range(2):
        with take_folder(tmp_path / "7", is_sandbox=is_sandbox):
            names = {f"7/{name}" for name in older} if is_taken_over else older
            assert kept(tmp_path) - {"lock"} == names | {"7/lock", "mine.txt"}


def test_what_a_bot_has_is_not_replaced(tmp_path: Path) -> None:
    """An older version was started once more in between: both desks stay where they are."""
    for name in ("redis/aof", "7/redis/aof"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(name)
    with take_folder(tmp_path / "7", is_sandbox=False):
        assert (tmp_path / "redis" / "aof").read_text() == "redis/aof"
        assert (tmp_path / "7" / "redis" / "aof").read_text() == "7/redis/aof"


def test_two_bots_work_side_by_side_and_one_only_once(tmp_path: Path) -> None:
    """The sandbox beside a real bot is no second run."""
    with take_folder(tmp_path / "7", is_sandbox=False):
        taken = take_folder(tmp_path / "8", is_sandbox=True)
        with taken, pytest.raises(CannotStart, match="another `make run` works in"):
            take_folder(tmp_path / "8", is_sandbox=True)
    take_folder(tmp_path / "8", is_sandbox=True).close()
