"""Writes docs/benchmarks.md: a head written by hand, then what was measured, last time by part."""

import importlib.metadata
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter
from redis.asyncio import Redis

from bench.results import Cell, Part, Table

HEAD = Path(__file__).parent / "head.md"
PACKAGES = (
    *("rq", "redis", "python-telegram-bot", "aiohttp", "uvloop", "pydantic"),
    *("saq", "dramatiq"),
)
_PARTS = TypeAdapter(dict[str, Part])


def keep(folder: Path, part: Part) -> dict[str, Part]:
    """Put a part beside those measured before; return all, from (a) on."""
    kept = folder / "bench" / "results.json"
    parts = _PARTS.validate_json(kept.read_bytes()) if kept.exists() else {}
    part.measured_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    parts[part.name] = part
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(_PARTS.dump_json(parts, indent=1) + b"\n")
    return dict(sorted(parts.items(), key=lambda named: named[1].title))


async def write(folder: Path, parts: Iterable[Part], redis: Redis) -> None:
    """Write the page."""
    server = await redis.info("server")
    name = server.get("server_name", "redis")
    version = server.get(f"{name}_version", server["redis_version"])
    linux, _, _ = platform.release().partition("-")
    lines = [
        HEAD.read_text().rstrip(),
        "",
        "## The machine",
        "",
        f"{_processor()}; Linux {linux}; Python {platform.python_version()}; "
        f"{name} {version}; " + ", ".join(_version(package) for package in PACKAGES) + ".",
    ]
    for part in parts:
        lines += ["", f"## {part.title}", "", part.about, "", f"Measured {part.measured_at}."]
        if part.is_quick:
            lines += ["", "**A smoke run, too short to mean anything.**"]
        for table in part.tables:
            lines += ["", *_table(table)]
        for plot in part.plots:
            lines += ["", f"![{plot.title}](bench/{plot.name}.svg)"]
    (folder / "benchmarks.md").write_text("\n".join(lines) + "\n")


def _table(table: Table) -> list[str]:
    numbers = [
        all(isinstance(row[n], int | float) for row in table.rows)
        for n, _ in enumerate(table.columns)
    ]
    rule = ["---:" if is_number else "---" for is_number in numbers]
    return [
        f"### {table.title}",
        "",
        _row(table.columns),
        _row(rule),
        *(_row(row) for row in table.rows),
        *(["", table.note] if table.note else []),
    ]


def _row(cells: Iterable[Cell]) -> str:
    return "| " + " | ".join(f"{c:,}" if isinstance(c, int | float) else c for c in cells) + " |"


def _version(package: str) -> str:
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return f"{package} not installed"


def _processor() -> str:
    told = Path("/proc/cpuinfo").read_text()
    models = [
        line.partition(":")[2].strip()
        for line in told.splitlines()
        if line.startswith("model name")
    ]
    return f"{len(models)} cores ({models[0]})" if models else platform.processor()
