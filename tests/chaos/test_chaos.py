"""`make chaos`, smaller: the same processes, blows and faults, with a seed that does not change."""

import shutil
import tempfile
from pathlib import Path

from chaos.plan import short
from chaos.run import run
from chaos.table import is_as_it_must_be, rows, written


async def test_nothing_is_lost_while_everything_dies(tmp_path: Path) -> None:
    """Dispatchers, bot and Redis are killed, Telegram fails; each message comes once, in order.

    Its logs and what Telegram got stay in `tmp_path`; the sockets need a shorter path.
    """
    with tempfile.TemporaryDirectory(prefix="onduty-chaos-") as folder:
        result = await run(short(seed=7), Path(folder), tell=lambda _: None)
        _keep(Path(folder), tmp_path)
    table = rows(result)
    assert is_as_it_must_be(table), f"\n{written(table)}"
    assert result.counts.accepted > 100
    assert result.answers.judged.arrived > 0
    assert any(ended.name == "redis" for ended in result.ended)
    assert any(ended.how == "SIGKILL" and "dispatcher" in ended.name for ended in result.ended)


def _keep(folder: Path, where: Path) -> None:
    for kept in (*folder.rglob("*.log"), *folder.rglob("*.jsonl")):
        shutil.copy(kept, where)
