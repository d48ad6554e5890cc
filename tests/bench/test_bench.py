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


def test_every_part_that_was_measured_is_on_the_page(tmp_path: Path) -> None:
    """In the order of their letters, whichever came first."""
    keep(tmp_path, Part(name="claims", title="(g) Claims", about="", tables=[], plots=[]))
    kept = keep(tmp_path, Part(name="idle", title="(a) Latency", about="", tables=[], plots=[]))
    assert list(kept) == ["idle", "claims"]
