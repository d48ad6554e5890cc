"""What keeps the programs running is looked after too."""

from pathlib import Path

import pytest

from onduty_demo.starting import supervise
from onduty_demo.starting.supervise import ProgramFailed, Supervisor


@pytest.mark.parametrize("code", [0, 3])
def test_a_supervisor_that_ends_at_its_start_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Whatever its exit code: it will not answer any more."""
    monkeypatch.setattr(supervise, "ANSWERS_WITHIN_S", 3600)
    (tmp_path / "supervisor").mkdir()
    (tmp_path / "supervisor" / "__init__.py").touch()
    (tmp_path / "supervisor" / "supervisord.py").write_text(f"raise SystemExit({code})")
    environment = {"PYTHONPATH": str(tmp_path)}
    supervisor = Supervisor(tmp_path, tmp_path / "socket", (), environment)
    with pytest.raises(ProgramFailed, match="supervisord did not start; see"), supervisor:
        pass
