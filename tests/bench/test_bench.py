"""The bench runs, end to end, and writes its page."""

import asyncio
import os
import sys
from pathlib import Path

from bench.report import keep
from bench.results import Part


async def test_a_smoke_run_writes_the_page(tmp_path: Path) -> None:
    """One small part: pushed, delivered, counted, written."""
    bench = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", "--quick", "--to", str(tmp_path), "idle"),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert await bench.wait() == 0
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| Onduty | 10 |" in page
    assert (tmp_path / "bench" / "results.json").exists()


async def test_teams_are_played_in_desk_time(tmp_path: Path) -> None:
    """Half a minute of five operators: each routing keeps the pace, `everyone` rings the most."""
    bench = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", "--quick", "--to", str(tmp_path), "routing"),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert await bench.wait() == 0
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in (tmp_path / "benchmarks.md").read_text().splitlines()
        if line.startswith("| 5 | 0.5 |")
    ]
    played = {row[2]: row for row in rows if len(row) > 10}
    assert list(played) == ["everyone", "waves of 3", "assigned"]
    assert {row[-4] for row in played.values()} == {"0"}
    assert float(played["everyone"][4]) > float(played["assigned"][4])


async def test_answers_are_measured_from_the_update_to_the_backend(tmp_path: Path) -> None:
    """A few seconds of each: all arrive, and each gets its 👍."""
    bench = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", "--quick", "--to", str(tmp_path), "answers"),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert await bench.wait() == 0
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| one each 100 ms | 10 |" in page
    assert "| many at once; " in page
    (paced,) = [line for line in page.splitlines() if line.startswith("| 5 a second |")]
    assert "inf" not in paced


def test_every_part_that_was_measured_is_on_the_page(tmp_path: Path) -> None:
    """In the order of their letters, whichever came first."""
    keep(tmp_path, Part(name="claims", title="(g) Claims", about="", tables=[], plots=[]))
    kept = keep(tmp_path, Part(name="idle", title="(a) Latency", about="", tables=[], plots=[]))
    assert list(kept) == ["idle", "claims"]
