"""A real Prometheus for a test: Debian's package, on a port of its own."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from lua_files import ROOT
from ports import free_port
from waiting import until

RULES = ROOT / "deploy" / "observability" / "rules.yml"


class Prometheus:
    """Asks it by its HTTP API."""

    def __init__(self, port: int, session: aiohttp.ClientSession) -> None:
        self._url = f"http://127.0.0.1:{port}"
        self._session = session

    async def is_ready(self) -> bool:
        """Whether it answers queries."""
        try:
            async with self._session.get(f"{self._url}/-/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def _get(self, path: str) -> Any:
        async with self._session.get(f"{self._url}/api/v1/{path}") as answer:
            told = await answer.json()
            assert told["status"] == "success", told
            return told["data"]

    async def value(self, query: str) -> float | None:
        """Return what a query yields now; None if nothing."""
        found = (await self._get(f"query?query={quote(query)}"))["result"]
        return float(found[0]["value"][1]) if found else None

    async def described(self) -> dict[str, str]:
        """Return each figure that it has scraped, with its kind."""
        found = await self._get("metadata")
        return {name: about[0]["type"] for name, about in found.items()}

    async def names(self) -> set[str]:
        """Return the names of all series."""
        return set(await self._get("label/__name__/values"))

    async def firing(self) -> set[str]:
        """Return the alerts that fire."""
        found = (await self._get("alerts"))["alerts"]
        return {one["labels"]["alertname"] for one in found if one["state"] == "firing"}

    async def rule_errors(self) -> list[str]:
        """Return what is wrong with rules as they are evaluated."""
        groups = (await self._get("rules"))["groups"]
        return [
            rule["lastError"] for group in groups for rule in group["rules"] if "lastError" in rule
        ]


@asynccontextmanager
async def scraping(
    program: str, folder: Path, ports: Iterable[int], *, holds_for: str | None = None
) -> AsyncIterator[Prometheus]:
    """Scrape processes of ours each half second, and evaluate our rules as often.

    `holds_for` replaces for how long the thing must be so before an alert fires.
    """
    rules = RULES.read_text()
    if holds_for:
        rules = re.sub(r"^( +for: ).*$", rf"\g<1>{holds_for}", rules, flags=re.MULTILINE)
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "500ms", "evaluation_interval": "500ms"},
                "rule_files": ["rules.yml"],
                "scrape_configs": [
                    {
                        "job_name": "onduty",
                        "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}],
                    }
                ],
            }
        )
    )
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        program,
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as session:
            prometheus = Prometheus(port, session)
            await until(prometheus.is_ready)
            yield prometheus
    finally:
        process.terminate()
        await process.wait()
